//! What a row was: each change of it, with what it was before and after, from the log.
//!
//! The log has what a row was before each change. After one, it was what the next change found; after the last, what it is.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use serde_json::{Map, Value};

use super::{Members, Sight, Store, TableInfo};

/// A change of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number in the log: later ones have higher ones.
    pub number: i64,
    /// Which version the row then had.
    pub version: Option<i32>,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub operation: String,
    /// `MERGE` or `REDACT`, where the change says more than that.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, as far as that is known: what is written by other means than this service has no name.
    pub who: Option<String>,
    /// What it was before, by column; nothing before there was a row.
    pub before: Option<Map<String, Value>>,
    /// What it was afterwards; nothing once it is gone.
    pub after: Option<Map<String, Value>>,
}

/// The changes of a row, the newest first: at most `most` of those before the entry with this number.
///
/// # Errors
/// The database's own; an entry that cannot be read.
pub async fn of_row(
    store: &Store,
    sight: &Sight,
    table: &'static TableInfo,
    row: i64,
    (most, before): (u32, Option<i64>),
) -> Result<Vec<Entry>, DbErr> {
    let engine = store.engine();
    // The one behind the last tells what that left.
    let sql = "SELECT seq, operation, row_version, reason, changed_at, who, before, ward_id, city_id, was_ward_id, was_city_id \
               FROM change_log WHERE table_name = $1 AND row_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
    let values = [table.name.into(), row.into(), before.unwrap_or(i64::MAX).into(), i64::from(most).into()];
    let rows = store.reader().query_all_raw(Statement::from_sql_and_values(engine, sql, values)).await?;
    let mut after = match before {
        None => present(store, table, row).await?,
        Some(number) => found_by(store, table, row, number).await?,
    };
    let mut entries = Vec::with_capacity(rows.len());
    for found in &rows {
        let entry = entry(found, &mut after)?;
        if is_seen(sight, table, found)? {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn entry(found: &QueryResult, after: &mut Option<Map<String, Value>>) -> Result<Entry, DbErr> {
    let before = object(found.try_get("", "before")?)?;
    let left = std::mem::replace(after, before.clone());
    let operation: String = found.try_get("", "operation")?;
    Ok(Entry {
        number: found.try_get("", "seq")?,
        version: found.try_get("", "row_version")?,
        after: left.filter(|_| operation != "DELETE"),
        operation,
        reason: found.try_get("", "reason")?,
        at: found.try_get("", "changed_at")?,
        who: found.try_get("", "who")?,
        before,
    })
}

/// Whether who sees this may know of a change: of a row that was where they see, before or after.
fn is_seen(sight: &Sight, table: &TableInfo, found: &QueryResult) -> Result<bool, DbErr> {
    let Members::Within(places) = sight.rows(table.name) else { return Ok(!sight.hides(table)) };
    for (ward, city) in [("ward_id", "city_id"), ("was_ward_id", "was_city_id")] {
        let place = found.try_get::<Option<i64>>("", ward)?.zip(found.try_get::<Option<i64>>("", city)?);
        if place.is_some_and(|(ward, city)| places.has(ward, city)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the row is now.
async fn present(store: &Store, table: &'static TableInfo, row: i64) -> Result<Option<Map<String, Value>>, DbErr> {
    let sql = match store.engine() {
        DbBackend::Sqlite => {
            let pairs: Vec<String> = table.columns.iter().map(|column| format!("'{column}', {column}")).collect();
            format!("SELECT json_object({}) AS before FROM {} WHERE id = $1", pairs.join(", "), table.name)
        }
        _ => format!("SELECT to_jsonb({0})::text AS before FROM {0} WHERE id = $1", table.name),
    };
    let found = store.reader().query_one_raw(Statement::from_sql_and_values(store.engine(), sql, [row.into()])).await?;
    found.map_or(Ok(None), |found| object(found.try_get("", "before")?))
}

/// What the change with this number found.
async fn found_by(
    store: &Store,
    table: &TableInfo,
    row: i64,
    number: i64,
) -> Result<Option<Map<String, Value>>, DbErr> {
    let sql = "SELECT before FROM change_log WHERE table_name = $1 AND row_id = $2 AND seq = $3";
    let values = [table.name.into(), row.into(), number.into()];
    let found = store.reader().query_one_raw(Statement::from_sql_and_values(store.engine(), sql, values)).await?;
    found.map_or(Ok(None), |found| object(found.try_get("", "before")?))
}

fn object(text: Option<String>) -> Result<Option<Map<String, Value>>, DbErr> {
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| DbErr::Json(error.to_string()))
}
