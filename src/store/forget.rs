//! Takes away what the logs say of the time before a moment. Nothing else ever shortens them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::{Store, select::value, write::begin};
use crate::domain::Datum;

/// Entries that are taken away at once, so that nobody waits long who wants to write.
const PART: i64 = 10_000;

/// Takes away the changes before `moment`; how many there were. How the register stood before it is then unknown, and whoever
/// follows the feed from before it is told so.
///
/// # Errors
/// The database's own. What was taken away is gone; done again, it goes on.
pub async fn changes(store: &Store, moment: DateTime<Utc>) -> Result<u64, DbErr> {
    let engine = store.engine();
    let before = value(engine, &Datum::Moment(moment));
    let newest = "SELECT xact, seq FROM change_log WHERE changed_at < $1 ORDER BY xact DESC, seq DESC LIMIT 1";
    let newest = Statement::from_sql_and_values(engine, newest, [before.clone()]);
    // What is said to be unknown is unknown first, and then taken away.
    let transaction = begin(store.writer()).await?;
    let Some(row) = transaction.query_one_raw(newest).await? else {
        transaction.rollback().await?;
        return Ok(0);
    };
    let newest: [Value; 2] = [row.try_get::<i64>("", "xact")?.into(), row.try_get::<i64>("", "seq")?.into()];
    for (sql, values) in [
        ("UPDATE change_feed SET known_since = $1 WHERE known_since < $1", vec![before.clone()]),
        ("UPDATE change_feed SET kept_xact = $1, kept_seq = $2 WHERE (kept_xact, kept_seq) < ($1, $2)", newest.into()),
    ] {
        transaction.execute_raw(Statement::from_sql_and_values(engine, sql, values)).await?;
    }
    transaction.commit().await?;
    raise_versions(store).await?;
    in_parts(store, "change_log", "seq", "changed_at", &before).await
}

/// Takes away who was shown personal data before `moment`; how many entries there were.
///
/// # Errors
/// As those of [`changes`].
pub async fn accesses(store: &Store, moment: DateTime<Utc>) -> Result<u64, DbErr> {
    let before = value(store.engine(), &Datum::Moment(moment));
    in_parts(store, "access_log", "id", "updated_at", &before).await
}

/// Answers may be kept that are of the time before: none of them holds any more. One statement a table, so that nobody is kept
/// waiting who keeps us waiting.
async fn raise_versions(store: &Store) -> Result<(), DbErr> {
    let tables = Statement::from_string(store.engine(), "SELECT table_name FROM table_version");
    for row in store.writer().query_all_raw(tables).await? {
        let raise = "UPDATE table_version SET version = version + 1 WHERE table_name = $1";
        let table: String = row.try_get("", "table_name")?;
        store.writer().execute_raw(Statement::from_sql_and_values(store.engine(), raise, [table.into()])).await?;
    }
    Ok(())
}

/// Takes away the rows of a log that are older, the oldest first. Numbers and times go the same way, nearly.
async fn in_parts(store: &Store, log: &str, number: &str, time: &str, before: &Value) -> Result<u64, DbErr> {
    let engine = store.engine();
    let last = format!("SELECT MAX({number}) AS last FROM {log} WHERE {time} < $1");
    let last = store.writer().query_one_raw(Statement::from_sql_and_values(engine, last, [before.clone()])).await?;
    let Some(last) = last.map(|row| row.try_get::<Option<i64>>("", "last")).transpose()?.flatten() else {
        return Ok(0);
    };
    let part = format!(
        "DELETE FROM {log} WHERE {number} IN \
         (SELECT {number} FROM {log} WHERE {number} <= $2 AND {time} < $1 ORDER BY {number} LIMIT {PART})"
    );
    let part = Statement::from_sql_and_values(engine, part, [before.clone(), last.into()]);
    let mut gone = 0;
    loop {
        match store.writer().execute_raw(part.clone()).await?.rows_affected() {
            0 => return Ok(gone),
            rows => gone += rows,
        }
    }
}
