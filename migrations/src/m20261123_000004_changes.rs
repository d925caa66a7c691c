//! What no write path can forget: a version on every row, a version for every table, and a log of every change, all raised
//! by the database itself in the transaction that writes. And the views through which a place reaches what is below it.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::table::{SQLITE_NOW, drop_tables};

/// Tables whose rows have an identity.
const ROWS: [&str; 17] = [
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

/// Tables of pairs, each with the column of the row that its pairs belong to.
const LINKS: [(&str, &str); 4] = [
    ("former_city_successor", "former_city_id"),
    ("former_ward_successor", "former_ward_id"),
    ("festival_host", "festival_id"),
    ("festival_source", "festival_id"),
];

/// Ways from a place to what is further below it, each a table of pairs for the reader.
const VIEWS: [(&str, &str); 7] = [
    ("city_team", "SELECT ward.city_id, team.id AS team_id FROM team JOIN ward ON ward.id = team.ward_id"),
    (
        "city_member",
        "SELECT ward.city_id, member.id AS member_id FROM member JOIN team ON team.id = member.team_id JOIN ward ON ward.id = team.ward_id",
    ),
    ("ward_member", "SELECT team.ward_id, member.id AS member_id FROM member JOIN team ON team.id = member.team_id"),
    (
        "former_city_ward",
        "SELECT DISTINCT former_ward.former_city_id, former_ward_successor.ward_id FROM former_ward JOIN former_ward_successor ON former_ward_successor.former_ward_id = former_ward.id",
    ),
    (
        "former_city_team",
        "SELECT former_city_ward.former_city_id, team.id AS team_id FROM former_city_ward JOIN team ON team.ward_id = former_city_ward.ward_id",
    ),
    (
        "former_city_member",
        "SELECT former_city_ward.former_city_id, member.id AS member_id FROM former_city_ward JOIN team ON team.ward_id = former_city_ward.ward_id JOIN member ON member.team_id = team.id",
    ),
    // A title outlives the unit that earned it: today's ward shows those of the wards it was made from.
    (
        "ward_designation",
        "SELECT ward_id, id AS designation_id FROM designation WHERE ward_id IS NOT NULL UNION ALL SELECT former_ward_successor.ward_id, designation.id FROM designation JOIN former_ward_successor ON former_ward_successor.former_ward_id = designation.former_ward_id",
    ),
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, select) in VIEWS {
            manager.get_connection().execute_unprepared(&format!("CREATE VIEW {name} AS {select}")).await?;
        }
        tables(manager).await?;
        for statement in triggers(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in drop_triggers(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        drop_tables(manager, &["change_log", "table_version"]).await?;
        for (name, _) in VIEWS.iter().rev() {
            manager.get_connection().execute_unprepared(&format!("DROP VIEW {name}")).await?;
        }
        Ok(())
    }
}

/// `table_version` proves that an answer is still true; `change_log` says what happened, in the order of `seq`.
///
/// On PostgreSQL a transaction that commits late may hold lower numbers than one already read: `xact` is its transaction
/// id, so that a reader stops before the oldest transaction still running.
async fn tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let versions = Table::create()
        .table("table_version")
        .col(text("table_name").primary_key())
        .col(big_integer("version").default(0))
        .to_owned();
    manager.create_table(versions).await?;
    let mut fill = Query::insert();
    fill.into_table("table_version").columns(["table_name"]);
    for name in ROWS.iter().copied().chain(LINKS.map(|(name, _)| name)) {
        fill.values_panic([name.into()]);
    }
    manager.execute(fill).await?;

    let (now, xact) = match manager.get_database_backend() {
        DbBackend::Sqlite => (Expr::cust(format!("({SQLITE_NOW})")), Expr::cust("0")),
        _ => (Expr::cust("CURRENT_TIMESTAMP"), Expr::cust("(pg_current_xact_id()::text::bigint)")),
    };
    let log = Table::create()
        .table("change_log")
        .col(ColumnDef::new("seq").big_integer().not_null().auto_increment().primary_key())
        .col(text("table_name"))
        .col(big_integer("row_id"))
        .col(text("operation"))
        .col(integer_null("row_version"))
        .col(big_integer("xact").default(xact))
        .col(ColumnDef::new("changed_at").timestamp_with_time_zone().not_null().default(now))
        .check(("ck_change_log_operation", Expr::col("operation").is_in(["INSERT", "UPDATE", "DELETE"])))
        .to_owned();
    manager.create_table(log).await?;
    let index =
        Index::create().name("ix_change_log_row").table("change_log").col("table_name").col("row_id").to_owned();
    manager.create_index(index).await
}

fn triggers(engine: DbBackend) -> Vec<String> {
    let mut statements = Vec::new();
    match engine {
        DbBackend::Sqlite => {
            for name in ROWS {
                statements.extend(sqlite_triggers(name, "id", "version"));
                statements.push(sqlite_row_version(name));
            }
            for (name, owner) in LINKS {
                statements.extend(sqlite_triggers(name, owner, "NULL"));
                statements.push(sqlite_trigger(name, "UPDATE", &format!("NEW.{owner}"), "NULL"));
            }
        }
        _ => {
            statements.extend(POSTGRES_FUNCTIONS.map(str::to_owned));
            for name in ROWS {
                statements.push(format!(
                    "CREATE TRIGGER {name}_version BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION antq_raise_row_version()"
                ));
                statements.extend(postgres_triggers(name, "id", "version"));
            }
            for (name, owner) in LINKS {
                statements.extend(postgres_triggers(name, owner, "NULL"));
            }
        }
    }
    statements
}

fn drop_triggers(engine: DbBackend) -> Vec<String> {
    let tables = ROWS.iter().copied().chain(LINKS.map(|(name, _)| name));
    let events = ["insert", "update", "delete"];
    match engine {
        DbBackend::Sqlite => {
            tables.flat_map(|name| events.map(|event| format!("DROP TRIGGER {name}_{event}"))).collect()
        }
        _ => {
            let mut statements: Vec<String> = tables
                .flat_map(|name| ["insert", "update", "delete", "truncate"].map(|event| (name, event)))
                .map(|(name, event)| format!("DROP TRIGGER {name}_{event} ON {name}"))
                .collect();
            statements.extend(ROWS.map(|name| format!("DROP TRIGGER {name}_version ON {name}")));
            statements
                .push("DROP FUNCTION antq_log_change(), antq_log_truncate(), antq_raise_row_version()".to_owned());
            statements
        }
    }
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

const POSTGRES_FUNCTIONS: [&str; 3] = [
    "CREATE FUNCTION antq_raise_row_version() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         NEW.version := OLD.version + 1;
         NEW.updated_at := CURRENT_TIMESTAMP;
         RETURN NEW;
     END $$",
    "CREATE FUNCTION antq_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE
         written bigint;
     BEGIN
         EXECUTE format('INSERT INTO change_log (table_name, row_id, operation, row_version) SELECT %L, %s, %L, %s FROM changed',
                        TG_TABLE_NAME, TG_ARGV[0], TG_OP, TG_ARGV[1]);
         GET DIAGNOSTICS written = ROW_COUNT;
         IF written > 0 THEN
             UPDATE table_version SET version = version + 1 WHERE table_name = TG_TABLE_NAME;
         END IF;
         RETURN NULL;
     END $$",
    "CREATE FUNCTION antq_log_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         UPDATE table_version SET version = version + 1 WHERE table_name = TG_TABLE_NAME;
         RETURN NULL;
     END $$",
];
