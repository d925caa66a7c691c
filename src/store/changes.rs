//! The change feed: what became of rows, in an order in which nothing is ever skipped.
//!
//! The triggers of every watched table write the log. On SQLite one transaction writes at a time, so that the numbers of
//! entries are the order of their commits. On PostgreSQL a transaction that commits late has numbers below some that were
//! read already; so entries are ordered by their transaction's id first, and only those are read whose transaction is older
//! than every one that still runs: none can come before them any more. (`pg_snapshot_xmin`,
//! <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT>.)

use std::{collections::HashMap, fmt};

use async_graphql::dataloader::Loader;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use super::{Members, Reader, Sight, Store};
use crate::error::Error;

/// Entries that are read at once.
const BATCH: u32 = 1_000;

/// A place in the feed, behind an entry. Good for as long as the entries behind it are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Which history: a database that was put back to an earlier state goes on with another one.
    epoch: String,
    xact: i64,
    seq: i64,
}

impl fmt::Display for Token {
    /// Opaque to clients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{}.{}.{}", self.epoch, self.xact, self.seq)))
    }
}

/// A text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a token that this API gave")]
pub struct NoToken;

impl std::str::FromStr for Token {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoToken)?;
        let text = String::from_utf8(bytes).map_err(|_| NoToken)?;
        let parts: Vec<&str> = text.split('.').collect();
        let [epoch, xact, seq] = parts[..] else { return Err(NoToken) };
        let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0).ok_or(NoToken);
        let token = Self { epoch: epoch.to_owned(), xact: number(xact)?, seq: number(seq)? };
        let sound = (1..=64).contains(&epoch.len()) && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sound { Ok(token) } else { Err(NoToken) }
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is there, new or changed.
    Upsert,
    /// It is gone, or out of sight.
    Delete,
    /// It is gone, and another one stands for it.
    Merge,
    /// Who it is was taken away; whoever has a copy must take it away too.
    Redact,
}

/// An entry of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place behind it.
    pub token: Token,
    /// The table; of a table of pairs, that of the row that they belong to.
    pub table: String,
    /// The number of the row.
    pub row: i64,
    /// What became of it.
    pub operation: Operation,
    /// The version that the row then had; none where a row that belongs to it was changed.
    pub version: Option<i32>,
    /// The row that stands for it.
    pub into: Option<i64>,
    /// When it was changed.
    pub at: DateTime<Utc>,
    sides: Sides,
}

/// Where a row is, and where it was: ward and city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sides {
    is: Option<(i64, i64)>,
    was: Option<(i64, i64)>,
}

/// What follows a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Some entries.
    Changes {
        /// In their order.
        changes: Vec<Change>,
        /// The place behind the last of them, or the same again.
        token: Token,
        /// Whether there are more already.
        more: bool,
    },
    /// Entries behind the token are gone, or it is of another history: a copy that stands there must be made anew.
    Gap,
}

/// Looks up the present end of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Newest;

/// Reads what follows a token, whoever may see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Behind {
    /// The token.
    pub token: Token,
    /// How many entries at most.
    pub most: u32,
}

impl Loader<Newest> for Reader {
    type Value = Token;
    type Error = Error;

    async fn load(&self, _: &[Newest]) -> Result<HashMap<Newest, Token>, Error> {
        let rows = self.rows(self.ready(Newest.statement(self.engine()))).await?;
        Ok(HashMap::from([(Newest, Newest.found(rows.first())?)]))
    }
}

impl Loader<Behind> for Reader {
    type Value = Read;
    type Error = Error;

    async fn load(&self, keys: &[Behind]) -> Result<HashMap<Behind, Read>, Error> {
        let mut read = HashMap::with_capacity(keys.len());
        // One statement each: there is one, unless fields of the root have other names.
        for key in keys {
            let rows = self.rows(self.ready(key.statement(self.engine()))).await?;
            read.insert(key.clone(), key.found(&rows)?);
        }
        Ok(read)
    }
}

