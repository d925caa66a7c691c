use sea_orm::entity::prelude::*;

use crate::domain::{Date, FestivalKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "festival")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub city_id: i64,
    pub ward_id: Option<i64>,
    pub venue_organisation_id: Option<i64>,
    pub host_former_district_id: Option<i64>,
    pub dataset_id: i64,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    pub kind: FestivalKind,
    pub edition_year: i32,
    pub held_on: Date,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub venue: Option<String>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
