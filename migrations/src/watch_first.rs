//! Watching a table as the first nine migrations did. Later ones use [`crate::watch`].

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::SQLITE_NOW;

/// Watches a table whose rows have an identity.
pub(crate) async fn watch_rows(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let mut statements = vec![first_version(table)];
    match manager.get_database_backend() {
        DbBackend::Sqlite => {
            statements.extend(sqlite_triggers(table, "id", "version"));
            statements.push(sqlite_row_version(table));
        }
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
        DbBackend::Sqlite => {
            statements.extend(sqlite_triggers(table, owner, "NULL"));
            statements.push(sqlite_trigger(table, "UPDATE", &format!("NEW.{owner}"), "NULL"));
        }
        _ => statements.extend(postgres_triggers(table, owner, "NULL")),
    }
    run(manager, &statements).await
}

/// Undoes [`watch_rows`] or [`watch_pairs`].
pub(crate) async fn unwatch(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let (events, of): (&[&str], String) = match manager.get_database_backend() {
        DbBackend::Sqlite => (&["insert", "update", "delete"], String::new()),
        _ => (&["insert", "update", "delete", "truncate", "version"], format!(" ON {table}")),
    };
    let mut statements: Vec<String> =
        events.iter().map(|event| format!("DROP TRIGGER IF EXISTS {table}_{event}{of}")).collect();
    statements.push(format!("DELETE FROM table_version WHERE table_name = '{table}'"));
    run(manager, &statements).await
}

fn first_version(table: &str) -> String {
    format!("INSERT INTO table_version (table_name) VALUES ('{table}')")
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// One trigger a row: SQLite has no others.
fn sqlite_trigger(table: &str, event: &str, row: &str, version: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_{lower} AFTER {event} ON {table} BEGIN \
         INSERT INTO change_log (table_name, row_id, operation, row_version) VALUES ('{table}', {row}, '{event}', {version}); \
         UPDATE table_version SET version = version + 1 WHERE table_name = '{table}'; END",
        lower = event.to_lowercase()
    )
}

fn sqlite_triggers(table: &str, row: &str, version: &str) -> [String; 2] {
    let of = |side: &str| if version == "NULL" { version.to_owned() } else { format!("{side}.{version}") };
    [
        sqlite_trigger(table, "INSERT", &format!("NEW.{row}"), &of("NEW")),
        sqlite_trigger(table, "DELETE", &format!("OLD.{row}"), &of("OLD")),
    ]
}

/// The row's own version is raised after the write, by a second write that fires nothing: a trigger of SQLite does not
/// fire itself unless a connection asks for it, and then the write fails rather than going unlogged.
fn sqlite_row_version(table: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_update AFTER UPDATE ON {table} BEGIN \
         UPDATE {table} SET version = OLD.version + 1, updated_at = {SQLITE_NOW} WHERE id = NEW.id; \
         INSERT INTO change_log (table_name, row_id, operation, row_version) VALUES ('{table}', NEW.id, 'UPDATE', OLD.version + 1); \
         UPDATE table_version SET version = version + 1 WHERE table_name = '{table}'; END"
    )
}

/// One trigger a statement, over the table of its rows: a load of 300,000 members raises the table's version once a statement.
fn postgres_triggers(table: &str, row: &str, version: &str) -> Vec<String> {
    let mut statements: Vec<String> = [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")]
        .map(|(event, side)| {
            format!(
                "CREATE TRIGGER {table}_{lower} AFTER {event} ON {table} REFERENCING {side} TABLE AS changed \
                 FOR EACH STATEMENT EXECUTE FUNCTION antq_log_change('{row}', '{version}')",
                lower = event.to_lowercase()
            )
        })
        .into();
    statements.push(format!(
        "CREATE TRIGGER {table}_truncate AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION antq_log_truncate()"
    ));
    statements
}
