//! What databases are before they are written to.

use std::{path::PathBuf, process::Command};

use antq::store::{Store, schema::migrate};
use antq_migrations::{Migrator, MigratorTrait};

use crate::{
    invariants::{file_is_whole, fingerprint, hold},
    support::{Engine, antq, drop_postgres, empty_database, full_database, served::Served},
};

/// How many of the last migrations [`State::Older`] is without.
pub const OLDER: u32 = 3;

/// What a database is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none; on PostgreSQL it has no tables.
    Nothing,
    /// Of the program before the last migrations, with the demo.
    Older,
    /// With tables and no rows.
    Tables,
    /// With the reference data.
    Loaded,
    /// With the demo, too.
    Full,
}

impl State {
    /// A new database of this state.
    pub async fn database(self, engine: Engine) -> String {
        match self {
            Self::Nothing => empty_database(engine).await,
            Self::Full => full_database(engine).await,
            Self::Older => {
                let url = full_database(engine).await;
                let store = Store::connect(&url).await.unwrap();
                Migrator::down(store.writer(), Some(OLDER)).await.unwrap();
                store.close().await;
                url
            }
            Self::Tables | Self::Loaded => {
                let url = empty_database(engine).await;
                let store = Store::connect_or_create(&url).await.unwrap();
                migrate(&store).await.unwrap();
                store.close().await;
                if self == Self::Loaded {
                    succeeds(&["load", "--database-url", &url]);
                }
                url
            }
        }
    }
}

/// Runs the program to its end, which must be a good one.
pub fn succeeds(arguments: &[&str]) {
    let output = antq(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The file of a database, if it is one.
pub fn file(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite://").map(PathBuf::from)
}

/// Starts the program as it is started every day, and nothing else: it answers, and everything fits together. What the database
/// has then.
pub async fn starts(url: &str) -> Vec<String> {
    succeeds(&["migrate", "--database-url", url]);
    let served = Served::start(url);
    assert_eq!(served.get("/readyz").status, 200, "{}", served.said());
    let answer = served.post(&[], &serde_json::json!({ "query": "{ cities(first: 1) { totalCount } }" }));
    assert!(answer.json()["data"]["cities"]["totalCount"].is_number(), "{answer:?}");
    served.stop();
    what(url).await
}

/// What a database has, when everything in it fits together.
pub async fn what(url: &str) -> Vec<String> {
    let store = Store::connect(url).await.unwrap();
    hold(&store).await;
    let found = fingerprint(&store).await;
    store.close().await;
    found
}

/// Whether the file of a database is whole.
pub async fn is_whole(url: &str) {
    let store = Store::connect(url).await.unwrap();
    file_is_whole(&store).await;
    store.close().await;
}

/// Removes what a run has left, of which there would be hundreds.
pub async fn remove(url: &str) {
    let Some(file) = file(url) else { return drop_postgres(url).await };
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

/// The program with these arguments, quiet.
pub fn quiet(arguments: &[&str]) -> Command {
    let mut command = crate::support::served::program();
    command.args(arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command
}
