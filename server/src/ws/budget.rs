//! How much a session may send in a while.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Limits;

/// Counts messages and bytes over windows that follow one another.
pub(super) struct Budget {
    window: Duration,
    bytes_max: usize,
    messages_max: usize,
    ends_at: Instant,
    bytes: usize,
    messages: usize,
}

impl Budget {
    /// A full budget from now on.
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            window: limits.budget_window,
            bytes_max: limits.budget_bytes_max,
            messages_max: limits.budget_messages_max,
            ends_at: now + limits.budget_window,
            bytes: 0,
            messages: 0,
        }
    }

    /// Spends a message; when that is too much, returns how long until the next window.
    pub(super) fn spend(&mut self, size_bytes: usize, now: Instant) -> Option<Duration> {
        if now >= self.ends_at {
            self.ends_at = now + self.window;
            self.bytes = 0;
            self.messages = 0;
        }
        self.bytes += size_bytes;
        self.messages += 1;
        let over = self.bytes > self.bytes_max || self.messages > self.messages_max;
        over.then(|| self.ends_at - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_spent_and_comes_back_with_the_next_window() {
        let limits = Limits { budget_bytes_max: 10, ..Limits::default() };
        let start = Instant::now();
        let mut budget = Budget::new(&limits, start);
        assert_eq!(budget.spend(10, start), None);
        assert_eq!(budget.spend(1, start), Some(limits.budget_window));
        assert_eq!(budget.spend(10, start + limits.budget_window), None);
    }
}
