//! What only SQLite needs: the words of a name that is taken away go from the index over words at once. Without that they stay
//! beside a note that they are no longer true, until the index merges the two, which may be never.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// What was taken away before goes by merging the whole index.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sqlite(manager, &["(member_words, rank) VALUES ('secure-delete', 1)", "(member_words) VALUES ('optimize')"])
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sqlite(manager, &["(member_words, rank) VALUES ('secure-delete', 0)"]).await
    }
}

/// Tells the index over the members' words something.
async fn sqlite(manager: &SchemaManager<'_>, what: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    for what in what {
        manager.get_connection().execute_unprepared(&format!("INSERT INTO member_words {what}")).await?;
    }
    Ok(())
}
