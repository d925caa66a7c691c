//! Festivals: how they are told apart and reached.

use super::{Relation, table::table};

table!(festival, key Slug, newest first by HeldOn, texts title, venue);

/// The festivals in a city.
pub const OF_CITY: Relation = Relation::Column("city_id");

/// The festivals of a ward.
pub const OF_WARD: Relation = Relation::Column("ward_id");

/// The festivals held at an organisation.
pub const AT_ORGANISATION: Relation = Relation::Column("venue_organisation_id");

/// The festivals that an organisation hosted.
pub const HOSTED_BY_ORGANISATION: Relation = Relation::pairs("festival_host", "organisation_id", "festival_id");

/// The festivals that a former district hosted.
pub const HOSTED_BY_FORMER_DISTRICT: Relation = Relation::Column("host_former_district_id");

/// The festivals that a source reports.
pub const OF_SOURCE: Relation = Relation::pairs("festival_source", "source_id", "festival_id");

/// The festivals of a data set.
pub const OF_DATASET: Relation = Relation::Column("dataset_id");
