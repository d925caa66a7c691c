//! Figures beside each other: reports that differ, and what the register counts itself.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables of pairs for the reader.
const VIEWS: [(&str, &str); 2] = [
    // Other reports of the same indicator for the same place and time.
    (
        "observation_alternative",
        "SELECT observation.id AS observation_id, other.id AS alternative_id FROM observation \
         JOIN observation AS other ON other.indicator_id = observation.indicator_id AND other.id <> observation.id \
         AND other.as_of = observation.as_of AND other.period_start IS NOT DISTINCT FROM observation.period_start \
         AND other.city_id IS NOT DISTINCT FROM observation.city_id AND other.ward_id IS NOT DISTINCT FROM observation.ward_id \
         AND other.former_city_id IS NOT DISTINCT FROM observation.former_city_id \
         AND other.former_district_id IS NOT DISTINCT FROM observation.former_district_id \
         AND other.former_ward_id IS NOT DISTINCT FROM observation.former_ward_id",
    ),
    // What the register counts too: for the city, and for the former cities that it was made from.
    (
        "city_reconciliation",
        "SELECT observation.city_id, observation.id AS observation_id FROM observation \
         JOIN indicator ON indicator.id = observation.indicator_id \
         WHERE indicator.code IN ('TEAMS', 'MEMBERS') AND observation.city_id IS NOT NULL \
         UNION ALL SELECT former_city_successor.city_id, observation.id FROM observation \
         JOIN indicator ON indicator.id = observation.indicator_id \
         JOIN former_city_successor ON former_city_successor.former_city_id = observation.former_city_id \
         WHERE indicator.code IN ('TEAMS', 'MEMBERS')",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// SQLite too takes a migration whole or not at all.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, select) in VIEWS {
            manager.get_connection().execute_unprepared(&format!("CREATE VIEW {name} AS {select}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in VIEWS.iter().rev() {
            manager.get_connection().execute_unprepared(&format!("DROP VIEW {name}")).await?;
        }
        Ok(())
    }
}
