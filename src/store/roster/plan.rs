//! A plan: what a roster would do to the register.

use std::fmt;

use crate::{
    domain::{MemberRole, MemberStatus},
    roster::{At, Column, Line, Problems},
};

/// What a roster would add, change and retire, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of the file.
    pub file: String,
    /// The wards that it is about, in the order of their codes.
    pub wards: Vec<PlannedWard>,
    /// Teams that would be added.
    pub teams: Vec<NewTeam>,
    /// Members that would be added, in the order of the file.
    pub added: Vec<Added>,
    /// Members that would be changed, in the order of the file.
    pub changed: Vec<Changed>,
    /// How many members are as the file says.
    pub unchanged: usize,
    /// Members who serve in a team of the file, and are not in it.
    pub absent: Vec<Absent>,
    /// Whether those would be retired.
    pub retires: bool,
    /// What is wrong.
    pub problems: Problems,
    /// The names of sheets that were not read.
    pub not_read: Vec<String>,
    /// Names this plan: another file, other options or another state of the register make another one.
    pub token: String,
    /// The data set of what is added, if one was named.
    pub(super) dataset: Option<String>,
    /// The state of the register in these wards when the plan was made.
    pub(super) fingerprint: [u8; 32],
}

/// A ward that a roster is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedWard {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The id of its row.
    pub(crate) id: i64,
    pub(super) city_id: i64,
}

/// A team, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TeamLabel {
    /// Its code, unique in its ward.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for TeamLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code, self.name)
    }
}

/// Which team: one of the register by its id, or one of [`Plan::teams`] by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum TeamKey {
    /// One of the register.
    Known(i64),
    /// One that would be added.
    New(usize),
}

/// A team that would be added.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// Where it is named first.
    pub at: At,
    /// Code and name.
    pub label: TeamLabel,
    /// Its hamlet or quarter.
    pub locality: String,
    /// Its ward, as one of [`Plan::wards`].
    pub(super) ward: usize,
}

/// A member that would be added.
#[derive(Clone, Debug)]
pub struct Added {
    /// The team.
    pub team: TeamLabel,
    /// What the file says.
    pub line: Line,
    pub(super) key: TeamKey,
}

/// A member that would be changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The id of the member's row.
    pub(crate) member: i64,
    /// The name as it was.
    pub full_name: String,
    /// The team.
    pub team: TeamLabel,
    /// What the file says.
    pub line: Line,
    /// What would be another.
    pub changes: Vec<Change>,
    pub(super) key: TeamKey,
    /// Whether the member leads a team now.
    pub(super) led: bool,
}

/// A value that would be another. Of personal data both values are personal data, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which value; [`Column::TeamCode`] if it is the team.
    pub column: Column,
    /// What it is.
    pub from: Option<String>,
    /// What it would be.
    pub to: Option<String>,
}

/// A member who serves, and is not in the file.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The id of the member's row.
    pub(crate) member: i64,
    /// The name.
    pub full_name: String,
    /// The team.
    pub team: TeamLabel,
    /// Whether the member leads it.
    pub(super) led: bool,
}

impl Changed {
    /// Whether the team is another one, or the member leads it no longer.
    pub(super) fn steps_down(&self) -> bool {
        self.led && (self.moves() || !self.leads())
    }

    /// Whether the team is another one.
    pub(super) fn moves(&self) -> bool {
        self.changes.iter().any(|change| change.column == Column::TeamCode)
    }

    /// Whether whoever led a team leads one afterwards.
    pub(super) fn leads(&self) -> bool {
        let leader = self.line.role.is_none_or(|role| role == MemberRole::Leader);
        leader && self.line.status.is_none_or(|status| status == MemberStatus::Active)
    }
}

impl Plan {
    /// How many members would be retired.
    pub fn retired(&self) -> usize {
        if self.retires { self.absent.len() } else { 0 }
    }

    /// Whether it would write nothing.
    pub fn is_empty(&self) -> bool {
        self.teams.is_empty() && self.added.is_empty() && self.changed.is_empty() && self.retired() == 0
    }
}
