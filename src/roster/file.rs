//! A file's cells, whatever kind of file it is, within limits that hold before anything is unpacked.

mod package;
mod text;
mod workbook;

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;

/// The most bytes that a file may have.
pub const MAX_BYTES: usize = 32 * 1_048_576;
/// The most bytes that a workbook may have when it is unpacked, which is also the most text that is kept of a file.
pub const MAX_UNPACKED: u64 = 64 * 1_048_576;
/// The most rows that have something in them.
pub const MAX_ROWS: usize = 50_000;
/// Sheets that a workbook may have: several may be the same part of it, which is then read as often.
const MAX_SHEETS: usize = 40;
/// Columns that are looked at.
const MAX_COLUMNS: u32 = 64;
/// Characters that are kept of a cell: more than any value has, so that one that is too long is known as such.
pub(super) const MAX_TEXT: usize = 500;

/// Why a file is not read at all, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// It has more than [`MAX_BYTES`].
    #[error("The file has {0} bytes, and at most {MAX_BYTES} are read.")]
    Large(usize),
    /// It unpacks to more than [`MAX_UNPACKED`], or says so.
    #[error("The workbook unpacks to more than {MAX_UNPACKED} bytes, which no roster needs.")]
    Unpacks,
    /// It is made of more parts than a workbook has.
    #[error("The workbook has {actual} parts, and at most {max} are read.")]
    Parts {
        /// The most.
        max: usize,
        /// How many it has.
        actual: usize,
    },
    /// It has more than [`MAX_ROWS`].
    #[error("The file has more than {MAX_ROWS} rows. Divide it, for instance by wards.")]
    Rows,
    /// It has more than [`MAX_SHEETS`].
    #[error("The workbook has {0} sheets, and at most {MAX_SHEETS} are read.")]
    Sheets(usize),
    /// It cannot be read to its end.
    #[error("The file is damaged: {0} Open it in Excel, save it anew as .xlsx and try again.")]
    Damaged(&'static str),
    /// A workbook with programs in it.
    #[error("The workbook has macros, which are not taken. Save it as .xlsx (Excel Workbook) without them.")]
    Macros,
    /// A workbook that a password protects.
    #[error("The workbook is protected by a password. Save it without one.")]
    Password,
    /// Another kind of file; the text says which.
    #[error("The file is {0}, and only .xlsx and .csv are read. Save it as .xlsx (Excel Workbook).")]
    Kind(&'static str),
    /// Bytes that are no text.
    #[error("The text of the file is not UTF-8. Save it as \"CSV UTF-8\", or as .xlsx.")]
    Encoding,
    /// No row has headings of a roster.
    #[error(
        "No sheet has the headings of a roster, such as \"Họ và tên\", \"Mã tổ\" and \"Ngày sinh\": {0}. `antq template roster` makes a file that has them."
    )]
    NoTable(String),
}

/// A cell's content.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Text, cut at [`MAX_TEXT`].
    Text(String),
    /// A number that is shown as one.
    Number(f64),
    /// A number that is shown as a day.
    Date(NaiveDate),
    /// A formula, with the equals sign.
    Formula(String),
    /// An error of Excel, such as `#REF!`, or a kind of value that no column has.
    Other(String),
}

/// The cells of a sheet.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its place among the sheets of the file.
    pub(super) number: usize,
    /// Its name; that of the file if it has none.
    pub(super) name: Arc<str>,
    /// Whether nobody sees it.
    pub(super) hidden: bool,
    /// The rows that have something in them, by their index, and in each the cells by that of their column.
    pub(super) rows: BTreeMap<u32, Vec<(u32, Cell)>>,
    /// Merged cells: the first and the last, by row and column.
    pub(super) merged: Vec<((u32, u32), (u32, u32))>,
}

/// What has been kept so far, and may be.
#[derive(Debug, Default)]
struct Kept {
    rows: usize,
    bytes: u64,
}

impl Sheet {
    fn new(number: usize, name: &str) -> Self {
        Self { number, name: name.into(), hidden: false, rows: BTreeMap::new(), merged: Vec::new() }
    }

    /// Keeps a cell that has something in it.
    fn keep(&mut self, kept: &mut Kept, (row, column): (u32, u32), cell: Cell) -> Result<(), FileError> {
        if column >= MAX_COLUMNS {
            return Ok(());
        }
        let text = match &cell {
            Cell::Text(text) | Cell::Formula(text) | Cell::Other(text) => text.len(),
            Cell::Number(_) | Cell::Date(_) => 0,
        };
        kept.bytes += (text + size_of::<(u32, Cell)>()) as u64;
        // What many cells share is one text in the file, and one for each here.
        if kept.bytes > 4 * MAX_UNPACKED {
            return Err(FileError::Unpacks);
        }
        let cells = self.rows.entry(row).or_insert_with(|| {
            kept.rows += 1;
            Vec::new()
        });
        if kept.rows > MAX_ROWS {
            return Err(FileError::Rows);
        }
        cells.push((column, cell));
        Ok(())
    }
}

/// Text as it is kept; none if it is blank.
fn kept_text(text: &str) -> Option<Cell> {
    let text = text.trim();
    let end = text.char_indices().nth(MAX_TEXT + 1).map_or(text.len(), |(end, _)| end);
    (!text.is_empty()).then(|| Cell::Text(text[..end].to_owned()))
}

/// Reads the sheets of a workbook, or the one that a CSV file is.
///
/// # Errors
/// A file of another kind, one that is damaged, and one that is larger than it may be.
pub(super) fn sheets(name: &str, bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    /// What the files begin with that Excel wrote until 2003, and those that a password protects.
    const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    match bytes {
        [] => Err(FileError::Empty),
        bytes if bytes.len() > MAX_BYTES => Err(FileError::Large(bytes.len())),
        bytes if bytes.starts_with(COMPOUND) => Err(compound(bytes)),
        bytes if bytes.starts_with(b"PK") => {
            package::check(bytes)?;
            workbook::sheets(bytes)
        }
        bytes if bytes.starts_with(b"%PDF") => Err(FileError::Kind("a PDF")),
        bytes if is_markup(bytes) => Err(FileError::Kind("a web page or XML")),
        _ if name.to_lowercase().ends_with(".xlsx") => Err(FileError::Damaged("It does not begin as a workbook does.")),
        bytes => Ok(vec![text::sheet(name, bytes)?]),
    }
}

/// An encrypted workbook lies in a compound file under this name, in UTF-16.
fn compound(bytes: &[u8]) -> FileError {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    match bytes.windows(name.len()).any(|window| window == name) {
        true => FileError::Password,
        false => FileError::Kind("an old workbook (.xls)"),
    }
}

fn is_markup(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}
