use sea_orm::entity::prelude::*;

use crate::domain::{Date, FormerWardKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "former_ward")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub former_district_id: i64,
    pub former_city_id: i64,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub kind: FormerWardKind,
    pub dissolved_on: Date,
    pub is_split: bool,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
