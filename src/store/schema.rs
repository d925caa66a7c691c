//! Which version of the tables a database has, and bringing it to ours.

use std::time::{Duration, Instant};

use antq_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement};

use super::{Store, write::begin};
use crate::error::Outage;

/// Any number, the same for every instance: who holds this lock migrates.
const POSTGRES_LOCK: i64 = 7_092_650_138;

/// How long it waits for others to end their writing to an SQLite file: longer than any migration has taken.
const WAIT: Duration = Duration::from_secs(600);

/// How a database's tables compare with this program's.
#[derive(Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// As this program wants them.
    Current,
    /// Older: so many migrations are missing.
    Behind(usize),
    /// Newer: this migration is unknown here.
    Ahead(String),
}

/// Compares without writing.
///
/// # Errors
/// The database's own.
pub async fn state(store: &Store) -> Result<SchemaState, DbErr> {
    Ok(compare(&applied(store.reader()).await?))
}

/// What the migrations that a database has run make of it.
pub(super) fn compare(theirs: &[String]) -> SchemaState {
    let ours: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(unknown) = theirs.iter().find(|name| !ours.contains(name)) {
        return SchemaState::Ahead(unknown.clone());
    }
    match ours.len() - theirs.len() {
        0 => SchemaState::Current,
        missing => SchemaState::Behind(missing),
    }
}

/// Runs the missing migrations, one instance at a time, and says how many those were.
///
/// # Errors
/// The database's own.
pub async fn migrate(store: &Store) -> Result<usize, DbErr> {
    // All of them in one transaction: whoever else migrates waits for its end and finds nothing to do. On PostgreSQL the lock is
    // given up by the very session that migrates: that of a killed process goes on to the end of its statement.
    let alone = match store.engine() {
        DbBackend::Sqlite => alone(store.writer()).await?,
        _ => {
            let transaction = begin(store.writer()).await?;
            transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")).await?;
            transaction
        }
    };
    let before = applied(&alone).await?.len();
    Migrator::up(&alone, None).await?;
    alone.commit().await?;
    Ok(Migrator::migrations().len() - before)
}

/// A transaction that nobody else writes beside, once those who do have come to their end.
async fn alone(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let began = Instant::now();
    loop {
        match begin(database).await {
            Err(error) if Outage::of(&error) == Some(Outage::Unwritable) && began.elapsed() < WAIT => {
                tracing::warn!(cause = %error, "somebody else writes to the database; waiting");
            }
            done => return done,
        }
    }
}

/// The migrations that a database has run; none when it has no tables yet.
async fn applied(database: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let engine = database.get_database_backend();
    let exists = match engine {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'seaql_migrations'",
        _ => {
            "SELECT table_name AS name FROM information_schema.tables WHERE table_name = 'seaql_migrations' AND table_schema = current_schema()"
        }
    };
    if database.query_one_raw(Statement::from_string(engine, exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let names = Statement::from_string(engine, "SELECT version FROM seaql_migrations ORDER BY version");
    database.query_all_raw(names).await?.iter().map(|row| row.try_get("", "version")).collect()
}