/// The present end of the feed.
///
/// # Errors
/// The database's own.
pub async fn newest(store: &Store) -> Result<Token, DbErr> {
    Newest.found(store.reader().query_one_raw(Newest.statement(store.engine())).await?.as_ref())
}

/// At most `most` entries behind a token, whoever may see them.
///
/// # Errors
/// The database's own.
pub async fn read(store: &Store, after: &Token, most: u32) -> Result<Read, DbErr> {
    let behind = Behind { token: after.clone(), most };
    behind.found(&store.reader().query_all_raw(behind.statement(store.engine())).await?)
}

impl Newest {
    fn statement(self, engine: DbBackend) -> Statement {
        let sql = match engine {
            DbBackend::Sqlite => {
                "SELECT epoch, CAST(0 AS BIGINT) AS xact, MAX(kept_seq, COALESCE((SELECT MAX(seq) FROM change_log), 0)) AS seq FROM change_feed"
            }
            // Behind everything that no running transaction can come before, with or without entries.
            _ => {
                "SELECT epoch, GREATEST(kept_xact, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1) AS xact, 9223372036854775807 AS seq FROM change_feed"
            }
        };
        Statement::from_string(engine, sql)
    }

    fn found(self, row: Option<&QueryResult>) -> Result<Token, DbErr> {
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the feed's own row".to_owned()))?;
        Ok(Token { epoch: row.try_get("", "epoch")?, xact: row.try_get("", "xact")?, seq: row.try_get("", "seq")? })
    }
}

impl Behind {
    fn most(&self) -> u32 {
        self.most.min(BATCH)
    }

    fn statement(&self, engine: DbBackend) -> Statement {
        let sql = match engine {
            DbBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        let Token { epoch, xact, seq } = self.token.clone();
        let values: [Value; 4] = [epoch.into(), xact.into(), seq.into(), (i64::from(self.most()) + 1).into()];
        Statement::from_sql_and_values(engine, sql, values)
    }

    fn found(&self, rows: &[QueryResult]) -> Result<Read, DbErr> {
        // There is always a row, which says whether the token is known, and perhaps nothing else.
        let known = rows.first().map(|row| row.try_get::<bool>("", "known")).transpose()?.unwrap_or_default();
        if !known {
            return Ok(Read::Gap);
        }
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            changes.extend(change(&self.token.epoch, row)?);
        }
        let more = changes.len() > self.most() as usize;
        changes.truncate(self.most() as usize);
        let token = changes.last().map_or_else(|| self.token.clone(), |change| change.token.clone());
        Ok(Read::Changes { changes, token, more })
    }
}

const SQLITE: &str = "\
    WITH feed AS (SELECT epoch = ?1 AND ?2 = 0 AND ?3 >= kept_seq \
        AND ?3 <= COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'change_log'), 0) AS known FROM change_feed) \
    SELECT feed.known, entry.* FROM feed LEFT JOIN (SELECT xact, seq, table_name, row_id, operation, row_version, reason, into_id, \
        changed_at, ward_id, city_id, was_ward_id, was_city_id FROM change_log WHERE seq > ?3 ORDER BY seq LIMIT ?4) AS entry ON feed.known \
    ORDER BY entry.seq";

const POSTGRES: &str = "\
    WITH feed AS (SELECT epoch = $1 AND ($2, $3) >= (kept_xact, kept_seq) \
        AND $2 < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS known FROM change_feed) \
    SELECT feed.known, entry.* FROM feed LEFT JOIN (SELECT xact, seq, table_name, row_id, operation, row_version, reason, into_id, \
        changed_at, ward_id, city_id, was_ward_id, was_city_id FROM change_log \
        WHERE (xact, seq) > ($2, $3) AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
        ORDER BY xact, seq LIMIT $4) AS entry ON feed.known \
    ORDER BY entry.xact, entry.seq";

