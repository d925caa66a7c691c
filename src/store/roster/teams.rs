//! Which team a line means.

use std::collections::HashMap;

use super::{
    plan::{NewTeam, PlannedWard, TeamKey, TeamLabel},
    register::{Register, folded},
};
use crate::{
    domain::TeamStatus,
    entities::team,
    roster::{Column, Line, Problem, ProblemCode, nearest},
};

/// What the names of teams begin with, as [`folded`] makes it, the longest first.
const BEGINNINGS: [&str; 5] = ["to bao ve an ninh trat tu ", "to bao ve antt ", "to antt ", "to bao ve ", "to "];

/// The teams that lines may mean.
pub(super) struct Teams<'a> {
    register: &'a Register,
    of_ward: HashMap<i64, Vec<Named<'a>>>,
    /// Teams that would be added.
    pub(super) new: Vec<NewTeam>,
    /// Their places, by the indexes of their wards and their codes in small letters.
    new_by_code: HashMap<(usize, String), usize>,
}

/// A team of the register, with what its names are compared by.
struct Named<'a> {
    team: &'a team::Model,
    name: String,
    locality: String,
}

/// A team's name without what all of them begin with.
fn own_name(text: &str) -> String {
    let name = folded(text);
    let rest = BEGINNINGS.iter().find_map(|beginning| name.strip_prefix(beginning)).map(str::to_owned);
    rest.unwrap_or(name)
}

impl<'a> Teams<'a> {
    pub(super) fn of(register: &'a Register) -> Self {
        let mut of_ward: HashMap<i64, Vec<Named<'a>>> = HashMap::new();
        for team in &register.teams {
            let named = Named { team, name: own_name(&team.name), locality: own_name(&team.locality) };
            of_ward.entry(team.ward_id).or_default().push(named);
        }
        Self { register, of_ward, new: Vec::new(), new_by_code: HashMap::new() }
    }

    /// The team that a line means, perhaps with a warning.
    pub(super) fn find(
        &mut self,
        line: &Line,
        (index, ward): (usize, &PlannedWard),
    ) -> Result<(TeamKey, Option<Problem>), Problem> {
        let found = match (&line.team_code, &line.team_name, &line.locality) {
            (Some(code), name, locality) => match self.by_code(ward.id, code) {
                Some(team) => Ok((team, self.otherwise_called(line, ward.id, team)?)),
                None => match (self.one_by_name(line, Column::TeamCode, ward.id, code)?, name, locality) {
                    (Some(team), ..) => Ok((team, None)),
                    (None, Some(name), Some(locality)) if self.is_new(ward.id, [name, locality]) => {
                        return self.add(line, index, code, name, locality);
                    }
                    (None, ..) => Err(self.unknown_code(line, ward, code)),
                },
            },
            (None, Some(name), _) => self.by_name_only(line, Column::TeamName, ward, name),
            (None, None, Some(locality)) => self.by_name_only(line, Column::Locality, ward, locality),
            (None, None, None) => {
                let message = "It is not said which team (tổ) this is about.";
                Err(Problem::new(ProblemCode::TeamMissing, line.at(Column::TeamCode), "", message))
            }
        };
        let (team, warning) = found?;
        if team.status == TeamStatus::Dissolved {
            let value = team.code.clone();
            let message = format!("The team \"{}\" has been dissolved (đã giải thể).", team.name);
            return Err(Problem::new(ProblemCode::TeamDissolved, line.at(Column::TeamCode), &value, message));
        }
        Ok((TeamKey::Known(team.id), warning))
    }

    /// What people know a team by.
    pub(super) fn label(&self, key: TeamKey) -> TeamLabel {
        match key {
            TeamKey::Known(id) => self.register.label(id),
            TeamKey::New(index) => self.new[index].label.clone(),
        }
    }

    fn of_ward(&self, ward: i64) -> &[Named<'a>] {
        self.of_ward.get(&ward).map_or(&[], Vec::as_slice)
    }

