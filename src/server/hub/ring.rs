//! The newest changes, in the order of the feed: so many, and no more.

use std::collections::VecDeque;

use crate::store::changes::{Change, Token};

/// The newest changes.
#[derive(Debug)]
pub(super) struct Ring {
    changes: VecDeque<Change>,
    /// The number of the first of them.
    first: u64,
    /// The position behind the last.
    at: Token,
    most: usize,
}

impl Ring {
    /// Nothing, from a position on; later at most so many changes.
    pub(super) fn new(at: Token, most: usize) -> Self {
        Self { changes: VecDeque::new(), first: 0, at, most }
    }

    /// The position behind all that there was.
    pub(super) fn at(&self) -> &Token {
        &self.at
    }

    /// The number of the next change.
    pub(super) fn end(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// Adds changes, behind which is this position. The oldest go.
    pub(super) fn push(&mut self, changes: Vec<Change>, at: Token) {
        self.changes.extend(changes);
        self.at = at;
        let over = self.changes.len().saturating_sub(self.most);
        self.changes.drain(..over);
        self.first += over as u64;
    }

    /// The number of the change that comes next behind a position, if that is one of these.
    pub(super) fn behind(&self, token: &Token) -> Option<u64> {
        if *token == self.at {
            return Some(self.end());
        }
        // Who resumes has most often seen almost all.
        let index = self.changes.iter().rposition(|change| change.token == *token)?;
        Some(self.first + index as u64 + 1)
    }

    /// At most so many changes from a number on; none if the first of them is gone.
    pub(super) fn from(&self, number: u64, most: usize) -> Option<Vec<Change>> {
        let skipped = number.checked_sub(self.first)? as usize;
        Some(self.changes.iter().skip(skipped).take(most).cloned().collect())
    }
}
