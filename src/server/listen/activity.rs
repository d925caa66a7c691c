//! What goes on on a connection, and for how long its client has kept the server waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::Version;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::Times;

/// What goes on on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    evicted: Notify,
}

#[derive(Debug)]
struct State {
    /// Requests that are not answered to the last byte.
    under_way: u32,
    /// Those of them whose bodies are still coming.
    arriving: u32,
    /// Since when there is nothing to do but to wait for the client. Without a meaning while there is.
    waiting: Instant,
    /// When the first byte came of a request whose head is not there yet.
    heard: Option<Instant>,
    spoken: Spoken,
    /// Pieces of answers that the client has not taken yet: by the number of their requests, since when.
    offered: Vec<(u32, Instant)>,
    /// Since when the system takes no more bytes for the client, if that is so.
    stuck: Option<Instant>,
    /// The number of the next request.
    next: u32,
}

/// What the client has spoken so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    /// It has not sent a request.
    Nothing,
    /// One request after the other.
    Http1,
    /// Several at once, and frames between them that belong to none.
    Http2,
}

impl Activity {
    /// A connection that begins now.
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            under_way: 0,
            arriving: 0,
            waiting: Instant::now(),
            heard: None,
            spoken: Spoken::Nothing,
            offered: Vec::new(),
            stuck: None,
            next: 0,
        };
        Arc::new(Self { state: Mutex::new(state), evicted: Notify::new() })
    }

    /// Bytes have come.
    pub(super) fn heard(&self) {
        let mut state = self.state();
        if state.under_way == 0 && state.heard.is_none() {
            state.heard = Some(Instant::now());
        }
    }

    /// Whether the system takes no more bytes for the client, from now on.
    pub(super) fn stuck(&self, stuck: bool) {
        self.state().stuck = stuck.then(Instant::now);
    }

    /// The head of a request has come; what is given back is held until it is answered.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        state.spoken = if version == Version::HTTP_2 { Spoken::Http2 } else { Spoken::Http1 };
        let number = state.next;
        state.next = number.wrapping_add(1);
        drop(state);
        UnderWay { activity: self.clone(), number }
    }

    /// The body of a request has begun to come; what is given back is held until it is there, or nobody wants it.
    pub(super) fn arrive(self: &Arc<Self>) -> Arriving {
        let mut state = self.state();
        state.arriving += 1;
        state.waiting = Instant::now();
        drop(state);
        Arriving(self.clone())
    }

    /// Since when there is nothing to do on it but to wait for its client, if that is so.
    pub(super) fn waiting(&self) -> Option<Instant> {
        let state = self.state();
        (state.under_way <= state.arriving).then_some(state.waiting)
    }

    /// Ends it. Its place is wanted.
    pub(super) fn evict(&self) {
        self.evicted.notify_one();
    }

    /// Ends when the connection is to end: its client has kept the server waiting for too long, or its place is wanted.
    pub(super) async fn over(&self, times: &Times) {
        tokio::select! {
            () = self.overdue(times) => {}
            () = self.evicted.notified() => {}
        }
    }

    /// Looks again at least as often as the shortest time goes by, so that no deadline is set behind its back.
    async fn overdue(&self, times: &Times) {
        let shortest = times.head.min(times.idle).min(times.take);
        loop {
            let now = Instant::now();
            let look = now + shortest;
            let deadline = self.state().deadline(times);
            if deadline.is_some_and(|deadline| deadline <= now) {
                return;
            }
            sleep_until(deadline.map_or(look, |deadline| deadline.min(look))).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Until when the client has to do something, if it has to. How long a body may take to come, its reader sees to.
    fn deadline(&self, times: &Times) -> Option<Instant> {
        let taken =
            self.offered.iter().map(|(_, since)| *since).chain(self.stuck).min().map(|since| since + times.take);
        let request = match (self.under_way, self.spoken, self.heard) {
            (1.., ..) => None,
            (0, Spoken::Nothing, _) => Some(self.waiting + times.head),
            (0, Spoken::Http1, Some(heard)) => Some(heard + times.head),
            (0, Spoken::Http1 | Spoken::Http2, _) => Some(self.waiting + times.idle),
        };
        taken.into_iter().chain(request).min()
    }

    fn taken(&mut self, number: u32) {
        self.offered.retain(|(other, _)| *other != number);
    }
}

/// A request that is under way for as long as this is held.
#[derive(Debug)]
pub(super) struct UnderWay {
    activity: Arc<Activity>,
    number: u32,
}

impl UnderWay {
    /// The client is to take the next piece of the answer.
    pub(super) fn offered(&self) {
        self.activity.state().offered.push((self.number, Instant::now()));
    }

    /// It has.
    pub(super) fn taken(&self) {
        self.activity.state().taken(self.number);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.taken(self.number);
        state.under_way -= 1;
        if state.under_way <= state.arriving {
            state.waiting = Instant::now();
            state.heard = None;
        }
    }
}

/// A body that is coming for as long as this is held.
#[derive(Debug)]
pub(super) struct Arriving(Arc<Activity>);

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.state().arriving -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TIMES: Times = Times {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(30),
        take: Duration::from_secs(20),
        ping: Duration::from_secs(10),
    };

    fn deadline(activity: &Activity) -> Option<Instant> {
        activity.state().deadline(&TIMES)
    }

    fn waiting(activity: &Activity) -> Instant {
        activity.state().waiting
    }

    #[test]
    fn a_client_has_a_time_for_everything_that_it_does() {
        let activity = Activity::new();
        activity.heard();
        assert_eq!(deadline(&activity), Some(waiting(&activity) + TIMES.head), "from the connection on");
        let request = activity.begin(Version::HTTP_11);
        assert_eq!(deadline(&activity), None);
        request.offered();
        let offered = activity.state().offered[0].1;
        assert_eq!(deadline(&activity), Some(offered + TIMES.take));
        request.taken();
        assert_eq!(deadline(&activity), None);
        request.offered();
        drop(request);
        assert_eq!(deadline(&activity), Some(waiting(&activity) + TIMES.idle));
        activity.stuck(true);
        let stuck = activity.state().stuck;
        assert_eq!(deadline(&activity), stuck.map(|stuck| stuck + TIMES.take), "before it is idle for too long");
        activity.stuck(false);
        activity.heard();
        let heard = activity.state().heard;
        assert_eq!(deadline(&activity), heard.map(|heard| heard + TIMES.head), "from the first byte on");
        assert!(heard.is_some());
    }

    #[test]
    fn frames_between_requests_do_not_begin_one() {
        let activity = Activity::new();
        drop(activity.begin(Version::HTTP_2));
        activity.heard();
        assert_eq!(deadline(&activity), Some(waiting(&activity) + TIMES.idle));
    }

    #[test]
    fn the_oldest_piece_that_was_not_taken_decides() {
        let activity = Activity::new();
        let (first, second) = (activity.begin(Version::HTTP_2), activity.begin(Version::HTTP_2));
        first.offered();
        second.offered();
        let oldest = activity.state().offered[0].1;
        assert_eq!(deadline(&activity), Some(oldest + TIMES.take));
        first.taken();
        let newer = activity.state().offered[0].1;
        assert_eq!(deadline(&activity), Some(newer + TIMES.take));
        drop(second);
        assert_eq!(deadline(&activity), None, "the first is being made");
        drop(first);
        assert_eq!(deadline(&activity), Some(waiting(&activity) + TIMES.idle));
    }

    #[test]
    fn who_waits_for_its_client_may_be_sent_away() {
        let activity = Activity::new();
        assert!(activity.waiting().is_some());
        let (request, body) = (activity.begin(Version::HTTP_11), activity.arrive());
        assert!(activity.waiting().is_some(), "the body is missing");
        drop(body);
        assert!(activity.waiting().is_none(), "an answer is being made");
        drop(request);
        assert!(activity.waiting().is_some());
    }
}
