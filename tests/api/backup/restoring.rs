//! A backup in the place of a database.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use antq::store::Store;
use sea_orm::ConnectionTrait;

use super::{filled, made, name, number, refused, run, said, url_of};
use crate::{
    crash::states::{OLDER, State, file, starts, what},
    support::{
        Engine, full_database,
        served::{self, Served},
    },
    writes::kinds,
};

/// What is said.
fn restored(url: &str, from: &Path) -> String {
    let output = run(url, &["restore", from.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

/// Where the database is that was there before, as it is said.
fn before(text: &str) -> PathBuf {
    let line = text.lines().find_map(|line| line.strip_prefix("What was there before is ")).unwrap();
    line.strip_suffix('.').unwrap().into()
}

fn beside(database: &Path, end: &str) -> PathBuf {
    format!("{}{end}", database.display()).into()
}

async fn write(url: &str, statement: &str) {
    let store = Store::connect(url).await.unwrap();
    store.writer().execute_unprepared(statement).await.unwrap();
    store.close().await;
}

/// The database, a backup of it and what that has; the database has been written to since.
async fn backed_up() -> (String, PathBuf, Vec<String>) {
    saved(filled(1_000).await).await
}

async fn saved(url: String) -> (String, PathBuf, Vec<String>) {
    let backup = name();
    made(&url, &backup);
    let then = what(&url).await;
    write(&url, "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('new', 'New', '', true)").await;
    assert_ne!(what(&url).await, then);
    (url, backup, then)
}

#[tokio::test]
async fn a_restored_database_is_the_backup_and_the_one_before_is_kept() {
    let (url, backup, then) = backed_up().await;
    let database = file(&url).unwrap();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o640)).unwrap();
    let since = what(&url).await;
    let text = restored(&url, &backup);
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o640, "who may read it");
    assert!(starts(&url).await == then, "{text}");
    assert!(what(&url_of(&before(&text))).await == since);
    // And back again.
    let undone = restored(&url, &before(&text));
    assert!(starts(&url).await == since && what(&url_of(&before(&undone))).await == then);
    assert!(backup.exists() && before(&text).exists());
}

/// A server has the database open, whether it was asked anything or not; and so has a command that writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_open_is_not_replaced() {
    let url = full_database(Engine::Sqlite).await;
    let key = served::key(&url);
    let (url, backup, _) = saved(url).await;
    let since = what(&url).await;
    let path = backup.to_str().unwrap();
    let server = Served::start(&url);
    refused(&url, &["restore", path], "is open: stop `antq serve`");
    for (number, kind) in kinds().iter().enumerate() {
        crate::faults::is_made(&server, &**kind, &key, number);
    }
    refused(&url, &["restore", path], "is open: stop `antq serve`");
    for (number, kind) in kinds().iter().enumerate() {
        crate::faults::is_made(&server, &**kind, &key, 100 + number);
    }
    server.stop();
    let store = Store::connect(&url).await.unwrap();
    refused(&url, &["restore", path], "is open: stop `antq serve`");
    store.close().await;
    assert_ne!(what(&url).await, since, "the writes meanwhile are there");
    restored(&url, &backup);
}

/// The log that a killed server has left belongs to the database that was there, and goes with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_has_left_is_kept_and_does_not_spoil_what_is_restored() {
    let url = full_database(Engine::Sqlite).await;
    let key = served::key(&url);
    let (url, backup, then) = saved(url).await;
    let database = file(&url).unwrap();
    let left = |number| {
        let mut server = Served::start(&url);
        for kind in kinds() {
            crate::faults::is_made(&server, &*kind, &key, number);
        }
        server.kill();
        assert!(fs::metadata(beside(&database, "-wal")).unwrap().len() > 0, "there is a log");
    };
    // With the database that it belongs to.
    left(0);
    let text = restored(&url, &backup);
    for end in ["-wal", "-shm"] {
        assert!(!beside(&database, end).exists(), "{end}");
    }
    assert!(starts(&url).await == then);
    let kept = Store::connect(&url_of(&before(&text))).await.unwrap();
    assert_eq!(number(&kept, "SELECT COUNT(*) FROM access_log WHERE purpose = 'write 0'").await, 1);
    kept.close().await;
    // Without it: somebody has moved the database away.
    left(1);
    let moved = beside(&database, ".moved");
    fs::rename(&database, &moved).unwrap();
    let text = restored(&url, &backup);
    assert!(!text.contains("What was there before"), "{text}");
    assert!(!beside(&database, "-wal").exists() && !beside(&database, "-shm").exists());
    assert!(starts(&url).await == then);
    // The log is not lost either.
    let aside = fs::read_dir(database.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mine = format!("{}.before-restore-", database.display());
    let logs: Vec<_> = aside
        .filter(|path| path.to_string_lossy().starts_with(&mine) && path.to_string_lossy().ends_with("Z-wal"))
        .collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
}

