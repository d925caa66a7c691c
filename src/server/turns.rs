//! Whose answer is made now, who waits for a turn, and who is told to come again.
//!
//! More requests than the database serves do not make it faster: they make all of them late. So a bounded number waits, for
//! a bounded time, and whoever comes beyond that is told so at once and may come again. Answers that are kept need no turn.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::answer::Refused;
use crate::{error::Code, store::READERS};

/// Answers that are made at once: while some are read, as many others are planned and written.
const TURNS: u32 = 2 * READERS;
/// How long a request waits for its turn.
pub(super) const WITHIN: Duration = Duration::from_secs(2);

/// The turns of requests whose answers have to be made.
#[derive(Debug)]
pub(super) struct Turns {
    /// For those who wait and those whose turn it is.
    places: Semaphore,
    turns: Semaphore,
    waiting: u32,
    within: Duration,
}

/// A turn, for as long as it is held.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _turn: SemaphorePermit<'a>,
    _place: SemaphorePermit<'a>,
}

impl Turns {
    /// Lets so many wait, each for so long.
    pub(super) fn new(waiting: u32, within: Duration) -> Self {
        let places = Semaphore::new((TURNS + waiting) as usize);
        Self { places, turns: Semaphore::new(TURNS as usize), waiting, within }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `OVERLOADED`, if as many wait as may, or when it has waited for as long as it may.
    pub(super) async fn take(&self) -> Result<Turn<'_>, Refused> {
        let place = self.places.try_acquire().map_err(|_| self.full())?;
        // It is never closed.
        let turn = timeout(self.within, self.turns.acquire()).await.ok().and_then(Result::ok);
        Ok(Turn { _turn: turn.ok_or_else(|| self.late())?, _place: place })
    }

    fn full(&self) -> Refused {
        overloaded(&format!("{} requests wait for their turn already, and no more may", self.waiting))
    }

    fn late(&self) -> Refused {
        overloaded(&format!("it was not this request's turn within {} s", self.within.as_secs_f64()))
    }
}

fn overloaded(why: &str) -> Refused {
    let message = format!("The server is busy: {why}. Send it again in a second.");
    Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message).retry_after(1)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn as_many_wait_as_may() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else { panic!("no runtime") };
        let _entered = runtime.enter();
        for waiting in [0, 1, 3] {
            let turns = Turns::new(waiting, LONG);
            let held: Vec<_> = (0..TURNS).map(|_| turns.take().now_or_never()).collect();
            assert!(held.iter().all(|turn| matches!(turn, Some(Ok(_)))));
            let mut waiters: Vec<_> = (0..waiting).map(|_| Box::pin(turns.take())).collect();
            assert!(waiters.iter_mut().all(|waiter| waiter.now_or_never().is_none()));
            let refused = turns.take().now_or_never();
            assert!(matches!(refused, Some(Err(_))), "{waiting}");
            // Whose turn is over makes room: for the first who waits, and behind it for another one.
            drop(held);
            assert!(waiters.iter_mut().all(|waiter| matches!(waiter.now_or_never(), Some(Ok(_)))));
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_longer_than_that() {
        let turns = Turns::new(1, Duration::from_millis(10));
        let mut held = Vec::new();
        for _ in 0..TURNS {
            held.push(turns.take().await);
        }
        let late = turns.take().await.map(|_| ()).map_err(|refused| format!("{refused:?}"));
        assert!(late.is_err_and(|refused| refused.contains("OVERLOADED") && refused.contains("within 0.01 s")));
        drop(held);
        assert!(turns.take().await.is_ok(), "who gave up left its place");
    }
}
