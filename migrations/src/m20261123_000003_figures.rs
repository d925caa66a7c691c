//! Models, titles held, and every published figure as it was reported.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::{drop_tables, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        recognition(manager).await?;
        figures(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["observation", "indicator", "designation", "movement_model"]).await
    }
}

async fn recognition(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("movement_model")
        .references("city_id", "city")
        .may_reference("organisation_id", "organisation")
        .may_reference("recognised_by_id", "organisation")
        .references("source_id", "source")
        .col(text("slug"))
        .col(text("name"))
        .one_of_or_null(
            "topic",
            &[
                "CRIME_PREVENTION",
                "CRIME_PREVENTION_KHMER_COMMUNITY",
                "CRIME_PREVENTION_RELIGION",
                "CRIME_PREVENTION_SCHOOL",
                "CRIME_PREVENTION_TRADE_UNION",
                "CRIME_REPORTING",
                "DRUG_PREVENTION",
                "NEIGHBOURHOOD_WATCH",
                "SAFE_DORMITORY",
                "SURVEILLANCE_CAMERA",
            ],
        )
        .col(integer_null("years_running"))
        .unique(&["slug"])
        .create(manager)
        .await?;
    table("designation")
        .may_reference("ward_id", "ward")
        .may_reference("former_ward_id", "former_ward")
        .may_reference("organisation_id", "organisation")
        .may_reference("awarded_by_id", "organisation")
        .references("source_id", "source")
        .col(text("title"))
        .col(integer("year"))
        .col(text_null("note"))
        .check("one_holder", exactly_one(&["ward_id", "former_ward_id", "organisation_id"]))
        .create(manager)
        .await
}

async fn figures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("indicator")
        .col(text("code"))
        .col(text("name_vi"))
        .col(text("name_en"))
        .col(text("unit"))
        .unique(&["code"])
        .create(manager)
        .await?;
    let places = ["city_id", "ward_id", "former_city_id", "former_district_id", "former_ward_id"];
    table("observation")
        .references("indicator_id", "indicator")
        .references("source_id", "source")
        .may_reference("city_id", "city")
        .may_reference("ward_id", "ward")
        .may_reference("former_city_id", "former_city")
        .may_reference("former_district_id", "former_district")
        .may_reference("former_ward_id", "former_ward")
        .col(double("value"))
        .one_of("qualifier", &["EXACT", "MORE_THAN", "LESS_THAN", "ABOUT"])
        .col(date_null("period_start"))
        .col(date("as_of"))
        .col(text_null("scope"))
        .check("one_place", exactly_one(&places))
        .create(manager)
        .await
}

/// True when one of `columns` is set and the others are null.
fn exactly_one(columns: &[&str]) -> Expr {
    let set: Vec<String> =
        columns.iter().map(|column| format!("CASE WHEN {column} IS NULL THEN 0 ELSE 1 END")).collect();
    Expr::cust(format!("({}) = 1", set.join(" + ")))
}
