//! Places as people name them: by their codes.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::{Places, Store};
use crate::entities::{city, ward};

/// The most places that a key or a token may be limited to.
pub const MAX_PLACES: usize = 200;

/// Why there are no such places.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// No city has this code.
    #[error("there is no city with the code \"{0}\"")]
    City(String),
    /// No ward has this code.
    #[error("there is no ward with the code \"{0}\"")]
    Ward(String),
    /// More than [`MAX_PLACES`].
    #[error("there are {0} places, and at most {MAX_PLACES} are allowed")]
    TooMany(usize),
    /// The database's own.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Places {
    /// The cities and wards with these codes.
    ///
    /// # Errors
    /// [`PlaceError`]; a code that nothing has is never left out.
    pub async fn with_codes(store: &Store, cities: &[String], wards: &[String]) -> Result<Self, PlaceError> {
        let named = cities.len() + wards.len();
        if named > MAX_PLACES {
            return Err(PlaceError::TooMany(named));
        }
        Ok(Self {
            cities: ids::<city::Entity>(store, [city::Column::Id, city::Column::Code], cities, PlaceError::City)
                .await?,
            wards: ids::<ward::Entity>(store, [ward::Column::Id, ward::Column::Code], wards, PlaceError::Ward).await?,
        })
    }
}

/// The ids of the rows with these codes, in ascending order.
async fn ids<E: EntityTrait>(
    store: &Store,
    [id, code]: [E::Column; 2],
    codes: &[String],
    missing: fn(String) -> PlaceError,
) -> Result<Vec<i64>, PlaceError> {
    // Codes are digits. What else PostgreSQL may not even take as a text is the code of nothing.
    let is_code = |code: &&String| code.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(other) = codes.iter().find(|code| !is_code(code)) {
        return Err(missing(other.clone()));
    }
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let query = E::find().select_only().column(id).column(code).filter(code.is_in(codes));
    let found: Vec<(i64, String)> = query.into_tuple().all(store.reader()).await?;
    if let Some(unknown) = codes.iter().find(|code| found.iter().all(|(_, other)| other != *code)) {
        return Err(missing(unknown.clone()));
    }
    let mut ids: Vec<i64> = found.into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    Ok(ids)
}
