//! Rows as the database sent them, written to an answer without being made into anything first.

use std::{borrow::Cow, io::Write, ops::Range};

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use sea_orm::{
    QueryResult,
    sqlx::{Row, ValueRef, postgres::PgRow},
};

use crate::{
    domain::{DateTime, Datum, Kind, Number, Ordered},
    error::Error,
};

/// Rows of values, each found by its row and its place in it.
#[derive(Debug)]
pub enum Cells {
    /// As PostgreSQL sends them, in binary.
    Postgres(Vec<QueryResult>),
    /// As SQLite packs them.
    Sqlite(Packed),
}

/// Rows in one text: a JSON array of arrays of texts, numbers and nulls.
#[derive(Debug, Default)]
pub struct Packed {
    text: String,
    /// Where each value stands in it, row after row.
    values: Vec<Range<u32>>,
    /// How many a row has.
    width: usize,
}

impl Packed {
    /// Finds the values in what SQLite packed; `None` when it is no such array.
    pub(super) fn parse(text: String) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut values, mut width, mut at) = (Vec::new(), 0, 1);
        while let Some(b'[' | b',') = bytes.get(at) {
            at += usize::from(bytes[at] == b',') + 1;
            let before = values.len();
            while *bytes.get(at)? != b']' {
                at += usize::from(bytes[at] == b',');
                let end = value_end(bytes, at)?;
                values.push(u32::try_from(at).ok()?..u32::try_from(end).ok()?);
                at = end;
            }
            width = values.len() - before;
            at += 1;
        }
        Some(Self { text, values, width })
    }

    fn get(&self, row: usize, column: usize) -> &str {
        let place = &self.values[row * self.width + column];
        &self.text[place.start as usize..place.end as usize]
    }
}

/// Where the value that begins at `at` ends.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return bytes[at..].iter().position(|byte| matches!(byte, b',' | b']')).map(|length| at + length);
    }
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some(end + 1),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

impl Cells {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Postgres(rows) => rows.len(),
            Self::Sqlite(packed) => packed.values.len().checked_div(packed.width).unwrap_or_default(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a value is null.
    pub fn is_null(&self, row: usize, column: usize) -> bool {
        match self {
            Self::Postgres(rows) => bytes(rows, row, column).is_none(),
            Self::Sqlite(packed) => packed.get(row, column) == "null",
        }
    }

    /// A whole number, or none for null.
    pub fn number(&self, row: usize, column: usize) -> Option<i64> {
        match self {
            Self::Postgres(rows) => bytes(rows, row, column).map(integer),
            Self::Sqlite(packed) => packed.get(row, column).parse().ok(),
        }
    }

    /// Whether it is true; not if it is null.
    pub fn is_true(&self, row: usize, column: usize) -> bool {
        match self {
            Self::Postgres(rows) => bytes(rows, row, column) == Some(&[1]),
            Self::Sqlite(packed) => packed.get(row, column) == "1",
        }
    }

    /// A text, or none for null.
    pub fn text(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Postgres(rows) => std::str::from_utf8(bytes(rows, row, column)?).ok().map(Cow::Borrowed),
            Self::Sqlite(packed) => match packed.get(row, column) {
                plain if plain.starts_with('"') && !plain.contains('\\') => {
                    Some(Cow::Borrowed(&plain[1..plain.len() - 1]))
                }
                escaped => serde_json::from_str(escaped).ok().map(Cow::Owned),
            },
        }
    }

    /// A day, or none for null.
    pub fn date(&self, row: usize, column: usize) -> Option<NaiveDate> {
        match self {
            Self::Postgres(rows) => bytes(rows, row, column).and_then(day),
            Self::Sqlite(_) => self.text(row, column)?.parse().ok(),
        }
    }

    /// A value of this kind, or none for null.
    pub fn datum(&self, row: usize, column: usize, kind: Kind) -> Option<Datum> {
        if self.is_null(row, column) {
            return None;
        }
        match kind {
            Kind::Text => self.text(row, column).map(|text| Datum::Text(text.into_owned())),
            Kind::Integer => self.number(row, column).map(Datum::Integer),
            Kind::Boolean => Some(Datum::Boolean(self.is_true(row, column))),
            Kind::Date => self.date(row, column).map(Datum::Date),
            Kind::Moment => self.moment(row, column).map(Datum::Moment),
            Kind::Number => self.fraction(row, column).map(|number| Datum::Number(Ordered(number))),
        }
    }

