//! Watching a table: its version, the versions of its rows and the log of its changes, kept by triggers in the transaction
//! that writes, whoever writes. For every migration that adds a table.
//!
//! An entry of the log says what became of a row, which version it has now, who changed it and why, as far as the transaction
//! told (`change_context` on SQLite, the settings `antq.who` and so on on PostgreSQL), and what it was before. What it is
//! afterwards, the next entry says, or the row itself: nothing is written twice. Of a pair, which has no number of its own, the
//! entry says which it is, whether it came or went.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

use crate::table::SQLITE_NOW;

/// The tables whose rows are seen by place: the log says where a row was and is, so that it can tell who may know of it.
const PLACED: [&str; 1] = ["member"];

/// Watches a table whose rows have an identity. A migration that adds columns to it calls [`unwatch`] before and this after.
pub(crate) async fn watch_rows(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let mut statements = vec![first_version(table)];
    match manager.get_database_backend() {
        DbBackend::Sqlite => statements.extend(sqlite_rows(table, &columns(manager, table).await?)),
        _ => {
            statements.push(format!(
                "CREATE TRIGGER {table}_version BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION antq_raise_row_version()"
            ));
            statements.extend(postgres_triggers(table, "id", "version"));
        }
    }
    run(manager, &statements).await
}

/// Watches a table of pairs; `owner` is its column with the row that a pair belongs to.
pub(crate) async fn watch_pairs(manager: &SchemaManager<'_>, table: &str, owner: &str) -> Result<(), DbErr> {
    let mut statements = vec![first_version(table)];
    match manager.get_database_backend() {
        DbBackend::Sqlite => statements.extend(sqlite_pairs(table, owner, &columns(manager, table).await?)),
        _ => statements.extend(postgres_triggers(table, owner, "")),
    }
    run(manager, &statements).await
}

/// Undoes [`watch_rows`] or [`watch_pairs`]; what is logged stays.
pub(crate) async fn unwatch(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let (events, of): (&[&str], String) = match manager.get_database_backend() {
        DbBackend::Sqlite => (&["insert", "update", "delete"], String::new()),
        _ => (&["insert", "update", "delete", "truncate", "version"], format!(" ON {table}")),
    };
    let statements: Vec<String> =
        events.iter().map(|event| format!("DROP TRIGGER IF EXISTS {table}_{event}{of}")).collect();
    run(manager, &statements).await
}

/// The columns that a table keeps, those apart that are made from others.
async fn columns(manager: &SchemaManager<'_>, table: &str) -> Result<Vec<String>, DbErr> {
    let query = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
    let rows = manager.get_connection().query_all_raw(Statement::from_string(DbBackend::Sqlite, query)).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}

/// A table that was watched before keeps its version.
fn first_version(table: &str) -> String {
    format!("INSERT INTO table_version (table_name) VALUES ('{table}') ON CONFLICT (table_name) DO NOTHING")
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// What an entry says, each as an SQL expression.
struct Entry<'a> {
    table: &'a str,
    operation: &'a str,
    row: String,
    version: String,
    before: String,
    /// Where the row is and was: ward and city of each.
    places: [String; 4],
}

fn sqlite_entry(entry: &Entry<'_>) -> String {
    let Entry { table, operation, row, version, before, places } = entry;
    format!(
        "INSERT INTO change_log (table_name, row_id, operation, row_version, before, ward_id, city_id, was_ward_id, was_city_id, who, reason, into_id) \
         VALUES ('{table}', {row}, '{operation}', {version}, {before}, {places}, \
         (SELECT who FROM change_context), (SELECT reason FROM change_context), (SELECT into_id FROM change_context)); ",
        places = places.join(", "),
    )
}

fn sqlite_trigger(table: &str, event: &str, body: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_{lower} AFTER {event} ON {table} BEGIN {body}\
         UPDATE table_version SET version = version + 1 WHERE table_name = '{table}'; END",
        lower = event.to_lowercase(),
    )
}

/// One trigger a row: SQLite has no others. The row's own version is raised after the write, by a second write that fires
/// nothing: a trigger of SQLite does not fire itself unless a connection asks for it, and then the write fails rather than
/// going unlogged.
fn sqlite_rows(table: &str, columns: &[String]) -> [String; 3] {
    let before = sqlite_object("OLD", columns);
    let place = |side: Option<&str>| match side.filter(|_| PLACED.contains(&table)) {
        Some(side) => [format!("{side}.ward_id"), format!("{side}.city_id")],
        None => ["NULL".to_owned(), "NULL".to_owned()],
    };
    let entry = |operation, row: &str, version: &str, before: &str, is, was| {
        let ([ward, city], [was_ward, was_city]) = (place(is), place(was));
        sqlite_entry(&Entry {
            table,
            operation,
            row: row.to_owned(),
            version: version.to_owned(),
            before: before.to_owned(),
            places: [ward, city, was_ward, was_city],
        })
    };
    let raise = format!("UPDATE {table} SET version = OLD.version + 1, updated_at = {SQLITE_NOW} WHERE id = NEW.id; ");
    let inserted = entry("INSERT", "NEW.id", "NEW.version", "NULL", Some("NEW"), None);
    let updated = entry("UPDATE", "NEW.id", "OLD.version + 1", &before, Some("NEW"), Some("OLD"));
    let deleted = entry("DELETE", "OLD.id", "OLD.version", &before, None, Some("OLD"));
    [
        sqlite_trigger(table, "INSERT", &inserted),
        sqlite_trigger(table, "UPDATE", &format!("{raise}{updated}")),
        sqlite_trigger(table, "DELETE", &deleted),
    ]
}

