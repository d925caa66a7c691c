//! The change feed: what was written, in the order in which it is told. (A small form of it, until the feed itself is there.)

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::Store;

/// A durable position in the feed. Opaque for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    xact: i64,
    seq: i64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c1-{:x}-{:x}", self.xact, self.seq)
    }
}

impl FromStr for Token {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (xact, seq) = text.strip_prefix("c1-").and_then(|rest| rest.split_once('-')).ok_or(())?;
        let number = |digits: &str| i64::from_str_radix(digits, 16).map_err(|_| ());
        Ok(Self { xact: number(xact)?, seq: number(seq)? })
    }
}

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It was taken away.
    Delete,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The position behind it.
    pub token: Token,
    /// The table.
    pub table: &'static str,
    /// The row.
    pub row: i64,
    /// What was done to it.
    pub operation: Operation,
    /// The row's version, where it has one.
    pub version: Option<i32>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is read of the feed.
#[derive(Clone, Debug)]
pub enum Read {
    /// What comes behind a position.
    Changes {
        /// The changes.
        changes: Vec<Change>,
        /// The position behind them.
        token: Token,
        /// Whether there are more.
        more: bool,
    },
    /// What comes behind the position is no longer kept.
    Gap,
}

const TABLES: [&str; 17] = [
    "city",
    "ward",
    "former_city",
    "former_district",
    "former_ward",
    "dataset",
    "source",
    "organisation",
    "team",
    "member",
    "festival",
    "festival_guest",
    "award",
    "movement_model",
    "designation",
    "indicator",
    "observation",
];

fn horizon(store: &Store) -> &'static str {
    match store.engine() {
        DbBackend::Sqlite => "xact < 1",
        _ => "xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    }
}

/// The position behind all that there is now.
///
/// # Errors
/// The database's.
pub async fn newest(store: &Store) -> Result<Token, DbErr> {
    let sql = format!("SELECT xact, seq FROM change_log WHERE {} ORDER BY xact DESC, seq DESC LIMIT 1", horizon(store));
    let row = store.reader().query_one_raw(Statement::from_string(store.engine(), sql)).await?;
    row.map_or(Ok(Token { xact: 0, seq: 0 }), |row| {
        Ok(Token { xact: row.try_get("", "xact")?, seq: row.try_get("", "seq")? })
    })
}

/// What comes behind a position, at most so much.
///
/// # Errors
/// The database's.
pub async fn read(store: &Store, after: &Token, most: u32) -> Result<Read, DbErr> {
    let Token { xact, seq } = after;
    let sql = format!(
        "SELECT xact, seq, table_name, row_id, operation, row_version, changed_at FROM change_log \
         WHERE (xact, seq) > ({xact}, {seq}) AND {} ORDER BY xact, seq LIMIT {}",
        horizon(store),
        most + 1
    );
    let mut rows = store.reader().query_all_raw(Statement::from_string(store.engine(), sql)).await?;
    let more = rows.len() > most as usize;
    rows.truncate(most as usize);
    let (mut changes, mut token) = (Vec::with_capacity(rows.len()), after.clone());
    for row in rows {
        token = Token { xact: row.try_get("", "xact")?, seq: row.try_get("", "seq")? };
        let (name, operation): (String, String) = (row.try_get("", "table_name")?, row.try_get("", "operation")?);
        let Some(table) = TABLES.into_iter().find(|table| *table == name) else { continue };
        let operation = match operation.as_str() {
            "INSERT" => Operation::Insert,
            "UPDATE" => Operation::Update,
            _ => Operation::Delete,
        };
        let (row_id, version, at) =
            (row.try_get("", "row_id")?, row.try_get("", "row_version")?, row.try_get("", "changed_at")?);
        changes.push(Change { token: token.clone(), table, row: row_id, operation, version, at });
    }
    Ok(Read::Changes { changes, token, more })
}
