//! The package that a workbook is: what it says that it has in it, and what it really unpacks to, before anything of it is read.

use std::io::{Cursor, Read, copy, sink};

use zip::{ZipArchive, result::ZipError};

use super::{FileError, MAX_UNPACKED};

/// Parts that a workbook may be made of.
const MAX_PARTS: usize = 2_000;

/// Looks through the package of a workbook.
///
/// # Errors
/// One that is damaged, unpacks to more than [`MAX_UNPACKED`] bytes, has macros, or is no workbook of Excel.
pub(super) fn check(bytes: &[u8]) -> Result<(), FileError> {
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if package.len() > MAX_PARTS {
        return Err(FileError::Parts { max: MAX_PARTS, actual: package.len() });
    }
    let mut declared = 0_u64;
    for index in 0..package.len() {
        let part = package.by_index_raw(index).map_err(|error| damaged(&error))?;
        declared = declared.saturating_add(part.size());
    }
    if declared > MAX_UNPACKED {
        return Err(FileError::Unpacks);
    }
    is_workbook(&package)?;
    // What is said is not always true.
    let mut left = MAX_UNPACKED;
    for index in 0..package.len() {
        let part = package.by_index(index).map_err(|error| damaged(&error))?;
        let unpacked = copy(&mut part.take(left + 1), &mut sink()).map_err(|_| FileError::Damaged(BROKEN))?;
        left = left.checked_sub(unpacked).ok_or(FileError::Unpacks)?;
    }
    Ok(())
}

const BROKEN: &str = "A part of it cannot be unpacked.";

fn damaged(error: &ZipError) -> FileError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => FileError::Password,
        ZipError::InvalidArchive(_) => FileError::Damaged("Its end is missing, or its directory is broken."),
        _ => FileError::Damaged(BROKEN),
    }
}

fn is_workbook(package: &ZipArchive<Cursor<&[u8]>>) -> Result<(), FileError> {
    let names: Vec<String> =
        package.file_names_raw().map(|name| String::from_utf8_lossy(name).to_lowercase()).collect();
    let has = |end: &str| names.iter().any(|name| name.ends_with(end));
    if has("vbaproject.bin") || names.iter().any(|name| name.contains("/macrosheets/")) {
        return Err(FileError::Macros);
    }
    match () {
        () if has("xl/workbook.xml") => Ok(()),
        () if has("xl/workbook.bin") => Err(FileError::Kind("a binary workbook (.xlsb)")),
        () if has("content.xml") => Err(FileError::Kind("an OpenDocument file")),
        () if has("word/document.xml") => Err(FileError::Kind("a document of Word")),
        () => Err(FileError::Kind("an archive that is no workbook")),
    }
}
