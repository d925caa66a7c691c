//! Opening the database: SQLite by file, PostgreSQL by address.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::{
    fs::{Access, access},
    io::Errno,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    sqlx::{
        Connection as _,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use tokio::sync::OnceCell;

use super::{
    lease::{Lease, Readers},
    past::Catalog,
};
use crate::{
    error::{Outage, said},
    secrets::Secrets,
};

/// Requests that read at once.
pub const READERS: u32 = 8;

/// Connections: those of the readers, and some for whatever else there is to do.
const POOL: u32 = READERS + 2;

/// Statements that each connection keeps prepared.
const STATEMENTS: usize = 512;

/// How long a load waits for a connection to a file: longer than any request may take, so that it is the request's own time
/// limit that ends the wait and says so.
const WAIT: Duration = Duration::from_secs(301);

/// How long anybody waits for a connection to a server: one that is being started is soon there, and of one that is not,
/// clients are told so.
const SERVER_WAIT: Duration = Duration::from_secs(3);

/// The database, with one pool to read from and one to write to.
#[derive(Clone)]
pub struct Store {
    reader: DatabaseConnection,
    readers: Arc<Readers>,
    writer: DatabaseConnection,
    secrets: Secrets,
    observer: Option<Arc<Observer>>,
    catalog: Arc<OnceCell<Arc<Catalog>>>,
    edits: Arc<tokio::sync::Mutex<()>>,
}

/// What is called with what a request does.
type Observer = dyn Fn(Event<'_>) + Send + Sync;

/// What a request does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// It sends a statement of this text.
    Sent(&'a str),
    /// It has read so many rows.
    Read(usize),
}

/// Why there is no database to talk to, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Neither `sqlite://` nor `postgres://`.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    UnknownScheme,
    /// SQLite: the file is not there.
    #[error("there is no database at {0}; `antq migrate` creates one")]
    NoFile(String),
    /// The database does not answer, or does not let us in.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// SQLite: this user may only read it.
    #[error(
        "the database {0} cannot be written: it, its folder, or a file beside it (-wal, -shm) is read-only for this user"
    )]
    ReadOnly(String),
    /// SQLite: there is no room for what lies beside the file, or somebody has it for himself.
    #[error("the database cannot be written: {0}")]
    Unwritable(String),
}

