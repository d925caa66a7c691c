//! Those of one name, found by what else is known of them and without going through all of them: a file may have
//! thousands in one team.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::{
    matching::Placed,
    plan::TeamKey,
    register::{Known, Register},
};
use crate::roster::Line;

/// The lines of one name in one team, by what tells them apart; of equals the first.
#[derive(Default)]
pub(super) struct SameName<'a> {
    all: ByNumber<'a>,
    /// Those without a date of birth.
    undated: ByNumber<'a>,
    by_birth_date: HashMap<NaiveDate, usize>,
}

/// Lines by their identity numbers.
#[derive(Default)]
struct ByNumber<'a> {
    first: Option<usize>,
    /// The first without one.
    unnumbered: Option<usize>,
    numbered: HashMap<&'a str, usize>,
}

impl<'a> SameName<'a> {
    /// The first line that may be about the same person: born on the same day, or, where that is not said of both, not with
    /// another identity number.
    pub(super) fn first(&self, line: &Line) -> Option<usize> {
        let number = line.national_id.as_deref();
        match line.birth_date {
            Some(born) => earlier(self.by_birth_date.get(&born).copied(), self.undated.first(number)),
            None => self.all.first(number),
        }
    }

    /// Adds a line that stands below all others.
    pub(super) fn add(&mut self, index: usize, line: &'a Line) {
        let number = line.national_id.as_deref();
        self.all.add(index, number);
        match line.birth_date {
            Some(born) => drop(self.by_birth_date.entry(born).or_insert(index)),
            None => self.undated.add(index, number),
        }
    }
}

impl<'a> ByNumber<'a> {
    /// The first that has not another number.
    fn first(&self, number: Option<&str>) -> Option<usize> {
        match number {
            Some(number) => earlier(self.unnumbered, self.numbered.get(number).copied()),
            None => self.first,
        }
    }

    fn add(&mut self, index: usize, number: Option<&'a str>) {
        self.first.get_or_insert(index);
        match number {
            Some(number) => drop(self.numbered.entry(number).or_insert(index)),
            None => drop(self.unnumbered.get_or_insert(index)),
        }
    }
}

fn earlier(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}

/// What members have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Alike<'a> {
    /// The name, folded.
    pub(super) name: &'a str,
    pub(super) place: Place,
    /// The date of birth, which may be unknown; whatever it is, if there is none.
    pub(super) born: Option<Option<NaiveDate>>,
    /// The identity number likewise.
    pub(super) number: Option<Option<&'a str>>,
}

/// Where members are, by the id of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Team(i64),
    Ward(i64),
}

impl<'a> Alike<'a> {
    /// Whatever a member is looked for by.
    fn of(member: &'a Known) -> [Self; 5] {
        let (name, team, ward) = (member.folded.as_str(), Place::Team(member.row.team_id), member.row.ward_id);
        let (born, number) = (Some(member.birth_date), Some(member.national_id.as_deref()));
        let of = |place, born, number| Self { name, place, born, number };
        [
            of(team, None, None),
            of(team, born, None),
            of(team, None, number),
            of(team, born, number),
            of(Place::Ward(ward), born, None),
        ]
    }
}

/// Members who are nobody else's yet: how many they are, and the sum of their indexes, which of a single one is its own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Untaken {
    pub(super) count: usize,
    sum: usize,
}

impl Untaken {
    /// The only one.
    pub(super) fn only(self) -> Option<usize> {
        (self.count == 1).then_some(self.sum)
    }

    /// These and others.
    pub(super) fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum }
    }
}

/// The members whose names are in the file, by what they have in common.
pub(super) struct Namesakes<'a>(HashMap<Alike<'a>, Untaken>);

impl<'a> Namesakes<'a> {
    pub(super) fn of(register: &'a Register, lines: &[Placed<'_>]) -> Self {
        let names: HashSet<(i64, &str)> = lines.iter().map(|placed| (placed.ward, placed.folded.as_str())).collect();
        let is_named = |member: &Known| names.contains(&(member.row.ward_id, member.folded.as_str()));
        let mut all: HashMap<Alike<'_>, Untaken> = HashMap::new();
        for (index, member) in register.members.iter().enumerate().filter(|(_, member)| is_named(member)) {
            for alike in Alike::of(member) {
                let untaken = all.entry(alike).or_default();
                *untaken = untaken.and(Untaken { count: 1, sum: index });
            }
        }
        Self(all)
    }

    /// Those who are so.
    pub(super) fn alike(&self, alike: Alike<'_>) -> Untaken {
        self.0.get(&alike).copied().unwrap_or_default()
    }

    /// Those of the name and the team of a line who are so.
    pub(super) fn in_team(
        &self,
        placed: &Placed<'_>,
        born: Option<Option<NaiveDate>>,
        number: Option<Option<&str>>,
    ) -> Untaken {
        match placed.team {
            TeamKey::Known(team) => self.alike(Alike { name: &placed.folded, place: Place::Team(team), born, number }),
            TeamKey::New(_) => Untaken::default(),
        }
    }

    /// Takes out a member who has been found.
    pub(super) fn take(&mut self, index: usize, member: &'a Known) {
        for alike in Alike::of(member) {
            if let Some(untaken) = self.0.get_mut(&alike) {
                *untaken = Untaken { count: untaken.count - 1, sum: untaken.sum - index };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It is the one that is found by comparing a line with each of those above it.
        #[test]
        fn the_first_is_found(said in proptest::collection::vec((0_u32..4, 0_u32..4), 0..30)) {
            let line = |(born, number): &(u32, u32)| {
                let mut line = Line::default();
                // There is no day 0.
                line.birth_date = NaiveDate::from_ymd_opt(1980, 1, *born);
                line.national_id = (*number > 0).then(|| number.to_string());
                line
            };
            let may_be_one = |one: &Line, other: &Line| match (one.birth_date, other.birth_date) {
                (Some(one), Some(other)) => one == other,
                _ => one.national_id.is_none() || other.national_id.is_none() || one.national_id == other.national_id,
            };
            let lines: Vec<Line> = said.iter().map(line).collect();
            let (mut same_name, mut kept) = (SameName::default(), Vec::new());
            for (index, line) in lines.iter().enumerate() {
                let first = kept.iter().copied().find(|other: &usize| may_be_one(line, &lines[*other]));
                prop_assert_eq!(same_name.first(line), first);
                if first.is_none() {
                    same_name.add(index, line);
                    kept.push(index);
                }
            }
        }
    }
}
