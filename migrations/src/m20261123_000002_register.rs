//! The register itself: teams and members, festivals and awards, and the organisations behind them.

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
        provenance(manager).await?;
        roster(manager).await?;
        festivals(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "award",
            "festival_guest",
            "festival_source",
            "festival_host",
            "festival",
            "member",
            "team",
            "organisation",
            "source",
            "dataset",
        ];
        drop_tables(manager, &tables).await
    }
}

async fn provenance(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("dataset")
        .col(text("slug"))
        .col(text("title"))
        .col(text("description"))
        .col(boolean("synthetic"))
        .unique(&["slug"])
        .create(manager)
        .await?;
    table("source")
        .col(text("slug"))
        .col(text_null("publisher"))
        .col(text("title"))
        .col(text_null("author"))
        // As exact as known: a year, a month or a day.
        .col(text_null("published"))
        .col(date_null("event_on"))
        .col(text("language"))
        .col(text_null("note"))
        .unique(&["slug"])
        .create(manager)
        .await?;
    table("organisation")
        .may_reference("city_id", "city")
        .may_reference("ward_id", "ward")
        .col(text("slug"))
        .col(text("name"))
        .one_of(
            "kind",
            &[
                "MINISTRY",
                "MINISTRY_DEPARTMENT",
                "PEOPLES_COUNCIL",
                "PEOPLES_COMMITTEE",
                "POLICE",
                "STEERING_COMMITTEE",
                "UNIVERSITY",
            ],
        )
        .unique(&["slug"])
        .create(manager)
        .await
}

async fn roster(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // A team and a member repeat the places above them: lists and counts of a city must not walk all its wards' teams.
    table("team")
        .references("ward_id", "ward")
        .references("city_id", "city")
        .may_reference("former_city_id", "former_city")
        .repeats("ward", &["ward_id", "city_id"], &["id", "city_id"])
        .references("dataset_id", "dataset")
        .col(text("code"))
        .col(text("name"))
        .col(text("locality"))
        .one_of("status", &["ACTIVE", "DISSOLVED"])
        .col(date_null("established_on"))
        .unique(&["ward_id", "code"])
        .unique(&["id", "ward_id", "city_id"])
        .create(manager)
        .await?;
    table("member")
        .references("team_id", "team")
        .references("ward_id", "ward")
        .references("city_id", "city")
        .may_reference("former_city_id", "former_city")
        .repeats("team", &["team_id", "ward_id", "city_id"], &["id", "ward_id", "city_id"])
        .references("dataset_id", "dataset")
        .col(text("full_name"))
        .one_of("role", &["LEADER", "DEPUTY", "MEMBER"])
        .one_of_or_null("gender", &["MALE", "FEMALE"])
        .col(date_null("birth_date"))
        .col(text_null("phone"))
        .col(text_null("national_id"))
        .one_of("status", &["ACTIVE", "LEFT"])
        .col(date_null("joined_on"))
        .col(date_null("left_on"))
        .check("dates", Expr::cust("left_on IS NULL OR joined_on IS NULL OR left_on >= joined_on"))
        .create(manager)
        .await
}

async fn festivals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("festival")
        .listed_by(&["held_on"])
        .references("city_id", "city")
        .may_reference("ward_id", "ward")
        .may_reference("venue_organisation_id", "organisation")
        .may_reference("host_former_district_id", "former_district")
        .references("dataset_id", "dataset")
        .col(text("slug"))
        .one_of("kind", &["FESTIVAL", "ANNIVERSARY"])
        .col(integer("edition_year"))
        .col(date("held_on"))
        .col(text("title"))
        .col(text_null("venue"))
        .unique(&["slug"])
        .create(manager)
        .await?;
    link("festival_host")
        .references("festival_id", "festival")
        .references("organisation_id", "organisation")
        .create(manager)
        .await?;
    link("festival_source")
        .references("festival_id", "festival")
        .references("source_id", "source")
        .create(manager)
        .await?;
    table("festival_guest")
        .references("festival_id", "festival")
        .references("source_id", "source")
        .col(text("name"))
        .col(text("title"))
        .one_of("role", &["SPEAKER", "PRESENTER", "HOST"])
        .unique(&["festival_id", "name"])
        .create(manager)
        .await?;
    awards(manager).await
}

async fn awards(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table("award")
        .references("festival_id", "festival")
        .may_reference("grantor_id", "organisation")
        .may_reference("team_id", "team")
        .may_reference("member_id", "member")
        .may_reference("source_id", "source")
        .references("dataset_id", "dataset")
        .col(integer("ordinal"))
        .one_of("kind", &["COMMEMORATIVE_MEDAL", "CERTIFICATE_OF_MERIT", "COMMENDATION", "GIFT"])
        .col(text("title"))
        .one_of("recipient_kind", &["INDIVIDUAL", "COLLECTIVE", "HOUSEHOLD", "MIXED"])
        .col(integer_null("recipient_count"))
        .col(text_null("recipient_description"))
        .check("recipient_count", Expr::cust("recipient_count > 0"))
        .unique(&["festival_id", "ordinal"])
        .create(manager)
        .await
}
