use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "designation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub ward_id: Option<i64>,
    pub former_ward_id: Option<i64>,
    pub organisation_id: Option<i64>,
    pub awarded_by_id: Option<i64>,
    pub source_id: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub year: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
