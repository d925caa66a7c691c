//! The register as it stood at the end of a day.
//!
//! Statements are written for the present. As of a day, each begins with what its tables were then, under their own names, which
//! both engines take for the tables (`WITH team AS …` hides the table `team`): the rows that were not changed since, and of the
//! others what the first change since has found, from the log. The views over these tables are made anew from them.
//!
//! What an index knows of texts, it knows of the present: words are not looked for in the past.

mod catalog;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{DbBackend, Statement};

pub(super) use catalog::Catalog;
use catalog::Watched;

use super::{Reader, Sight, select::value};
use crate::{
    domain::{Datum, day_of, end_of, today},
    error::Error,
};

/// A day in the past, and the tables that are read as of it.
#[derive(Clone, Debug)]
pub(super) struct Past {
    catalog: Arc<Catalog>,
    end: Datum,
}

/// What is known of the past: since when, and of which tables.
#[derive(Clone, Debug)]
pub struct Known {
    since: DateTime<Utc>,
    catalog: Arc<Catalog>,
}

/// Looks up what is known of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KnownPast;

impl Loader<KnownPast> for Reader {
    type Value = Known;
    type Error = Error;

    async fn load(&self, _: &[KnownPast]) -> Result<HashMap<KnownPast, Known>, Error> {
        Ok(HashMap::from([(KnownPast, self.known().await?)]))
    }
}

impl Reader {
    /// What is known of the past.
    ///
    /// # Errors
    /// The database's.
    pub async fn known(&self) -> Result<Known, Error> {
        let catalog = self.store().catalog().await?;
        let since = Statement::from_string(self.engine(), "SELECT known_since FROM change_feed");
        let rows = self.rows(self.ready(since)).await?;
        let row = rows.first().ok_or_else(|| Error::internal("the change feed has no beginning"))?;
        Ok(Known { since: row.try_get("", "known_since")?, catalog })
    }

    /// The same reader, of the register as it stood at the end of a day in Vietnam: what it reads, charges and shows is charged
    /// to the same request.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a day that is still to come, or of which too little is known.
    pub fn as_of(&self, day: NaiveDate, Known { since, catalog }: Known) -> Result<Self, Error> {
        if day > today() {
            return Err(Error::BadInput(format!("`asOf` is {day}, which is still to come.")));
        }
        match end_of(day) {
            Some(end) if end >= since => {
                let past = Past { catalog, end: Datum::Moment(end) };
                Ok(self.clone().in_the_past(past, Sight { as_of: Some(day), ..self.sight().clone() }))
            }
            // A day is known whose end is.
            _ => Err(Error::BadInput(format!(
                "`asOf` is {day}; how the register stood is known from {} on.",
                day_of(since - TimeDelta::nanoseconds(1))
            ))),
        }
    }
}

