//! What was read of the database for a credential, kept for as long as none of its tables has changed: a key that is revoked
//! is refused by the next request, wherever it was revoked, and one that is not costs no statement but the proof.

use std::{collections::BTreeSet, fmt, hash::Hash, sync::Arc};

use quick_cache::sync::Cache;

use crate::store::proof::{Proof, Versions};

/// Values by what they were asked for with.
pub(super) struct Kept<K, V> {
    cache: Cache<K, (V, Arc<Proof>)>,
    tables: BTreeSet<&'static str>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Room for so many values, each made from these tables.
    pub(super) fn new(room: usize, tables: impl IntoIterator<Item = &'static str>) -> Self {
        Self { cache: Cache::new(room), tables: tables.into_iter().collect() }
    }

    /// The value, if it is still true.
    pub(super) fn get(&self, key: &K, now: &Versions) -> Option<V> {
        self.cache.get(key).filter(|(_, proof)| proof.holds(now)).map(|(value, _)| value)
    }

    /// Keeps a value that was read after `before` was.
    pub(super) fn keep(&self, key: K, value: V, before: &Versions) {
        if let Some(proof) = before.proof(&self.tables) {
            self.cache.insert(key, (value, Arc::new(proof)));
        }
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("tables", &self.tables).finish_non_exhaustive()
    }
}
