//! What answering a request took, as far as it is paid for.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counts what one request reads and is answered. Clones share it, so that whoever pays knows it even if the request is
/// dropped halfway.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    rows: AtomicU64,
    nodes: AtomicU64,
}

impl Meter {
    /// The rows that the database has sent.
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// The nodes of the answer, as far as it is made: each row of a page, each object that was looked up or that another one
    /// names, each change of a history, and each group.
    pub fn nodes(&self) -> u64 {
        self.0.nodes.load(Ordering::Relaxed)
    }

    /// Notes rows that were read.
    pub(super) fn read(&self, rows: u64) {
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Notes that it took more than it may: whoever asks pays for all that they asked.
    pub fn overflow(&self) {
        self.0.nodes.store(u64::MAX, Ordering::Relaxed);
    }

    /// Notes nodes of the answer.
    pub fn answered(&self, nodes: u64) {
        self.0.nodes.fetch_add(nodes, Ordering::Relaxed);
    }
}
