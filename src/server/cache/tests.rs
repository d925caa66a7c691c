//! What is kept is served for as long as it is true, made once, and bounded.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::*;
use crate::{
    error::Error,
    server::status::Outcome,
    store::proof::{Reading, Source},
};

/// Two tables whose versions the test raises; below zero, the database is away.
#[derive(Clone, Default)]
struct Tables(Arc<[AtomicI64; 2]>);

impl Tables {
    fn write(&self, table: usize) {
        self.0[table].fetch_add(1, Ordering::SeqCst);
    }
}

impl Source for Tables {
    async fn read(&mut self) -> Result<Reading, Error> {
        let [team, ward] = [0, 1].map(|table| self.0[table].load(Ordering::SeqCst));
        if team < 0 {
            return Err(Error::internal("away"));
        }
        Ok(Reading { server: 0, tables: vec![("team".to_owned(), team), ("ward".to_owned(), ward)] })
    }

    async fn close(self) {}
}

const TEAM: usize = 0;
const WARD: usize = 1;

/// A cache, and what is behind it.
#[derive(Clone)]
struct Service {
    tables: Tables,
    cache: AnswerCache,
    made: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Service {
    fn new(bytes: u64) -> Self {
        let tables = Tables::default();
        let cache = AnswerCache::new(|| Proofs::from_source(tables.clone()), bytes);
        Self { tables, cache, made: Arc::default(), gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)) }
    }

    /// One whose answers are made when the test lets them.
    fn gated() -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), ..Self::new(1_000_000) }
    }

    fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    async fn ask(&self, document: &str, tables: &[&'static str], cacheable: bool) -> Origin {
        let key = Key {
            document: document.to_owned(),
            operation: None,
            variables: "{}".to_owned(),
            today: chrono::NaiveDate::MIN,
            sight: Sight::default(),
        };
        let make = || async {
            self.made.fetch_add(1, Ordering::SeqCst);
            drop(self.gate.acquire().await.map(tokio::sync::SemaphorePermit::forget));
            let answer = Answer::new(Outcome::Whole, cacheable, document.into());
            Ok::<_, Infallible>(answer.from(Some(tables.iter().copied().collect())))
        };
        match self.cache.get_or_make(key, None, make).await {
            Ok((_, origin)) => origin,
            Err(never) => match never {},
        }
    }

    fn spawn(&self, cacheable: bool) -> tokio::task::JoinHandle<Origin> {
        let service = self.clone();
        tokio::spawn(async move { service.ask("wards", &["ward"], cacheable).await })
    }
}

/// Lets every other task go as far as it can.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

#[tokio::test]
async fn an_answer_is_served_again_until_one_of_its_tables_changes() {
    let service = Service::new(1_000_000);
    let ask = || service.ask("wards", &["ward"], true);
    assert_eq!((ask().await, ask().await), (Origin::Miss, Origin::Hit));
    service.tables.write(TEAM);
    assert_eq!(ask().await, Origin::Hit);
    service.tables.write(WARD);
    assert_eq!((ask().await, ask().await), (Origin::Miss, Origin::Hit));
    assert_eq!(service.ask("nothing that changes", &[], true).await, Origin::Miss);
    service.tables.write(WARD);
    assert_eq!(service.ask("nothing that changes", &[], true).await, Origin::Hit);
}

#[tokio::test]
async fn a_write_while_an_answer_is_made_leaves_it_unproved() {
    let service = Service::gated();
    let asked = service.spawn(true);
    settle().await;
    service.tables.write(WARD);
    service.gate.add_permits(2);
    assert_eq!(asked.await.ok(), Some(Origin::Miss));
    assert_eq!(service.ask("wards", &["ward"], true).await, Origin::Miss);
    assert_eq!(service.ask("wards", &["ward"], true).await, Origin::Hit);
}

#[tokio::test]
async fn what_many_ask_at_once_is_made_once() {
    let service = Service::gated();
    let asked: Vec<_> = (0..100).map(|_| service.spawn(true)).collect();
    settle().await;
    service.gate.add_permits(100);
    let mut misses = 0;
    for origin in asked {
        misses += usize::from(origin.await.ok() == Some(Origin::Miss));
    }
    assert_eq!((service.made(), misses), (1, 1));
}

/// Those who came after the write cannot use what is being made; of them too, one makes it for all.
#[tokio::test]
async fn what_many_wait_for_and_a_write_outdates_is_made_once_more() {
    let service = Service::gated();
    let first = service.spawn(true);
    settle().await;
    let mut others = Vec::new();
    for _ in 0..10 {
        service.tables.write(WARD);
        others.push(service.spawn(true));
        settle().await;
    }
    service.gate.add_permits(100);
    assert_eq!(first.await.ok(), Some(Origin::Miss));
    for other in others {
        other.await.ok();
    }
    assert_eq!(service.made(), 2);
}

#[tokio::test]
async fn when_the_one_who_makes_it_leaves_another_does() {
    let service = Service::gated();
    let leaves = service.spawn(true);
    settle().await;
    let others: Vec<_> = (0..10).map(|_| service.spawn(true)).collect();
    settle().await;
    leaves.abort();
    settle().await;
    service.gate.add_permits(100);
    for other in others {
        assert!(other.await.is_ok());
    }
    assert_eq!(service.made(), 2);
}

#[tokio::test]
async fn those_who_wait_for_what_cannot_be_shared_do_not_form_a_line() {
    let service = Service::gated();
    let asked: Vec<_> = (0..10).map(|_| service.spawn(false)).collect();
    settle().await;
    assert_eq!(service.made(), 1);
    service.gate.add_permits(1);
    settle().await;
    assert_eq!(service.made(), 10, "all at once");
    service.gate.add_permits(100);
    for origin in asked {
        assert_eq!(origin.await.ok(), Some(Origin::Miss));
    }
    assert_eq!(service.ask("wards", &["ward"], false).await, Origin::Miss);
}

#[tokio::test]
async fn what_cannot_be_proved_is_not_kept() {
    let service = Service::new(1_000_000);
    for _ in 0..2 {
        assert_eq!(service.ask("a view", &["ward", "ward_designation"], true).await, Origin::Miss);
    }
    service.ask("wards", &["ward"], true).await;
    service.tables.0[TEAM].store(-1, Ordering::SeqCst);
    assert_eq!(service.ask("wards", &["ward"], true).await, Origin::Miss, "the database is away");
    service.tables.0[TEAM].store(0, Ordering::SeqCst);
    assert_eq!(service.ask("wards", &["ward"], true).await, Origin::Hit);
}

#[tokio::test]
async fn it_takes_no_more_than_it_may() {
    let service = Service::new(100_000);
    let kept = || service.cache.0.as_ref().map(|inner| (inner.kept.weight(), inner.kept.len())).unwrap_or_default();
    for number in 0..1_000 {
        service.ask(&format!("{number:01000}"), &["ward"], true).await;
        assert!(kept().0 <= 100_000, "{:?}", kept());
    }
    assert!(kept().1 > 20, "{:?}", kept());
    let large = "x".repeat(20_000);
    assert_eq!(service.ask(&large, &["ward"], true).await, Origin::Miss);
    assert_eq!(service.ask(&large, &["ward"], true).await, Origin::Miss, "too large to be kept");
}

#[tokio::test]
async fn without_room_nothing_is_kept_or_proved() {
    let cache = AnswerCache::new(|| unreachable!("no proof is read"), 0);
    let service = Service { cache, ..Service::new(1) };
    for _ in 0..2 {
        assert_eq!(service.ask("wards", &["ward"], true).await, Origin::Off);
    }
}
