//! Progress bars on a terminal, for what takes over a second. None when standard error is piped.

use std::time::Duration;

use floorwalk_replica::SyncProgress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;
use crate::table::bytes;
use crate::text::{Lang, words};

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that appears when its patience is over.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    lang: Lang,
    may_draw: bool,
}

impl Progress {
    /// A bar for reading `total` bytes; without a total, one that only counts.
    pub fn of_bytes(out: &Output, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes}/{total_bytes}  {msg}  ETA {eta}",
            None => "{spinner} {bytes}  {msg}",
        };
        Self::new(out, total, template)
    }

    /// A bar for file after file.
    pub fn of_files(out: &Output) -> Self {
        Self::of_complaints(out)
    }

    /// A bar for a sync.
    pub fn of_sync(out: &Output) -> Self {
        Self::new(out, None, "{spinner} {msg}  {elapsed}")
    }

    /// A bar for looking at complaint after complaint.
    pub fn of_complaints(out: &Output) -> Self {
        Self::new(out, Some(0), "{bar:30} {pos}/{len}  ETA {eta}")
    }

    /// How many complaints of how many have been looked at.
    pub fn looked_at(&self, done: u64, total: u64) {
        self.appear();
        // Setting a length draws at once, so it is set when it changes; positions wait their turn.
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// How far reading has come.
    pub fn read(&self, read_bytes: u64, done: u64) {
        self.appear();
        self.bar.set_position(read_bytes);
        self.bar.set_message(done.to_string());
    }

    /// How far a sync has come.
    pub fn sync(&self, at: SyncProgress) {
        self.appear();
        let mut text =
            words::SYNC_PROGRESS.fill(self.lang, &[&at.parcels, &at.blobs, &at.blobs_total]);
        if at.blob_bytes_total > 0 {
            let (done, total) = (bytes(at.blob_bytes), bytes(at.blob_bytes_total));
            text.push_str(&format!("  {done} / {total}"));
        }
        self.bar.set_message(text);
        self.bar.tick();
    }

    /// Runs `work`, which prints, without the bar in its way.
    pub fn aside(&self, work: impl FnOnce()) {
        self.bar.suspend(work);
    }

    fn new(out: &Output, total: Option<u64>, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template).expect("the templates above are valid");
        bar.set_style(style);
        Self { bar, lang: out.lang(), may_draw: out.may_draw() }
    }

    fn appear(&self) {
        if self.may_draw && self.bar.is_hidden() && self.bar.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
