//! The values of one line.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{Line, LinePlace, Roster, table::shown};
use crate::{
    domain::{MemberStatus, people},
    roster::{
        cells::{Written, id_digits, phone_digits, text},
        dates,
        file::{Cell, MAX_TEXT},
        headings::Column,
        problem::{Problem, ProblemCode, nearest},
    },
};

/// The cells of one line, while it is read.
struct Reading<'a> {
    place: LinePlace,
    cells: &'a HashMap<Column, &'a Cell>,
    roster: &'a mut Roster,
}

/// Reads a line, and adds it to the roster unless it has no name.
pub(super) fn read(place: LinePlace, cells: &HashMap<Column, &Cell>, today: NaiveDate, roster: &mut Roster) {
    let mut reading = Reading { place, cells, roster };
    reading.refuse_others();
    let full_name = reading.full_name();
    let gender = reading.one_of(Column::Gender, ProblemCode::Gender);
    let joined_on = reading.day(Column::JoinedOn, ProblemCode::JoinedOn);
    let left_on = reading.day(Column::LeftOn, ProblemCode::LeftOn);
    let status = reading.one_of(Column::Status, ProblemCode::Status);
    let birth_date = reading.birth_date(joined_on, today);
    reading.dates(joined_on, left_on, status, today);
    let line = Line {
        ward: reading.text(Column::Ward, |digits| digits),
        team_code: reading.text(Column::TeamCode, |digits| digits),
        team_name: reading.text(Column::TeamName, |digits| digits),
        locality: reading.text(Column::Locality, |digits| digits),
        full_name: full_name.clone().unwrap_or_default(),
        gender,
        birth_date,
        role: reading.one_of(Column::Role, ProblemCode::Role),
        phone: reading.phone(),
        national_id: reading.national_id(gender, birth_date),
        status: status.or(left_on.map(|_| MemberStatus::Left)),
        joined_on,
        left_on,
        place: Some(reading.place),
    };
    if full_name.is_some() {
        roster.lines.push(line);
    }
}

