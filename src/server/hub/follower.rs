//! One who follows the feed: first what it has missed, from the database at its own pace, then what everybody is told.

use sea_orm::DbErr;

use super::{Hub, Listening, PART};
use crate::store::changes::{self, Change, Read, Token};

/// A reader of the feed.
#[derive(Debug)]
pub(in crate::server) struct Follower {
    listening: Listening,
    place: Place,
}

/// Where it is.
#[derive(Debug)]
enum Place {
    /// Behind this position, which may not be one that is kept for everybody.
    Behind(Token),
    /// Before the change of this number, of the feed that was begun so many times.
    Before { number: u64, begun: u64 },
}

/// What comes next.
#[derive(Debug)]
pub(in crate::server) enum Followed {
    /// Changes, in their order: one at least.
    Changes(Vec<Change>),
    /// Something came that is not there any more.
    Gap,
}

impl Hub {
    /// Follows the feed from a position on, or from now on; the position is given back too. It has begun when this ends:
    /// what is committed later is told.
    pub(in crate::server) async fn follow(&self, after: Option<Token>) -> (Follower, Token) {
        let mut listening = self.listening(true);
        if let Some(token) = after {
            return (Follower { listening, place: Place::Behind(token.clone()) }, token);
        }
        loop {
            listening.versions();
            let end = listening.end();
            if let Some((place, token)) = end {
                return (Follower { listening, place }, token);
            }
            listening.news().await;
        }
    }
}

impl Listening {
    /// The end of what everybody is told, once there is something that has an end.
    fn end(&self) -> Option<(Place, Token)> {
        let state = self.inner.state();
        let ring = state.ring.as_ref()?;
        Some((Place::Before { number: ring.end(), begun: state.begun }, ring.at().clone()))
    }
}

impl Follower {
    /// What comes next, once there is something; at most so many changes. May be dropped: what was not given is given later.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::server) async fn next(&mut self, most: usize) -> Result<Followed, DbErr> {
        loop {
            // What is learnt from here on is not missed.
            self.listening.versions();
            self.join();
            let followed = match self.behind() {
                Some(token) => self.missed(&token, most).await?,
                None => self.told(most),
            };
            match followed {
                Some(followed) => return Ok(followed),
                None => self.listening.news().await,
            }
        }
    }

    /// Goes on with everybody, if what it has seen leads there.
    fn join(&mut self) {
        let Some(token) = self.behind() else { return };
        let state = self.listening.inner.state();
        if let Some(number) = state.ring.as_ref().and_then(|ring| ring.behind(&token)) {
            self.place = Place::Before { number, begun: state.begun };
        }
    }

    fn behind(&self) -> Option<Token> {
        match &self.place {
            Place::Behind(token) => Some(token.clone()),
            Place::Before { .. } => None,
        }
    }

    /// What is read of the feed itself.
    async fn missed(&mut self, token: &Token, most: usize) -> Result<Option<Followed>, DbErr> {
        let most = u32::try_from(most).unwrap_or(PART).min(PART);
        Ok(match changes::read(&self.listening.inner.store, token, most).await? {
            Read::Gap => Some(Followed::Gap),
            Read::Changes { changes, .. } => {
                let Some(last) = changes.last() else { return Ok(None) };
                self.place = Place::Behind(last.token.clone());
                Some(Followed::Changes(changes))
            }
        })
    }

    /// What everybody was told since.
    fn told(&mut self, most: usize) -> Option<Followed> {
        let Place::Before { number, begun } = &mut self.place else { return None };
        let state = self.listening.inner.state();
        let Some(ring) = state.ring.as_ref().filter(|_| state.begun == *begun) else { return Some(Followed::Gap) };
        let Some(changes) = ring.from(*number, most) else { return Some(Followed::Gap) };
        *number += changes.len() as u64;
        (!changes.is_empty()).then_some(Followed::Changes(changes))
    }
}
