//! Former districts: how they are told apart and reached.

use super::{Relation, table::table};

table!(former_district, key Code);

/// The districts of a former city.
pub const OF_FORMER_CITY: Relation = Relation::Column("former_city_id");
