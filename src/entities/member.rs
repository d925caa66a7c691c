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
    // This and the next four are sealed, or keyed hashes: see `secrets`.
    #[sea_orm(column_type = "Text", nullable)]
    pub birth_date: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub phone_hash: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub national_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub national_id_hash: Option<String>,
    pub status: MemberStatus,
    pub joined_on: Option<Date>,
    pub left_on: Option<Date>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
