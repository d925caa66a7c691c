//! How many connections there may be at once, and which one goes when there are too many.
//!
//! A connection that waits for its client costs that client nothing, so thousands of them are no reason to refuse another
//! one: the one that has waited the longest goes. One whose request is being answered stays.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use super::activity::Activity;

/// How long a new connection waits before it is looked again whether another one is over, or can go.
const LOOK: Duration = Duration::from_millis(20);

/// The places of connections.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    activities: HashMap<u64, Arc<Activity>>,
}

/// The place of a connection, for as long as it is held.
#[derive(Debug)]
pub(super) struct Place {
    /// What goes on there.
    pub(super) activity: Arc<Activity>,
    number: u64,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    /// So many.
    pub(super) fn new(connections: u32) -> Self {
        Self { most: connections as usize, taken: Arc::default() }
    }

    /// A place. If there is none left, the connection that has waited the longest for its client has to go; if none does,
    /// this one waits until one does or has come to its end.
    pub(super) async fn take(&self) -> Place {
        loop {
            if let Some(place) = self.try_take() {
                return place;
            }
            sleep(LOOK).await;
        }
    }

    /// Whoever has to go leaves its place at once, and its descriptor as soon as it is told.
    fn try_take(&self) -> Option<Place> {
        let mut taken = lock(&self.taken);
        if taken.activities.len() >= self.most && !taken.evict() {
            return None;
        }
        let (activity, number) = (Activity::new(), taken.next);
        taken.next += 1;
        taken.activities.insert(number, activity.clone());
        Some(Place { activity, number, taken: self.taken.clone() })
    }

    /// Ends the connection that has waited the longest for its client, if one does.
    pub(super) fn evict(&self) {
        lock(&self.taken).evict();
    }
}

impl Taken {
    fn evict(&mut self) -> bool {
        let waiting = self.activities.iter().filter_map(|(number, activity)| Some((activity.waiting()?, *number)));
        let longest = waiting.min().and_then(|(_, number)| self.activities.remove(&number));
        longest.inspect(|activity| activity.evict()).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.taken).activities.remove(&self.number);
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
