//! The units of administration, present and former, and what became of the former ones.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::{drop_tables, link, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        present(manager).await?;
        former(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "former_ward_successor",
            "former_ward",
            "former_district",
            "former_city_successor",
            "former_city",
            "ward",
            "city",
        ];
        drop_tables(manager, &tables).await
    }
}

async fn present(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("city")
        .col(text("code"))
        .col(text("name"))
        .one_of("kind", &["CITY", "PROVINCE"])
        .col(double("latitude"))
        .col(double("longitude"))
        .unique(&["code"])
        .create(manager)
        .await?;
    table("ward")
        .references("city_id", "city")
        .col(text("code"))
        .col(text("name"))
        .one_of("kind", &["WARD", "COMMUNE", "SPECIAL_ZONE"])
        .col(double("latitude"))
        .col(double("longitude"))
        .col(double_null("area_km2"))
        .unique(&["code"])
        .unique(&["id", "city_id"])
        .create(manager)
        .await
}

/// Former and present units share codes, so each keeps tables and identities of its own.
async fn former(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("former_city")
        .col(text("code"))
        .col(text("name"))
        .one_of("kind", &["CITY", "PROVINCE"])
        .col(date("dissolved_on"))
        .unique(&["code"])
        .create(manager)
        .await?;
    link("former_city_successor")
        .references("former_city_id", "former_city")
        .references("city_id", "city")
        .create(manager)
        .await?;
    table("former_district")
        .references("former_city_id", "former_city")
        .col(text("code"))
        .col(text("name"))
        .one_of("kind", &["URBAN_DISTRICT", "RURAL_DISTRICT", "DISTRICT_CITY", "TOWN"])
        .col(date("dissolved_on"))
        .unique(&["code"])
        .create(manager)
        .await?;
    table("former_ward")
        .references("former_district_id", "former_district")
        .references("former_city_id", "former_city")
        .col(text("code"))
        .col(text("name"))
        .one_of("kind", &["WARD", "COMMUNE", "TOWNSHIP"])
        .col(date("dissolved_on"))
        .col(boolean("is_split"))
        .unique(&["code"])
        .create(manager)
        .await?;
    link("former_ward_successor")
        .references("former_ward_id", "former_ward")
        .references("ward_id", "ward")
        .create(manager)
        .await
}
