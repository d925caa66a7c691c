//! Cities and provinces: how they are told apart and reached.

use super::{Relation, table::table};

table!(city, key Code, texts name; place);

/// The present cities that a former city or province went into.
pub const OF_FORMER_CITY: Relation = Relation::pairs("former_city_successor", "former_city_id", "city_id");
