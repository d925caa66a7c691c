//! Which member of the register a line is about: by the identity number, by folded name, date of birth and team, by the name
//! within the team where a date of birth is not known, or by name and date of birth in another team of the ward.

use std::collections::HashMap;

use super::{
    namesakes::{Alike, Namesakes, Place, SameName, Untaken},
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
    let mut people: HashMap<(TeamKey, String), SameName<'_>> = HashMap::new();
    let mut numbers: HashMap<&str, At> = HashMap::new();
    for index in 0..lines.len() {
        let Placed { line, team, .. } = lines[index];
        let same_name = people.entry((team, lines[index].folded.clone())).or_default();
        if let Some(other) = same_name.first(line).map(|other| lines[other].line) {
            problems.add(duplicate(line, other));
            lines[index].wrong = true;
        } else {
            same_name.add(index, line);
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
    namesakes: Namesakes<'a>,
    by_number: HashMap<&'a str, usize>,
    taken: Vec<bool>,
}

/// Finds the members that lines are about.
pub(super) fn match_members(register: &Register, lines: &mut [Placed<'_>], problems: &mut Problems) {
    let mut members = Members::of(register, lines);
    members.take(lines, problems, |members, placed| members.by_number(placed));
    members.take(lines, problems, |members, placed| members.by_birth_date(placed));
    members.take(lines, problems, |members, placed| members.by_name_alone(placed));
    members.take(lines, problems, |members, placed| Ok(members.in_another_team(placed)));
    for placed in lines.iter().filter(|placed| placed.member.is_none() && !placed.wrong) {
        members.warn_of_same_name(placed, problems);
    }
}

impl<'a> Members<'a> {
    fn of(register: &'a Register, lines: &[Placed<'_>]) -> Self {
        let mut by_number = HashMap::new();
        for (index, member) in register.members.iter().enumerate() {
            if let Some(number) = &member.national_id {
                by_number.entry(number.as_str()).or_insert(index);
            }
        }
        let taken = vec![false; register.members.len()];
        Self { register, namesakes: Namesakes::of(register, lines), by_number, taken }
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
                    if let Some(index) = member {
                        self.taken[index] = true;
                        self.namesakes.take(index, self.member(index));
                    }
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
        only(self.namesakes.in_team(placed, Some(Some(born)), None), placed)
    }

    fn by_name_alone(&self, placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
        // Whoever has a date of birth is nobody with another one; whoever has none may be anybody.
        let born = placed.line.birth_date.map(|_| None);
        let of = |number| self.namesakes.in_team(placed, born, number);
        let found = match placed.line.national_id.as_deref() {
            Some(number) => of(Some(None)).and(of(Some(Some(number)))),
            None => of(None),
        };
        only(found, placed)
    }

    /// Whoever came from another team of the ward.
    fn in_another_team(&self, placed: &Placed<'_>) -> Option<usize> {
        let (name, place) = (placed.folded.as_str(), Place::Ward(placed.ward));
        let born = Some(Some(placed.line.birth_date?));
        self.namesakes.alike(Alike { name, place, born, number: None }).only()
    }

    fn warn_of_same_name(&self, placed: &Placed<'_>, problems: &mut Problems) {
        if self.namesakes.in_team(placed, None, None).count == 0 {
            return;
        }
        let message = "The team has a member of this name with another date of birth (ngày sinh) or identity number: this one is taken for somebody else.";
        let Line { full_name, .. } = placed.line;
        problems.add(Problem::new(ProblemCode::SameName, placed.line.at(Column::FullName), full_name, message));
    }
}

fn only(found: Untaken, placed: &Placed<'_>) -> Result<Option<usize>, Problem> {
    if found.count > 1 {
        let message = format!(
            "The team has {} members of this name. Give the date of birth (ngày sinh) or the identity number (số định danh cá nhân).",
            found.count
        );
        let Line { full_name, .. } = placed.line;
        return Err(Problem::new(ProblemCode::MemberAmbiguous, placed.line.at(Column::FullName), full_name, message));
    }
    Ok(found.only())
}
