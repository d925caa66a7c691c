use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "festival_source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub festival_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
