//! The tables, with the columns that the queries ask for and those that join them.

macro_rules! entity {
    ($table:ident, $name:literal { $($fields:tt)* }) => {
        pub mod $table {
            use sea_orm::entity::prelude::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i64,
                $($fields)*
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(city, "city" {
    pub code: String,
    pub name: String,
    #[sea_orm(has_many)]
    pub wards: HasMany<super::ward::Entity>,
    #[sea_orm(has_many)]
    pub festivals: HasMany<super::festival::Entity>,
});

entity!(ward, "ward" {
    pub city_id: i64,
    pub code: String,
    pub name: String,
    pub kind: String,
    #[sea_orm(belongs_to, from = "city_id", to = "id")]
    pub city: HasOne<super::city::Entity>,
    #[sea_orm(has_many)]
    pub teams: HasMany<super::team::Entity>,
    #[sea_orm(has_many)]
    pub festivals: HasMany<super::festival::Entity>,
});

entity!(team, "team" {
    pub ward_id: i64,
    pub code: String,
    pub name: String,
    pub locality: String,
    pub status: String,
    pub established_on: Option<Date>,
    #[sea_orm(belongs_to, from = "ward_id", to = "id")]
    pub ward: HasOne<super::ward::Entity>,
    #[sea_orm(has_many)]
    pub members: HasMany<super::member::Entity>,
    #[sea_orm(has_many)]
    pub awards: HasMany<super::award::Entity>,
});

entity!(member, "member" {
    pub team_id: i64,
    pub full_name: String,
    pub role: String,
    pub gender: Option<String>,
    pub status: String,
    pub joined_on: Option<Date>,
    #[sea_orm(belongs_to, from = "team_id", to = "id")]
    pub team: HasOne<super::team::Entity>,
});

entity!(festival, "festival" {
    pub city_id: i64,
    pub ward_id: Option<i64>,
    pub held_on: Date,
    pub title: String,
    #[sea_orm(belongs_to, from = "city_id", to = "id")]
    pub city: HasOne<super::city::Entity>,
    #[sea_orm(belongs_to, from = "ward_id", to = "id")]
    pub ward: HasOne<super::ward::Entity>,
    #[sea_orm(has_many)]
    pub awards: HasMany<super::award::Entity>,
});

entity!(award, "award" {
    pub festival_id: i64,
    pub team_id: Option<i64>,
    pub kind: String,
    pub title: String,
    #[sea_orm(belongs_to, from = "festival_id", to = "id")]
    pub festival: HasOne<super::festival::Entity>,
    #[sea_orm(belongs_to, from = "team_id", to = "id")]
    pub team: HasOne<super::team::Entity>,
});

seaography::register_entity_modules!([city, ward, team, member, festival, award]);
