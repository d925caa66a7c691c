//! Answers that are kept and served again for as long as they are true.
//!
//! Why no answer is older than the request that gets it. `V`, the versions that an answer is kept under, is read before any
//! of its data. `P`, the versions now, is read after the request has come. The database raises a table's version in the
//! transaction that writes to it, so where `V` and `P` agree on the tables of the answer, nothing was committed to them
//! between the two, and the data are those of the moment of `P`. Where `V` was read after `P`, all of the data were.
//! Either way the answer has every write that was committed before the request came. Tables in which nothing was found
//! are tables of the answer too: a row that appears there raises their version.

use std::{
    collections::HashMap,
    future::Future,
    hash::RandomState,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use quick_cache::{
    OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use tokio::sync::watch;

use super::body::Answer;
use crate::store::{
    Sight,
    proof::{Proof, Proofs, Versions},
};

/// What an entry takes beside its bytes: the tables' versions, and its places in maps.
const OVERHEAD: u64 = 1_024;
/// An answer above this part of all room is not kept: it would drive out too many others.
const LARGEST: u64 = 4;
/// How often a request waits for another to make its answer, before it makes it itself.
const WAITS: u32 = 2;

/// What has to be the same for the answer to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) document: String,
    pub(super) operation: Option<String>,
    /// As JSON, in the order of their names, with the operation's defaults.
    pub(super) variables: String,
    /// The day in Vietnam: a filter may reckon back from it.
    pub(super) today: chrono::NaiveDate,
    /// What may be seen: whoever may see the same is answered the same.
    pub(super) sight: Sight,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was kept.
    Hit,
    /// It was made for this request.
    Miss,
    /// It was made, for nothing is kept.
    Off,
}

impl Origin {
    /// As the log and the header `Cache-Status` say it (RFC 9211).
    pub(super) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Hit => Some("hit"),
            Self::Miss => Some("fwd=miss"),
            Self::Off => None,
        }
    }
}

/// The answers that are kept. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct AnswerCache(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    proofs: Proofs,
    kept: Cache<Arc<Key>, Kept, Bytes, RandomState>,
    flights: Flights,
}

#[derive(Clone, Debug)]
struct Kept {
    answer: Arc<Answer>,
    proof: Arc<Proof>,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Arc<Key>, Kept> for Bytes {
    fn weight(&self, key: &Arc<Key>, kept: &Kept) -> u64 {
        let texts = key.document.len() + key.operation.as_ref().map_or(0, String::len) + key.variables.len();
        kept.answer.bytes() + texts as u64 + OVERHEAD
    }
}

impl AnswerCache {
    /// Keeps answers in at most so many bytes; with none, every answer is made and no proof is read.
    pub(super) fn new(proofs: impl FnOnce() -> Proofs, bytes: u64) -> Self {
        Self((bytes > 0).then(|| Arc::new(Inner::new(proofs(), bytes))))
    }

    /// The answer kept for `key` if it is still true, otherwise the one that `make` makes. Of those who ask for the same at
    /// the same time one makes it, and the others wait for that one. May be dropped at any time. `read` are versions that were
    /// read after the request came, if they were.
    ///
    /// # Errors
    /// Why `make` makes none.
    pub(super) async fn get_or_make<F, Fut, E>(
        &self,
        key: Key,
        read: Option<Arc<Versions>>,
        make: F,
    ) -> Result<(Arc<Answer>, Origin), E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Answer, E>>,
    {
        match &self.0 {
            Some(inner) => inner.get_or_make(Arc::new(key), read, make).await,
            None => Ok((Arc::new(make().await?), Origin::Off)),
        }
    }
}

impl Inner {
    fn new(proofs: Proofs, bytes: u64) -> Self {
        const USUAL: u64 = 8_192;
        let options = OptionsBuilder::new()
            // One shard, so that the room is one and not many small ones. Readers do not exclude each other.
            .shards(1)
            .estimated_items_capacity((bytes / USUAL) as usize)
            .weight_capacity(bytes)
            .build()
            .expect("both capacities are set");
        let kept = Cache::with_options(options, Bytes, RandomState::new(), DefaultLifecycle::default());
        Self { proofs, kept, flights: Flights::default() }
    }

