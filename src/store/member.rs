//! Members: how they are told apart and reached.

use super::{Relation, table::table};

table!(member, texts full_name);

/// The members of a team.
pub const OF_TEAM: Relation = Relation::Column("team_id");

/// The members of all teams of a ward.
pub const OF_WARD: Relation = Relation::Column("ward_id");

/// The members of all teams of a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The members of all teams on the territory of a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");

/// The members of a data set.
pub const OF_DATASET: Relation = Relation::Column("dataset_id");
