//! What no write path can forget: a version on every row, a version for every table, and a log of every change, all raised
//! by the database itself in the transaction that writes. And the views through which a place reaches what is below it.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::{
    table::{SQLITE_NOW, drop_tables},
    watch_first::{unwatch, watch_pairs, watch_rows},
};

/// Tables whose rows have an identity.
pub(crate) const ROWS: [&str; 17] = [
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
pub(crate) const LINKS: [(&str, &str); 4] = [
    ("former_city_successor", "former_city_id"),
    ("former_ward_successor", "former_ward_id"),
    ("festival_host", "festival_id"),
    ("festival_source", "festival_id"),
];

/// Ways from a place to what is further below it, each a table of pairs for the reader.
const VIEWS: [(&str, &str); 2] = [
    (
        "former_city_ward",
        "SELECT DISTINCT former_ward.former_city_id, former_ward_successor.ward_id FROM former_ward JOIN former_ward_successor ON former_ward_successor.former_ward_id = former_ward.id",
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
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, select) in VIEWS {
            manager.get_connection().execute_unprepared(&format!("CREATE VIEW {name} AS {select}")).await?;
        }
        tables(manager).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            for function in POSTGRES_FUNCTIONS {
                manager.get_connection().execute_unprepared(function).await?;
            }
        }
        for name in ROWS {
            watch_rows(manager, name).await?;
        }
        for (name, owner) in LINKS {
            watch_pairs(manager, name, owner).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ROWS.iter().copied().chain(LINKS.map(|(name, _)| name)) {
            unwatch(manager, name).await?;
        }
        if manager.get_database_backend() != DbBackend::Sqlite {
            let functions = "DROP FUNCTION antq_log_change(), antq_log_truncate(), antq_raise_row_version()";
            manager.get_connection().execute_unprepared(functions).await?;
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

pub(crate) const POSTGRES_FUNCTIONS: [&str; 3] = [
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
