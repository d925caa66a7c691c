//! Organisations: how they are told apart and reached.

use super::{Relation, table::table};

table!(organisation, key Slug, texts name);

/// The organisations of a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The organisations of a ward.
pub const OF_WARD: Relation = Relation::Column("ward_id");

/// The hosts of a festival.
pub const HOSTS_OF_FESTIVAL: Relation = Relation::pairs("festival_host", "festival_id", "organisation_id");
