//! Commands that write, killed in the midst of it.

use std::time::{Duration, Instant};

use antq::ids::NodeId;

use super::{
    chance, runs,
    states::{State, file, is_whole, quiet, remove, starts, succeeds, what},
};
use crate::{
    roster::{PHU_LOI, large},
    support::{Engine, on_both_engines},
};

/// Of so many runs one has its file read as a whole, which takes longer than all the rest.
pub const WHOLE: usize = 25;

on_both_engines!(
    migrations_from_nothing,
    migrations_from_the_version_before,
    the_load_of_the_reference_data,
    the_invention_of_the_demo,
    the_redaction_of_members,
    the_making_of_a_key,
    the_import_of_a_roster,
);

async fn migrations_from_nothing(engine: Engine) {
    killed(engine, State::Nothing, &["migrate"]).await;
}

async fn migrations_from_the_version_before(engine: Engine) {
    killed(engine, State::Older, &["migrate"]).await;
}

async fn the_load_of_the_reference_data(engine: Engine) {
    killed(engine, State::Tables, &["load"]).await;
}

async fn the_invention_of_the_demo(engine: Engine) {
    killed(engine, State::Loaded, &["demo"]).await;
}

async fn the_redaction_of_members(engine: Engine) {
    let ids: Vec<String> = (1..=200).map(|row| NodeId::encode("member", row)).collect();
    let arguments: Vec<&str> = ["members", "redact"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    killed(engine, State::Full, &arguments).await;
}

async fn the_making_of_a_key(engine: Engine) {
    killed(engine, State::Loaded, &["keys", "create", "--name", "new", "--city", "01", "92", "--ward", "31120"]).await;
}

/// Members and teams are added, and others retired.
async fn the_import_of_a_roster(engine: Engine) {
    let file = large();
    killed(engine, State::Full, &["import", "roster", &file, "--ward", PHU_LOI, "--retire-missing", "--yes"]).await;
    std::fs::remove_file(file).unwrap();
}

/// What is killed is a command with one transaction, so that the next start finds all of it or nothing.
async fn killed(engine: Engine, state: State, arguments: &[&str]) {
    let mut chance = chance(&format!("{} {engine:?} {state:?}", arguments[..2.min(arguments.len())].join(" ")));
    let url = state.database(engine).await;
    // Migrations are made up for by the start itself.
    let migrates = arguments == ["migrate"];
    let before = if migrates { Vec::new() } else { what(&url).await };
    let with =
        |url: &str| [arguments, &["--database-url", url]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let began = Instant::now();
    succeeds(&with(&url).iter().map(String::as_str).collect::<Vec<_>>());
    let takes = began.elapsed();
    let after = what(&url).await;
    assert_ne!(before, after, "it writes nothing");
    remove(&url).await;
    let (mut kept, mut lost) = (0, 0);
    for run in 0..runs() {
        let url = state.database(engine).await;
        let arguments = with(&url);
        let mut process = quiet(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
        let at = takes * (chance.below(1_100) as u32) / 1_000;
        std::thread::sleep(at);
        process.kill().unwrap();
        let acknowledged = process.wait().unwrap().success();
        let found = starts(&url).await;
        match found == after {
            true => kept += 1,
            false => {
                assert!(!acknowledged, "run {run}, at {at:?}: it said that it was done");
                assert!(found == before, "run {run}, at {at:?}: {:?}", differences(&before, &found));
                // And it can be done then: it is tried for the first time that it was not.
                if lost == 0 {
                    succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
                    assert!(what(&url).await == after, "run {run}, at {at:?}");
                }
                lost += 1;
            }
        }
        if run.is_multiple_of(WHOLE) {
            is_whole(&url).await;
        }
        if let Some(file) = file(&url) {
            assert!(!beside(&file, "-journal").exists() && !beside(&file, "-wal").exists(), "run {run}: {url}");
        }
        remove(&url).await;
    }
    eprintln!("of {} times, each of {takes:?}, it was done {kept} times and not at all {lost} times", runs());
}

fn beside(file: &std::path::Path, end: &str) -> std::path::PathBuf {
    format!("{}{end}", file.display()).into()
}

fn differences(one: &[String], other: &[String]) -> Vec<String> {
    let gone = one.iter().filter(|line| !other.contains(line)).map(|line| format!("- {line}"));
    let new = other.iter().filter(|line| !one.contains(line)).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}

/// Two processes that migrate at the same time, one of which may be killed: the other one does it.
mod together {
    use super::*;

    on_both_engines!(two_migrate_at_once, one_of_two_is_killed);

    async fn two_migrate_at_once(engine: Engine) {
        for state in [State::Nothing, State::Older] {
            let url = state.database(engine).await;
            let arguments = ["migrate", "--database-url", &url];
            let both = [(); 4].map(|()| {
                crate::support::served::program().args(arguments).stderr(std::process::Stdio::piped()).spawn().unwrap()
            });
            for process in both {
                let output = process.wait_with_output().unwrap();
                assert!(output.status.success(), "{state:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
            starts(&url).await;
        }
    }

    async fn one_of_two_is_killed(engine: Engine) {
        let mut chance = chance(&format!("two migrate {engine:?}"));
        for run in 0..runs() {
            let url = State::Nothing.database(engine).await;
            let arguments = ["migrate", "--database-url", &url];
            let mut first = quiet(&arguments).spawn().unwrap();
            let second = quiet(&arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
            let at = Duration::from_millis(chance.below(500) as u64);
            std::thread::sleep(at);
            first.kill().unwrap();
            first.wait().unwrap();
            let second = second.wait_with_output().unwrap();
            assert!(second.status.success(), "run {run}, at {at:?}: {}", String::from_utf8_lossy(&second.stderr));
            starts(&url).await;
            remove(&url).await;
        }
    }
}
