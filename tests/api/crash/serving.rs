//! Writes over HTTP, while the server is killed.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use antq::store::Store;

use super::{
    chance, runs,
    states::{State, is_whole, remove, starts},
};
use crate::{
    support::{
        Engine, on_both_engines,
        served::{self, Served},
    },
    writes::{Found, Write, kinds, purpose},
};

on_both_engines!(what_was_acknowledged_is_there);

/// Clients that write at once.
const CLIENTS: usize = 4;

async fn what_was_acknowledged_is_there(engine: Engine) {
    for kind in kinds() {
        let mut chance = chance(&format!("{} {engine:?}", kind.name()));
        let url = State::Full.database(engine).await;
        let key = served::key(&url);
        let numbers = AtomicUsize::new(0);
        let mut acknowledged = BTreeSet::new();
        for run in 1..=runs() {
            let mut server = Served::start(&url);
            let address = server.address();
            // Chance may kill each before it has answered anybody.
            if run == runs() {
                acknowledged.insert(written_now(&*kind, &server, &key, &numbers));
            }
            let during = || {
                std::thread::sleep(Duration::from_millis(chance.below(700) as u64));
                server.kill();
            };
            acknowledged.extend(written(&*kind, &address, &key, &numbers, during));
            starts(&url).await;
        }
        is_there(&*kind, &url, &acknowledged, numbers.into_inner()).await;
        is_whole(&url).await;
        remove(&url).await;
    }
}

/// Has clients write until `during` is over and nobody answers them any more; the writes that were acknowledged.
pub fn written(
    kind: &dyn Write,
    address: &str,
    key: &str,
    numbers: &AtomicUsize,
    during: impl FnOnce(),
) -> BTreeSet<usize> {
    let (acknowledged, over) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
    let client = || {
        while !over.load(Ordering::Relaxed) {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            let headers = [("Authorization", key), ("X-Purpose", &purpose(number))];
            // An answer that never came, or came in part, acknowledges nothing; and nobody is there any more.
            let Ok(answer) = served::post(address, &headers, &kind.body(number)) else { return };
            if answer.status == 200 && kind.acknowledged(&answer.json()) {
                acknowledged.lock().unwrap().insert(number);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(client);
        }
        during();
        over.store(true, Ordering::Relaxed);
    });
    acknowledged.into_inner().unwrap()
}

/// Has one write made while nothing happens to anybody: its number.
pub fn written_now(kind: &dyn Write, server: &Served, key: &str, numbers: &AtomicUsize) -> usize {
    let number = numbers.fetch_add(1, Ordering::Relaxed);
    let answer = server.post(&[("Authorization", key), ("X-Purpose", &purpose(number))], &kind.body(number));
    assert!(answer.status == 200 && kind.acknowledged(&answer.json()), "{answer:?}");
    number
}

/// Each write that was acknowledged is there, and each that was not is there wholly or not at all.
pub async fn is_there(kind: &dyn Write, url: &str, acknowledged: &BTreeSet<usize>, made: usize) {
    let store = Store::connect(url).await.unwrap();
    let mut unacknowledged = 0;
    for number in 0..made {
        match (kind.found(&store, number).await, acknowledged.contains(&number)) {
            (Found::Whole, known) => unacknowledged += usize::from(!known),
            (Found::Nothing, false) => {}
            (found, known) => panic!("{} {number}: {found:?}, acknowledged: {known}", kind.name()),
        }
    }
    store.close().await;
    eprintln!(
        "{}: of {made} writes {} were acknowledged; of the others {unacknowledged} are there",
        kind.name(),
        acknowledged.len()
    );
}