impl Past {
    /// A statement of the present, as of the day.
    pub(super) fn of(&self, engine: DbBackend, mut statement: Statement) -> Statement {
        let mut names = words(&statement.sql);
        let mut parts = Vec::new();
        let views: Vec<&(String, String)> =
            self.catalog.views.iter().filter(|(name, _)| names.contains(name.as_str())).collect();
        views.iter().for_each(|(_, body)| names.extend(words(body)));
        for table in self.catalog.tables.iter().filter(|table| names.contains(table.name.as_str())) {
            parts.extend(table.then(engine, &names));
        }
        // The log itself, for histories; behind what is made from the whole of it.
        if names.contains(LOG) {
            let then = format!("entry.changed_at < (SELECT moment FROM {END})");
            parts.push(format!(
                r#""{LOG}" AS NOT MATERIALIZED (SELECT * FROM {} AS entry WHERE {then})"#,
                real(engine, LOG)
            ));
        }
        parts.extend(views.iter().map(|(name, body)| format!(r#""{name}" AS NOT MATERIALIZED ({body})"#)));
        if parts.is_empty() {
            return statement;
        }
        let values = &mut statement.values.get_or_insert_with(|| sea_orm::Values(Vec::new())).0;
        values.push(value(engine, &self.end));
        // By its number, so that it is none of those that a statement of SQLite has in their order.
        let end = match engine {
            DbBackend::Sqlite => format!("${}", values.len()),
            _ => format!("${}::timestamptz", values.len()),
        };
        statement.sql = format!("WITH {END} (moment) AS (SELECT {end}), {} {}", parts.join(", "), statement.sql);
        statement
    }
}

/// What the end of the day is called in a statement: one row with one column, `moment`.
const END: &str = "end_of_day";
/// The log of changes.
const LOG: &str = "change_log";
/// What stands before a table's name, of what the log has found of it.
const FOUND: &str = "found_";

/// Whether an entry of the log is of this table, and later than the day.
fn since(entry: &str, table: &str) -> String {
    format!("{entry}.table_name = '{table}' AND {entry}.changed_at >= (SELECT moment FROM {END})")
}

impl Watched {
    /// What was found of the rows that were changed since, once for the whole statement; and what the table was then. Of the
    /// columns that are named at all.
    fn then(&self, engine: DbBackend, names: &HashSet<String>) -> [String; 2] {
        let names = self
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| *name == "id" || names.contains(*name));
        let columns: Vec<&str> = names.collect();
        let of = |row: &str| {
            let columns: Vec<String> = columns.iter().map(|column| format!(r#"{row}."{column}""#)).collect();
            columns.join(", ")
        };
        let log = real(engine, LOG);
        let (since, earlier) = (since("entry", &self.name), since("earlier", &self.name));
        // A pair is known by its values only. Whether one that came and went was there, its first entry says.
        let (row, same, same_as_earlier, was_there) = match self.owner {
            None => ("id", String::new(), "", "entry.before IS NOT NULL"),
            Some(owner) => (
                owner,
                format!(" AND entry.before = {}", self.as_json(engine, "present")),
                " AND earlier.before = entry.before",
                "entry.operation = 'DELETE'",
            ),
        };
        let first = format!(
            "NOT EXISTS (SELECT 1 FROM {log} AS earlier \
             WHERE {earlier} AND earlier.row_id = entry.row_id{same_as_earlier} AND earlier.seq < entry.seq)"
        );
        let found = self.entries(engine, &columns, &format!("{since} AND {was_there} AND {first}"));
        let unchanged =
            format!("NOT EXISTS (SELECT 1 FROM {log} AS entry WHERE {since} AND entry.row_id = present.{row}{same})");
        let Self { name, .. } = self;
        [
            format!(r#""{FOUND}{name}" AS MATERIALIZED (SELECT {} FROM {found} AS past)"#, of("past")),
            format!(
                r#""{name}" AS NOT MATERIALIZED (SELECT {} FROM {} AS present WHERE {unchanged} UNION ALL SELECT {} FROM "{FOUND}{name}" AS past)"#,
                of("present"),
                real(engine, name),
                of("past"),
            ),
        ]
    }

    /// The rows that entries of the log have found, those made from others among their columns.
    fn entries(&self, engine: DbBackend, columns: &[&str], which: &str) -> String {
        let kept = self.columns.iter().filter(|column| !column.is_made && self.is_needed(&column.name, columns));
        let kept: Vec<String> = kept
            .map(|column| match engine {
                DbBackend::Sqlite => format!(r#"json_extract(entry.before, '$.{0}') AS "{0}""#, column.name),
                _ => format!(r#"found."{}""#, column.name),
            })
            .collect();
        let from = match engine {
            DbBackend::Sqlite => String::new(),
            _ => format!(
                r#" CROSS JOIN LATERAL jsonb_populate_record(NULL::"{}", entry.before::jsonb) AS found"#,
                self.name
            ),
        };
        let mut rows = format!("(SELECT {} FROM {} AS entry{from} WHERE {which})", kept.join(", "), real(engine, LOG));
        for text in self.columns.iter().filter_map(|column| column.name.strip_suffix("_order")) {
            if columns.contains(&format!("{text}_order").as_str()) {
                for (name, expression) in antq_migrations::order_columns(engine, text) {
                    rows = format!(r#"(SELECT made.*, {expression} AS "{name}" FROM {rows} AS made)"#);
                }
            }
        }
        rows
    }

    /// Whether a column is asked for, or another one that is made from it.
    fn is_needed(&self, column: &str, columns: &[&str]) -> bool {
        columns.contains(&column) || columns.contains(&format!("{column}_order").as_str())
    }

    /// A row as the log has it.
    fn as_json(&self, engine: DbBackend, row: &str) -> String {
        match engine {
            DbBackend::Sqlite => {
                let pairs: Vec<String> =
                    self.columns.iter().map(|column| format!("'{0}', {row}.{0}", column.name)).collect();
                format!("json_object({})", pairs.join(", "))
            }
            _ => format!("to_jsonb({row}.*)::text"),
        }
    }
}

/// A table itself, within what stands for it or before.
fn real(engine: DbBackend, table: &str) -> String {
    match engine {
        DbBackend::Sqlite => format!(r#"main."{table}""#),
        // There a name means what stands for the table only behind that.
        _ => format!(r#""{table}""#),
    }
}

/// The words of a statement, the names in it among them.
fn words(sql: &str) -> HashSet<String> {
    let words = sql.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
