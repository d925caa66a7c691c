//! Teams: how they are told apart and reached.

use super::{Relation, table::table};

table!(team, within WardId key Code, texts name, locality);

/// The teams of a ward.
pub const OF_WARD: Relation = Relation::Column("ward_id");

/// The teams of a city, in all its wards.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The teams on the territory of a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");

/// The teams of a data set.
pub const OF_DATASET: Relation = Relation::Column("dataset_id");