/// The tables of pairs, each with the table of the rows that its pairs belong to.
const PAIRS: [(&str, &str); 4] = [
    ("former_city_successor", "former_city"),
    ("former_ward_successor", "former_ward"),
    ("festival_host", "festival"),
    ("festival_source", "festival"),
];

/// An entry of the log; none where there is none in the row.
fn change(epoch: &str, row: &QueryResult) -> Result<Option<Change>, DbErr> {
    let Some(seq) = row.try_get::<Option<i64>>("", "seq")? else { return Ok(None) };
    let table: String = row.try_get("", "table_name")?;
    let pair = PAIRS.iter().find(|(pairs, _)| *pairs == table);
    let place =
        |ward: &str, city: &str| Ok::<_, DbErr>(row.try_get::<Option<i64>>("", ward)?.zip(row.try_get("", city)?));
    let operation: String = row.try_get("", "operation")?;
    let reason: Option<String> = row.try_get("", "reason")?;
    let operation = match (operation.as_str(), reason.as_deref(), pair) {
        ("DELETE", Some("MERGE"), None) => Operation::Merge,
        // Of a row that is there, or of one that is gone.
        ("UPDATE" | "DELETE", Some("REDACT"), None) => Operation::Redact,
        ("DELETE", _, None) => Operation::Delete,
        _ => Operation::Upsert,
    };
    Ok(Some(Change {
        token: Token { epoch: epoch.to_owned(), xact: row.try_get("", "xact")?, seq },
        table: pair.map_or(table, |(_, owner)| (*owner).to_owned()),
        row: row.try_get("", "row_id")?,
        operation,
        version: row.try_get("", "row_version")?,
        into: row.try_get::<Option<i64>>("", "into_id")?.filter(|_| operation == Operation::Merge),
        at: row.try_get("", "changed_at")?,
        sides: Sides { is: place("ward_id", "city_id")?, was: place("was_ward_id", "was_city_id")? },
    }))
}

#[cfg(test)]
impl Change {
    /// Some entry before a place.
    pub(crate) fn of(token: Token) -> Self {
        let (table, sides) = ("team".to_owned(), Sides { is: None, was: None });
        let operation = Operation::Upsert;
        Self { token, table, row: 1, operation, version: None, into: None, at: DateTime::UNIX_EPOCH, sides }
    }
}

impl Change {
    /// The entry as it is for who sees this; none where it is nothing to them. A row that goes out of their sight is gone for
    /// them.
    pub fn seen_by(mut self, sight: &Sight) -> Option<Self> {
        if UNSERVED.contains(&self.table.as_str()) {
            return None;
        }
        let Members::Within(places) = sight.rows(&self.table) else {
            return matches!(sight.rows(&self.table), Members::All).then_some(self);
        };
        let within = |side: Option<(i64, i64)>| side.is_some_and(|(ward, city)| places.has(ward, city));
        match (within(self.sides.is), within(self.sides.was)) {
            (true, _) => Some(self),
            (false, true) => {
                self.into = None;
                self.operation =
                    if self.operation == Operation::Redact { Operation::Redact } else { Operation::Delete };
                Some(self)
            }
            (false, false) => None,
        }
    }
}

/// Watched, so that what is kept depends on them, and served to nobody.
const UNSERVED: [&str; 2] = ["api_key", "api_key_place"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_nothing_else_does() {
        let token = Token { epoch: "0123456789abcdef".to_owned(), xact: 7, seq: 42 };
        assert_eq!(token.to_string().parse(), Ok(token));
        for text in [
            "",
            "x",
            "MTIz",
            &URL_SAFE_NO_PAD.encode("0123456789abcdef.1"),
            &URL_SAFE_NO_PAD.encode("0123456789abcdef.-1.2"),
        ] {
            assert_eq!(text.parse::<Token>(), Err(NoToken), "{text}");
        }
    }
}
