//! API keys: what they may do and where, until when, and when they were last used.

use sea_orm_migration::{
    prelude::*,
    schema::{text, timestamp_with_time_zone, timestamp_with_time_zone_null},
};

use crate::{
    table::{drop_tables, link, table},
    watch_first::{unwatch, watch_rows},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table("api_key")
            .col(text("name"))
            .col(text("hash"))
            .col(text("scopes"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("expires_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .unique(&["hash"])
            .create(manager)
            .await?;
        // A key that was replaced, and ends only later, has the name of the one in its place.
        let live = "CREATE UNIQUE INDEX uq_api_key_name ON api_key (name) WHERE revoked_at IS NULL";
        manager.get_connection().execute_unprepared(live).await?;

        table("api_key_place")
            .references("api_key_id", "api_key")
            .may_reference("city_id", "city")
            .may_reference("ward_id", "ward")
            .check("place", Expr::col("city_id").is_null().ne(Expr::col("ward_id").is_null()))
            .create(manager)
            .await?;
        watch_rows(manager, "api_key").await?;
        watch_rows(manager, "api_key_place").await?;

        // Not watched: that a key is used changes nothing that is kept.
        link("api_key_use")
            .references("api_key_id", "api_key")
            .col(timestamp_with_time_zone("last_used_at"))
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        unwatch(manager, "api_key_place").await?;
        unwatch(manager, "api_key").await?;
        drop_tables(manager, &["api_key_use", "api_key_place", "api_key"]).await
    }
}
