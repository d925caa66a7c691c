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

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn token(seq: u64) -> Token {
        let text = URL_SAFE_NO_PAD.encode(format!("0123456789abcdef.0.{seq}"));
        text.parse().unwrap_or_else(|_| panic!("a token"))
    }

    fn told(ring: &Ring, number: u64, most: usize) -> Option<Vec<Token>> {
        Some(ring.from(number, most)?.into_iter().map(|change| change.token).collect())
    }

    #[test]
    fn the_newest_are_kept_and_found_by_number_and_by_position() {
        let mut ring = Ring::new(token(10), 3);
        assert_eq!((ring.end(), ring.behind(&token(10)), told(&ring, 0, 9)), (0, Some(0), Some(vec![])));
        ring.push(vec![Change::of(token(11)), Change::of(token(13))], token(13));
        assert_eq!(told(&ring, 0, 9), Some(vec![token(11), token(13)]));
        assert_eq!(told(&ring, 0, 1), Some(vec![token(11)]));
        assert_eq!(
            (ring.behind(&token(11)), ring.behind(&token(12)), ring.behind(&token(13))),
            (Some(1), None, Some(2))
        );
        ring.push(vec![Change::of(token(14)), Change::of(token(15))], token(15));
        assert_eq!((told(&ring, 0, 9), told(&ring, 1, 1), ring.end()), (None, Some(vec![token(13)]), 4));
        assert_eq!((ring.behind(&token(11)), ring.behind(&token(13))), (None, Some(2)));
        // A position that is none of the changes: that of a page without any.
        ring.push(Vec::new(), token(20));
        assert_eq!((ring.behind(&token(20)), ring.behind(&token(15))), (Some(4), Some(4)));
        assert_eq!(told(&ring, 4, 9), Some(vec![]));
    }
}
