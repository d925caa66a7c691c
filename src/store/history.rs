//! What a row was: each change of it, with what it was before and after, from the log.
//!
//! The log has what a row was before each change. After one, it was what the next change found; after the last, what it is.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use sea_orm::{DbBackend, DbErr, QueryResult, Statement};
use serde_json::{Map, Value};

use super::{MAX_VALUES, Members, Reader, Sight, TableInfo, select::Values};
use crate::error::Error;

/// Reads a page of what became of a row, the newest change first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HistoryOf {
    /// The row's table.
    pub table: &'static TableInfo,
    /// The row, which may be gone.
    pub row: i64,
    /// How many changes at most.
    pub most: u32,
    /// Only those before the change with this number.
    pub before: Option<i64>,
}

/// Such a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryPage {
    /// The changes that may be seen.
    pub entries: Vec<Entry>,
    /// The number of the last one that was read, if there may be older ones.
    pub older: Option<i64>,
}

/// A change of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
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

/// What the pages of one statement have in common: the table, how many changes, and before which.
type Same = (&'static TableInfo, u32, Option<i64>);

/// A change with its row and its number.
type Found = (i64, i64, QueryResult);

impl Loader<HistoryOf> for Reader {
    type Value = Arc<HistoryPage>;
    type Error = Error;

    async fn load(&self, keys: &[HistoryOf]) -> Result<HashMap<HistoryOf, Self::Value>, Error> {
        let mut asked: BTreeMap<Same, Vec<i64>> = BTreeMap::new();
        // Of what is hidden altogether nothing is read, so that nothing tells whether it is there.
        for HistoryOf { table, row, most, before } in keys.iter().filter(|key| !self.sight().hides(key.table)) {
            asked.entry((*table, *most, *before)).or_default().push(*row);
        }
        asked.values_mut().for_each(|rows| rows.sort_unstable());
        let parts: Vec<(Same, &[i64])> = asked
            .iter()
            .flat_map(|(same, rows)| {
                rows.chunks(MAX_VALUES as usize / same.1.max(1) as usize).map(|rows| (*same, rows))
            })
            .collect();
        // All are made before the first is sent, so that their order is the same each time.
        let made = parts.iter().map(|(same, rows)| (*same, statement(self.engine(), self.sight(), *same, rows)));
        let sent: Vec<_> = made.map(|(same, statement)| self.histories(self.ready(statement), same)).collect();
        let read: Vec<Vec<_>> = try_join_all(sent).await?;
        // A row that the log does not know has no changes, and neither has one that may not be seen.
        let mut pages: HashMap<HistoryOf, Self::Value> = keys.iter().map(|key| (*key, Arc::default())).collect();
        pages.extend(read.into_iter().flatten());
        Ok(pages)
    }
}

impl Reader {
    /// The pages of a statement.
    async fn histories(
        &self,
        statement: Statement,
        (table, most, before): Same,
    ) -> Result<Vec<(HistoryOf, Arc<HistoryPage>)>, Error> {
        let rows = self.rows(statement).await?;
        // Each is all that its row was.
        self.charge((rows.len() * table.columns.len()) as u64)?;
        let numbered = |found: QueryResult| Ok((found.try_get("", "row_id")?, found.try_get("", "seq")?, found));
        let mut found: Vec<Found> = rows.into_iter().map(numbered).collect::<Result<_, DbErr>>()?;
        found.sort_unstable_by_key(|(row, number, _)| (*row, Reverse(*number)));
        let pages = found.chunk_by(|(one, ..), (other, ..)| one == other).map(|changes| {
            let of = HistoryOf { table, row: changes.first().map_or(0, |(row, ..)| *row), most, before };
            Ok((of, Arc::new(page(self.sight(), &of, changes)?)))
        });
        pages.collect()
    }
}

/// The statement that reads the same page of each row: of the changes that may be seen, so that a page is full and its last
/// number is none that tells of others.
///
/// What the newest change of a page left is what the next one found, or what the row is; of each other change the one read
/// before it tells that: where the row is seen after a change, the next change is seen too.
fn statement(engine: DbBackend, sight: &Sight, (table, most, before): Same, rows: &[i64]) -> Statement {
    let name = table.name;
    let its = |row: &str| format!("change_log WHERE table_name = '{name}' AND row_id = {row}");
    let (seen, places) = seen(engine, sight, table);
    let page = format!("FROM {} AND seq < $2{seen} ORDER BY seq DESC", its("listed.value"));
    let columns: Vec<String> = table.columns.iter().map(|column| format!("'{column}', {column}")).collect();
    let columns = columns.join(", ");
    let (newest, present, from) = match engine {
        DbBackend::Sqlite => {
            // As for the pages of lists, in `select`: no `LATERAL`, and each join keeps the order.
            let from = format!(
                "json_each($1) AS listed \
                 CROSS JOIN json_each((SELECT json_group_array(seq) FROM (SELECT seq {page} LIMIT +$3))) AS page \
                 CROSS JOIN change_log AS entry WHERE entry.seq = page.value"
            );
            ("page.key = 0", format!("json_object({columns})"), from)
        }
        _ => {
            let from = format!(
                "unnest($1) AS listed (value) CROSS JOIN LATERAL \
                 (SELECT *, ROW_NUMBER() OVER (ORDER BY seq DESC) AS place {page} LIMIT $3) AS entry"
            );
            ("entry.place = 1", format!("jsonb_build_object({columns})::text"), from)
        }
    };
    let next = format!("SELECT before FROM {} AND seq > entry.seq ORDER BY seq LIMIT 1", its("entry.row_id"));
    let sql = format!(
        "SELECT entry.row_id, entry.seq, entry.operation, entry.row_version, entry.reason, entry.changed_at, entry.who, \
         entry.before, entry.ward_id, entry.city_id, entry.was_ward_id, entry.was_city_id, \
         CASE WHEN {newest} THEN COALESCE(({next}), (SELECT {present} FROM {name} WHERE id = entry.row_id)) END AS after \
         FROM {from}"
    );
    let values = [Values::Ids(rows).bound(engine), before.unwrap_or(i64::MAX).into(), i64::from(most).into()];
    Statement::from_sql_and_values(engine, sql, values.into_iter().chain(places))
}

/// What must be true of a change to be seen: its row was where they see who see this, before or after. And the places, which
/// are values of the statement, behind its three others.
fn seen(engine: DbBackend, sight: &Sight, table: &TableInfo) -> (String, Vec<sea_orm::Value>) {
    let Members::Within(places) = sight.rows(table.name) else { return Default::default() };
    let sides = [("ward_id", "$4"), ("was_ward_id", "$4"), ("city_id", "$5"), ("was_city_id", "$5")];
    let sides = sides.map(|(column, ids)| match engine {
        DbBackend::Sqlite => format!("{column} IN (SELECT value FROM json_each({ids}))"),
        _ => format!("{column} = ANY({ids})"),
    });
    let places = [&places.wards, &places.cities].map(|ids| Values::Ids(ids).bound(engine));
    (format!(" AND ({})", sides.join(" OR ")), places.into())
}

/// A page of changes of one row.
fn page(sight: &Sight, of: &HistoryOf, changes: &[Found]) -> Result<HistoryPage, DbErr> {
    let older = changes.last().filter(|_| changes.len() == of.most as usize).map(|(_, number, _)| *number);
    let mut after = changes.first().map_or(Ok(None), |(.., newest)| object(newest, "after"))?;
    let entries = changes.iter().map(|(.., found)| entry(found, &mut after)?.seen_by(sight, of.table, found));
    Ok(HistoryPage { entries: entries.collect::<Result<_, DbErr>>()?, older })
}

fn entry(found: &QueryResult, after: &mut Option<Map<String, Value>>) -> Result<Entry, DbErr> {
    let before = object(found, "before")?;
    let left = std::mem::replace(after, before.clone());
    let operation: String = found.try_get("", "operation")?;
    Ok(Entry {
        version: found.try_get("", "row_version")?,
        after: left.filter(|_| operation != "DELETE"),
        operation,
        reason: found.try_get("", "reason")?,
        at: found.try_get("", "changed_at")?,
        who: found.try_get("", "who")?,
        before,
    })
}

impl Entry {
    /// The change as it is for who sees this. Of a row that comes into their sight they are told what it is, as of a new one; of
    /// one that goes out of it what it was, as of one that is gone.
    fn seen_by(mut self, sight: &Sight, table: &TableInfo, found: &QueryResult) -> Result<Self, DbErr> {
        let Members::Within(places) = sight.rows(table.name) else { return Ok(self) };
        let within = |ward, city| {
            let place = found.try_get::<Option<i64>>("", ward)?.zip(found.try_get::<Option<i64>>("", city)?);
            Ok::<_, DbErr>(place.is_some_and(|(ward, city)| places.has(ward, city)))
        };
        let (is, was) = (within("ward_id", "city_id")?, within("was_ward_id", "was_city_id")?);
        if self.operation == "UPDATE" && is != was {
            self.operation = if is { "INSERT" } else { "DELETE" }.to_owned();
            self.reason = None;
        }
        Ok(Self { before: self.before.filter(|_| was), after: self.after.filter(|_| is), ..self })
    }
}

/// What a row was, by column.
fn object(found: &QueryResult, column: &str) -> Result<Option<Map<String, Value>>, DbErr> {
    let text: Option<String> = found.try_get("", column)?;
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| DbErr::Json(error.to_string()))
}
