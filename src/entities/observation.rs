use sea_orm::entity::prelude::*;

use crate::domain::{Date, Number, Qualifier};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "observation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub indicator_id: i64,
    pub source_id: i64,
    pub city_id: Option<i64>,
    pub ward_id: Option<i64>,
    pub former_city_id: Option<i64>,
    pub former_district_id: Option<i64>,
    pub former_ward_id: Option<i64>,
    pub value: Number,
    pub qualifier: Qualifier,
    pub period_start: Option<Date>,
    pub as_of: Date,
    #[sea_orm(column_type = "Text", nullable)]
    pub scope: Option<String>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