    async fn get_or_make<F, Fut, E>(
        &self,
        key: Arc<Key>,
        read: Option<Arc<Versions>>,
        make: F,
    ) -> Result<(Arc<Answer>, Origin), E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Answer, E>>,
    {
        let now = match read {
            Some(now) => Ok(now),
            None => self.proofs.now().await,
        };
        // Without a proof nothing kept may be served; what is wrong with the database, the answer itself will say.
        if let Ok(mut now) = now {
            for waits in 0..=WAITS {
                if let Some(answer) = self.true_answer(&key, &now) {
                    return Ok((answer, Origin::Hit));
                }
                match self.flights.board(&key) {
                    Flight::Ours(landing) => {
                        // Who has waited reads anew, so that the answer will do for all who came meanwhile.
                        if waits > 0
                            && let Ok(newer) = self.proofs.now().await
                        {
                            now = newer;
                        }
                        // Another may have landed since we looked.
                        return match self.true_answer(&key, &now) {
                            Some(answer) => Ok((answer, Origin::Hit)),
                            None => Ok((self.keep(&key, &now, make().await?, landing), Origin::Miss)),
                        };
                    }
                    Flight::Theirs(_) if waits == WAITS => break,
                    Flight::Theirs(landing) => {
                        if landed_with_nothing(landing).await {
                            break;
                        }
                    }
                }
            }
        }
        Ok((Arc::new(make().await?), Origin::Miss))
    }

    fn true_answer(&self, key: &Arc<Key>, now: &Versions) -> Option<Arc<Answer>> {
        self.kept.get(key).filter(|kept| kept.proof.holds(now)).map(|kept| kept.answer)
    }

    /// Keeps what was made after `before` was read, if it may be kept, and what it was made from is known.
    fn keep(&self, key: &Arc<Key>, before: &Versions, answer: Answer, landing: Landing<'_>) -> Arc<Answer> {
        let answer = Arc::new(answer);
        match answer.tables().filter(|_| answer.cacheable).and_then(|tables| before.proof(tables)) {
            Some(proof) if answer.bytes() <= self.kept.capacity() / LARGEST => {
                self.kept.insert(key.clone(), Kept { answer: answer.clone(), proof: Arc::new(proof) });
            }
            _ => landing.with_nothing(),
        }
        answer
    }
}

/// The answers that are being made. Whether one is there to be shared, those who wait learn by looking.
#[derive(Debug, Default)]
struct Flights(Mutex<HashMap<Arc<Key>, watch::Receiver<bool>>>);

/// Who makes an answer.
enum Flight<'a> {
    /// Whoever holds this, until it is dropped.
    Ours(Landing<'a>),
    /// Another request, until the channel is closed.
    Theirs(watch::Receiver<bool>),
}

/// Ends a flight when it is dropped, whether an answer was made or its request is gone.
struct Landing<'a> {
    flights: &'a Flights,
    key: Arc<Key>,
    nothing: watch::Sender<bool>,
}

impl Flights {
    fn board(&self, key: &Arc<Key>) -> Flight<'_> {
        let mut flying = self.flying();
        if let Some(landing) = flying.get(key) {
            return Flight::Theirs(landing.clone());
        }
        let (nothing, landed) = watch::channel(false);
        flying.insert(key.clone(), landed);
        Flight::Ours(Landing { flights: self, key: key.clone(), nothing })
    }

    fn flying(&self) -> MutexGuard<'_, HashMap<Arc<Key>, watch::Receiver<bool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Landing<'_> {
    /// Tells those who wait that there is nothing to share, and will not be.
    fn with_nothing(self) {
        self.nothing.send_replace(true);
    }
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.flights.flying().remove(&self.key);
    }
}

/// Waits for a flight to end; whether there is nothing to share.
async fn landed_with_nothing(mut landing: watch::Receiver<bool>) -> bool {
    landing.wait_for(|nothing| *nothing).await.is_ok()
}

#[cfg(test)]
mod tests;
