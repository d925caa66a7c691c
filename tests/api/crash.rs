//! The program and the database are killed at moments taken by chance: what was acknowledged is there, what was not is there
//! wholly or not at all, and the next start needs no hand.
//!
//! `CRASH_RUNS` says how often each is killed, 100 times by `make soak`; `CRASH_SEED` takes the same moments again.

mod commands;
mod copies;
mod database;
mod forgetting;
mod serving;
pub mod states;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::asking::Random;

/// How often each is killed, unless `CRASH_RUNS` says otherwise.
const RUNS: usize = 3;
/// The same, of PostgreSQL, which takes seconds to come back.
const DATABASE_RUNS: usize = 2;

fn runs() -> usize {
    runs_or(RUNS)
}

fn runs_or(few: usize) -> usize {
    std::env::var("CRASH_RUNS").map_or(few, |runs| runs.parse().unwrap())
}

/// Chance of its own for what is done, by a seed that is printed.
fn chance(what: &str) -> Random {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    eprintln!("{what}: CRASH_SEED={seed}");
    // Each what has moments of its own.
    Random(what.bytes().fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into())))
}
