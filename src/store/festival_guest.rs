//! Guests of festivals: how they are told apart and reached.

use super::{Relation, table::table};

table!(festival_guest, texts name, title);

/// The guests of a festival.
pub const OF_FESTIVAL: Relation = Relation::Column("festival_id");

/// The guests that a source names.
pub const OF_SOURCE: Relation = Relation::Column("source_id");
