//! Running Automerge on untrusted bytes without letting a panic out.
//!
//! The panic hook is a process-wide thing, so none is installed here: the default hook prints one
//! line per refused change that panicked. A program that wants silence installs a hook which asks
//! [`admission_in_progress`] and prints nothing if so.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside a guarded call, so that a panic is expected and handled.
pub fn admission_in_progress() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Runs `work`; `None` if it panicked. What `work` could have left half-done must be thrown away.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            DEPTH.with(|depth| depth.set(depth.get() - 1));
        }
    }
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let _leave = Leave;
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stays_inside() {
        assert_eq!(guarded(admission_in_progress), Some(true));
        assert_eq!(guarded::<()>(|| std::panic::resume_unwind(Box::new(()))), None);
        assert!(!admission_in_progress());
    }
}
