//! Models of the movement: how they are told apart and reached.

use super::{Relation, table::table};

table!(movement_model, key Slug, texts name);

/// The models of a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The models that an organisation runs.
pub const OF_ORGANISATION: Relation = Relation::Column("organisation_id");

/// The models that an organisation recognised.
pub const RECOGNISED_BY: Relation = Relation::Column("recognised_by_id");

/// The models that a source reports.
pub const OF_SOURCE: Relation = Relation::Column("source_id");
