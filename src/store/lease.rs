//! Connections to read with, one a request.
//!
//! The pool asks the database whether a connection still works each time that one is given back: as many round trips again as
//! there are statements. So connections that worked are kept out here, and only those that may not are given back to it. A
//! server that went away and came back has ended them all: what is read on one is then read once more, on a new one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, Value,
    sea_query::value::ArrayType,
    sqlx::{
        self, Arguments, AssertSqlSafe, Encode, Postgres, Sqlite, Type, pool::PoolConnection, postgres::PgArguments,
        query_with, sqlite::SqliteArguments,
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Outage;

/// The connections that requests read with.
#[derive(Debug)]
pub(super) struct Readers {
    pool: DatabaseConnection,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
enum Connection {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

/// A connection, for as long as it is held.
#[derive(Debug)]
pub(super) struct Lease {
    readers: Arc<Readers>,
    /// None while a statement is under way: if its request is dropped, the connection goes back to the pool, which looks
    /// after it.
    connection: Option<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// At most so many connections of the pool.
    pub(super) fn new(pool: DatabaseConnection, connections: u32) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(connections as usize));
        Arc::new(Self { pool, idle: Mutex::default(), permits })
    }

    /// A connection, once one is free.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, DbErr> {
        let closed = |error| DbErr::Custom(format!("no more is read: {error}"));
        let permit = self.permits.clone().acquire_owned().await.map_err(closed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().await.map_err(failed)?,
        };
        Ok(Lease { readers: self.clone(), connection: Some(connection), _permit: permit })
    }

    async fn connect(&self) -> Result<Connection, sqlx::Error> {
        match self.pool.get_database_backend() {
            DbBackend::Sqlite => self.pool.get_sqlite_connection_pool().acquire().await.map(Connection::Sqlite),
            _ => self.pool.get_postgres_connection_pool().acquire().await.map(Connection::Postgres),
        }
    }

    /// Gives back the connections that nobody holds, and lends no more.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// The rows of a statement, which only reads.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(connection) = self.connection.take() else {
            // The last statement failed, and took its connection with it.
            return self.rows_anew(statement).await;
        };
        let again = matches!(connection, Connection::Postgres(_)).then(|| statement.clone());
        match (connection.rows(statement).await, again) {
            (Ok((connection, rows)), _) => {
                self.connection = Some(connection);
                Ok(rows)
            }
            // The server has ended the connection since it was used last, as one that was started anew has ended all of them.
            (Err(error), Some(statement)) if Outage::of_driver(&error) == Some(Outage::Away) => {
                self.readers.idle().clear();
                self.rows_anew(statement).await
            }
            (Err(error), _) => Err(failed(error)),
        }
    }

    /// The same, on another connection.
    async fn rows_anew(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.readers.connect().await.map_err(failed)?;
        let (connection, rows) = connection.rows(statement).await.map_err(failed)?;
        self.connection = Some(connection);
        Ok(rows)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && !self.readers.permits.is_closed()
        {
            self.readers.idle().push(connection);
        }
    }
}

impl Connection {
    /// Keeps the connection only if the statement came to its end.
    async fn rows(self, statement: Statement) -> Result<(Self, Vec<QueryResult>), sqlx::Error> {
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        let sql = AssertSqlSafe(statement.sql);
        match self {
            Self::Postgres(mut connection) => {
                let mut arguments = PgArguments::default();
                values.into_iter().try_for_each(|value| bind_postgres(&mut arguments, value))?;
                let rows = query_with(sql, arguments).fetch_all(&mut *connection).await?;
                Ok((Self::Postgres(connection), rows.into_iter().map(QueryResult::from).collect()))
            }
            Self::Sqlite(mut connection) => {
                let mut arguments = SqliteArguments::default();
                values.into_iter().try_for_each(|value| bind(&mut arguments, value))?;
                let rows = query_with(sql, arguments).fetch_all(&mut *connection).await?;
                Ok((Self::Sqlite(connection), rows.into_iter().map(QueryResult::from).collect()))
            }
        }
    }
}

/// Binds a value that statements of ours have on PostgreSQL.
fn bind_postgres(arguments: &mut PgArguments, value: Value) -> Result<(), sqlx::Error> {
    let Value::Array(of, Some(list)) = value else { return bind(arguments, value) };
    let list = list.into_iter();
    let added = match of {
        ArrayType::String => arguments.add(list.filter_map(text).collect::<Vec<_>>()),
        ArrayType::ChronoDate => arguments.add(list.filter_map(date).collect::<Vec<_>>()),
        _ => arguments.add(list.filter_map(number).collect::<Vec<_>>()),
    };
    added.map_err(sqlx::Error::Encode)
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { text } else { None }
}

fn date(value: Value) -> Option<NaiveDate> {
    if let Value::ChronoDate(date) = value { date } else { None }
}

fn number(value: Value) -> Option<i64> {
    if let Value::BigInt(number) = value { number } else { None }
}

/// Binds a value that statements of ours have on both engines.
fn bind<A: Arguments>(arguments: &mut A, value: Value) -> Result<(), sqlx::Error>
where
    for<'t> i64: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> String: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> NaiveDate: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> DateTime<Utc>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> f64: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> bool: Encode<'t, A::Database> + Type<A::Database>,
{
    let added = match value {
        Value::BigInt(Some(number)) => arguments.add(number),
        Value::BigUnsigned(Some(number)) => arguments.add(number.cast_signed()),
        Value::String(Some(text)) => arguments.add(text),
        Value::ChronoDate(Some(date)) => arguments.add(date),
        Value::ChronoDateTimeUtc(Some(moment)) => arguments.add(moment),
        Value::Double(Some(number)) => arguments.add(number),
        Value::Bool(Some(truth)) => arguments.add(truth),
        other => Err(format!("no statement has a value such as {other:?}").into()),
    };
    added.map_err(sqlx::Error::Encode)
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
