//! What PostgreSQL says by itself: that something was written.

use sea_orm::sqlx::{
    self,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::store::Store;

/// The channel that the log's trigger notifies.
const CHANNEL: &str = "antq_changes";

/// Listens on a connection of its own, as far as there is one: who reads does not rely on it.
pub(super) struct Notified {
    store: Store,
    listener: Option<PgListener>,
}

impl Notified {
    pub(super) fn new(store: &Store) -> Self {
        Self { store: store.clone(), listener: None }
    }

    /// Waits until something was written, as far as that is said, and at most until `deadline`.
    pub(super) async fn until(&mut self, deadline: Instant) {
        if self.listener.is_none() {
            match timeout_at(deadline, self.connect()).await {
                Ok(Ok(listener)) => self.listener = Some(listener),
                Ok(Err(error)) => tracing::debug!(%error, "PostgreSQL cannot be listened to"),
                Err(_) => return,
            }
        }
        let Some(listener) = &mut self.listener else { return sleep_until(deadline).await };
        match timeout_at(deadline, listener.recv()).await {
            Ok(Ok(_)) | Err(_) => {}
            Ok(Err(error)) => {
                tracing::debug!(%error, "PostgreSQL is not listened to any more");
                self.listener = None;
                sleep_until(deadline).await;
            }
        }
    }

    async fn connect(&self) -> Result<PgListener, sqlx::Error> {
        let options = self.store.reader().get_postgres_connection_pool().connect_options();
        // In no pool of requests: it keeps its connection.
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener = PgListener::connect_with(&pool.connect_with(options.as_ref().clone()).await?).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }
}
