//! A CSV file: divided by semicolons, commas or tabs, in UTF-8, or in UTF-16 with a mark, as Excel saves it.

use super::{FileError, Kept, MAX_COLUMNS, Sheet, kept_text};

/// What divides cells, the likeliest first.
const DELIMITERS: [u8; 3] = [b';', b'\t', b','];
/// Lines that are looked at for what divides their cells.
const LOOKED_AT: usize = 20;

/// Reads the file as the one sheet that it is.
///
/// # Errors
/// What is no text, and more rows than may be.
pub(super) fn sheet(name: &str, bytes: &[u8]) -> Result<Sheet, FileError> {
    let text = decoded(bytes)?;
    // The reader counts other ends of lines otherwise than whoever looks at the file.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let (mut sheet, mut kept) = (Sheet::new(0, name), Kept::default());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| FileError::Encoding)? {
        let row = record.position().map_or(0, |position| row_of(&text, position));
        for (column, cell) in (0..MAX_COLUMNS).zip(record.iter()) {
            if let Some(cell) = kept_text(cell) {
                sheet.keep(&mut kept, (row, column), cell)?;
            }
        }
    }
    Ok(sheet)
}

/// The row of a record. The reader gives the place of the empty lines before it, which it passes over.
fn row_of(text: &str, position: &csv::Position) -> u32 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| **byte == b'\n').count();
    u32::try_from(position.line().saturating_sub(1))
        .unwrap_or(u32::MAX)
        .saturating_add(u32::try_from(empty).unwrap_or(u32::MAX))
}

fn decoded(bytes: &[u8]) -> Result<String, FileError> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    // No text has these.
    text.filter(|text| !text.contains('\0')).ok_or(FileError::Encoding)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|bytes| unit(*bytes));
    rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok()).flatten()
}

/// What is most frequent in the first lines, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.lines().take(LOOKED_AT).flat_map(str::bytes) {
        match DELIMITERS.iter().position(|delimiter| *delimiter == byte) {
            Some(index) if !quoted => counts[index] += 1,
            _ => quoted ^= byte == b'"',
        }
    }
    let most = counts.into_iter().max().unwrap_or_default();
    let index = counts.into_iter().position(|count| count == most).unwrap_or_default();
    DELIMITERS[index]
}

#[cfg(test)]
mod tests {
    use super::{super::Cell, *};

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let sheet = sheet("a.csv", bytes).expect("it is text");
        let text = |(_, cell): (u32, Cell)| match cell {
            Cell::Text(text) => text,
            other => panic!("{other:?} is no text"),
        };
        sheet.rows.into_iter().map(|(row, cells)| (row, cells.into_iter().map(text).collect())).collect()
    }

    #[test]
    fn cells_are_found_whatever_divides_them() {
        let expected =
            vec![(0, vec!["Họ tên".to_owned(), "Tổ".to_owned()]), (2, vec!["A, B".to_owned(), "1".to_owned()])];
        assert_eq!(rows("Họ tên;Tổ\r\n\r\nA, B;1\r\n".as_bytes()), expected);
        assert_eq!(rows("\u{feff}Họ tên,Tổ\n\n\"A, B\",1".as_bytes()), expected);
        assert_eq!(rows("Họ tên\tTổ\r\rA, B\t1".as_bytes()), expected);
        let wide =
            |to: fn(u16) -> [u8; 2]| "\u{feff}Họ tên\tTổ\n\nA, B\t1".encode_utf16().flat_map(to).collect::<Vec<u8>>();
        assert_eq!(rows(&wide(u16::to_le_bytes)), expected);
        assert_eq!(rows(&wide(u16::to_be_bytes)), expected);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"a;b\xff"[..], b"\xff\xfea", b"\xff\xfe\x00\xd8", b"a\0b", "Hä".as_bytes().split_at(2).0] {
            assert_eq!(sheet("a.csv", bytes).err(), Some(FileError::Encoding), "{bytes:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_rows() {
        let long = "a;b\n".repeat(super::super::MAX_ROWS + 1);
        assert_eq!(sheet("a.csv", long.as_bytes()).err(), Some(FileError::Rows));
    }
}
