//! Which version of the tables a database has, and bringing it to ours.

use antq_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::Store;

/// Any number, the same for every instance: who holds this lock migrates.
const POSTGRES_LOCK: i64 = 7_092_650_138;

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
    let ours: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let theirs = applied(store).await?;
    if let Some(unknown) = theirs.iter().find(|name| !ours.contains(name)) {
        return Ok(SchemaState::Ahead(unknown.clone()));
    }
    match ours.len() - theirs.len() {
        0 => Ok(SchemaState::Current),
        missing => Ok(SchemaState::Behind(missing)),
    }
}

/// Runs the missing migrations, one instance at a time.
///
/// # Errors
/// The database's own.
pub async fn migrate(store: &Store) -> Result<(), DbErr> {
    let database = store.writer();
    if store.engine() == DbBackend::Sqlite {
        return Migrator::up(database, None).await;
    }
    // The lock belongs to a transaction of its own, so that it is given up even if this process is killed.
    let lock = sea_orm::TransactionTrait::begin(database).await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")).await?;
    Migrator::up(database, None).await?;
    lock.commit().await
}

/// The migrations that a database has run; none when it has no tables yet.
async fn applied(store: &Store) -> Result<Vec<String>, DbErr> {
    let database = store.reader();
    let engine = store.engine();
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