#[tokio::test]
async fn a_database_is_restored_where_there_is_none() {
    let (url, backup, then) = backed_up().await;
    let place = name();
    let text = restored(&url_of(&place), &backup);
    assert!(text.contains("is restored") && !text.contains("What was there before"), "{text}");
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(starts(&url_of(&place)).await == then);
    drop(url);
}

/// Damaged ones, above all: that is what backups are for.
#[tokio::test]
async fn a_damaged_database_is_replaced_and_kept() {
    let (url, backup, then) = backed_up().await;
    let database = file(&url).unwrap();
    let mut damaged = fs::read(&database).unwrap();
    damaged[..100].fill(0x55);
    fs::write(&database, &damaged).unwrap();
    fs::write(beside(&database, "-wal"), "its log").unwrap();
    let text = restored(&url, &backup);
    assert!(starts(&url).await == then);
    assert!(fs::read(before(&text)).unwrap() == damaged);
    assert_eq!(fs::read_to_string(beside(&before(&text), "-wal")).unwrap(), "its log");
}

#[tokio::test]
async fn what_is_no_good_backup_is_refused_and_the_database_stays() {
    let (url, backup, _) = backed_up().await;
    let since = what(&url).await;
    let whole = fs::read(&backup).unwrap();
    let damaged = |bytes: &[u8]| {
        let path = name();
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut scratched = whole.clone();
    scratched[whole.len() / 2..whole.len() / 2 + 20_000].fill(0x55);
    let newer = name();
    fs::copy(&backup, &newer).unwrap();
    write(&url_of(&newer), "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)")
        .await;
    let other = name();
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let cases = [
        (damaged(&scratched), "is damaged"),
        (damaged(&whole[..whole.len() / 2]), "is damaged"),
        (
            damaged(b"a letter, much longer than the head of a database file, so that it is read as one"),
            "is not an SQLite database",
        ),
        (damaged(b""), "is not a database of ANTQ Graph"),
        (newer, "newer than this program"),
        (other, "is not a database of ANTQ Graph"),
        (name(), "there is no file"),
        (file(&url).unwrap(), "is the database itself"),
    ];
    for (path, says) in cases {
        refused(&url, &["restore", path.to_str().unwrap()], says);
        assert!(what(&url).await == since, "{says}");
        let place = name();
        refused(
            &url_of(&place),
            &["restore", path.to_str().unwrap()],
            if says.contains("itself") { continue } else { says },
        );
        assert!(!place.exists(), "{says}");
    }
    let older = State::Older.database(Engine::Sqlite).await;
    let backup = name();
    made(&older, &backup);
    let text = restored(&url, &backup);
    let older = format!("older than this program by {OLDER} migrations: run `antq migrate` next");
    assert!(text.contains(&older), "{text}");
    starts(&url).await;
}

/// Whoever keeps a copy by the feed of changes learns that it is of another history.
#[tokio::test]
async fn what_is_restored_is_another_history() {
    let (url, _, _) = backed_up().await;
    write(&url, "UPDATE change_feed SET epoch = 'before'").await;
    let backup = name();
    made(&url, &backup);
    restored(&url, &backup);
    let epochs = |url: String| async move {
        let store = Store::connect(&url).await.unwrap();
        let same = number(&store, "SELECT COUNT(*) FROM change_feed WHERE epoch = 'before'").await;
        store.close().await;
        same
    };
    assert_eq!((epochs(url).await, epochs(url_of(&backup)).await), (0, 1));
}
