//! The tables, indexes, views and triggers of ANTQ Graph, for SQLite and PostgreSQL from one source.
//!
//! A migration that has been released is never edited; a change is a new file and a line below.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

mod m20261123_000001_places;
mod m20261123_000002_register;
mod m20261123_000003_figures;
mod m20261123_000004_changes;
mod m20261124_000005_texts;
mod m20261124_000006_former_places;
mod m20261124_000007_figures_compared;
mod m20261125_000008_keys;
mod m20261125_000009_personal;
mod m20261126_000010_writes;
mod m20261126_000011_past;
mod m20261126_000012_truncations;
mod m20261126_000013_words_taken_away;
mod table;
mod vietnamese;
mod watch;
mod watch_first;

/// Every migration, in the order in which they run.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_places::Migration),
            Box::new(m20261123_000002_register::Migration),
            Box::new(m20261123_000003_figures::Migration),
            Box::new(m20261123_000004_changes::Migration),
            Box::new(m20261124_000005_texts::Migration),
            Box::new(m20261124_000006_former_places::Migration),
            Box::new(m20261124_000007_figures_compared::Migration),
            Box::new(m20261125_000008_keys::Migration),
            Box::new(m20261125_000009_personal::Migration),
            Box::new(m20261126_000010_writes::Migration),
            Box::new(m20261126_000011_past::Migration),
            Box::new(m20261126_000012_truncations::Migration),
            Box::new(m20261126_000013_words_taken_away::Migration),
        ]
    }
}

/// How the column `<text>_order` is made from the column `text`: the columns that are made one after the other, each from those
/// before it, with the expression that makes it.
pub fn order_columns(engine: DbBackend, text: &str) -> Vec<(String, String)> {
    m20261124_000005_texts::order_columns(engine, text)
}

/// The tables of pairs, whose rows have no number of their own: each with its column that names the row that a pair belongs to.
pub const PAIRS: [(&str, &str); 4] = m20261123_000004_changes::LINKS;

pub use sea_orm_migration::MigratorTrait;
