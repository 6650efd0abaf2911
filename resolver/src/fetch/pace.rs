//! Whether bytes come fast enough. A server that sends one byte now and then is never silent, and would
//! hold a job for ever.

use std::time::{Duration, Instant};

use url::Url;

use super::{FetchError, shown};

/// How long an answer's head may take, all its lines together.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Over how long the pace is averaged: longer than the pauses of a busy server.
const WINDOW: Duration = Duration::from_secs(30);

/// The fewest bytes in a window: 1 KiB/s. At that pace a jar of 1 MB takes a quarter of an hour.
const LEAST: u64 = 30 << 10;

/// The pace of one body.
pub(super) struct Pace {
    since: Instant,
    bytes: u64,
}

impl Pace {
    /// A body begins.
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), bytes: 0 }
    }

    /// More bytes have come; fails where a whole window brought too few.
    pub(super) fn keep(&mut self, url: &Url, bytes: usize) -> Result<(), FetchError> {
        self.keep_at(Instant::now(), bytes)
            .ok_or_else(|| FetchError::TooSlow { url: shown(url), what: "less than 1 KiB a second" })
    }

    fn keep_at(&mut self, now: Instant, bytes: usize) -> Option<()> {
        self.bytes += bytes as u64;
        if now.duration_since(self.since) < WINDOW {
            return Some(());
        }
        let enough = self.bytes >= LEAST;
        *self = Self { since: now, bytes: 0 };
        enough.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_found_and_a_slow_link_is_not() {
        let check = |bytes: usize, expected: bool| {
            let start = Instant::now();
            let mut pace = Pace { since: start, bytes: 0 };
            let seconds = 1..=120_u64;
            let kept = seconds.map(|second| pace.keep_at(start + Duration::from_secs(second), bytes));
            assert_eq!(kept.into_iter().all(|kept| kept.is_some()), expected, "{bytes} bytes a second");
        };
        check(1, false);
        check(1000, false);
        check(1100, true);
    }
}
