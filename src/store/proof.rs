//! Proof that an answer is still true: the versions of the tables that it was made from, which the database raises in the
//! very transaction that writes.
//!
//! A proof is read for every request. [`Proofs::now`] promises one thing: the versions that it returns were found to be the
//! present ones after the call. So no write that was committed before the call is missing from them. In an SQLite file
//! that is seen at once; PostgreSQL is asked, in one statement for all that wait.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use sea_orm::DbBackend;

use super::Store;
use crate::error::Error;

mod local;
mod source;

use local::Local;
use source::Postgres;
pub(crate) use source::{Reading, Source};

/// The version of every watched table at one moment.
#[derive(Debug)]
pub struct Versions {
    /// Counts what this process has read, to tell what was read later.
    number: u64,
    reading: Reading,
}

impl Versions {
    /// The version of a table; `None` when the database does not watch it, so that nothing about it can be proved.
    pub fn of(&self, table: &str) -> Option<i64> {
        let tables = &self.reading.tables;
        let index = tables.binary_search_by(|(name, _)| name.as_str().cmp(table)).ok()?;
        Some(tables[index].1)
    }

    /// Whether nothing has changed between these and others.
    pub fn same(&self, other: &Self) -> bool {
        self.reading == other.reading
    }

    /// What proves an answer that is made from these tables, none of it read before these versions were. `None` when one of
    /// them is not watched.
    pub fn proof(&self, tables: &BTreeSet<&'static str>) -> Option<Proof> {
        let versions = tables.iter().map(|table| Some((*table, self.of(table)?))).collect::<Option<_>>()?;
        Some(Proof { number: self.number, server: self.reading.server, versions })
    }
}

/// The tables that an answer was made from, each with the version that it had before.
#[derive(Debug)]
pub struct Proof {
    number: u64,
    server: u64,
    versions: Box<[(&'static str, i64)]>,
}

impl Proof {
    /// Whether the answer is at least as new as `now`: made after that was read, or from tables that have not changed since.
    pub fn holds(&self, now: &Versions) -> bool {
        let unchanged = || self.versions.iter().all(|(table, version)| now.of(table) == Some(*version));
        self.number >= now.number || (self.server == now.reading.server && unchanged())
    }
}

/// Reads versions for all who ask, on a connection of its own. Clones share it.
#[derive(Clone, Debug)]
pub struct Proofs(How);

#[derive(Clone, Debug)]
enum How {
    /// By whoever asks.
    Local(Arc<Local>),
    /// By a task, for all who have asked it.
    Shared(mpsc::UnboundedSender<Call>),
}

/// What [`serve`] is asked.
#[derive(Debug)]
enum Call {
    Now(oneshot::Sender<Result<Arc<Versions>, Error>>),
    Close(oneshot::Sender<()>),
}

impl Proofs {
    /// Proofs from this database. Must be called within a runtime; the connection is made when it is first needed.
    pub fn new(store: &Store) -> Self {
        match store.engine() {
            DbBackend::Sqlite => Self(How::Local(Arc::new(Local::new(store)))),
            _ => Self::from_source(Postgres::new(store.clone())),
        }
    }

    pub(crate) fn from_source(source: impl Source) -> Self {
        let (calls, called) = mpsc::unbounded_channel();
        // A task of its own: a request that is dropped while it waits leaves the statement, and the others, alone.
        tokio::spawn(serve(source, called));
        Self(How::Shared(calls))
    }

    /// The versions now, as they were found after this call. A statement is shared by all who called before it began.
    ///
    /// # Errors
    /// The database's own, for all who shared the statement; the next call tries anew. Once closed, always.
    pub async fn now(&self) -> Result<Arc<Versions>, Error> {
        match &self.0 {
            How::Local(local) => local.now(),
            How::Shared(calls) => {
                call(calls, Call::Now).await.unwrap_or_else(|| Err(Error::internal("no more proofs are read")))
            }
        }
    }

    /// Closes the connection. What is asked afterwards is an error.
    pub async fn close(&self) {
        match &self.0 {
            How::Local(local) => local.close(),
            // Closed already, otherwise.
            How::Shared(calls) => drop(call(calls, Call::Close).await),
        }
    }
}

async fn call<T>(calls: &mpsc::UnboundedSender<Call>, call: impl FnOnce(oneshot::Sender<T>) -> Call) -> Option<T> {
    let (answer, answered) = oneshot::channel();
    calls.send(call(answer)).ok()?;
    answered.await.ok()
}

/// Reads for those who have called, and only then looks who called meanwhile.
async fn serve(mut source: impl Source, mut called: mpsc::UnboundedReceiver<Call>) {
    let mut calls = Vec::new();
    for number in 1.. {
        if called.recv_many(&mut calls, usize::MAX).await == 0 {
            break;
        }
        let (mut waiting, mut closing) = (Vec::new(), Vec::new());
        for call in calls.drain(..) {
            match call {
                Call::Now(answer) => waiting.push(answer),
                Call::Close(answer) => closing.push(answer),
            }
        }
        // Nobody may be left to read for.
        waiting.retain(|answer| !answer.is_closed());
        if !waiting.is_empty() {
            let versions = source.read().await.map(|reading| Arc::new(Versions { number, reading }));
            for answer in waiting {
                // Dropped meanwhile, otherwise.
                let _ = answer.send(versions.clone());
            }
        }
        if !closing.is_empty() {
            source.close().await;
            return;
        }
    }
    source.close().await;
}

#[cfg(test)]
mod tests;
