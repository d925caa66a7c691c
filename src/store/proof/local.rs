//! Versions of an SQLite file, read by whoever needs them: that is a look at memory that the file's users share, a hundredth
//! of what it costs to have another thread do it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{Reading, Versions, source::tables};
use crate::{
    error::Error,
    store::{Event, Store},
};

/// A number that is another one once anybody else has committed anything to the file, this process included.
/// <https://www.sqlite.org/pragma.html#pragma_data_version>
const CHANGED: &str = "PRAGMA data_version";
/// Every table with its version in one text.
const VERSIONS: &str = "SELECT group_concat(table_name || ' ' || version) FROM table_version";
/// How long it waits for who holds the file for himself, as SQLite does to recover it.
const BUSY: Duration = Duration::from_millis(100);

/// The versions in a file.
#[derive(Debug)]
pub(super) struct Local {
    store: Store,
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// One that never writes: its own commits would not change the number.
    connection: Option<Connection>,
    connected: u64,
    readings: u64,
    /// What was read last, under which number.
    last: Option<(i64, Arc<Versions>)>,
}

impl Local {
    /// Those of a store on SQLite.
    pub(super) fn new(store: &Store) -> Self {
        let file = store.reader().get_sqlite_connection_pool().connect_options().get_filename().to_owned();
        Self { store: store.clone(), file, state: Mutex::default() }
    }

    /// The versions now.
    pub(super) fn now(&self) -> Result<Arc<Versions>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(Error::internal("no more proofs are read"));
        }
        self.read(&mut state).map_err(|error| {
            let cause = error.to_string();
            tracing::warn!(cause, "the versions of the tables were not read, so that nothing kept can be served");
            state.connection = None;
            Error::internal(cause)
        })
    }

    fn read(&self, state: &mut State) -> rusqlite::Result<Arc<Versions>> {
        let connection = match &mut state.connection {
            Some(connection) => connection,
            none => {
                // Numbers of another connection are others.
                state.last = None;
                state.connected += 1;
                none.insert(self.open()?)
            }
        };
        self.store.observed(Event::Sent(CHANGED));
        let changed: i64 = connection.prepare_cached(CHANGED)?.query_one([], |row| row.get(0))?;
        if let Some((last, versions)) = &state.last
            && *last == changed
        {
            return Ok(versions.clone());
        }
        // What is committed meanwhile changes the number for the next.
        self.store.observed(Event::Sent(VERSIONS));
        let text: Option<String> = connection.prepare_cached(VERSIONS)?.query_one([], |row| row.get(0))?;
        let reading = Reading { server: state.connected, tables: tables(&text.unwrap_or_default()) };
        state.readings += 1;
        let versions = Arc::new(Versions { number: state.readings, reading });
        state.last = Some((changed, versions.clone()));
        Ok(versions)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // To read a write-ahead log is to write to the memory that its users share.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Closes the file.
    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { closed: true, ..State::default() };
    }
}
