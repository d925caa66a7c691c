//! Which member of the register a line is about: by the identity number, by folded name, date of birth and team, by the name
//! within the team where a date of birth is not known, or by name and date of birth in another team of the ward.

use std::collections::HashMap;

use super::{
    plan::TeamKey,
    register::{Known, Register, folded},
};
use crate::roster::{At, Column, Line, Problem, ProblemCode, Problems};

/// A line whose ward and team are known.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) line: &'a Line,
    pub(super) ward: i64,
    pub(super) team: TeamKey,
    pub(super) folded: String,
    /// The member that it is about, by index; none if it is somebody new.
    pub(super) member: Option<usize>,
    /// Whether something is wrong with it, so that it is nobody's.
    pub(super) wrong: bool,
}

impl<'a> Placed<'a> {
    pub(super) fn new(line: &'a Line, ward: i64, team: TeamKey) -> Self {
        Self { line, ward, team, folded: folded(&line.full_name), member: None, wrong: false }
    }
}

/// Marks lines that are about the same person, and those with the same identity number.
pub(super) fn refuse_duplicates(lines: &mut [Placed<'_>], problems: &mut Problems) {
    let mut people: HashMap<(TeamKey, String), Vec<usize>> = HashMap::new();
    let mut numbers: HashMap<&str, At> = HashMap::new();
    for index in 0..lines.len() {
        let Placed { line, team, .. } = lines[index];
        let same_name = people.entry((team, lines[index].folded.clone())).or_default();
        let same = same_name.iter().copied().find(|other| may_be_one(line, lines[*other].line));
        if let Some(other) = same.map(|other| lines[other].line) {
            problems.add(duplicate(line, other));
            lines[index].wrong = true;
        } else {
            same_name.push(index);
        }
        if let Some(number) = line.national_id.as_deref() {
            let at = line.at(Column::NationalId);
            if let Some(first) = numbers.get(number).filter(|_| !lines[index].wrong) {
                let message = format!("The same identity number (số định danh cá nhân) is in {first}.");
                problems.add(Problem::new(ProblemCode::Duplicate, at, number, message));
                lines[index].wrong = true;
            } else {
                numbers.entry(number).or_insert(at);
            }
        }
    }
}

fn may_be_one(one: &Line, other: &Line) -> bool {
    match (one.birth_date, other.birth_date) {
        (Some(one), Some(other)) => one == other,
        _ => !differ(&one.national_id, &other.national_id),
    }
}

/// Whether both are known, and not the same.
fn differ(one: &Option<String>, other: &Option<String>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn duplicate(line: &Line, first: &Line) -> Problem {
    let at = first.row();
    let message = match line.birth_date.is_some() && first.birth_date.is_some() {
        true => format!(
            "The same person is in {at}, with the same date of birth (ngày sinh) and team (tổ). Remove one of the rows."
        ),
        false => format!(
            "The same name is in {at}, in the same team (tổ). Give the date of birth (ngày sinh) in both rows, or remove one."
        ),
    };
    Problem::new(ProblemCode::Duplicate, line.at(Column::FullName), &line.full_name, message)
}

/// The members of the register, by what they are found by. Each is found once.
struct Members<'a> {
    register: &'a Register,
    by_name: HashMap<&'a str, Vec<usize>>,
    by_number: HashMap<&'a str, usize>,
    taken: Vec<bool>,
}

/// Finds the members that lines are about.
pub(super) fn match_members(register: &Register, lines: &mut [Placed<'_>], problems: &mut Problems) {
    let mut members = Members::of(register);
    members.take(lines, problems, |members, placed| members.by_number(placed));
    members.take(lines, problems, |members, placed| members.by_birth_date(placed));
    members.take(lines, problems, |members, placed| members.by_name_alone(placed));
    members.take(lines, problems, |members, placed| Ok(members.in_another_team(placed)));
    for placed in lines.iter().filter(|placed| placed.member.is_none() && !placed.wrong) {
        members.warn_of_same_name(placed, problems);
    }
}

impl<'a> Members<'a> {
    fn of(register: &'a Register) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_number = HashMap::new();
        for (index, member) in register.members.iter().enumerate() {
            by_name.entry(member.folded.as_str()).or_default().push(index);
            if let Some(number) = &member.national_id {
                by_number.entry(number.as_str()).or_insert(index);
            }
        }
        Self { register, by_name, by_number, taken: vec![false; register.members.len()] }
    }

    /// Gives the lines that have no member yet those that are found one way.
    fn take(
        &mut self,
        lines: &mut [Placed<'_>],
        problems: &mut Problems,
        find: impl Fn(&Self, &Placed<'_>) -> Result<Option<usize>, Problem>,
    ) {
        for placed in lines.iter_mut().filter(|placed| placed.member.is_none() && !placed.wrong) {
            match find(self, placed) {
                Ok(member) => {
                    member.into_iter().for_each(|member| self.taken[member] = true);
                    placed.member = member;
                }
                Err(problem) => {
                    problems.add(problem);
                    placed.wrong = true;
                }
            }
        }
    }

    fn member(&self, index: usize) -> &'a Known {
        &self.register.members[index]
    }

    /// Members of a name who are nobody else's yet, and for whom something is so.
    fn named(&self, placed: &Placed<'_>, is: impl Fn(&Known) -> bool) -> Vec<usize> {
        let of_name = self.by_name.get(placed.folded.as_str()).map_or(&[][..], Vec::as_slice);
        of_name.iter().copied().filter(|index| !self.taken[*index] && is(self.member(*index))).collect()
    }

    fn is_in(member: &Known, team: TeamKey) -> bool {
        team == TeamKey::Known(member.row.team_id)
    }

    fn by_number(&self, placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
        let Some(number) = placed.line.national_id.as_deref() else { return Ok(None) };
        let Some(index) = self.by_number.get(number).copied() else { return Ok(None) };
        let member = self.member(index);
        if !self.taken[index] && (Self::is_in(member, placed.team) || member.folded == placed.folded) {
            return Ok(Some(index));
        }
        let message = format!(
            "{} of the team {} has this identity number (số định danh cá nhân) in the register.",
            member.row.full_name,
            self.register.label(member.row.team_id)
        );
        Err(Problem::new(ProblemCode::NationalIdTaken, placed.line.at(Column::NationalId), number, message))
    }

    fn by_birth_date(&self, placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
        let Some(born) = placed.line.birth_date else { return Ok(None) };
        let same = self.named(placed, |member| Self::is_in(member, placed.team) && member.birth_date == Some(born));
        only(&same, placed)
    }

    fn by_name_alone(&self, placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
        let born = placed.line.birth_date;
        let unknown = |member: &Known| {
            (born.is_none() || member.birth_date.is_none()) && !differ(&placed.line.national_id, &member.national_id)
        };
        only(&self.named(placed, |member| Self::is_in(member, placed.team) && unknown(member)), placed)
    }

    /// Whoever came from another team of the ward.
    fn in_another_team(&self, placed: &Placed<'_>) -> Option<usize> {
        let born = placed.line.birth_date?;
        let same = |member: &Known| member.row.ward_id == placed.ward && member.birth_date == Some(born);
        match self.named(placed, same)[..] {
            [member] => Some(member),
            _ => None,
        }
    }

    fn warn_of_same_name(&self, placed: &Placed<'_>, problems: &mut Problems) {
        let of_team = self.named(placed, |member| Self::is_in(member, placed.team));
        if of_team.is_empty() {
            return;
        }
        let message = "The team has a member of this name with another date of birth (ngày sinh) or identity number: this one is taken for somebody else.";
        let Line { full_name, .. } = placed.line;
        problems.add(Problem::new(ProblemCode::SameName, placed.line.at(Column::FullName), full_name, message));
    }
}

fn only(members: &[usize], placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
    match members {
        [] => Ok(None),
        [member] => Ok(Some(*member)),
        several => {
            let message = format!(
                "The team has {} members of this name. Give the date of birth (ngày sinh) or the identity number (số định danh cá nhân).",
                several.len()
            );
            let Line { full_name, .. } = placed.line;
            Err(Problem::new(ProblemCode::MemberAmbiguous, placed.line.at(Column::FullName), full_name, message))
        }
    }
}
