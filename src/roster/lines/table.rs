//! The table of a sheet: where its headings are, and the lines below them.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use super::{LinePlace, Roster, values};
use crate::roster::{
    cells,
    file::{Cell, Sheet},
    headings::{Column, Heading, Headings},
    problem::{At, Problem, ProblemCode},
};

/// Rows that are looked at for headings: titles and dates stand above them.
const LOOKED_AT: usize = 30;
/// Columns of a roster that make a row one of headings.
const LEAST: usize = 3;

/// The table of a sheet.
pub(super) struct Table<'a> {
    sheet: &'a Sheet,
    at: At,
    /// The row of its headings.
    row: u32,
    /// The columns that are read, by their headings.
    columns: Arc<HashMap<Column, u32>>,
    /// Headings that are there twice, with where they are.
    twice: Vec<(Column, u32)>,
    /// Headings that are not known.
    unknown: Vec<(u32, String)>,
}

/// Finds the table of a sheet: below the row with the most headings of a roster.
pub(super) fn find<'a>(sheet: &'a Sheet, headings: &Headings) -> Option<Table<'a>> {
    let rows = sheet.rows.iter().take(LOOKED_AT).map(|(row, cells)| Table::at(sheet, *row, cells, headings));
    // Of equals the first.
    rows.filter(|table| table.columns.len() >= LEAST)
        .reduce(|best, table| if table.columns.len() > best.columns.len() { table } else { best })
}

impl<'a> Table<'a> {
    fn at(sheet: &'a Sheet, row: u32, cells: &[(u32, Cell)], headings: &Headings) -> Self {
        let (mut columns, mut twice, mut unknown) = (HashMap::new(), Vec::new(), Vec::new());
        for (column, cell) in cells {
            let Cell::Text(text) = cell else { continue };
            match headings.read(text) {
                Heading::Of(of) if columns.contains_key(&of) => twice.push((of, *column)),
                Heading::Of(of) => drop(columns.insert(of, *column)),
                Heading::NotRead => {}
                Heading::Unknown => unknown.push((*column, text.clone())),
            }
        }
        let at = At::sheet(sheet.number, &sheet.name);
        Self { sheet, at, row, columns: Arc::new(columns), twice, unknown }
    }

    /// Reads the lines below the headings.
    pub(super) fn read(&self, today: NaiveDate, roster: &mut Roster) {
        self.read_headings(roster);
        self.read_merged(roster);
        for (row, cells) in self.sheet.rows.range(self.row.saturating_add(1)..) {
            let row_at = self.at.row(*row);
            let cell = |column: &u32| cells.iter().find(|(of, _)| of == column).map(|(_, cell)| cell);
            let of_line: HashMap<Column, &Cell> =
                self.columns.iter().filter_map(|(column, at)| Some((*column, cell(at)?))).collect();
            if of_line.is_empty() {
                continue;
            }
            let place = LinePlace { row: row_at, columns: self.columns.clone() };
            values::read(place, &of_line, today, roster);
        }
    }

    fn read_headings(&self, roster: &mut Roster) {
        let row = self.at.row(self.row);
        for (column, at) in &self.twice {
            let first = row.cell(self.columns.get(column).copied());
            let message =
                format!("The column \"{}\" ({}) is there twice: first in {first}.", column.title(), column.english());
            roster.problem(Problem::new(ProblemCode::ColumnTwice, row.cell(Some(*at)), "", message));
        }
        for (at, text) in &self.unknown {
            let nearest = Column::nearest(text).filter(|column| !self.columns.contains_key(column));
            let problem =
                Problem::new(ProblemCode::UnknownColumn, row.cell(Some(*at)), text, "This column is not read.");
            roster.problem(problem.suggesting(nearest.map(|column| format!("\"{}\"", column.title()))));
        }
        let has = |column: &Column| self.columns.contains_key(column);
        if !has(&Column::FullName) {
            roster.problem(missing(&row, &[Column::FullName]));
        }
        let teams = [Column::TeamCode, Column::TeamName, Column::Locality];
        if !teams.iter().any(has) {
            roster.problem(missing(&row, &teams));
        }
    }

    /// Merged cells below the headings hide all values but the first.
    fn read_merged(&self, roster: &mut Roster) {
        let read: Vec<u32> = self.columns.values().copied().collect();
        for ((top, left), (bottom, right)) in &self.sheet.merged {
            if *bottom < self.row || !read.iter().any(|column| (left..=right).contains(&column)) {
                continue;
            }
            let below_table = self.sheet.rows.range(*top..).next().is_none();
            if below_table && *top > self.row {
                continue;
            }
            let first = self.at.row(*top).cell(Some(*left));
            let last = self.at.row(*bottom).cell(Some(*right)).to_string();
            let last = last.rsplit('!').next().unwrap_or_default();
            let message = format!(
                "The cells from here to {last} are merged. Unmerge them, and write the value in each (bỏ gộp ô)."
            );
            roster.problem(Problem::new(ProblemCode::Merged, first, "", message));
        }
    }
}

fn missing(row: &At, columns: &[Column]) -> Problem {
    let names: Vec<String> =
        columns.iter().map(|column| format!("\"{}\" ({})", column.title(), column.english())).collect();
    let what = match columns {
        [_] => format!("The column {} is missing.", names.join("")),
        _ => format!("One of the columns {} must be there.", names.join(", ")),
    };
    Problem::new(ProblemCode::ColumnMissing, row.clone(), "", what)
}

/// The text of a cell, for people.
pub(super) fn shown(cell: &Cell) -> String {
    cells::text(cell, |digits| digits)
}
