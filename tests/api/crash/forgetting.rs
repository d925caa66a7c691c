//! `antq forget`, which works in parts, killed between them or in the midst of one.

use std::time::Instant;

use antq::store::Store;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    chance,
    commands::WHOLE,
    runs,
    states::{State, is_whole, quiet, remove, succeeds},
};
use crate::support::{Engine, on_both_engines, served::Served};

on_both_engines!(the_forgetting_of_changes);

/// Nothing is gone before it is said to be unknown, and done again it goes on to the end.
async fn the_forgetting_of_changes(engine: Engine) {
    let mut chance = chance(&format!("forget {engine:?}"));
    let before = (antq::domain::today() - chrono::TimeDelta::days(10)).to_string();
    let (mut takes, mut partly) = (None, 0);
    for run in 0..=runs() {
        let url = State::Full.database(engine).await;
        let all = aged(&url).await;
        let command = ["forget", "changes", "--before", &before, "--database-url", &url];
        match takes {
            // The first time it is not killed, so that it is known how long it takes.
            None => {
                let began = Instant::now();
                succeeds(&command);
                takes = Some(began.elapsed());
            }
            Some(takes) => {
                let mut process = quiet(&command).spawn().unwrap();
                std::thread::sleep(takes * (chance.below(1_100) as u32) / 1_000);
                process.kill().unwrap();
                process.wait().unwrap();
            }
        }
        let served = Served::start(&url);
        assert_eq!(served.get("/readyz").status, 200, "{}", served.said());
        served.stop();
        let Kept { entries, unknown } = kept(&url).await;
        let is_said = unknown == all.unknown;
        assert!(entries == all.entries || is_said, "run {run}: {entries} of {all:?}, unknown up to {unknown}");
        partly += usize::from(0 < entries && entries < all.entries);
        succeeds(&command);
        assert_eq!(kept(&url).await, Kept { entries: 0, ..all }, "run {run}");
        if run.is_multiple_of(WHOLE) {
            is_whole(&url).await;
        }
        remove(&url).await;
    }
    eprintln!("of {} times, each of {:?}, it was done in part {partly} times", runs(), takes.unwrap());
}

/// How much of a log is there, and up to which number it is said to be unknown.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    entries: i64,
    unknown: i64,
}

/// Has all that was changed so far have happened before the day; what there is, and is to be said to be unknown.
async fn aged(url: &str) -> Kept {
    let store = Store::connect(url).await.unwrap();
    let aged = "UPDATE change_log SET changed_at = '2026-01-01T00:00:00.000+00:00'";
    store.writer().execute_unprepared(aged).await.unwrap();
    let entries = number(&store, "SELECT COUNT(*) FROM change_log").await;
    let unknown = number(&store, "SELECT MAX(seq) FROM change_log").await;
    store.close().await;
    Kept { entries, unknown }
}

async fn kept(url: &str) -> Kept {
    let store = Store::connect(url).await.unwrap();
    let entries = number(&store, "SELECT COUNT(*) FROM change_log").await;
    let unknown = number(&store, "SELECT kept_seq FROM change_feed").await;
    store.close().await;
    Kept { entries, unknown }
}

async fn number(store: &Store, query: &str) -> i64 {
    let row = store.writer().query_one_raw(Statement::from_string(store.engine(), query)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}
