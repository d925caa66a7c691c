//! The demo: a roster and festivals that are invented, and say so.
//!
//! What is invented depends on the scale and the seed only, so that it is the same on every engine and machine.

mod festivals;
mod names;
mod random;
mod roster;
mod rows;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, Set};

pub use roster::Scale;
use roster::{quotas, teams_of};
use rows::Rows;

use crate::{
    entities::{award, dataset, festival, member, team},
    progress::Progress,
    secrets::SecretError,
    store::{Store, write::begin},
};

/// The day as of which the demo is invented: a fixed one, so that the same seed gives the same roster next year.
const REFERENCE_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 11, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The data set that invented rows belong to.
const DEMO: &str = "demo";

/// What was invented.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Invented {
    /// Teams.
    pub teams: usize,
    /// Members.
    pub members: usize,
    /// Festivals.
    pub festivals: usize,
    /// Awards.
    pub awards: usize,
}

/// Why nothing was invented.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There are no wards to invent teams for.
    #[error("the database has no wards yet; run `antq load` first")]
    NoWards,
    /// Personal data could not be sealed.
    #[error("personal data cannot be sealed: {0}")]
    Secret(#[from] SecretError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// Invents a roster in place of the one invented before; `None` when that was the same one.
///
/// # Errors
/// No wards, or the database's own; then nothing was written.
pub async fn demo(store: &Store, scale: Scale, seed: u64) -> Result<Option<Invented>, DemoError> {
    let personal = if store.secrets().is_empty() { " They have no personal data." } else { "" };
    let description = format!(
        "Teams, members, festivals and awards invented for demonstration (dữ liệu giả lập): scale {scale}, seed {seed}. \
         No figure counted from them is a published one.{personal}"
    );
    let transaction = begin(store.writer()).await?;
    let dataset_id = match dataset::Entity::find().filter(dataset::Column::Slug.eq(DEMO)).one(&transaction).await? {
        Some(row) if row.description == description => return Ok(None),
        Some(row) => {
            remove(&transaction, row.id).await?;
            let changed = dataset::ActiveModel { id: Set(row.id), description: Set(description), ..Default::default() };
            dataset::Entity::update(changed).exec(&transaction).await?;
            row.id
        }
        None => rows::add_dataset(&transaction, DEMO, description).await?,
    };
    let mut rows = Rows::begin(&transaction, dataset_id, store.secrets().clone()).await?;
    let invented = invent(&transaction, &mut rows, scale, seed).await?;
    transaction.commit().await?;
    Ok(Some(invented))
}

async fn invent(
    transaction: &DatabaseTransaction,
    rows: &mut Rows,
    scale: Scale,
    seed: u64,
) -> Result<Invented, DemoError> {
    let wards = rows::wards(transaction).await?;
    if wards.is_empty() {
        return Err(DemoError::NoWards);
    }
    let quotas = quotas(&wards, scale, seed);
    let mut progress = Progress::start("Inventing the demo roster", quotas.len() as u64);
    for quota in &quotas {
        let ward = &wards[quota.ward_index];
        let teams = teams_of(ward, quota, seed, REFERENCE_DAY);
        let festivals = festivals::festivals_of(ward, &teams, seed, rows.published_years(ward.id));
        rows.add(ward, &teams, &festivals)?;
        rows.write_when_full(transaction).await?;
        progress.advance(1);
    }
    rows.write(transaction).await?;
    progress.finish();
    Ok(rows.invented())
}

/// Removes what was invented before, awards first: they name the teams and members.
async fn remove(transaction: &DatabaseTransaction, dataset_id: i64) -> Result<(), DbErr> {
    award::Entity::delete_many().filter(award::Column::DatasetId.eq(dataset_id)).exec(transaction).await?;
    festival::Entity::delete_many().filter(festival::Column::DatasetId.eq(dataset_id)).exec(transaction).await?;
    member::Entity::delete_many().filter(member::Column::DatasetId.eq(dataset_id)).exec(transaction).await?;
    team::Entity::delete_many().filter(team::Column::DatasetId.eq(dataset_id)).exec(transaction).await?;
    Ok(())
}
