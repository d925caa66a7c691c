//! Groups of a list's rows: counted, added up, ordered and cut by the database, in one statement for all parents.

mod read;
mod sql;

use super::{
    filter::Predicate,
    order::Step,
    table::{Relation, TableInfo},
};
use crate::domain::Kind;

pub use read::{Group, Groups, GroupsRead};

/// How a list's rows are put into groups, and what is said of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grouping {
    /// What the rows of a group have in common. All rows are one group if there is nothing.
    pub by: Vec<GroupKey>,
    /// What is said of each group, besides the number of its rows.
    pub stats: Vec<Stat>,
    /// What must be true of a group, by the names [`TOTAL`] and [`STATS`].
    pub having: Option<Predicate>,
    /// The order of the groups; what they have in common decides at last.
    pub order: Vec<GroupTerm>,
    /// How many of them, at most.
    pub first: u32,
    /// Whether the groups beyond those are to come as one.
    pub others: bool,
    /// Whether the version of the data is to be told.
    pub version: bool,
}

/// What the rows of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The way from the row to the one that has it.
    pub path: Vec<Step>,
    /// The column.
    pub column: &'static str,
    /// Its kind; of a period, that of its first day.
    pub kind: Kind,
    /// Where the column is a time, the period that it falls into.
    pub period: Option<Period>,
    /// Where it names a row of a table, that table.
    pub names: Option<&'static TableInfo>,
}

/// A period of the calendar, for times so many minutes east of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// How long it is.
    pub unit: Unit,
    /// None for days, which have no zone.
    pub offset: Option<i32>,
}

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// From 1 January.
    Year,
    /// Three months, from 1 January, April, July or October.
    Quarter,
    /// From the first of a month.
    Month,
    /// From a Monday.
    Week,
    /// A day.
    Day,
}

/// Something that is said of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stat {
    /// Of what.
    pub of: Measure,
    /// What.
    pub function: Function,
}

/// What is measured of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The value in a column.
    Column(&'static str, Kind),
    /// The number of rows that a relation leads to.
    Count(&'static Relation, &'static TableInfo),
}

/// What is said of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// How many there are.
    Count,
    /// How many different ones there are.
    CountDistinct,
    /// Their sum; of numbers with a fraction, in millionths.
    Sum,
    /// Their mean; likewise.
    Average,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

/// By what groups are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupTerm {
    /// What it is.
    pub by: GroupBy,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether groups without it come first.
    pub nulls_first: bool,
}

/// What groups are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
    /// The number of their rows.
    Count,
    /// The key with this index: a row's name, or the value.
    Key(usize),
    /// The stat with this index.
    Stat(usize),
}

/// Things that may be said of a group at once.
pub const MAX_STATS: usize = 24;
/// What the rows of a group may have in common.
pub const MAX_KEYS: usize = 4;

/// The names of what is said of a group in a statement.
pub const STATS: [&str; MAX_STATS] = [
    "stat_1", "stat_2", "stat_3", "stat_4", "stat_5", "stat_6", "stat_7", "stat_8", "stat_9", "stat_10", "stat_11",
    "stat_12", "stat_13", "stat_14", "stat_15", "stat_16", "stat_17", "stat_18", "stat_19", "stat_20", "stat_21",
    "stat_22", "stat_23", "stat_24",
];
/// The names of what its rows have in common.
const KEYS: [&str; MAX_KEYS] = ["key_1", "key_2", "key_3", "key_4"];
/// The place of a group among those of its parent, from 1; of those that come as one, the place behind the last.
const PLACE: &str = "place";
/// How many groups the parent has.
const GROUPS: &str = "groups";
/// The sum of the versions of the tables that were read.
const VERSION: &str = "data_version";

impl Stat {
    /// The kind of the value.
    pub fn kind(&self) -> Kind {
        match (self.function, self.of) {
            (Function::Count | Function::CountDistinct | Function::Sum, _) => Kind::Integer,
            (Function::Average, _) => Kind::Number,
            (Function::Least | Function::Greatest, Measure::Column(_, kind)) => kind,
            (Function::Least | Function::Greatest, Measure::Count(..)) => Kind::Integer,
        }
    }
}

impl Grouping {
    /// The tables that it looks into, the rows' own apart.
    fn tables(&self) -> Vec<&'static str> {
        let paths = self.by.iter().flat_map(|key| key.path.iter().map(|step| step.table.name));
        let named = self.by.iter().filter_map(|key| key.names.map(|table| table.name));
        let counted = self.stats.iter().filter_map(|stat| match stat.of {
            Measure::Count(relation, table) => Some(relation.tables().iter().copied().chain([table.name])),
            Measure::Column(..) => None,
        });
        paths.chain(named).chain(counted.flatten()).collect()
    }
}
