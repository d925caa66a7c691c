//! Published figures: how they are told apart and reached.

use super::{Relation, table::table};

table!(observation);

/// The figures reported for an indicator.
pub const OF_INDICATOR: Relation = Relation::Column("indicator_id");

/// The figures of a source.
pub const OF_SOURCE: Relation = Relation::Column("source_id");

/// The figures for a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The figures for a ward.
pub const OF_WARD: Relation = Relation::Column("ward_id");

/// The figures for a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");

/// The figures for a former district.
pub const OF_FORMER_DISTRICT: Relation = Relation::Column("former_district_id");

/// The figures for a former ward.
pub const OF_FORMER_WARD: Relation = Relation::Column("former_ward_id");
