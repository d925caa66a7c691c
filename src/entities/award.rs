use sea_orm::entity::prelude::*;

use crate::domain::{AwardKind, RecipientKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub festival_id: i64,
    pub grantor_id: Option<i64>,
    pub team_id: Option<i64>,
    pub member_id: Option<i64>,
    pub source_id: Option<i64>,
    pub dataset_id: i64,
    pub ordinal: i32,
    pub kind: AwardKind,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub recipient_kind: RecipientKind,
    pub recipient_count: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub recipient_description: Option<String>,
    pub version: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
