//! What changes, learnt once a process for all who listen: the versions of the tables, and the changes themselves.
//!
//! As long as somebody listens, one task looks: at an SQLite file ten times a second, which is a look at memory; at
//! PostgreSQL when it says that something was written (`NOTIFY antq_changes`), and every second in case it did not. What it
//! reads of the feed stands in a ring of bounded length, which listeners read at their own pace: who is slower than the ring
//! is long has missed something, and is told.

mod follower;
mod notified;
mod ring;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::DbBackend;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::store::{
    Store,
    changes::{self, Read},
    proof::{Proofs, Versions},
};
pub(super) use follower::{Followed, Follower};
use notified::Notified;
use ring::Ring;

/// How often an SQLite file is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often PostgreSQL is asked when it says nothing.
const POLL: Duration = Duration::from_secs(1);
/// The shortest time from one look to the next, however often PostgreSQL says something.
const BREATH: Duration = Duration::from_millis(50);
/// Changes that are read at once.
const PART: u32 = 1_000;

/// Where listeners learn of changes. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    proofs: Proofs,
    /// The most changes that are kept for listeners.
    buffer: usize,
    state: Mutex<State>,
    /// Counts what was learnt.
    news: watch::Sender<u64>,
    /// Has the task look at once.
    wanted: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the task looks.
    looking: bool,
    /// Those who want to know whether something has changed.
    listeners: usize,
    /// Those of them who want to know what.
    followers: usize,
    versions: Option<Arc<Versions>>,
    /// What was read of the feed, while there are followers.
    ring: Option<Ring>,
    /// Counts the times that the feed was begun anew: what was read before leads nowhere.
    begun: u64,
}

/// One who listens, until it is dropped.
#[derive(Debug)]
pub(super) struct Listening {
    inner: Arc<Inner>,
    news: watch::Receiver<u64>,
    follows: bool,
}

impl Hub {
    /// Over a database; the newest `buffer` changes are kept for those who listen.
    pub(super) fn new(store: &Store, proofs: &Proofs, buffer: usize) -> Self {
        let (news, _) = watch::channel(0);
        Self(Arc::new(Inner {
            store: store.clone(),
            proofs: proofs.clone(),
            buffer,
            state: Mutex::default(),
            news,
            wanted: Notify::new(),
        }))
    }

    /// Listens for whether something changes.
    pub(super) fn listen(&self) -> Listening {
        self.listening(false)
    }

    fn listening(&self, follows: bool) -> Listening {
        let mut state = self.0.state();
        state.listeners += 1;
        state.followers += usize::from(follows);
        if !state.looking {
            state.looking = true;
            tokio::spawn(watch(self.0.clone()));
        } else if follows && state.ring.is_none() {
            self.0.wanted.notify_one();
        }
        Listening { inner: self.0.clone(), news: self.0.news.subscribe(), follows }
    }
}

impl Listening {
    /// The versions that were found last, if any were; what comes later, [`Self::news`] tells.
    pub(super) fn versions(&mut self) -> Option<Arc<Versions>> {
        self.news.borrow_and_update();
        self.inner.state().versions.clone()
    }

    /// Waits until there is something that was not looked at yet.
    pub(super) async fn news(&mut self) {
        // The sender lives as long as what is listened to.
        let _ = self.news.changed().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        state.listeners -= 1;
        state.followers -= usize::from(self.follows);
        if state.followers == 0 {
            state.ring = None;
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks once for everybody.
    async fn look(&self) {
        let mut learnt = false;
        // What is wrong with the database, requests will say; this looks again.
        if let Ok(versions) = self.proofs.now().await {
            let mut state = self.state();
            if state.versions.as_ref().is_none_or(|known| !known.same(&versions)) {
                state.versions = Some(versions);
                learnt = true;
            }
        }
        match self.read().await {
            Ok(read) => learnt |= read,
            Err(error) => tracing::warn!(%error, "the changes could not be read"),
        }
        if learnt {
            self.news.send_modify(|count| *count += 1);
        }
    }

    /// Reads what is new in the feed, if somebody follows it; whether there was anything.
    async fn read(&self) -> Result<bool, sea_orm::DbErr> {
        let (mut at, begun) = {
            let state = self.state();
            if state.followers == 0 {
                return Ok(false);
            }
            (state.ring.as_ref().map(|ring| ring.at().clone()), state.begun)
        };
        let mut learnt = false;
        loop {
            let after = match at {
                Some(at) => at,
                None => {
                    let newest = changes::newest(&self.store).await?;
                    let mut state = self.state();
                    state.begun += 1;
                    state.ring = (state.followers > 0).then(|| Ring::new(newest, self.buffer));
                    return Ok(true);
                }
            };
            let read = changes::read(&self.store, &after, PART).await?;
            let mut state = self.state();
            let state = &mut *state;
            // Nobody follows any more, or others have begun anew.
            let Some(ring) = state.ring.as_mut().filter(|_| begun == state.begun) else { return Ok(learnt) };
            match read {
                Read::Changes { changes, token, more } => {
                    learnt |= !changes.is_empty();
                    ring.push(changes, token);
                    if !more {
                        return Ok(learnt);
                    }
                    at = Some(ring.at().clone());
                }
                // What was not read is gone: who follows has missed it.
                Read::Gap => {
                    state.ring = None;
                    at = None;
                }
            }
        }
    }
}

/// Looks for as long as somebody listens.
async fn watch(inner: Arc<Inner>) {
    let mut told = match inner.store.engine() {
        DbBackend::Sqlite => None,
        _ => Some(Notified::new(&inner.store)),
    };
    loop {
        let looked = Instant::now();
        inner.look().await;
        let pause = async {
            match &mut told {
                None => sleep(LOOK).await,
                Some(told) => {
                    told.until(looked + POLL).await;
                    sleep_until(looked + BREATH).await;
                }
            }
        };
        tokio::select! {
            () = pause => {}
            () = inner.wanted.notified() => {}
        }
        let mut state = inner.state();
        if state.listeners == 0 {
            state.looking = false;
            // Whoever listens next begins anew.
            state.versions = None;
            return;
        }
    }
}