/// A pair has no identity: one that is changed is one that goes and another that comes.
fn sqlite_pairs(table: &str, owner: &str, columns: &[String]) -> [String; 3] {
    let entry = |side: &str, operation| {
        sqlite_entry(&Entry {
            table,
            operation,
            row: format!("{side}.{owner}"),
            version: "NULL".to_owned(),
            before: sqlite_object(side, columns),
            places: std::array::from_fn(|_| "NULL".to_owned()),
        })
    };
    let (goes, comes) = (entry("OLD", "DELETE"), entry("NEW", "INSERT"));
    [
        sqlite_trigger(table, "INSERT", &comes),
        sqlite_trigger(table, "UPDATE", &format!("{goes}{comes}")),
        sqlite_trigger(table, "DELETE", &goes),
    ]
}

/// The old row, or the new one, as a JSON object.
fn sqlite_object(side: &str, columns: &[String]) -> String {
    let pairs: Vec<String> = columns.iter().map(|column| format!("'{column}', {side}.{column}")).collect();
    format!("json_object({})", pairs.join(", "))
}

/// One trigger a statement, over the table of its rows: a load of 300,000 members raises the table's version once a statement.
/// The arguments are the columns with the row that an entry is of, with its version, and with where it is, as far as there are.
fn postgres_triggers(table: &str, row: &str, version: &str) -> Vec<String> {
    let (ward, city) = if PLACED.contains(&table) { ("ward_id", "city_id") } else { ("", "") };
    let events = [
        ("INSERT", "NEW TABLE AS changed"),
        ("UPDATE", "OLD TABLE AS was NEW TABLE AS changed"),
        ("DELETE", "OLD TABLE AS was"),
    ];
    let trigger = |(event, referencing): (&str, &str)| {
        format!(
            "CREATE TRIGGER {table}_{lower} AFTER {event} ON {table} REFERENCING {referencing} \
             FOR EACH STATEMENT EXECUTE FUNCTION antq_log_{lower}('{row}', '{version}', '{ward}', '{city}')",
            lower = event.to_lowercase()
        )
    };
    let truncate = format!(
        "CREATE TRIGGER {table}_truncate AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION antq_log_truncate()"
    );
    events.into_iter().map(trigger).chain([truncate]).collect()
}

/// The functions that the triggers of PostgreSQL call. A row is known by its id, a pair by nothing: one that is changed is one
/// that goes and another that comes.
pub(crate) fn postgres_functions() -> Vec<String> {
    let columns = |is: &str, was: &str| {
        let of = |side: &str, argument: usize| match side {
            "" => "'NULL'".to_owned(),
            side => format!("antq_column('{side}', TG_ARGV[{argument}])"),
        };
        [of(is, 2), of(is, 3), of(was, 2), of(was, 3)].join(", ")
    };
    let log = |operation: &str, side: &str, from: &str, is: &str, was: &str| {
        let before = match was {
            "" => "NULL".to_owned(),
            was => format!("(to_jsonb({was}.*) - %9$L::text[])::text"),
        };
        format!(
            "EXECUTE format($q$
                 INSERT INTO change_log (table_name, row_id, operation, row_version, before, ward_id, city_id, was_ward_id, was_city_id, who, reason, into_id)
                 SELECT %1$L, {side}.%2$I, '{operation}', %3$s, {before}, %4$s, %5$s, %6$s, %7$s,
                        antq_context('who'), antq_context('reason'), antq_context('into')::bigint
                 FROM {from}$q$,
                 TG_TABLE_NAME, TG_ARGV[0], antq_column('{side}', TG_ARGV[1]), {columns}, NULL, antq_generated(TG_RELID));
             GET DIAGNOSTICS counted = ROW_COUNT;
             written := written + counted;",
            columns = columns(is, was)
        )
    };
    let (comes, goes) = (log("INSERT", "changed", "changed", "changed", ""), log("DELETE", "was", "was", "", "was"));
    let pair_comes = log("INSERT", "changed", "changed", "changed", "changed");
    let changes = log("UPDATE", "changed", "changed JOIN was ON was.id = changed.id", "changed", "was");
    vec![
        "CREATE OR REPLACE FUNCTION antq_context(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT NULLIF(current_setting('antq.' || $1, true), '') $$".to_owned(),
        "CREATE OR REPLACE FUNCTION antq_column(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE $2 WHEN '' THEN 'NULL' ELSE $1 || '.' || $2 END $$".to_owned(),
        "CREATE OR REPLACE FUNCTION antq_generated(oid) RETURNS text[] LANGUAGE sql STABLE AS $$ \
         SELECT COALESCE(array_agg(attname::text), '{}') FROM pg_attribute WHERE attrelid = $1 AND attgenerated <> '' AND NOT attisdropped $$".to_owned(),
        postgres_function("insert", &format!("IF TG_ARGV[1] = '' THEN {pair_comes} ELSE {comes} END IF;")),
        postgres_function("update", &format!("IF TG_ARGV[1] = '' THEN {goes} {pair_comes} ELSE {changes} END IF;")),
        postgres_function("delete", &goes),
    ]
}

fn postgres_function(event: &str, log: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION antq_log_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
         DECLARE
             counted bigint;
             written bigint := 0;
         BEGIN
             {log}
             IF written > 0 THEN
                 UPDATE table_version SET version = version + 1 WHERE table_name = TG_TABLE_NAME;
                 PERFORM pg_notify('antq_changes', '');
             END IF;
             RETURN NULL;
         END $$"
    )
}
