//! Members: how they are told apart and reached.

use super::{Relation, table::table};

table!(member);

/// The members of a team.
pub const OF_TEAM: Relation = Relation::Column("team_id");

/// The members of all teams of a ward.
pub const OF_WARD: Relation = Relation::pairs("ward_member", "ward_id", "member_id");

/// The members of all teams of a city.
pub const OF_CITY: Relation = Relation::pairs("city_member", "city_id", "member_id");

/// The members of all teams on the territory of a former city.
pub const OF_FORMER_CITY: Relation = Relation::pairs("former_city_member", "former_city_id", "member_id");

/// The members of a data set.
pub const OF_DATASET: Relation = Relation::Column("dataset_id");
