//! What the relay counts, and the page that shows it (Prometheus text format 0.0.4).
//!
//! Counts only: no ids, so that the page may be shown to whoever watches machines.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use floorwalk_wire::message::{CloseCode, Refusal};

/// The counters of one running relay.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub sessions: AtomicU64,
    pub parcels_stored: AtomicU64,
    pub message_bytes_received: AtomicU64,
    pub message_bytes_sent: AtomicU64,
    pub blob_bytes_received: AtomicU64,
    pub blob_bytes_sent: AtomicU64,
    pub commits: AtomicU64,
    pub commits_failed: AtomicU64,
    /// Jobs in all commits; divided by the commits it is the batch size.
    pub jobs_committed: AtomicU64,
    refusals: Mutex<BTreeMap<String, u64>>,
    closes: Mutex<BTreeMap<String, u64>>,
}

impl Metrics {
    /// A parcel was not taken.
    pub(crate) fn refused(&self, refusal: Refusal) {
        count(&self.refusals, format!("{refusal:?}"));
    }

    /// A session was closed from this side.
    pub(crate) fn closed(&self, code: CloseCode) {
        count(&self.closes, format!("{code:?}"));
    }

    /// All counters as text.
    pub(crate) fn page(&self) -> String {
        let mut page = String::new();
        let mut line = |name: &str, kind: &str, value: &AtomicU64| {
            let value = value.load(Relaxed);
            // Writing to a String can't fail.
            let _ = writeln!(page, "# TYPE floorwalk_{name} {kind}\nfloorwalk_{name} {value}");
        };
        line("sessions", "gauge", &self.sessions);
        line("parcels_stored_total", "counter", &self.parcels_stored);
        line("message_bytes_received_total", "counter", &self.message_bytes_received);
        line("message_bytes_sent_total", "counter", &self.message_bytes_sent);
        line("blob_bytes_received_total", "counter", &self.blob_bytes_received);
        line("blob_bytes_sent_total", "counter", &self.blob_bytes_sent);
        line("commits_total", "counter", &self.commits);
        line("commits_failed_total", "counter", &self.commits_failed);
        line("jobs_committed_total", "counter", &self.jobs_committed);
        for (name, counts) in [("refusals", &self.refusals), ("closes", &self.closes)] {
            let _ = writeln!(page, "# TYPE floorwalk_{name}_total counter");
            for (code, value) in counts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let _ = writeln!(page, "floorwalk_{name}_total{{code=\"{code}\"}} {value}");
            }
        }
        page
    }
}

fn count(counts: &Mutex<BTreeMap<String, u64>>, code: String) {
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_code() {
        let metrics = Metrics::default();
        metrics.refused(Refusal::Fork);
        metrics.refused(Refusal::Fork);
        metrics.refused(Refusal::Gap);
        let page = metrics.page();
        assert!(page.contains("floorwalk_refusals_total{code=\"Fork\"} 2\n"), "{page}");
        assert!(page.contains("floorwalk_sessions 0\n"), "{page}");
    }
}
