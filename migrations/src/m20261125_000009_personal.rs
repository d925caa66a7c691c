//! Personal data of members, sealed by the service before they come here; and who has read them.
//!
//! What stood in the clear is not carried over: the database alone has no secret to seal it with. Only invented members had
//! any, and `antq demo` invents them anew.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::{drop_tables, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PERSONAL: [&str; 3] = ["birth_date", "phone", "national_id"];
/// Keyed hashes, by which equal values are found.
const HASHES: [&str; 2] = ["phone_hash", "national_id_hash"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in PERSONAL {
            drop_column(manager, column).await?;
        }
        for column in PERSONAL.iter().chain(&HASHES) {
            add_column(manager, text_null(*column)).await?;
        }
        for column in HASHES {
            let mut index = Index::create();
            index.name(format!("ix_member_{column}")).table("member").col(column).col("id");
            manager.create_index(index).await?;
        }
        // Not watched: what is in it is never kept, and each entry would make the versions of all tables be read anew.
        table("access_log")
            .col(text("who"))
            .col(text("purpose"))
            .col(text("operation"))
            .col(text("fields"))
            .col(text("members"))
            .col(integer("member_count"))
            .listed_by(&["updated_at"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["access_log"]).await?;
        for column in HASHES {
            manager.drop_index(Index::drop().name(format!("ix_member_{column}")).table("member").to_owned()).await?;
        }
        for column in PERSONAL.iter().chain(&HASHES) {
            drop_column(manager, column).await?;
        }
        for column in [date_null("birth_date"), text_null("phone"), text_null("national_id")] {
            add_column(manager, column).await?;
        }
        Ok(())
    }
}

async fn add_column(manager: &SchemaManager<'_>, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table("member").add_column(column).to_owned()).await
}

async fn drop_column(manager: &SchemaManager<'_>, column: &'static str) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table("member").drop_column(column).to_owned()).await
}
