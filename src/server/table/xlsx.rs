//! Tables as workbooks: dates are dates, numbers are numbers, codes are text.

use std::{
    fs::File,
    io::{Seek, SeekFrom},
};

use chrono::Datelike;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::{api::Row, domain::Datum, error::Error};

/// Rows of a sheet, below that of the names.
pub(super) const MAX_ROWS: u32 = 1_048_575;
/// Characters of a cell.
pub(in crate::server) const MAX_TEXT: usize = 32_767;
/// Excel's days begin here; its calendar is wrong before.
const FIRST_YEAR: i32 = 1901;

/// A workbook with one sheet, which is written to a file without a name as it comes: it is gone when it is dropped.
pub(super) struct Sheet {
    workbook: Workbook,
    /// Rows that were written, that of the names included.
    rows: u32,
    /// How many characters each column is wide.
    widths: Vec<usize>,
    day: Format,
    moment: Format,
}

impl Sheet {
    /// An empty sheet with these names in the first row.
    ///
    /// # Errors
    /// There is no room for files.
    pub(super) fn new(title: &str, names: &[String]) -> Result<Self, Error> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        // A few names are Excel's own; then it is the first sheet.
        let _ = sheet.set_name(title.chars().take(31).collect::<String>());
        let bold = Format::new().set_bold();
        for (column, name) in (0..).zip(names) {
            sheet.write_string_with_format(0, column, name, &bold).map_err(failed)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        Ok(Self {
            workbook,
            rows: 1,
            // The button of the filter takes some room.
            widths: names.iter().map(|name| name.chars().count() + 3).collect(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`Error::Limit`] for a text that no cell can hold; there is no room for files.
    pub(super) fn add(&mut self, rows: &[Row]) -> Result<(), Error> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        for row in rows {
            for (column, value) in row.iter().enumerate() {
                let Some(value) = value else { continue };
                let place = (self.rows, u16::try_from(column).map_err(Error::internal)?);
                let width = write(sheet, place, value, &self.day, &self.moment)?;
                self.widths[column] = self.widths[column].max(width);
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// The whole file, to be read from its beginning, and its length.
    ///
    /// # Errors
    /// There is no room for files.
    pub(super) fn finish(mut self) -> Result<(File, u64), Error> {
        const WIDEST: usize = 60;
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        let last = u16::try_from(self.widths.len()).map_err(Error::internal)?.saturating_sub(1);
        sheet.autofilter(0, 0, self.rows - 1, last).map_err(failed)?;
        for (column, width) in (0..).zip(&self.widths) {
            let width = u32::try_from(*width.min(&WIDEST)).map_err(Error::internal)?;
            sheet.set_column_width(column, width).map_err(failed)?;
        }
        let mut file = tempfile::tempfile().map_err(Error::internal)?;
        self.workbook.save_to_writer(std::io::BufWriter::new(&file)).map_err(failed)?;
        let length = file.stream_position().map_err(Error::internal)?;
        file.seek(SeekFrom::Start(0)).map_err(Error::internal)?;
        Ok((file, length))
    }
}

/// Writes a value to its cell; how wide it is.
fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Datum,
    day: &Format,
    moment: &Format,
) -> Result<usize, Error> {
    let usual = |date: &dyn Fn() -> i32| date() >= FIRST_YEAR;
    let (written, width) = match value {
        Datum::Boolean(value) => (sheet.write_boolean(row, column, *value), 6),
        #[expect(clippy::cast_precision_loss, reason = "Excel has no other numbers")]
        Datum::Integer(number) => (sheet.write_number(row, column, *number as f64), 8),
        Datum::Number(number) => (sheet.write_number(row, column, number.0), 10),
        Datum::Date(date) if usual(&|| date.year()) => (sheet.write_date_with_format(row, column, date, day), 11),
        Datum::Date(date) => (sheet.write_string(row, column, date.to_string()), 11),
        Datum::Moment(time) if usual(&|| time.year()) => {
            (sheet.write_datetime_with_format(row, column, time.naive_utc(), moment), 19)
        }
        Datum::Moment(time) => (sheet.write_string(row, column, time.to_rfc3339()), 19),
        Datum::Text(text) => {
            // Excel counts as UTF-16 does.
            let length = text.encode_utf16().count();
            if length > MAX_TEXT {
                return Err(Error::Limit {
                    name: "cellCharacters",
                    what: "characters in a cell of XLSX",
                    max: MAX_TEXT,
                    actual: length,
                });
            }
            (sheet.write_string(row, column, text), length)
        }
    };
    written.map(|_| width).map_err(failed)
}

fn failed(error: XlsxError) -> Error {
    Error::internal(error)
}
