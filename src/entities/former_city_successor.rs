use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "former_city_successor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub former_city_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub city_id: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
