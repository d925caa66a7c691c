//! A backup in the place of a database. The one that was there is kept under another name.
//!
//! A process that has a database open would go on with the file that is no longer in its place, and its write-ahead log, which is
//! found by its name, would be that of the new one. So nobody may have it open: a connection to a database with a write-ahead log
//! holds a lock on the file from its first reading to its end, and SQLite gives a connection the file for itself only if there
//! is no other such lock. That lock is held until all is over.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::Read,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use rustix::{
    fs::{FlockOperation, fcntl_lock},
    io::Errno,
};

use super::{BackupError, Contents, Partial, Step, beside, copy, is_same, partial::sync_folder};

/// How long it waits for others to end what they do with the database.
const BUSY: Duration = Duration::from_secs(2);

/// Who opened the old file just before it was replaced waits for its lock as long as this program does, and gives up. If he got
/// it, he would go on with a file that is no longer in its place.
const OUTLAST: Duration = Duration::from_millis(5_500);

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub struct Restored {
    /// What is there now.
    pub contents: Contents,
    /// Where the database is that was there before, if there was one.
    pub before: Option<PathBuf>,
}

/// Puts a copy of a backup in the place of a database.
///
/// # Errors
/// The backup is damaged, or newer than this program; somebody has the database open; there is no room. Then the database is as
/// it was.
pub fn restore(
    backup: &Path,
    database: &Path,
    now: DateTime<Utc>,
    mut told: impl FnMut(Step),
) -> Result<Restored, BackupError> {
    // A name that leads elsewhere goes on to do so.
    let database = &fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    if is_same(backup, database) {
        return Err(BackupError::Itself(backup.to_owned()));
    }
    let present = Present::hold(database)?;
    let partial = Partial::begin(database)?;
    copy(backup, OpenFlags::SQLITE_OPEN_READ_ONLY, partial.path(), &mut told)?;
    told(Step::Checking);
    let contents = Contents::check(partial.path(), backup)?;
    begin_anew(partial.path()).map_err(BackupError::of_sqlite("write", partial.path()))?;
    let aside = beside(database, &format!(".before-restore-{}", now.format("%Y%m%dT%H%M%SZ")));
    let before = match present {
        Some(present) => {
            partial.be_like(&present.metadata)?;
            present.set_aside(database, &aside)?;
            partial.keep(database)?;
            sleep(OUTLAST);
            drop(present);
            Some(aside)
        }
        None => {
            clear(database, &aside)?;
            partial.keep(database)?;
            None
        }
    };
    Ok(Restored { contents, before })
}

/// What happened after the backup has not happened: whoever has read the feed of changes beyond it must be told that his position
/// is of another history.
fn begin_anew(copy: &Path) -> rusqlite::Result<()> {
    let copy = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // Older databases have none.
    if copy.table_exists(None, "change_feed")? {
        copy.execute("UPDATE change_feed SET epoch = lower(hex(randomblob(8)))", [])?;
    }
    copy.close().map_err(|(_, error)| error)
}

/// The database that is there, which nobody else can use for as long as this is held.
struct Present {
    metadata: Metadata,
    held: Held,
}

enum Held {
    /// By SQLite.
    Whole(Connection),
    /// By the system: SQLite cannot read it any more.
    Damaged {
        /// Never looked at: the lock is its own.
        _file: File,
    },
}

impl Present {
    /// Has the database for itself, if there is one.
    ///
    /// # Errors
    /// Somebody else has it open.
    fn hold(database: &Path) -> Result<Option<Self>, BackupError> {
        let metadata = match fs::metadata(database) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(BackupError::of_file("read", database))?,
        };
        if !has_head(database)? {
            return Ok(Some(Self { metadata, held: damaged(database)? }));
        }
        let held = match alone(database) {
            Ok(connection) => Held::Whole(connection),
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(database)?,
                _ => return Err(BackupError::of_sqlite("lock", database)(error)),
            },
        };
        Ok(Some(Self { metadata, held }))
    }

    /// Gives the database a second name, with everything that was written to it.
    fn set_aside(&self, database: &Path, aside: &Path) -> Result<(), BackupError> {
        match &self.held {
            Held::Whole(connection) => {
                // What is in the log goes to the file, and the log goes.
                let folded =
                    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
                let folded = folded.map_err(BackupError::of_sqlite("fold the write-ahead log into", database))?;
                if folded != "delete" {
                    return Err(BackupError::InUse(database.to_owned()));
                }
            }
            Held::Damaged { .. } => clear(database, aside)?,
        }
        // Of a process that was killed. What is in it is made anew.
        remove(&beside(database, "-shm"))?;
        // Not moved: there is a database under its name at every moment.
        fs::hard_link(database, aside)
            .or_else(|_| fs::rename(database, aside))
            .map_err(BackupError::of_file("make", aside))?;
        sync_folder(aside)
    }
}

/// Whether a file begins as databases do, or is empty. SQLite is not asked: it would take the log beside it for worthless, and
/// remove it.
fn has_head(database: &Path) -> Result<bool, BackupError> {
    const HEAD: &[u8] = b"SQLite format 3\0";
    let mut head = Vec::new();
    let file = File::open(database).and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut head));
    file.map_err(BackupError::of_file("read", database))?;
    Ok(head.is_empty() || head == HEAD)
}

/// A connection that is the only one, and stays so.
fn alone(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // Kept beyond the end of the transaction, in this mode.
    connection.execute_batch("BEGIN EXCLUSIVE; SELECT COUNT(*) FROM sqlite_schema; COMMIT;")?;
    match connection.is_readonly(MAIN_DB)? {
        true => Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None)),
        false => Ok(connection),
    }
}

/// The whole file for ourselves: no connection of SQLite has a lock anywhere on it.
fn damaged(database: &Path) -> Result<Held, BackupError> {
    let locking = || BackupError::of_file("lock", database);
    let file = OpenOptions::new().read(true).write(true).open(database).map_err(locking())?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Held::Damaged { _file: file }),
        Err(Errno::AGAIN | Errno::ACCESS) => Err(BackupError::InUse(database.to_owned())),
        Err(error) => Err(locking()(error.into())),
    }
}

/// Moves aside what lies beside a database that is gone or damaged: a log that a killed process has left would be read as that of
/// the new one, and spoil it.
fn clear(database: &Path, aside: &Path) -> Result<(), BackupError> {
    for end in ["-wal", "-journal"] {
        let (from, to) = (beside(database, end), beside(aside, end));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(BackupError::of_file("move away", &from)(error));
            }
            _ => {}
        }
    }
    remove(&beside(database, "-shm"))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BackupError::of_file("remove", path)(error)),
        _ => Ok(()),
    }
}
