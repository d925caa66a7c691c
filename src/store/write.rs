//! Writing many rows at once.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, Iterable, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use super::{Store, table::Table};

/// Values in one statement at most: below SQLite's 32,766 and PostgreSQL's 65,535.
const MAX_VALUES: usize = 30_000;
/// Rows in one statement at most: more make it no faster.
const MAX_ROWS: usize = 1_000;

/// Begins a transaction that will write. SQLite must be told so at its beginning, or it may fail as busy in its middle.
///
/// # Errors
/// The database's own.
pub async fn begin(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    database.begin_with_options(options).await
}

/// The id that the next row of a table is to have: above every one that a row has or had, for an id is never given twice.
/// Until the transaction ends, no one else adds rows to the table.
///
/// # Errors
/// The database's own.
pub async fn next_id<E: Table>(transaction: &DatabaseTransaction) -> Result<i64, DbErr> {
    let table = E::default().table_name().to_owned();
    let engine = transaction.get_database_backend();
    let given = match engine {
        DbBackend::Sqlite => format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"),
        _ => {
            transaction.execute_unprepared(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")).await?;
            format!(
                "SELECT COALESCE(last_value, 0) AS seq FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = '{table}_id_seq'"
            )
        }
    };
    let row = transaction.query_one_raw(Statement::from_string(engine, given)).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get::<i64>("", "seq"))? + 1)
}

/// Adds rows whose ids were taken with [`next_id`], and lets the database number on behind them.
///
/// # Errors
/// The database's own.
pub async fn insert_rows<E>(transaction: &DatabaseTransaction, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: Table,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    if rows.is_empty() {
        return Ok(());
    }
    insert_pairs::<E>(transaction, rows).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        let table = E::default().table_name().to_owned();
        let number_on = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
        );
        transaction.execute_unprepared(&number_on).await?;
    }
    Ok(())
}

/// Adds rows that have no id of their own.
///
/// # Errors
/// The database's own.
pub async fn insert_pairs<E>(transaction: &DatabaseTransaction, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let at_once = (MAX_VALUES / E::Column::iter().count()).min(MAX_ROWS);
    let mut rows = rows.into_iter().map(new_row::<E>).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(at_once).collect();
        E::insert_many(chunk).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// A row to be added: the database sets what it keeps itself.
fn new_row<E>(row: E::Model) -> E::ActiveModel
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut active = row.into_active_model().reset_all();
    for column in E::Column::iter() {
        if ["version", "updated_at"].contains(&sea_orm::IdenStatic::as_str(&column)) {
            active.not_set(column);
        }
    }
    active
}

/// Lets the database count the rows, so that it plans for them: worth it after many were written.
///
/// # Errors
/// The database's own.
pub async fn analyse(store: &Store) -> Result<(), DbErr> {
    store.writer().execute_unprepared("ANALYZE").await.map(drop)
}
