//! Backups and restores, killed in the midst of it.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use antq::store::Store;
use sea_orm::ConnectionTrait;

use super::{
    chance, runs,
    states::{file, quiet, remove, starts, succeeds, what},
};
use crate::backup::{filled, made, name, url_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_killed_is_not_there() {
    let mut chance = chance("backup");
    let url = filled(5_000).await;
    let whole = what(&url).await;
    let backup = name();
    let path = backup.to_str().unwrap();
    let began = Instant::now();
    made(&url, &backup);
    let takes = began.elapsed();
    std::fs::remove_file(&backup).unwrap();
    let mut there = 0;
    for run in 0..runs() {
        let mut process = quiet(&["backup", path, "--database-url", &url]).spawn().unwrap();
        let at = takes * (chance.below(1_100) as u32) / 1_000;
        std::thread::sleep(at);
        process.kill().unwrap();
        let acknowledged = process.wait().unwrap().success();
        assert!(!acknowledged || backup.exists(), "run {run}, at {at:?}");
        if backup.exists() {
            assert!(what(&url_of(&backup)).await == whole, "run {run}, at {at:?}");
            remove(&url_of(&backup)).await;
            there += 1;
        }
        assert!(what(&url).await == whole);
    }
    made(&url, &backup);
    assert!(!PathBuf::from(format!("{path}.partial")).exists());
    eprintln!("of {} backups, each of {takes:?}, {there} are there", runs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    /// How long a restore waits when all is done.
    const OUTLAST: Duration = Duration::from_millis(5_500);
    let mut chance = chance("restore");
    let url = filled(5_000).await;
    let backup = name();
    made(&url, &backup);
    let path = backup.to_str().unwrap();
    let then = what(&url).await;
    let began = Instant::now();
    succeeds(&["restore", path, "--database-url", &url]);
    let takes = began.elapsed() - OUTLAST;
    let (mut old, mut new) = (0, 0);
    for run in 0..runs() {
        let store = Store::connect(&url).await.unwrap();
        store.writer().execute_unprepared("UPDATE dataset SET title = title || '.' WHERE id = 7").await.unwrap();
        store.close().await;
        let since = what(&url).await;
        let mut process = quiet(&["restore", path, "--database-url", &url]).spawn().unwrap();
        let at = takes * (chance.below(1_200) as u32) / 1_000;
        std::thread::sleep(at);
        process.kill().unwrap();
        process.wait().unwrap();
        let found = starts(&url).await;
        match found == then {
            true => new += 1,
            false => {
                assert!(found == since, "run {run}, at {at:?}");
                old += 1;
            }
        }
    }
    eprintln!("of {} restores, each of {takes:?}, {old} were not done and {new} were", runs());
    succeeds(&["restore", path, "--database-url", &url]);
    assert!(starts(&url).await == then && file(&url).unwrap().exists());
}
