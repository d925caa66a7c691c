//! Copies of an SQLite database: of one moment, while others write; checked; and under their name only when they are whole.
//!
//! SQLite's backup interface copies page by page, so that it is known how far it has come, and what is copied is what is there,
//! to the byte. `VACUUM INTO` would write every table and index anew, which takes several times as long and tells nothing on the
//! way. The interface begins anew whenever somebody writes, and would never come to an end beside a busy server: here the
//! source is held by a read transaction, which on a write-ahead log keeps nobody from writing.

mod contents;
mod partial;
mod restore;

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
};

pub use contents::Contents;
use partial::Partial;
pub use restore::{Restored, restore};

/// Pages that are copied at a time, of 4,096 bytes each.
const STEP: i32 = 1_024;

/// What is told while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many pages are copied, of so many.
    Copied {
        /// So many.
        pages: u64,
        /// All there are.
        of: u64,
    },
    /// All are copied, and are being checked now.
    Checking,
}

/// Why there is no copy, or why it is not in its place, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// The file is there, and it was not said that it may be written over.
    #[error("there is a file {} already; --force writes over it", .0.display())]
    Taken(PathBuf),
    /// It is the database, which would be written over.
    #[error("{} is the database itself", .0.display())]
    Itself(PathBuf),
    /// Somebody else is at the same.
    #[error("{} is being written by another command", .0.display())]
    UnderWay(PathBuf),
    /// It is no database, or is no longer one.
    #[error("{} is not an SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// A database of something else.
    #[error("{} is not a database of ANTQ Graph: no migration was ever run in it", .0.display())]
    NotOurs(PathBuf),
    /// What is in it does not fit together.
    #[error("{} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A newer program made it.
    #[error(
        "{} is newer than this program: it has the migration {migration}, which antq {} does not know", .path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The migration that is not known.
        migration: String,
    },
    /// Somebody has the database open.
    #[error("the database {} is open: stop `antq serve`, and whatever else uses it, first", .0.display())]
    InUse(PathBuf),
    /// A file cannot be made, written, moved.
    #[error("cannot {doing} {}: {cause}", .path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it cannot.
        cause: String,
    },
}

impl BackupError {
    /// What an error of the system means while something is done with a file.
    fn of_file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| match error.kind() {
            ErrorKind::NotFound if doing == "read" => Self::Missing(path.to_owned()),
            _ => Self::File { doing, path: path.to_owned(), cause: error.to_string() },
        }
    }

    /// The same, of SQLite.
    fn of_sqlite(doing: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path.to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path: path.to_owned(), what: error.to_string() },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(path.to_owned()),
            _ => Self::File { doing, path: path.to_owned(), cause: error.to_string() },
        }
    }
}

/// Copies a database to a file, while others go on to write to it, and says what the copy has.
///
/// # Errors
/// The file is there and may not be written over; the database is not whole, or is newer than this program; there is no room.
/// Then nothing is under the file's name that was not there before.
pub fn backup(database: &Path, file: &Path, force: bool, mut told: impl FnMut(Step)) -> Result<Contents, BackupError> {
    let free = || match file.try_exists().map_err(BackupError::of_file("reach", file))? {
        true if is_same(database, file) => Err(BackupError::Itself(file.to_owned())),
        true if !force => Err(BackupError::Taken(file.to_owned())),
        _ => Ok(()),
    };
    free()?;
    let partial = Partial::begin(file)?;
    copy(database, OpenFlags::SQLITE_OPEN_READ_WRITE, partial.path(), &mut told)?;
    told(Step::Checking);
    // Whatever is wrong with the copy is wrong with the database: what is copied is what is there.
    let contents = Contents::check(partial.path(), database)?;
    free()?;
    partial.keep(file)?;
    Ok(contents)
}

/// Copies what is in a database at this moment to a file that is empty, and makes that one a database that needs no other file
/// beside it.
fn copy(from: &Path, access: OpenFlags, to: &Path, told: &mut impl FnMut(Step)) -> Result<(), BackupError> {
    if !from.try_exists().map_err(BackupError::of_file("read", from))? {
        return Err(BackupError::Missing(from.to_owned()));
    }
    let (reading, writing) = (|| BackupError::of_sqlite("read", from), || BackupError::of_sqlite("write", to));
    let source = Connection::open_with_flags(from, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(reading())?;
    source.busy_timeout(BUSY).map_err(reading())?;
    source.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_schema;").map_err(reading())?;
    let mut copy = Connection::open(to).map_err(writing())?;
    // Nobody reads it before it is whole and on the disk.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(writing())?;
    copy_pages(&source, &mut copy, told).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => writing()(error),
        _ => reading()(error),
    })?;
    copy.close().map_err(|(_, error)| writing()(error))?;
    // A write-ahead log would be a second file, and reading it would write a third.
    let alone = Connection::open(to).map_err(writing())?;
    alone.pragma_update(None, "journal_mode", "DELETE").map_err(writing())?;
    alone.close().map_err(|(_, error)| writing()(error))
}

/// How long it waits for who holds the database for himself, as SQLite does to recover it.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

fn copy_pages(source: &Connection, copy: &mut Connection, told: &mut impl FnMut(Step)) -> rusqlite::Result<()> {
    let backup = Backup::new(source, copy)?;
    loop {
        let step = backup.step(STEP)?;
        let progress = backup.progress();
        let pages = |number: i32| u64::try_from(number).unwrap_or_default();
        told(Step::Copied { pages: pages(progress.pagecount - progress.remaining), of: pages(progress.pagecount) });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Nobody else knows of the copy, and the source is held already.
            _ => return Err(busy()),
        }
    }
}

fn busy() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)
}

/// Whether two paths lead to the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    id(one).is_some() && id(one) == id(other)
}

/// A file beside another one, whose name goes on like this.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}
