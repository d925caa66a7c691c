//! Loading the reference data and the published facts: in one transaction, as often as one likes, and all or nothing.

mod facts;
mod files;
mod places;
mod sheet;
mod sync;

use sea_orm::{DatabaseTransaction, DbErr, prelude::DateTimeUtc};

pub use files::Files;
pub use sheet::BadData;
pub use sync::Written;

use crate::{
    progress::Progress,
    store::{Store, write::begin},
};

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is wrong; it says where.
    #[error(transparent)]
    BadData(#[from] BadData),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// What a row that is not in the database yet has for a time of writing.
const UNWRITTEN: DateTimeUtc = DateTimeUtc::UNIX_EPOCH;

/// One load: where the data comes from, and the transaction that it goes to.
struct Load<'a> {
    files: &'a Files,
    transaction: DatabaseTransaction,
    written: Written,
    progress: Progress,
}

/// Loads all files.
///
/// # Errors
/// The first thing that is wrong with a file, or the database's own; then nothing was written.
pub async fn load(store: &Store, files: &Files) -> Result<Written, LoadError> {
    let progress = Progress::start("Loading the reference data", files::COUNT as u64);
    let transaction = begin(store.writer()).await?;
    let mut load = Load { files, transaction, written: Written::default(), progress };
    let places = load.places().await?;
    load.facts(&places).await?;
    load.transaction.commit().await?;
    load.progress.finish();
    Ok(load.written)
}
