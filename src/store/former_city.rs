//! Former cities and provinces: how they are told apart and reached.

use super::{Relation, table::table};

table!(former_city, key Code, texts name; place);

/// The former cities and provinces that the former wards of a ward belonged to.
pub const OF_WARD: Relation =
    Relation::view("former_city_ward", "ward_id", "former_city_id", &["former_ward", "former_ward_successor"]);

/// The former cities and provinces that a city was made from.
pub const OF_CITY: Relation = Relation::pairs("former_city_successor", "city_id", "former_city_id");