impl Reading<'_> {
    fn problem(&mut self, code: ProblemCode, column: Column, message: String, suggestion: Option<String>) {
        let at = self.place.row.cell(self.place.columns.get(&column).copied());
        let value = self.cells.get(&column).map(|cell| shown(cell)).unwrap_or_default();
        self.roster.problem(Problem::new(code, at, &value, message).suggesting(suggestion));
    }

    /// A cell that may be read: those that may not have been complained of already.
    fn cell(&self, column: Column) -> Option<&Cell> {
        let cell: &Cell = self.cells.get(&column)?;
        match cell {
            Cell::Formula(_) | Cell::Other(_) => None,
            Cell::Text(text) if text.chars().count() > MAX_TEXT => None,
            _ => Some(cell),
        }
    }

    fn refuse_others(&mut self) {
        for column in Column::ALL.iter().copied() {
            let (code, message) = match self.cells.get(&column) {
                Some(Cell::Formula(_)) => (
                    ProblemCode::Formula,
                    "This cell is a formula. Replace it by its value (Copy, then Paste Special: Values).".to_owned(),
                ),
                Some(Cell::Other(_)) => (ProblemCode::Cell, "This is neither text, a number nor a date.".to_owned()),
                Some(Cell::Text(text)) if text.chars().count() > MAX_TEXT => {
                    (ProblemCode::TooLong, format!("No value has more than {MAX_TEXT} characters."))
                }
                _ => continue,
            };
            self.problem(code, column, message, None);
        }
    }

    fn text(&self, column: Column, fill: impl Fn(String) -> String) -> Option<String> {
        use unicode_normalization::UnicodeNormalization;
        let text = text(self.cell(column)?, fill).nfc().collect::<String>();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn full_name(&mut self) -> Option<String> {
        let Some(cell) = self.cell(Column::FullName) else {
            let is_told =
                self.cells.contains_key(&Column::FullName) || !self.place.columns.contains_key(&Column::FullName);
            if !is_told {
                let message = "The name (họ và tên) is missing. If this row is nobody, remove it.";
                self.problem(ProblemCode::NameMissing, Column::FullName, message.to_owned(), None);
            }
            return None;
        };
        match people::full_name(&text(cell, |digits| digits)) {
            Ok(name) => match people::as_names_are_written(&name) {
                Some(written) => {
                    let message = "The name is in one case; it is taken as it would be written.".to_owned();
                    self.problem(ProblemCode::NameCase, Column::FullName, message, Some(written.clone()));
                    Some(written)
                }
                None => Some(name),
            },
            Err(reason) => {
                self.problem(ProblemCode::Name, Column::FullName, reason.to_string(), None);
                None
            }
        }
    }

    fn one_of<V: Written>(&mut self, column: Column, code: ProblemCode) -> Option<V> {
        let typed = text(self.cell(column)?, |digits| digits);
        let value = V::read(&typed);
        if value.is_none() {
            let titles: Vec<&str> = V::titles().collect();
            let message = format!("\"{}\" is one of {}.", column.title(), titles.join(", "));
            let suggestion = nearest(&typed, titles).map(|title| format!("\"{title}\""));
            self.problem(code, column, message, suggestion);
        }
        value
    }

    fn day(&mut self, column: Column, code: ProblemCode) -> Option<NaiveDate> {
        match dates::day(self.cell(column)?) {
            Ok(day) => Some(day),
            Err(bad) => {
                self.problem(code, column, bad.message, bad.suggestion);
                None
            }
        }
    }

    fn birth_date(&mut self, joined_on: Option<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
        let born = self.day(Column::BirthDate, ProblemCode::BirthDate)?;
        let message = match people::birth_date(born, today) {
            Ok(_) => match joined_on.map(|day| people::joined_on(born, day)) {
                Some(Err(why)) => why,
                Some(Ok(())) | None => return Some(born),
            },
            Err(bad) => bad.to_string(),
        };
        self.problem(ProblemCode::BirthDate, Column::BirthDate, message, None);
        None
    }

    fn dates(
        &mut self,
        joined_on: Option<NaiveDate>,
        left_on: Option<NaiveDate>,
        status: Option<MemberStatus>,
        today: NaiveDate,
    ) {
        let to_come = |day: Option<NaiveDate>| day.is_some_and(|day| day > today);
        for (column, day) in [(Column::JoinedOn, joined_on), (Column::LeftOn, left_on)] {
            if to_come(day) {
                self.problem(ProblemCode::Dates, column, "This day is in the future.".to_owned(), None);
            }
        }
        if let (Some(joined), Some(left)) = (joined_on, left_on)
            && left < joined
        {
            let message = format!("This is before the day of joining (ngày tham gia), {}.", dates::written(joined));
            self.problem(ProblemCode::Dates, Column::LeftOn, message, None);
        }
        if left_on.is_some() && status == Some(MemberStatus::Active) {
            let message = "Whoever has a day of leaving (ngày thôi tham gia) does not serve.".to_owned();
            let left = format!("\"{}\"", MemberStatus::Left.title());
            self.problem(ProblemCode::Dates, Column::Status, message, Some(left));
        }
    }

    fn phone(&mut self) -> Option<String> {
        match people::phone(&text(self.cell(Column::Phone)?, phone_digits)) {
            Ok(phone) => Some(phone),
            Err(bad) => {
                self.problem(ProblemCode::Phone, Column::Phone, bad.to_string(), bad.suggestion().map(str::to_owned));
                None
            }
        }
    }

    fn national_id(&mut self, gender: Option<crate::domain::Gender>, birth_date: Option<NaiveDate>) -> Option<String> {
        match people::national_id(&text(self.cell(Column::NationalId)?, id_digits), gender, birth_date) {
            Ok(number) => Some(number),
            Err(bad) => {
                self.problem(ProblemCode::NationalId, Column::NationalId, bad.to_string(), None);
                None
            }
        }
    }
}
