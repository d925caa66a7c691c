//! Published figures: how they are told apart and reached.

use super::{Relation, table::table};

table!(observation, texts scope);

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

/// Other reports of the same indicator, place and time.
pub const ALTERNATIVES: Relation =
    Relation::view("observation_alternative", "observation_id", "alternative_id", &["observation"]);

/// The figures for a city, and for the former cities that it was made from, that the register counts too.
pub const RECONCILED_FOR_CITY: Relation = Relation::view(
    "city_reconciliation",
    "city_id",
    "observation_id",
    &["observation", "indicator", "former_city_successor"],
);
