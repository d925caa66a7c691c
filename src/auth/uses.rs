//! When keys were last used, noted for all of them together once in a while: no request waits for it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::store::{Store, api_key::note_uses};

/// How often that is written.
const EVERY: Duration = Duration::from_secs(60);

/// Uses that are not written yet: keys, each with its last.
#[derive(Debug)]
pub(super) struct Uses {
    store: Store,
    seen: Mutex<BTreeMap<i64, DateTime<Utc>>>,
}

impl Uses {
    /// Notes uses in this database for as long as it is held. Must be called within a runtime.
    pub(super) fn new(store: Store) -> Arc<Self> {
        let uses = Arc::new(Self { store, seen: Mutex::default() });
        tokio::spawn(write_now_and_then(Arc::downgrade(&uses)));
        uses
    }

    /// A key is used.
    pub(super) fn see(&self, id: i64, at: DateTime<Utc>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id, at);
    }

    /// Writes what was seen since the last time.
    pub(super) async fn write(&self) {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.is_empty() {
            return;
        }
        // No reason to refuse anybody; what is lost is known again when the key is used again.
        if let Err(error) = note_uses(&self.store, seen).await {
            tracing::warn!(cause = error.to_string(), "when keys were last used was not written");
        }
    }
}

async fn write_now_and_then(uses: Weak<Uses>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(uses) = uses.upgrade() else { return };
        uses.write().await;
    }
}