    fn moment(&self, row: usize, column: usize) -> Option<chrono::DateTime<Utc>> {
        match self {
            Self::Postgres(rows) => moment(bytes(rows, row, column)?),
            Self::Sqlite(_) => self.text(row, column)?.parse().ok(),
        }
    }

    fn fraction(&self, row: usize, column: usize) -> Option<f64> {
        match self {
            Self::Postgres(rows) => Some(f64::from_be_bytes(bytes(rows, row, column)?.try_into().ok()?)),
            Self::Sqlite(_) => self.text(row, column)?.parse().ok(),
        }
    }

    /// Writes a value as answers have it.
    ///
    /// # Errors
    /// A value that is not of its kind.
    pub fn write(&self, row: usize, column: usize, kind: Kind, out: &mut Vec<u8>) -> Result<(), Error> {
        let written = match self {
            Self::Postgres(rows) => match bytes(rows, row, column) {
                Some(bytes) => write_binary(bytes, kind, out),
                None => write_text("null", out),
            },
            Self::Sqlite(packed) => match packed.get(row, column) {
                "null" => write_text("null", out),
                json => write_packed(json, kind, out),
            },
        };
        written.ok_or_else(|| Error::internal(format!("the value of column {column} is no {kind:?}")))
    }
}

/// A value as PostgreSQL sends it, or none for null.
fn bytes(rows: &[QueryResult], row: usize, column: usize) -> Option<&[u8]> {
    let row: &PgRow = rows[row].try_as_pg_row()?;
    row.try_get_raw(column).ok().filter(|value| !value.is_null())?.as_bytes().ok()
}

/// A whole number of 2, 4 or 8 bytes.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte))
}

/// The day on which PostgreSQL's time begins.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

fn day(bytes: &[u8]) -> Option<NaiveDate> {
    let days = integer(bytes);
    let distance = Days::new(days.unsigned_abs());
    if days < 0 { EPOCH.checked_sub_days(distance) } else { EPOCH.checked_add_days(distance) }
}

fn moment(bytes: &[u8]) -> Option<chrono::DateTime<Utc>> {
    let since = TimeDelta::microseconds(integer(bytes));
    EPOCH.and_hms_opt(0, 0, 0)?.and_utc().checked_add_signed(since)
}

fn write_binary(bytes: &[u8], kind: Kind, out: &mut Vec<u8>) -> Option<()> {
    match kind {
        Kind::Text => write_json(std::str::from_utf8(bytes).ok()?, out),
        Kind::Integer => write_json(&integer(bytes), out),
        Kind::Boolean => write_json(&(bytes == [1]), out),
        Kind::Date => write_quoted(day(bytes)?, out),
        Kind::Moment => write_quoted(DateTime(moment(bytes)?), out),
        Kind::Number => write_number(f64::from_be_bytes(bytes.try_into().ok()?), out),
    }
}

/// Between these SQLite's 17 digits of a number are exact. To those beyond it comes by way of 1e±100, and may lose the last.
const EXACT: Range<f64> = 1e-80..1e100;

/// SQLite writes texts, days and whole numbers as answers have them.
fn write_packed(json: &str, kind: Kind, out: &mut Vec<u8>) -> Option<()> {
    match kind {
        Kind::Text | Kind::Integer | Kind::Date => write_text(json, out),
        Kind::Boolean => write_json(&(json == "1"), out),
        Kind::Moment => write_quoted(DateTime(json.trim_matches('"').parse().ok()?), out),
        Kind::Number => {
            let number: f64 = json.trim_matches('"').parse().ok()?;
            if number == 0.0 || EXACT.contains(&number.abs()) { write_number(number, out) } else { None }
        }
    }
}

fn write_number(number: f64, out: &mut Vec<u8>) -> Option<()> {
    write_json(&Number(number).to_json(), out)
}

fn write_json(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) -> Option<()> {
    serde_json::to_writer(out, value).ok()
}

fn write_quoted(value: impl std::fmt::Display, out: &mut Vec<u8>) -> Option<()> {
    write!(out, "\"{value}\"").ok()
}

fn write_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(text.as_bytes());
    Some(())
}
