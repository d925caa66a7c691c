use sea_orm::entity::prelude::*;

use crate::domain::{Date, Gender, MemberRole, MemberStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub team_id: i64,
    pub ward_id: i64,
    pub city_id: i64,
    pub former_city_id: Option<i64>,
    pub dataset_id: i64,
    #[sea_orm(column_type = "Text")]
    pub full_name: String,
    pub role: MemberRole,
    pub gender: Option<Gender>,
    pub birth_date: Option<Date>,
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub national_id: Option<String>,
    pub status: MemberStatus,
    pub joined_on: Option<Date>,
    pub left_on: Option<Date>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
