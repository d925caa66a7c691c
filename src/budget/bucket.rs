//! One token bucket, in whole numbers: nothing is rounded, so that nobody gains or loses by asking often.

use std::time::{Duration, Instant};

/// Parts of a point. A bucket of `n` points a minute gains `n` of them each nanosecond.
const POINT: u64 = 60_000_000_000;

/// What was taken from a budget and has not filled up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// In parts of a point; at most a whole budget.
    owed: u64,
    /// When that was so.
    at: Instant,
    /// When something was last taken.
    used: Instant,
}

/// More was asked for than a bucket ever holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch;

impl Bucket {
    pub(super) fn full(now: Instant) -> Self {
        Self { owed: 0, at: now, used: now }
    }

    /// Fills up for the time that has passed.
    pub(super) fn fill(&mut self, rate: u32, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_nanos();
        let gained = u64::try_from(passed.saturating_mul(rate.into())).unwrap_or(u64::MAX);
        self.owed = self.owed.saturating_sub(gained);
        self.at = self.at.max(now);
    }

    /// Takes points if they are there; otherwise says how long it takes until they are.
    pub(super) fn take(&mut self, rate: u32, points: u64) -> Result<Option<Duration>, TooMuch> {
        if points > rate.into() {
            return Err(TooMuch);
        }
        let owed = self.owed + points * POINT;
        let missing = owed.saturating_sub(u64::from(rate) * POINT);
        if missing > 0 {
            return Ok(Some(Duration::from_nanos(missing.div_ceil(rate.into()))));
        }
        self.owed = owed;
        self.used = self.at;
        Ok(None)
    }

    /// Gives points back. Those that have filled up meanwhile are there already.
    pub(super) fn give_back(&mut self, points: u64) {
        self.owed = self.owed.saturating_sub(points.saturating_mul(POINT));
    }

    /// The whole points that are there.
    pub(super) fn points(&self, rate: u32) -> u32 {
        let left = (u64::from(rate) * POINT).saturating_sub(self.owed);
        u32::try_from(left / POINT).unwrap_or(rate)
    }

    /// How long it takes until it is full.
    pub(super) fn until_full(&self, rate: u32) -> Duration {
        Duration::from_nanos(self.owed.div_ceil(rate.max(1).into()))
    }

    pub(super) fn is_full(&self) -> bool {
        self.owed == 0
    }

    pub(super) fn used(&self) -> Instant {
        self.used
    }
}