impl From<DbErr> for ConnectError {
    fn from(error: DbErr) -> Self {
        match Outage::of(&error) {
            Some(Outage::Unwritable) => Self::Unwritable(said(&error)),
            _ => Self::Unreachable(said(&error)),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Store {
    /// Connects to an existing database.
    ///
    /// # Errors
    /// A URL of another kind, a file that is not there, a server that does not answer.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::open(url, false, None).await
    }

    /// Connects to an existing database for requests that may take `timeout`: PostgreSQL ends a statement that takes longer.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_to_serve(url: &str, timeout: Duration) -> Result<Self, ConnectError> {
        Self::open(url, false, Some(timeout)).await
    }

    /// Connects to a database, and creates the file of an SQLite one that is not there yet.
    ///
    /// # Errors
    /// As [`Self::connect`], but for the missing file.
    pub async fn connect_or_create(url: &str) -> Result<Self, ConnectError> {
        Self::open(url, true, None).await
    }

    async fn open(url: &str, create: bool, timeout: Option<Duration>) -> Result<Self, ConnectError> {
        if is_postgres(url) {
            let mut options = options(url, POOL);
            options.acquire_timeout(SERVER_WAIT);
            // What a server has ended is not handed out. Requests read on connections of their own, which are not asked.
            options.test_before_acquire(true);
            // Every statement is prepared once a connection and its plan kept: planning, and compiling a plan to machine
            // code, cost more than most of them do.
            options.map_sqlx_postgres_opts(|postgres| {
                postgres
                    .options([("plan_cache_mode", "force_generic_plan"), ("jit", "off")])
                    .statement_cache_capacity(STATEMENTS)
            });
            if let Some(timeout) = timeout {
                options.statement_timeout(timeout);
            }
            let pool = connect(options).await?;
            return Ok(Self::over(pool.clone(), pool));
        }
        let path = sqlite_path(url).ok_or(ConnectError::UnknownScheme)?;
        if !create && !path.exists() {
            return Err(ConnectError::NoFile(path.display().to_string()));
        }
        // The first to open the memory that a file's users share decides for all connections of the process whether they may
        // write: with a start like this nothing would ever be written, whatever becomes of the file.
        if path.exists() && !writable(&path) {
            return Err(ConnectError::ReadOnly(path.display().to_string()));
        }
        // SQLite has one writer at a time: one connection makes the others wait in line instead of failing as busy.
        let mut writer = sqlite(options(url, 1), create, false);
        reopen_if_read_only(&mut writer, path);
        let writer = connect(writer).await?;
        let mut options = options(url, POOL);
        options.acquire_timeout(WAIT);
        let reader = connect(sqlite(options, false, true)).await?;
        Ok(Self::over(reader, writer))
    }

    fn over(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        Self {
            readers: Readers::new(reader.clone(), READERS),
            reader,
            writer,
            secrets: Secrets::default(),
            observer: None,
            catalog: Arc::default(),
            edits: Arc::default(),
        }
    }

    /// The same database, with the secrets that values are sealed and hashed by; without them there are none.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The secrets of the service.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A turn to change the register, one at a time: whoever waits for it holds no connection that others could read with.
    pub(super) async fn turn(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.edits.clone().lock_owned().await
    }

    /// A connection for the statements of a request, once one is free.
    pub(super) async fn lease(&self) -> Result<Lease, DbErr> {
        self.readers.lease().await
    }

    /// Where to read.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Where to write. On SQLite a single connection.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which engine this is.
    pub fn engine(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// Calls `observer` with what requests do with the database.
    pub fn observe(&mut self, observer: impl Fn(Event<'_>) + Send + Sync + 'static) {
        self.observer = Some(Arc::new(observer));
    }

    /// Where the tables are kept that the past is read from, once they are known.
    pub(super) fn kept_catalog(&self) -> &OnceCell<Arc<Catalog>> {
        &self.catalog
    }

    /// Tells the observer, if there is one.
    pub(super) fn observed(&self, event: Event<'_>) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        self.reader.execute_unprepared("SELECT 1").await.is_ok()
    }

    /// Closes every connection; SQLite folds its write-ahead log into the file.
    pub async fn close(self) {
        self.readers.close();
        // Nothing can be done about a connection that fails to close.
        let _ = self.reader.close().await;
        let _ = self.writer.close().await;
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, ConnectError> {
    let connection = Database::connect(options).await?;
    // A pool connects when it is first used; a wrong address is better known now.
    connection.execute_unprepared("SELECT 1").await?;
    Ok(connection)
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .connect_timeout(Duration::from_secs(5))
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

fn sqlite(mut options: ConnectOptions, create: bool, read_only: bool) -> ConnectOptions {
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL, anything less may lose an acknowledged write when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "1073741824")
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
            // What is taken away is written over: it would go on to stand in the file, and in every backup of it.
            .pragma("secure_delete", "ON")
            .statement_cache_capacity(STATEMENTS)
    });
    options
}

/// Has a connection that was opened to files which could not be written used no more than once (SQLite opens those to read
/// only, and would never notice that they can be written again), nor one whose transaction did not come to its end.
fn reopen_if_read_only(options: &mut ConnectOptions, path: PathBuf) {
    let read_only = Arc::new(AtomicBool::new(false));
    let opened = read_only.clone();
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        let (opened, path) = (opened.clone(), path.clone());
        pool.after_connect(move |_, _| {
            opened.store(!writable(&path), Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        })
    });
    options.map_sqlx_sqlite_before_acquire(move |connection, _| {
        // A transaction that could neither be committed nor rolled back, as on a full disk, is still open: whoever came next
        // would be within it, and lose what they write with it.
        let good = !read_only.load(Ordering::Relaxed) && !connection.is_in_transaction();
        Box::pin(async move { Ok(good) })
    });
}

/// Whether this process may write to a database file and to those beside it, or make them. Nothing is opened for that: to close
/// a file is to give up the locks that SQLite has on it.
fn writable(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ["", "-wal", "-shm"].iter().all(|end| {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        match access(&path, Access::WRITE_OK) {
            Err(Errno::NOENT) => access(folder, Access::WRITE_OK).is_ok(),
            may => may.is_ok(),
        }
    })
}

/// The file of a database, if it is one of SQLite.
///
/// # Errors
/// A URL of another kind.
pub fn sqlite_file(url: &str) -> Result<Option<PathBuf>, ConnectError> {
    match is_postgres(url) {
        true => Ok(None),
        false => sqlite_path(url).map(Some).ok_or(ConnectError::UnknownScheme),
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The file of an SQLite URL.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or(path);
    PathBuf::from_str(path).ok().filter(|path| !path.as_os_str().is_empty())
}
