//! Where versions are read: one statement, on one connection.

use std::{future::Future, time::Duration};

use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, PgConnection, query_scalar};

use crate::{
    error::Error,
    store::{Event, Store},
};

/// How long a reading may take, a new connection included. The requests that wait for it are answered without it then.
const WITHIN: Duration = Duration::from_secs(2);

/// Every table with its version in one text: one row is the cheapest to send and to decode.
const VERSIONS: &str = "SELECT string_agg(table_name || ' ' || version, ',') FROM table_version";

/// What was read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Another number after each new connection: it may lead to another server, after a failover or a restore, that lost
    /// writes and gives their versions to others.
    pub(crate) server: u64,
    /// Every watched table with its version, by name.
    pub(crate) tables: Vec<(String, i64)>,
}

/// Reads versions.
pub(crate) trait Source: Send + 'static {
    /// The versions as they are once this is called.
    fn read(&mut self) -> impl Future<Output = Result<Reading, Error>> + Send;

    /// Gives up what it reads with.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// A PostgreSQL database. Its connection is in no pool, so that heavy requests do not keep the light ones waiting.
pub(super) struct Postgres {
    store: Store,
    connection: Option<PgConnection>,
    connected: u64,
}

impl Postgres {
    pub(super) fn new(store: Store) -> Self {
        Self { store, connection: None, connected: 0 }
    }

    async fn text(&mut self) -> Result<Option<String>, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                self.connected += 1;
                // One like those that requests read with. It is not one of theirs, which may all be taken.
                let options = self.store.reader().get_postgres_connection_pool().connect_options();
                none.insert(options.as_ref().connect().await?)
            }
        };
        self.store.observed(Event::Sent(VERSIONS));
        query_scalar(VERSIONS).fetch_one(connection).await
    }
}

impl Source for Postgres {
    async fn read(&mut self) -> Result<Reading, Error> {
        let cause = match tokio::time::timeout(WITHIN, self.text()).await {
            Ok(Ok(text)) => return Ok(Reading { server: self.connected, tables: tables(&text.unwrap_or_default()) }),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::warn!(cause, "the versions of the tables were not read, so that nothing kept can be served");
        self.connection = None;
        Err(Error::internal(cause))
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // Nothing can be done about a connection that fails to close.
            let _ = connection.close().await;
        }
    }
}

/// Tables and versions, in the order of their names.
pub(super) fn tables(text: &str) -> Vec<(String, i64)> {
    let table = |pair: &str| {
        let (name, version) = pair.split_once(' ')?;
        Some((name.to_owned(), version.parse().ok()?))
    };
    let mut tables: Vec<_> = text.split(',').filter_map(table).collect();
    tables.sort_unstable();
    tables
}
