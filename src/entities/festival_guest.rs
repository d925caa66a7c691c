use sea_orm::entity::prelude::*;

use crate::domain::GuestRole;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "festival_guest")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub festival_id: i64,
    pub source_id: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub role: GuestRole,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
