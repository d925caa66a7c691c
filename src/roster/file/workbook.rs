//! The sheets of a workbook, cell by cell.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata};

use super::{Cell, FileError, Kept, MAX_SHEETS, Sheet, kept_text};

/// Reads the sheets that have cells; the package has been checked.
///
/// # Errors
/// What cannot be read to its end, and more than may be kept.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    // The reader takes what Excel writes, and some of what nobody but an attacker does it answers with a panic.
    catch_unwind(AssertUnwindSafe(|| read(bytes))).unwrap_or(Err(FileError::Damaged(BROKEN)))
}

const BROKEN: &str = "A sheet of it cannot be read.";

fn damaged(error: &XlsxError) -> FileError {
    tracing::debug!(%error, "a workbook cannot be read");
    match error {
        XlsxError::Password => FileError::Password,
        _ => FileError::Damaged(BROKEN),
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut kept = Kept::default();
    let mut sheets = Vec::new();
    let listed: Vec<_> = book.sheets_metadata().to_vec();
    if listed.len() > MAX_SHEETS {
        return Err(FileError::Sheets(listed.len()));
    }
    for (number, of) in listed.into_iter().enumerate().filter(|(_, of)| of.typ == SheetType::WorkSheet) {
        let mut sheet = Sheet::new(number, &of.name);
        sheet.hidden = of.visible != SheetVisible::Visible;
        if !sheet.hidden {
            cells(&mut book, &mut sheet, &mut kept)?;
            let merged = book.merge_cells_by_sheet_name(&of.name).map_err(|error| damaged(&error))?;
            sheet.merged = merged.into_iter().map(|area| (area.start, area.end)).collect();
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn cells(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &mut Sheet, kept: &mut Kept) -> Result<(), FileError> {
    let name = sheet.name.clone();
    let mut reader = book.worksheet_cells_reader(&name).map_err(|error| damaged(&error))?;
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(|error| damaged(&error))? {
        let cell = match record.formula {
            Some(formula) => Some(Cell::Formula(formula_text(formula))),
            None => cell(record.value),
        };
        if let Some(cell) = cell {
            sheet.keep(kept, record.pos, cell)?;
        }
    }
    Ok(())
}

/// The beginning of a formula, as its cell shows it when it is opened.
fn formula_text(formula: XlsxFormulaMetadata) -> String {
    const SHOWN: usize = 64;
    let text = match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => formula,
        _ => String::new(),
    };
    format!("={}", text.chars().take(SHOWN).collect::<String>())
}

/// A cell's value; none if there is none.
fn cell(value: DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::String(text) => kept_text(&text),
        DataRef::SharedString(text) => kept_text(text),
        DataRef::Int(number) => number.to_string().parse().ok().map(Cell::Number),
        DataRef::Float(number) => Some(Cell::Number(number)),
        DataRef::DateTime(moment) if moment.is_datetime() => match moment.as_datetime() {
            Some(moment) => Some(Cell::Date(moment.date())),
            None => Some(Cell::Number(moment.as_f64())),
        },
        DataRef::DateTime(duration) => Some(Cell::Number(duration.as_f64())),
        DataRef::DateTimeIso(text) => kept_text(text.split('T').next().unwrap_or_default()),
        DataRef::DurationIso(text) => kept_text(&text),
        DataRef::Bool(value) => Some(Cell::Other(if value { "TRUE" } else { "FALSE" }.to_owned())),
        DataRef::Error(error) => Some(Cell::Other(error.to_string())),
    }
}
