//! `antq backup` and `antq restore`: copies of one moment, whole or not there; and nothing is lost by putting one in its place.

mod restoring;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
};

use antq::store::{Store, write::begin};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    crash::states::{OLDER, State, file, what},
    support::{Engine, antq, folder, full_database, unique},
};

/// A name for a backup, which nothing has.
pub fn name() -> PathBuf {
    folder().join(unique("backup"))
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs the program on a database.
pub fn run(url: &str, arguments: &[&str]) -> Output {
    antq(&[arguments, &["--database-url", url]].concat())
}

/// Makes a backup; what was said.
pub fn made(url: &str, to: &Path) -> String {
    let output = run(url, &["backup", to.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

/// Has it refused, in one line at last that says this.
pub fn refused(url: &str, arguments: &[&str], says: &str) {
    let output = run(url, arguments);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("antq: ") && last.contains(says), "{arguments:?}: {text}");
}

/// A database with so many rows, and none whose check takes long.
pub async fn filled(rows: usize) -> String {
    let url = State::Tables.database(Engine::Sqlite).await;
    let store = Store::connect(&url).await.unwrap();
    let insert = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {rows}) \
         INSERT INTO dataset (slug, title, description, synthetic) SELECT 'data ' || n, hex(randomblob(200)), '', true FROM number"
    );
    store.writer().execute_unprepared(&insert).await.unwrap();
    store.close().await;
    url
}

pub fn url_of(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

async fn number(store: &Store, query: &str) -> i64 {
    let row = store.writer().query_one_raw(Statement::from_string(store.engine(), query)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_backup_is_the_database_in_one_file_that_only_its_owner_reads() {
    let url = full_database(Engine::Sqlite).await;
    let backup = name();
    let text = made(&url, &backup);
    for says in ["is whole and checked", "member 6784", "MiB", "SQLite 3.", "The secrets (ANTQ_SECRETS) are not in it"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    // The versions of its format that mean: without a write-ahead log.
    assert_eq!(fs::read(&backup).unwrap()[18..20], [1, 1]);
    let beside = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let left: Vec<_> = beside
        .filter(|path| *path != backup && path.to_string_lossy().starts_with(&*backup.to_string_lossy()))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(what(&url_of(&backup)).await, what(&url).await);
}

/// Each transaction of the writer adds two rows: a copy has both or none, and all of those before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_of_one_moment_while_others_write() {
    let url = filled(10_000).await;
    let store = Store::connect(&url).await.unwrap();
    let (over, pairs) = (AtomicBool::new(false), AtomicI64::new(0));
    let writing = async {
        while !over.load(Ordering::Relaxed) {
            let pair = pairs.load(Ordering::Relaxed);
            let transaction = begin(store.writer()).await.unwrap();
            for half in ["first", "second"] {
                let insert = format!(
                    "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('{half} {pair}', 'pair', '', true)"
                );
                transaction.execute_unprepared(&insert).await.unwrap();
            }
            transaction.commit().await.unwrap();
            pairs.store(pair + 1, Ordering::Relaxed);
        }
    };
    let copying = async {
        let mut copied = Vec::new();
        for _ in 0..3 {
            let before = pairs.load(Ordering::Relaxed);
            let (url, backup) = (url.clone(), name());
            let path = backup.clone();
            tokio::task::spawn_blocking(move || made(&url, &path)).await.unwrap();
            copied.push((before, backup, pairs.load(Ordering::Relaxed)));
        }
        over.store(true, Ordering::Relaxed);
        copied
    };
    let ((), copied) = tokio::join!(writing, copying);
    store.close().await;
    for (before, backup, after) in copied {
        assert!(after > before + 1, "nobody wrote meanwhile");
        let copy = url_of(&backup);
        what(&copy).await;
        let copy = Store::connect(&copy).await.unwrap();
        let halves = number(&copy, "SELECT COUNT(*) FROM dataset WHERE title = 'pair'").await;
        let last = "SELECT COALESCE(MAX(CAST(substr(slug, 7) AS INTEGER)), -1) FROM dataset WHERE slug LIKE 'first %'";
        let first = number(&copy, last).await;
        assert_eq!(halves, 2 * (first + 1), "a pair is not whole");
        assert!(before <= first + 1 && first < after, "{before} {first} {after}");
        copy.close().await;
    }
}

#[tokio::test]
async fn nothing_is_written_over_unless_it_is_said() {
    let url = filled(100).await;
    let (database, backup) = (file(&url).unwrap(), name());
    fs::write(&backup, "precious").unwrap();
    let path = backup.to_str().unwrap();
    refused(&url, &["backup", path], "there is a file");
    assert_eq!(fs::read_to_string(&backup).unwrap(), "precious");
    refused(&url, &["backup", "--force", database.to_str().unwrap()], "is the database itself");
    let output = run(&url, &["backup", "--force", path]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(what(&url_of(&backup)).await, what(&url).await);
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    refused(&url, &["backup", "/no/such/folder/backup"], "/no/such/folder");
    refused("sqlite:///no/such/file.db", &["backup", name().to_str().unwrap()], "there is no file /no/such/file.db");
}

/// What is not whole does not count, and does not take the place of what is.
#[tokio::test]
async fn what_does_not_fit_together_is_not_taken_for_a_backup() {
    let url = filled(1_000).await;
    let whole = name();
    made(&url, &whole);
    let before = fs::read(&whole).unwrap();
    let force = ["backup", "--force", whole.to_str().unwrap()];

    let store = Store::connect(&url).await.unwrap();
    store.writer().execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
    let lost = "INSERT INTO api_key_use (api_key_id, last_used_at) VALUES (99999, '2026-11-26T00:00:00.000+00:00')";
    store.writer().execute_unprepared(lost).await.unwrap();
    store.close().await;
    refused(&url, &force, "a row of api_key_use refers to one of api_key that is not there");

    let damaged = filled(1_000).await;
    let path = file(&damaged).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x55);
    fs::write(&path, bytes).unwrap();
    refused(&damaged, &force, "is damaged");

    let newer = State::Tables.database(Engine::Sqlite).await;
    let store = Store::connect(&newer).await.unwrap();
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)";
    store.writer().execute_unprepared(future).await.unwrap();
    store.close().await;
    refused(&newer, &force, "newer than this program: it has the migration m20991231_000001_future");

    let other = name();
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    refused(&url_of(&other), &force, "is not a database of ANTQ Graph");
    fs::write(&other, "a letter, much longer than the head of a database file, so that it is read as one").unwrap();
    refused(&url_of(&other), &force, "is not an SQLite database");

    assert!(fs::read(&whole).unwrap() == before, "the backup that was there");
    assert!(!whole.with_extension("partial").exists());
    // The database of the version before is backed up by the program that is to migrate it.
    let older = State::Older.database(Engine::Sqlite).await;
    assert!(made(&older, &name()).contains(&format!("older than this program by {OLDER} migrations")));
}

#[tokio::test]
async fn postgresql_is_backed_up_by_its_own() {
    let url = full_database(Engine::Postgres).await;
    for (command, says) in [("backup", "pg_dump --format=custom"), ("restore", "pg_restore --exit-on-error")] {
        let backup = name();
        refused(&url, &[command, backup.to_str().unwrap()], says);
        assert!(!backup.exists());
    }
    refused("mysql://x/y", &["backup", "x"], "must begin with sqlite:// or postgres://");
}
