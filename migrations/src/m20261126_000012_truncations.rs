//! What only PostgreSQL needs: rows that are taken away all at once make a gap in the feed, and the changes of a row are read in
//! their order from an index. In an SQLite file the number of an entry is part of every index, and nothing is truncated.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::m20261126_000011_past::TRUNCATE as FORMER_TRUNCATE;

/// No entry says which rows are gone, or the entries themselves are: from then on it is another history. Whoever stands in the old
/// one must make their copy anew, and no answer of the time before holds.
const TRUNCATE: &str = "CREATE OR REPLACE FUNCTION antq_log_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         UPDATE table_version SET version = version + 1;
         UPDATE change_feed SET
             known_since = GREATEST(known_since, clock_timestamp()),
             epoch = md5(random()::text || clock_timestamp()::text);
         PERFORM pg_notify('antq_changes', '');
         RETURN NULL;
     END $$";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX ix_change_log_row ON change_log (table_name, row_id, seq)";
        let log = "CREATE TRIGGER change_log_truncate AFTER TRUNCATE ON change_log FOR EACH STATEMENT EXECUTE FUNCTION antq_log_truncate()";
        postgres(manager, &[TRUNCATE, log, "DROP INDEX ix_change_log_row", index]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX ix_change_log_row ON change_log (table_name, row_id)";
        let log = "DROP TRIGGER change_log_truncate ON change_log";
        postgres(manager, &["DROP INDEX ix_change_log_row", index, log, FORMER_TRUNCATE]).await
    }
}

async fn postgres(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