    /// By the code as it is, or by the number that it is: Excel writes 3 for 03.
    fn by_code(&self, ward: i64, code: &str) -> Option<&'a team::Model> {
        let teams = self.of_ward(ward);
        let same = teams.iter().find(|named| named.team.code.eq_ignore_ascii_case(code));
        let number = |text: &str| text.parse::<u32>().ok();
        let equal = || {
            let typed = number(code)?;
            let mut equal = teams.iter().filter(|named| number(&named.team.code) == Some(typed));
            equal.next().filter(|_| equal.next().is_none())
        };
        same.or_else(equal).map(|named| named.team)
    }

    fn by_name(&self, ward: i64, text: &str) -> Vec<&'a team::Model> {
        let typed = own_name(text);
        let is_it = |named: &&Named<'a>| !typed.is_empty() && (named.name == typed || named.locality == typed);
        self.of_ward(ward).iter().filter(is_it).map(|named| named.team).collect()
    }

    /// The only team of a name, if there is one.
    fn one_by_name(
        &self,
        line: &Line,
        column: Column,
        ward: i64,
        name: &str,
    ) -> Result<Option<&'a team::Model>, Problem> {
        match self.by_name(ward, name)[..] {
            [] => Ok(None),
            [team] => Ok(Some(team)),
            [first, second, ..] => {
                let message =
                    format!("The teams {} and {} are both called so. Give the code (mã tổ).", first.code, second.code);
                Err(Problem::new(ProblemCode::TeamAmbiguous, line.at(column), name, message))
            }
        }
    }

    fn by_name_only(
        &self,
        line: &Line,
        column: Column,
        ward: &PlannedWard,
        name: &str,
    ) -> Result<(&'a team::Model, Option<Problem>), Problem> {
        if let Some(team) = self.one_by_name(line, column, ward.id, name)? {
            return Ok((team, None));
        }
        let teams = self.of_ward(ward.id);
        let localities = teams.iter().map(|named| named.team.locality.as_str());
        let names = teams.iter().map(|named| named.team.name.as_str()).chain(localities);
        let suggestion = nearest(name, names).map(|name| format!("\"{name}\""));
        let message = format!("{} has no team (tổ) of this name.", ward.name);
        Err(Problem::new(ProblemCode::TeamUnknown, line.at(column), name, message).suggesting(suggestion))
    }

    fn unknown_code(&self, line: &Line, ward: &PlannedWard, code: &str) -> Problem {
        let teams = self.of_ward(ward.id);
        let codes: Vec<&str> = teams.iter().map(|named| named.team.code.as_str()).collect();
        let range = match (codes.iter().min(), codes.iter().max()) {
            (Some(first), Some(last)) => format!("its teams have the codes {first} to {last}"),
            _ => "it has no teams yet".to_owned(),
        };
        let message = format!(
            "{} has no team (tổ) with this code: {range}. For a new team, give \"Mã tổ\", \"Tên tổ\" and \"Địa bàn\".",
            ward.name
        );
        let by_other = [&line.team_name, &line.locality].into_iter().flatten();
        let by_other = by_other.flat_map(|name| self.by_name(ward.id, name)).next().map(|team| team.code.as_str());
        let suggestion = by_other.or_else(|| nearest(code, codes)).map(|code| format!("\"{code}\""));
        Problem::new(ProblemCode::TeamUnknown, line.at(Column::TeamCode), code, message).suggesting(suggestion)
    }

    /// Whether a line calls the team that its code names otherwise than the register does: by the name of another team, or
    /// by one that no team has.
    fn otherwise_called(&self, line: &Line, ward: i64, team: &team::Model) -> Result<Option<Problem>, Problem> {
        let Some(name) = &line.team_name else { return Ok(None) };
        let called = self.by_name(ward, name);
        if called.iter().any(|other| other.id == team.id) {
            return Ok(None);
        }
        let at = line.at(Column::TeamName);
        let known = format!("the team with the code {} is \"{}\"", team.code, team.name);
        match called.first() {
            Some(other) => {
                let message = format!("This is the name of the team with the code {}, and {known}.", other.code);
                Err(Problem::new(ProblemCode::TeamConflict, at, name, message))
            }
            None => {
                let message = format!("In the register {known}. Its name stays as it is.");
                Ok(Some(Problem::new(ProblemCode::TeamName, at, name, message)))
            }
        }
    }

    /// Whether no team is called so.
    fn is_new(&self, ward: i64, names: [&str; 2]) -> bool {
        names.into_iter().all(|name| self.by_name(ward, name).is_empty())
    }

    /// Plans a team that the register has not, once for all lines that name it.
    fn add(
        &mut self,
        line: &Line,
        index: usize,
        code: &str,
        name: &str,
        locality: &str,
    ) -> Result<(TeamKey, Option<Problem>), Problem> {
        let key = (index, code.to_ascii_lowercase());
        if let Some(place) = self.new_by_code.get(&key).copied() {
            let team = &self.new[place];
            if folded(&team.label.name) != folded(name) || folded(&team.locality) != folded(locality) {
                let message = format!("The new team \"{code}\" is called \"{}\" in {}.", team.label.name, team.at);
                return Err(Problem::new(ProblemCode::TeamConflict, line.at(Column::TeamName), name, message));
            }
            return Ok((TeamKey::New(place), None));
        }
        let label = TeamLabel { code: code.to_owned(), name: name.to_owned() };
        self.new_by_code.insert(key, self.new.len());
        self.new.push(NewTeam { at: line.at(Column::TeamCode), label, locality: locality.to_owned(), ward: index });
        Ok((TeamKey::New(self.new.len() - 1), None))
    }
}
