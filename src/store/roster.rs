//! Rosters in the register: what one would add, change and retire there, as a plan with every problem, and the writing of
//! exactly that plan, in one transaction or not at all.

mod changes;
mod commit;
mod fingerprint;
mod leaders;
mod matching;
mod namesakes;
mod plan;
mod planning;
mod register;
mod teams;
mod wards;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

pub use commit::{Committed, commit};
pub use plan::{Absent, Added, Change, Changed, NewTeam, Plan, PlannedWard, TeamLabel};
pub use planning::plan;

use super::{Places, Store};
use crate::{domain::TeamStatus, entities::team, error::shown, roster::TeamChoice, secrets::SecretError};

/// The data set that new teams belong to, unless another one is named.
pub const DATASET: &str = "roster";

/// How a roster is to be taken.
#[derive(Clone, Debug, Default)]
pub struct RosterOptions {
    /// The code or name of the only ward that it is about. Lines that name no ward are about it.
    pub ward: Option<String>,
    /// The only places whose teams may be written; all if there are none.
    pub within: Option<Places>,
    /// Whether members who serve in a team of the roster, and are not in it, have left.
    pub retire_missing: bool,
    /// Whether members are found by their names alone: no personal data of the register are opened, and the roster must have none.
    pub by_names_alone: bool,
    /// The slug of the data set that what is added belongs to. Without one, members belong to that of their team, and new
    /// teams to [`DATASET`].
    pub dataset: Option<String>,
}

/// Why there is no plan, or why it was not written. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The only ward that it is said to be about is none, or may be several.
    #[error("{0}")]
    Ward(String),
    /// The name of a data set is none.
    #[error("\"{0}\" is no name of a data set: it has 1 to 64 small letters, digits and hyphens.")]
    Dataset(String),
    /// There are problems to be solved first.
    #[error("There are {0} problems to be solved first.")]
    Problems(usize),
    /// The register is not as it was when the plan was made.
    #[error("The register has changed since the plan was made. Make a new one.")]
    Moved,
    /// Personal data cannot be sealed or opened.
    #[error("Personal data cannot be read or written: {0}.")]
    Secret(#[from] SecretError),
    /// The database failed.
    #[error("The database failed: {0}")]
    Database(#[from] DbErr),
}

impl RosterError {
    fn dataset(slug: &str) -> Self {
        Self::Dataset(shown(slug))
    }
}

/// The teams at work in a ward, which is given by its code or name, in the order of their codes.
///
/// # Errors
/// A ward that is none, or may be several; the database's own.
pub async fn teams_of_ward(store: &Store, ward: &str) -> Result<Vec<TeamChoice>, RosterError> {
    let mut wards = wards::Wards::read(store).await?;
    let id = planning::expected(&mut wards, Some(ward))?.map(|ward| wards.all[ward].id);
    let teams = team::Entity::find()
        .filter(team::Column::WardId.eq(id))
        .filter(team::Column::Status.eq(TeamStatus::Active))
        .order_by_asc(team::Column::Code)
        .all(store.reader())
        .await?;
    let choice = |team: team::Model| TeamChoice { code: team.code, name: team.name, locality: team.locality };
    Ok(teams.into_iter().map(choice).collect())
}
