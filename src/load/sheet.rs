//! Reading a CSV file so that whatever is wrong with it is said by file, line and column.

use std::{collections::HashMap, fmt};

use chrono::NaiveDate;
use sea_orm::{ActiveEnum, Iterable};

use crate::domain::{Date, Number, PartialDate};

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadData {
    /// The file's name.
    pub file: String,
    /// The line, from 1; the heading is line 1. 0 when the whole file is meant.
    pub line: u64,
    /// The column's heading; empty when the whole line is meant.
    pub column: String,
    /// What is wrong, in plain words.
    pub reason: String,
}

impl fmt::Display for BadData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, reason } = self;
        match (line, column.as_str()) {
            (0, _) => write!(f, "{file}: {reason}"),
            (_, "") => write!(f, "{file}, line {line}: {reason}"),
            _ => write!(f, "{file}, line {line}, column \"{column}\": {reason}"),
        }
    }
}

impl std::error::Error for BadData {}

/// A file's rows.
#[derive(Debug)]
pub struct Sheet {
    file: String,
    columns: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl Sheet {
    /// Reads a whole file with just these columns, in any order.
    ///
    /// # Errors
    /// A heading that is missing, unknown or there twice; a line with more or fewer cells; text that is not UTF-8.
    pub fn parse(file: &str, bytes: &[u8], columns: &[&str]) -> Result<Self, BadData> {
        let bad = |line, column: &str, reason: String| BadData {
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            reason,
        };
        let bytes = unix_lines(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let headings = reader.headers().map_err(|error| bad(1, "", cause(&error)))?.clone();
        for (index, heading) in headings.iter().enumerate() {
            if !columns.contains(&heading) {
                return Err(bad(1, heading, format!("unknown column; the file has {}", columns.join(", "))));
            }
            if headings.iter().take(index).any(|other| other == heading) {
                return Err(bad(1, heading, "the column is there twice".to_owned()));
            }
        }
        if let Some(missing) = columns.iter().find(|column| !headings.iter().any(|heading| heading == **column)) {
            return Err(bad(1, missing, "the column is missing".to_owned()));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| bad(line_of(&error), "", cause(&error)))?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != headings.len() {
                return Err(bad(line, "", format!("{} cells, and the heading has {}", record.len(), headings.len())));
            }
            rows.push((line, record));
        }
        Ok(Self { file: file.to_owned(), columns: headings.iter().map(str::to_owned).collect(), rows })
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { sheet: self, line: *line, record })
    }

    /// Turns every row into a record, refusing two with the same key.
    ///
    /// # Errors
    /// The first row that cannot be read, or that repeats a key.
    pub fn read<T, K: std::hash::Hash + Eq>(
        &self,
        key_column: &str,
        key: impl Fn(&T) -> K,
        mut read: impl FnMut(&Row<'_>) -> Result<T, BadData>,
    ) -> Result<Vec<T>, BadData> {
        let mut seen = HashMap::new();
        let mut records = Vec::with_capacity(self.rows.len());
        for row in self.rows() {
            let record = read(&row)?;
            if let Some(first) = seen.insert(key(&record), row.line) {
                return Err(row.bad(key_column, format!("the same as in line {first}")));
            }
            records.push(record);
        }
        Ok(records)
    }
}

/// One row of a [`Sheet`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    sheet: &'a Sheet,
    /// The row's line in the file.
    pub line: u64,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// An error in this row.
    pub fn bad(&self, column: &str, reason: impl Into<String>) -> BadData {
        BadData { file: self.sheet.file.clone(), line: self.line, column: column.to_owned(), reason: reason.into() }
    }

    fn cell(&self, column: &str) -> &str {
        let index = self.sheet.columns.iter().position(|name| name == column);
        index.and_then(|index| self.record.get(index)).unwrap_or_default().trim()
    }

    /// Text, or none when the cell is empty.
    pub fn maybe_text(&self, column: &str) -> Option<String> {
        let cell = self.cell(column);
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    /// Text that must be there.
    ///
    /// # Errors
    /// The cell is empty.
    pub fn text(&self, column: &str) -> Result<String, BadData> {
        self.maybe_text(column).ok_or_else(|| self.bad(column, "empty, and it must not be"))
    }

    /// A code of digits, so that a spreadsheet that ate the leading zeros is noticed.
    ///
    /// # Errors
    /// The cell is not `digits` digits.
    pub fn code(&self, column: &str, digits: usize) -> Result<String, BadData> {
        let code = self.text(column)?;
        if code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(code);
        }
        Err(self.bad(column, format!("\"{code}\" is not a code of {digits} digits")))
    }

