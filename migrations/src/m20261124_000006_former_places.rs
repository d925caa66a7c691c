//! The present wards of a former city, and of a former district, by views that SQLite looks into for one parent.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What the view was before: with `DISTINCT`, for which SQLite makes the whole of it each time.
const DISTINCT: &str = "SELECT DISTINCT former_ward.former_city_id, former_ward_successor.ward_id FROM former_ward JOIN former_ward_successor ON former_ward_successor.former_ward_id = former_ward.id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = [
            "DROP VIEW former_city_ward".to_owned(),
            format!("CREATE VIEW former_city_ward AS {}", pairs("former_city_id")),
            format!("CREATE VIEW former_district_ward AS {}", pairs("former_district_id")),
        ];
        run(manager, &statements).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = [
            "DROP VIEW former_district_ward".to_owned(),
            "DROP VIEW former_city_ward".to_owned(),
            format!("CREATE VIEW former_city_ward AS {DISTINCT}"),
        ];
        run(manager, &statements).await
    }
}

/// Each unit above former wards with each ward that these went into, once: by the first of those of that ward.
fn pairs(unit: &str) -> String {
    format!(
        "SELECT former_ward.{unit}, former_ward_successor.ward_id FROM former_ward JOIN former_ward_successor ON former_ward_successor.former_ward_id = former_ward.id
         WHERE NOT EXISTS (SELECT 1 FROM former_ward_successor AS other_successor JOIN former_ward AS other ON other.id = other_successor.former_ward_id
             WHERE other_successor.ward_id = former_ward_successor.ward_id AND other.{unit} = former_ward.{unit} AND other.id < former_ward.id)"
    )
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
