//! The threads that all work of this library is done on: one runtime for the process, made when it
//! is first needed.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Threads for conversations.
const WORKERS: usize = 2;
/// Threads for what blocks, which come and go: the store's work, and calls of listeners.
const BLOCKING_MAX: usize = 32;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS).max_blocking_threads(BLOCKING_MAX);
    builder.thread_name("floorwalk").enable_all();
    builder.build().expect("a process that can't start two threads can't do anything")
});

/// A handle of the runtime.
pub(crate) fn handle() -> &'static Handle {
    RUNTIME.handle()
}
