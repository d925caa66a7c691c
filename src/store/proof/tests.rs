//! A reading is shared by those who called before it began, and by nobody else.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::*;

/// A database whose only version is how many readings were begun; each ends when the test lets it.
#[derive(Clone)]
struct Slow(Arc<(AtomicI64, Semaphore)>);

impl Slow {
    fn new(permits: usize) -> Self {
        Self(Arc::new((AtomicI64::new(0), Semaphore::new(permits))))
    }

    fn begun(&self) -> i64 {
        self.0.0.load(Ordering::SeqCst)
    }

    fn end_one(&self) {
        self.0.1.add_permits(1);
    }
}

impl Source for Slow {
    async fn read(&mut self) -> Result<Reading, Error> {
        let version = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.acquire().await.map_err(Error::internal)?.forget();
        match version {
            13 => Err(Error::internal("the thirteenth fails")),
            _ => Ok(Reading { server: 0, tables: vec![("ward".to_owned(), version)] }),
        }
    }

    async fn close(self) {}
}

/// Lets every other task go as far as it can.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

fn version(versions: Result<Arc<Versions>, Error>) -> i64 {
    versions.ok().and_then(|versions| versions.of("ward")).unwrap_or(0)
}

#[tokio::test]
async fn those_who_wait_share_the_next_reading_and_never_the_one_under_way() {
    let slow = Slow::new(0);
    let proofs = Proofs::from_source(slow.clone());
    let call = || {
        tokio::spawn({
            let proofs = proofs.clone();
            async move { version(proofs.now().await) }
        })
    };
    let first = call();
    settle().await;
    let others: Vec<_> = (0..50).map(|_| call()).collect();
    settle().await;
    assert_eq!(slow.begun(), 1);
    slow.end_one();
    slow.end_one();
    assert_eq!(first.await.ok(), Some(1));
    for other in others {
        assert_eq!(other.await.ok(), Some(2), "begun after the call, and one for all");
    }
    assert_eq!(slow.begun(), 2);
}

#[tokio::test]
async fn who_leaves_keeps_nobody_waiting() {
    let slow = Slow::new(0);
    let proofs = Proofs::from_source(slow.clone());
    let call = || {
        tokio::spawn({
            let proofs = proofs.clone();
            async move { version(proofs.now().await) }
        })
    };
    let (reads_for, waits, stays) = (call(), call(), call());
    settle().await;
    let (leaves_later, stays_too) = (call(), call());
    reads_for.abort();
    waits.abort();
    leaves_later.abort();
    settle().await;
    slow.end_one();
    slow.end_one();
    assert_eq!((stays.await.ok(), stays_too.await.ok()), (Some(1), Some(2)));
    // Nobody is left of those who called: nothing is read for them.
    let (alone, next) = (call(), call());
    settle().await;
    assert_eq!(slow.begun(), 3);
    let gone = call();
    settle().await;
    gone.abort();
    settle().await;
    slow.end_one();
    assert_eq!((alone.await.ok(), next.await.ok()), (Some(3), Some(3)));
    settle().await;
    assert_eq!(slow.begun(), 3);
}

#[tokio::test]
async fn a_reading_that_fails_is_an_error_for_its_callers_only() {
    let proofs = Proofs::from_source(Slow::new(usize::MAX >> 4));
    for reading in 1..=14 {
        assert_eq!(version(proofs.now().await), if reading == 13 { 0 } else { reading });
    }
    proofs.close().await;
    assert!(proofs.now().await.is_err());
    proofs.close().await;
}

#[test]
fn a_proof_holds_while_its_tables_are_as_they_were() {
    let versions = |number, server, ward, team| {
        let tables = vec![("team".to_owned(), team), ("ward".to_owned(), ward)];
        Versions { number, reading: Reading { server, tables } }
    };
    let proof = |tables: &[&'static str]| versions(5, 1, 10, 20).proof(&tables.iter().copied().collect());
    let holds = |tables: &[&'static str], now| proof(tables).is_some_and(|proof| proof.holds(&now));
    assert!(holds(&["ward"], versions(6, 1, 10, 21)), "another table changed");
    assert!(!holds(&["ward", "team"], versions(6, 1, 10, 21)));
    assert!(!holds(&["ward"], versions(6, 1, 9, 20)), "going back is a change too");
    assert!(!holds(&["ward"], versions(6, 2, 10, 20)), "another server's versions say nothing");
    assert!(holds(&["ward", "team"], versions(4, 1, 9, 19)), "made after these were read");
    assert!(holds(&[], versions(6, 1, 11, 21)), "made from nothing that changes");
    assert!(proof(&["ward", "ward_designation"]).is_none(), "nobody counts the changes of a view");
}
