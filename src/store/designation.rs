//! Titles held: how they are told apart and reached.

use super::{Relation, table::table};

table!(designation, texts title, note);

/// The titles of a ward, with those of the former wards that it was made from.
pub const OF_WARD: Relation =
    Relation::view("ward_designation", "ward_id", "designation_id", &["former_ward_successor"]);

/// The titles of a former ward.
pub const OF_FORMER_WARD: Relation = Relation::Column("former_ward_id");

/// The titles of an organisation.
pub const OF_ORGANISATION: Relation = Relation::Column("organisation_id");

/// The titles that an organisation awarded.
pub const AWARDED_BY: Relation = Relation::Column("awarded_by_id");

/// The titles that a source reports.
pub const OF_SOURCE: Relation = Relation::Column("source_id");