    fn maybe<T>(&self, column: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, BadData> {
        match self.cell(column) {
            "" => Ok(None),
            cell => parse(cell).map(Some).ok_or_else(|| self.bad(column, format!("\"{cell}\" is not {what}"))),
        }
    }

    fn needed<T>(&self, column: &str, value: Option<T>) -> Result<T, BadData> {
        value.ok_or_else(|| self.bad(column, "empty, and it must not be"))
    }

    /// A date such as 2025-07-01, or none.
    ///
    /// # Errors
    /// Anything else.
    pub fn maybe_date(&self, column: &str) -> Result<Option<Date>, BadData> {
        self.maybe(column, "a date such as 2025-07-01", |cell| {
            NaiveDate::parse_from_str(cell, "%Y-%m-%d").ok().map(Date)
        })
    }

    /// A date that must be there.
    ///
    /// # Errors
    /// The cell is empty or is no date.
    pub fn date(&self, column: &str) -> Result<Date, BadData> {
        self.needed(column, self.maybe_date(column)?)
    }

    /// A year, a month or a day, or none.
    ///
    /// # Errors
    /// Anything else.
    pub fn maybe_partial_date(&self, column: &str) -> Result<Option<PartialDate>, BadData> {
        self.maybe(column, "2025, 2025-07 or 2025-07-28", PartialDate::parse)
    }

    /// A number, or none.
    ///
    /// # Errors
    /// Anything else, and what is not finite.
    pub fn maybe_number(&self, column: &str) -> Result<Option<Number>, BadData> {
        self.maybe(column, "a number", |cell| cell.parse().ok().filter(|number: &f64| number.is_finite()).map(Number))
    }

    /// A number that must be there.
    ///
    /// # Errors
    /// The cell is empty or is no number.
    pub fn number(&self, column: &str) -> Result<Number, BadData> {
        self.needed(column, self.maybe_number(column)?)
    }

    /// A whole number from `least` up, or none.
    ///
    /// # Errors
    /// Anything else.
    pub fn maybe_whole(&self, column: &str, least: i32) -> Result<Option<i32>, BadData> {
        let what = format!("a whole number from {least} up");
        self.maybe(column, &what, |cell| cell.parse().ok().filter(|number| *number >= least))
    }

    /// A whole number from `least` up that must be there.
    ///
    /// # Errors
    /// The cell is empty or is no such number.
    pub fn whole(&self, column: &str, least: i32) -> Result<i32, BadData> {
        self.needed(column, self.maybe_whole(column, least)?)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// Anything else.
    pub fn flag(&self, column: &str) -> Result<bool, BadData> {
        self.needed(column, self.maybe(column, "true or false", |cell| cell.parse().ok())?)
    }

    /// A value of a closed list, or none.
    ///
    /// # Errors
    /// A value that is not in the list.
    pub fn maybe_kind<K: ActiveEnum<Value = String> + Iterable>(&self, column: &str) -> Result<Option<K>, BadData> {
        let values: Vec<String> = K::iter().map(|kind| kind.to_value()).collect();
        let what = format!("one of {}", values.join(", "));
        self.maybe(column, &what, |cell| K::try_from_value(&cell.to_owned()).ok())
    }

    /// A value of a closed list that must be there.
    ///
    /// # Errors
    /// The cell is empty or is not in the list.
    pub fn kind<K: ActiveEnum<Value = String> + Iterable>(&self, column: &str) -> Result<K, BadData> {
        self.needed(column, self.maybe_kind(column)?)
    }

    /// The row that a key names, or none when the cell is empty.
    ///
    /// # Errors
    /// A key that nothing has.
    pub fn maybe_refers(&self, column: &str, ids: &Ids) -> Result<Option<i64>, BadData> {
        self.maybe(column, &format!("in {}", ids.file), |cell| ids.of_key.get(cell).copied())
    }

    /// The row that a key names.
    ///
    /// # Errors
    /// The cell is empty, or nothing has its key.
    pub fn refers(&self, column: &str, ids: &Ids) -> Result<i64, BadData> {
        self.needed(column, self.maybe_refers(column, ids)?)
    }

    /// The rows that keys, separated by spaces, name; none for an empty cell.
    ///
    /// # Errors
    /// A key that nothing has, or that is there twice.
    pub fn refers_to_several(&self, column: &str, ids: &Ids) -> Result<Vec<i64>, BadData> {
        let mut found = Vec::new();
        for key in self.cell(column).split_whitespace() {
            let id =
                ids.of_key.get(key).ok_or_else(|| self.bad(column, format!("\"{key}\" is not in {}", ids.file)))?;
            if found.contains(id) {
                return Err(self.bad(column, format!("\"{key}\" is there twice")));
            }
            found.push(*id);
        }
        Ok(found)
    }
}

/// The ids of the rows of a file, by their keys.
#[derive(Debug)]
pub struct Ids {
    /// The file that has the keys.
    pub file: &'static str,
    /// The ids.
    pub of_key: HashMap<String, i64>,
}

/// With `\n` at the end of lines: the reader counts `\r\n` one line too late.
fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            lines.push(*byte);
        }
    }
    lines
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

fn cause(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".to_owned(),
        other => format!("the file cannot be read as CSV: {other:?}"),
    }
}
