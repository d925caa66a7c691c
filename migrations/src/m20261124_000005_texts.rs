//! Texts in the order of the Vietnamese alphabet, and their words.
//!
//! Each text gets a column `<text>_order`, by which rows are put in that order, and an index over its words: on SQLite one
//! FTS5 table `<table>_words` for each table, on PostgreSQL an index of the words that `antq_words` makes.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::vietnamese::{POSTGRES_WORDS, beginning, ordered, replaced, replacements, sqlite_tokenizer, sqlite_words};

/// The tables with texts in Vietnamese, and the columns that hold them.
const TEXTS: [(&str, &[&str]); 17] = [
    ("city", &["name"]),
    ("ward", &["name"]),
    ("former_city", &["name"]),
    ("former_district", &["name"]),
    ("former_ward", &["name"]),
    ("dataset", &["title", "description"]),
    ("source", &["publisher", "title", "author", "note"]),
    ("organisation", &["name"]),
    ("team", &["name", "locality"]),
    ("member", &["full_name"]),
    ("festival", &["title", "venue"]),
    ("festival_guest", &["name", "title"]),
    ("award", &["title", "recipient_description"]),
    ("movement_model", &["name"]),
    ("designation", &["title", "note"]),
    ("indicator", &["name_vi", "name_en", "unit"]),
    ("observation", &["scope"]),
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let engine = manager.get_database_backend();
        if engine != DbBackend::Sqlite {
            run(manager, postgres_functions()).await?;
        }
        for (table, columns) in TEXTS {
            match engine {
                DbBackend::Sqlite => run(manager, sqlite_up(table, columns)).await?,
                _ => run(manager, postgres_up(table, columns)).await?,
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let engine = manager.get_database_backend();
        for (table, columns) in TEXTS.iter().rev() {
            match engine {
                DbBackend::Sqlite => run(manager, sqlite_down(table, columns)).await?,
                _ => run(manager, postgres_down(table, columns)).await?,
            }
        }
        if engine != DbBackend::Sqlite {
            run(manager, vec!["DROP FUNCTION antq_order(text), antq_words(text)".to_owned()]).await?;
        }
        Ok(())
    }
}

async fn run(manager: &SchemaManager<'_>, statements: Vec<String>) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Replacements of one column: SQLite before 3.46, the `sqlite3` of many a machine, cannot open a database in which more than
/// some 30 calls stand inside one another.
const NESTED: usize = 24;

/// The columns that are made from a text, each from the one before, and how: the last one is what rows are ordered by.
fn sqlite_columns(column: &str) -> Vec<(String, String)> {
    let replacements = replacements();
    let mut columns = Vec::new();
    let mut expression = beginning(DbBackend::Sqlite, column);
    for (step, some) in replacements.chunks(NESTED).enumerate() {
        let name = format!("{column}_toned_{}", step + 1);
        columns.push((name.clone(), replaced(expression, some)));
        expression = name;
    }
    columns.push((format!("{column}_order"), ordered(DbBackend::Sqlite, &expression)));
    columns
}

/// As [`crate::order_columns`] has it.
pub(crate) fn order_columns(engine: DbBackend, column: &str) -> Vec<(String, String)> {
    match engine {
        DbBackend::Sqlite => sqlite_columns(column),
        _ => vec![(format!("{column}_order"), format!("antq_order({column}) COLLATE \"C\""))],
    }
}

/// A row's own columns are made when it is read, and kept in the index only.
fn sqlite_up(table: &str, columns: &[&str]) -> Vec<String> {
    let mut statements = Vec::new();
    for column in columns {
        for (name, from) in sqlite_columns(column) {
            statements.push(format!("ALTER TABLE {table} ADD COLUMN {name} TEXT GENERATED ALWAYS AS ({from}) VIRTUAL"));
        }
        statements.push(format!("CREATE INDEX ix_{table}_{column}_order ON {table} ({column}_order, id)"));
    }
    let names = columns.join(", ");
    let words = |row: &str| {
        let words = columns.iter().map(|column| sqlite_words(&format!("{row}{column}")));
        words.collect::<Vec<_>>().join(", ")
    };
    let add = format!("INSERT INTO {table}_words (rowid, {names})");
    let remove = format!(
        "INSERT INTO {table}_words ({table}_words, rowid, {names}) VALUES ('delete', OLD.id, {})",
        words("OLD.")
    );
    statements.push(format!(
        "CREATE VIRTUAL TABLE {table}_words USING fts5({names}, content='', columnsize=0, tokenize=\"{}\")",
        sqlite_tokenizer()
    ));
    statements.push(format!("{add} SELECT id, {} FROM {table}", words("")));
    let add = format!("{add} VALUES (NEW.id, {})", words("NEW."));
    statements.push(format!("CREATE TRIGGER {table}_words_insert AFTER INSERT ON {table} BEGIN {add}; END"));
    statements.push(format!("CREATE TRIGGER {table}_words_delete AFTER DELETE ON {table} BEGIN {remove}; END"));
    statements.push(format!(
        "CREATE TRIGGER {table}_words_update AFTER UPDATE OF id, {names} ON {table} BEGIN {remove}; {add}; END"
    ));
    statements
}

fn sqlite_down(table: &str, columns: &[&str]) -> Vec<String> {
    let mut statements: Vec<String> =
        ["insert", "delete", "update"].map(|event| format!("DROP TRIGGER {table}_words_{event}")).into();
    statements.push(format!("DROP TABLE {table}_words"));
    for column in columns {
        statements.push(format!("DROP INDEX ix_{table}_{column}_order"));
        let columns = sqlite_columns(column).into_iter().rev();
        statements.extend(columns.map(|(name, _)| format!("ALTER TABLE {table} DROP COLUMN {name}")));
    }
    statements
}

fn postgres_functions() -> Vec<String> {
    vec![
        format!(
            "CREATE FUNCTION antq_order(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
             DECLARE
                 toned text := {};
             BEGIN
                 RETURN {};
             END $$",
            replaced(beginning(DbBackend::Postgres, "$1"), &replacements()),
            ordered(DbBackend::Postgres, "toned")
        ),
        format!(
            "CREATE FUNCTION antq_words(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT {POSTGRES_WORDS} $$"
        ),
    ]
}

fn postgres_up(table: &str, columns: &[&str]) -> Vec<String> {
    let mut statements = Vec::new();
    for column in columns {
        statements.push(format!(
            "ALTER TABLE {table} ADD COLUMN {column}_order text COLLATE \"C\" GENERATED ALWAYS AS (antq_order({column})) STORED"
        ));
        statements.push(format!("CREATE INDEX ix_{table}_{column}_order ON {table} ({column}_order, id)"));
        statements.push(format!(
            "CREATE INDEX ix_{table}_{column}_words ON {table} USING gin (to_tsvector('simple', antq_words({column})))"
        ));
    }
    statements
}

fn postgres_down(table: &str, columns: &[&str]) -> Vec<String> {
    let mut statements = Vec::new();
    for column in columns {
        statements.push(format!("DROP INDEX ix_{table}_{column}_words"));
        statements.push(format!("ALTER TABLE {table} DROP COLUMN {column}_order"));
    }
    statements
}
