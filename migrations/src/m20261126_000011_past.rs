//! What it takes to tell how the register stood on a day: since when everything that was changed is known, and which pair an
//! entry of the log is of.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    m20261123_000004_changes::LINKS,
    table::SQLITE_NOW,
    watch::{postgres_functions, unwatch, watch_pairs},
};

/// Before this, rows may have been changed of which nobody knows what they were.
const KNOWN_SINCE: &str = "known_since";

/// What is taken away at once is not logged: of the time before it nothing is known any more.
pub(crate) const TRUNCATE: &str =
    "CREATE OR REPLACE FUNCTION antq_log_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         UPDATE table_version SET version = version + 1 WHERE table_name = TG_TABLE_NAME;
         UPDATE change_feed SET known_since = CURRENT_TIMESTAMP;
         RETURN NULL;
     END $$";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = ColumnDef::new(KNOWN_SINCE);
        column.timestamp_with_time_zone().not_null().default("1970-01-01T00:00:00.000+00:00");
        manager.alter_table(Table::alter().table("change_feed").add_column(column).to_owned()).await?;
        let by_time = Index::create()
            .name("ix_change_log_changed_at")
            .table("change_log")
            .col("table_name")
            .col("changed_at")
            .to_owned();
        manager.create_index(by_time).await?;
        let now = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE_NOW,
            _ => "CURRENT_TIMESTAMP",
        };
        let sql = manager.get_connection();
        sql.execute_unprepared(&format!("UPDATE change_feed SET {KNOWN_SINCE} = {now}")).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            for function in postgres_functions() {
                sql.execute_unprepared(&function).await?;
            }
            sql.execute_unprepared(TRUNCATE).await?;
        }
        for (table, owner) in LINKS {
            unwatch(manager, table).await?;
            watch_pairs(manager, table, owner).await?;
        }
        Ok(())
    }

    /// Entries go on to say which pair they are of: nobody is hindered by that.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("ix_change_log_changed_at").table("change_log").to_owned()).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            let truncate = TRUNCATE.replace("UPDATE change_feed SET known_since = CURRENT_TIMESTAMP;", "");
            manager.get_connection().execute_unprepared(&truncate).await?;
        }
        manager.alter_table(Table::alter().table("change_feed").drop_column(KNOWN_SINCE).to_owned()).await
    }
}
