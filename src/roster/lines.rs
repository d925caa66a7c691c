//! A roster: its lines, one a person, as its cells say it, and what is wrong with them.

mod table;
mod values;

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use ring::digest;

use super::{
    file::{FileError, Sheet, sheets},
    headings::{Column, Headings},
    problem::{At, Problem, ProblemCode, Problems},
};
use crate::domain::{Gender, MemberRole, MemberStatus};

/// What a file says.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The name of the file.
    pub file: String,
    /// One line a person, in the order of the file. What could not be read of one is missing from it.
    pub lines: Vec<Line>,
    /// What is wrong with it, as far as that is known without the register.
    pub problems: Problems,
    /// The names of sheets that were not read, as they have no headings or are hidden.
    pub not_read: Vec<String>,
    /// A hash of the file's bytes.
    pub digest: [u8; 32],
}

/// What a line says of a person. What is not said is not known, and leaves the register as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The ward, by its code or its name.
    pub ward: Option<String>,
    /// The code of the team, or its name.
    pub team_code: Option<String>,
    /// The name of the team.
    pub team_name: Option<String>,
    /// The hamlet or quarter.
    pub locality: Option<String>,
    /// The name, composed.
    pub full_name: String,
    /// The gender.
    pub gender: Option<Gender>,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The role.
    pub role: Option<MemberRole>,
    /// The telephone number, as it is kept.
    pub phone: Option<String>,
    /// The identity number, as it is kept.
    pub national_id: Option<String>,
    /// Whether the person serves. Whoever has a day of leaving does not.
    pub status: Option<MemberStatus>,
    /// The day of joining.
    pub joined_on: Option<NaiveDate>,
    /// The day of leaving.
    pub left_on: Option<NaiveDate>,
    place: Option<LinePlace>,
}

/// Where a line stands, and in which columns what it says does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LinePlace {
    row: At,
    columns: Arc<HashMap<Column, u32>>,
}

impl Line {
    /// Where a value of the line stands: its cell, or the row if there is no such column.
    pub fn at(&self, column: Column) -> At {
        let of = |place: &LinePlace| place.row.cell(place.columns.get(&column).copied());
        self.place.as_ref().map_or_else(|| At::sheet(0, &"".into()), of)
    }

    /// Where the line stands.
    pub fn row(&self) -> At {
        self.at(Column::FullName).cell(None)
    }
}

/// Reads a roster from the bytes of a file; `today` is what ages are reckoned by.
///
/// # Errors
/// A file that is not read at all. What is wrong with its cells is in [`Roster::problems`].
pub fn read(name: &str, bytes: &[u8], today: NaiveDate) -> Result<Roster, FileError> {
    let sheets = sheets(name, bytes)?;
    let headings = Headings::new();
    let mut roster = Roster {
        file: name.to_owned(),
        lines: Vec::new(),
        problems: Problems::default(),
        not_read: Vec::new(),
        digest: hash(bytes),
    };
    let mut first = None;
    for sheet in &sheets {
        match table::find(sheet, &headings) {
            Some(table) if !sheet.hidden => {
                table.read(today, &mut roster);
                first.get_or_insert(At::sheet(sheet.number, &sheet.name));
            }
            _ => roster.not_read.push(sheet.name.to_string()),
        }
    }
    let Some(first) = first else { return Err(FileError::NoTable(looked_at(&sheets))) };
    if roster.lines.is_empty() && roster.problems.errors() == 0 {
        let message = "There are headings, and no row below them: nobody is in the file.";
        roster.problem(Problem::new(ProblemCode::NoRows, first, "", message));
    }
    Ok(roster)
}

/// What was looked at for headings.
fn looked_at(sheets: &[Sheet]) -> String {
    const SHOWN: usize = 5;
    let names: Vec<String> = sheets.iter().take(SHOWN).map(|sheet| format!("\"{}\"", sheet.name)).collect();
    match names.is_empty() {
        true => "it has no sheets".to_owned(),
        false => format!("it has {}{}", names.join(", "), if sheets.len() > SHOWN { " and others" } else { "" }),
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

impl Roster {
    /// Whether it has a date of birth, a telephone or an identity number of anybody.
    pub fn has_personal(&self) -> bool {
        let is_personal = |line: &Line| line.birth_date.is_some() || line.phone.is_some() || line.national_id.is_some();
        self.lines.iter().any(is_personal)
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.add(problem);
    }
}
