//! Former wards: how they are told apart and reached.

use super::{Relation, table::table};

table!(former_ward, key Code, texts name; place);

/// The wards of a former district.
pub const OF_FORMER_DISTRICT: Relation = Relation::Column("former_district_id");

/// The wards of a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");

/// The former wards that a ward was made from.
pub const OF_WARD: Relation = Relation::pairs("former_ward_successor", "ward_id", "former_ward_id");
