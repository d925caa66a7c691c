//! Tables as text, a line a row: CSV and NDJSON.

use std::{
    io::{self, Write},
    sync::Arc,
};

use chrono::SecondsFormat;
use serde_json::Value;

use crate::{
    api::Row,
    domain::{Datum, Number},
};

/// What opens a text so that Excel takes it for UTF-8.
const BOM: &str = "\u{feff}";

/// How rows are written.
#[derive(Clone, Debug)]
pub(super) enum Lines {
    /// Comma-separated, the names in the first line.
    Csv,
    /// As objects with these names, already in quotes.
    Ndjson(Arc<[String]>),
}

impl Lines {
    /// CSV, and the line that it begins with.
    ///
    /// # Errors
    /// None that could be named: what is written to is memory.
    pub(super) fn csv<'a>(names: impl Iterator<Item = &'a str>, bom: bool) -> io::Result<(Self, Vec<u8>)> {
        let mut writer = csv(if bom { BOM.into() } else { Vec::new() });
        writer.write_record(names)?;
        Ok((Self::Csv, written(writer)?))
    }

    /// NDJSON.
    pub(super) fn ndjson<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self::Ndjson(names.map(|name| Value::from(name).to_string()).collect())
    }

    /// Writes rows.
    ///
    /// # Errors
    /// As [`Self::csv`].
    pub(super) fn write(&self, rows: &[Row]) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => {
                let mut writer = csv(Vec::new());
                rows.iter().try_for_each(|row| writer.write_record(row.iter().map(cell)))?;
                written(writer)
            }
            Self::Ndjson(names) => {
                let mut out = Vec::new();
                rows.iter().try_for_each(|row| object(names, row, &mut out))?;
                Ok(out)
            }
        }
    }
}

fn csv(out: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

fn written(writer: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A value in CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front, which it takes for "text"
/// (OWASP, CSV injection); numbers stay what they are.
fn cell(value: &Option<Datum>) -> String {
    match value {
        None => String::new(),
        Some(Datum::Text(text)) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Some(Datum::Text(text)) => text.clone(),
        Some(value) => match json(value) {
            Value::String(text) => text,
            other => other.to_string(),
        },
    }
}

fn object(names: &[String], row: &Row, out: &mut Vec<u8>) -> io::Result<()> {
    for (index, (name, value)) in names.iter().zip(row).enumerate() {
        write!(out, "{}{name}:", if index == 0 { '{' } else { ',' })?;
        serde_json::to_writer(&mut *out, &value.as_ref().map(json))?;
    }
    out.write_all(b"}\n")
}

/// A value as answers in JSON have it.
fn json(value: &Datum) -> Value {
    match value {
        Datum::Number(number) => Number(number.0).to_json().into_json().unwrap_or_default(),
        Datum::Moment(moment) => moment.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        other => other.to_json(),
    }
}
