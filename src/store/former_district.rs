//! Former districts: how they are told apart and reached.

use super::{Relation, table::table};

table!(former_district, key Code, texts name; place);

/// The districts of a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");

/// The former districts that the former wards of a ward belonged to.
pub const OF_WARD: Relation =
    Relation::view("former_district_ward", "ward_id", "former_district_id", &["former_ward", "former_ward_successor"]);
