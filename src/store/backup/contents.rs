//! What a copy has, and whether that fits together.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::BackupError;
use crate::store::schema::{SchemaState, compare};

/// What is told of what is wrong with a file, at most.
const FINDINGS: usize = 3;

/// What a copy has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Bytes.
    pub bytes: u64,
    /// The tables that have rows, and how many.
    pub tables: Vec<(String, u64)>,
    /// The last migration that was run in it.
    pub migration: String,
    /// Migrations of this program that were not run in it yet.
    pub missing: usize,
}

impl Contents {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }

    /// Reads all of a copy, which nobody else has open: each page and index, and what rows refer to. `original` is whose fault
    /// it is if that is wrong.
    ///
    /// # Errors
    /// The copy is damaged, of something else, or of a newer program.
    pub(super) fn check(copy: &Path, original: &Path) -> Result<Self, BackupError> {
        let reading = || BackupError::of_sqlite("read", original);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(copy, flags).map_err(reading())?;
        let findings = findings(&database).map_err(reading())?;
        if !findings.is_empty() {
            return Err(BackupError::Damaged { path: original.to_owned(), what: findings.join("; ") });
        }
        let run = migrations(&database).map_err(reading())?;
        let Some(migration) = run.last().cloned() else { return Err(BackupError::NotOurs(original.to_owned())) };
        let missing = match compare(&run) {
            SchemaState::Current => 0,
            SchemaState::Behind(missing) => missing,
            SchemaState::Ahead(migration) => return Err(BackupError::Newer { path: original.to_owned(), migration }),
        };
        let tables = rows_by_table(&database).map_err(reading())?;
        database.close().map_err(|(_, error)| reading()(error))?;
        let bytes = std::fs::metadata(copy).map_err(BackupError::of_file("read", copy))?.len();
        Ok(Self { bytes, tables, migration, missing })
    }
}

/// What is wrong with a database, the first of it.
fn findings(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut findings = texts(database, &format!("PRAGMA integrity_check({FINDINGS})"))?;
    findings.retain(|finding| finding != "ok");
    let lost = "SELECT 'a row of ' || \"table\" || ' refers to one of ' || \"parent\" || ' that is not there' \
                FROM pragma_foreign_key_check LIMIT 1";
    findings.extend(texts(database, lost)?);
    // One line each, whatever SQLite made of it.
    Ok(findings.iter().map(|finding| finding.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// The migrations that were run in it, in the order of their names.
fn migrations(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let kept = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'seaql_migrations'";
    match database.query_one(kept, [], |_| Ok(())).optional()? {
        Some(()) => texts(database, "SELECT version FROM seaql_migrations ORDER BY version"),
        None => Ok(Vec::new()),
    }
}

/// The tables that have rows, but for those that SQLite makes for itself, such as the indexes of words.
fn rows_by_table(database: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                  AND name NOT LIKE '%\\_words%' ESCAPE '\\' AND name <> 'seaql_migrations' ORDER BY name";
    let mut counted = Vec::new();
    for table in texts(database, tables)? {
        let rows: i64 = database.query_one(&format!("SELECT COUNT(*) FROM \"{table}\""), [], |row| row.get(0))?;
        if rows > 0 {
            counted.push((table, rows.unsigned_abs()));
        }
    }
    Ok(counted)
}

fn texts(database: &Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    database.prepare(query)?.query_map([], |row| row.get(0))?.collect()
}
