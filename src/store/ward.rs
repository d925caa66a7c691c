//! Wards: how they are told apart and reached.

use super::{Relation, table::table};

table!(ward, key Code, texts name; place);

/// The wards of a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The present wards that a former ward went into.
pub const OF_FORMER_WARD: Relation = Relation::pairs("former_ward_successor", "former_ward_id", "ward_id");

/// The present wards made from wards of a former city or province.
pub const OF_FORMER_CITY: Relation =
    Relation::view("former_city_ward", "former_city_id", "ward_id", &["former_ward", "former_ward_successor"]);

/// The present wards made from wards of a former district.
pub const OF_FORMER_DISTRICT: Relation =
    Relation::view("former_district_ward", "former_district_id", "ward_id", &["former_ward", "former_ward_successor"]);
