//! Sources: how they are told apart and reached.

use super::{Relation, table::table};

table!(source, key Slug, texts publisher, title, author, note);

/// The reports on a festival.
pub const OF_FESTIVAL: Relation = Relation::pairs("festival_source", "festival_id", "source_id");
