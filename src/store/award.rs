//! Awards: how they are told apart and reached.

use super::{Relation, table::table};

table!(award, texts title, recipient_description);

/// The awards of a festival.
pub const OF_FESTIVAL: Relation = Relation::Column("festival_id");

/// The awards that an organisation gave.
pub const OF_GRANTOR: Relation = Relation::Column("grantor_id");

/// The awards that a team received.
pub const OF_TEAM: Relation = Relation::Column("team_id");

/// The awards that a member received.
pub const OF_MEMBER: Relation = Relation::Column("member_id");

/// The awards that a source reports.
pub const OF_SOURCE: Relation = Relation::Column("source_id");

/// The awards of a data set.
pub const OF_DATASET: Relation = Relation::Column("dataset_id");
