use std::{
    net::Ipv4Addr,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use proptest::{collection::vec, prelude::*};

use super::*;

/// A clock that stands still unless it is moved. Each test that moves one has its own.
macro_rules! clock {
    ($now:ident, $passed:ident) => {
        static $passed: AtomicU64 = AtomicU64::new(0);

        fn $now() -> Now {
            let (start, passed) = (Now::at_rest(), Duration::from_nanos($passed.load(Ordering::Relaxed)));
            Now { instant: start.instant + passed, wall: start.wall + passed }
        }
    };
}

const MINUTE: u64 = 60_000_000_000;

fn here() -> Payer {
    Payer::of(&Who::Anonymous, Ipv4Addr::LOCALHOST.into())
}

fn budgets(anonymous: u32, clock: fn() -> Now) -> Budgets {
    Budgets::new(Rates { anonymous, key: 0, clock })
}

#[test]
fn a_budget_holds_a_minutes_worth_and_fills_evenly() {
    clock!(now, PASSED);
    let budgets = budgets(60, now);
    let left = |budgets: &Budgets| budgets.state(&here()).map(|balance| balance.remaining);
    assert!(budgets.charge(&here(), 60).is_ok());
    assert_eq!(left(&budgets), Some(0));
    let Err(Refusal::TooSoon { balance, wait }) = budgets.charge(&here(), 10) else { panic!("it is empty") };
    assert_eq!((balance.limit, balance.remaining, wait), (60, 0, Duration::from_secs(10)));
    assert_eq!(balance.reset_at, now().wall + Duration::from_secs(60));
    // A nanosecond before the tenth second there are nine points and a little.
    PASSED.store(10_000_000_000 - 1, Ordering::Relaxed);
    assert_eq!(left(&budgets), Some(9));
    assert!(matches!(budgets.charge(&here(), 10), Err(Refusal::TooSoon { wait, .. }) if wait.as_nanos() == 1));
    PASSED.store(10_000_000_000, Ordering::Relaxed);
    assert!(budgets.charge(&here(), 10).is_ok());
    PASSED.store(100 * MINUTE, Ordering::Relaxed);
    assert_eq!(left(&budgets), Some(60));
}

#[test]
fn what_was_not_used_is_given_back_once() {
    let budgets = budgets(100, Now::at_rest);
    let charge = budgets.charge(&here(), 90).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(charge.settle(30).map(|balance| balance.remaining), Some(70));
    // More than was taken is not charged afterwards.
    let charge = budgets.charge(&here(), 10).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(charge.settle(50).map(|balance| balance.remaining), Some(60));
    drop(budgets.charge(&here(), 10));
    assert_eq!(budgets.state(&here()).map(|balance| balance.remaining), Some(50));
}

#[test]
fn what_is_dearer_than_a_budget_is_not_to_be_tried_again() {
    let budgets = budgets(100, Now::system);
    assert!(budgets.charge(&here(), 100).is_ok());
    assert_eq!(budgets.charge(&here(), 101).err(), Some(Refusal::TooDear { limit: 100 }));
}

#[test]
fn each_payer_has_a_budget_and_some_have_none() {
    let budgets = budgets(1, Now::at_rest);
    let address = |text: &str| Payer::of(&Who::Anonymous, text.parse().unwrap_or_else(|_| panic!("{text}")));
    let same = [("192.0.2.1", "::ffff:192.0.2.1"), ("2001:db8::1", "2001:db8::ffff:1:2:3")];
    let others = [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1")];
    assert!(same.into_iter().all(|(one, other)| address(one) == address(other)));
    assert!(others.into_iter().all(|(one, other)| address(one) != address(other)));
    assert!(budgets.charge(&address("192.0.2.1"), 1).is_ok());
    assert!(budgets.charge(&address("192.0.2.1"), 1).is_err());
    assert!(budgets.charge(&address("192.0.2.2"), 1).is_ok());
    let key = Payer::of(&Who::Key { id: 1, name: "partner".to_owned() }, Ipv4Addr::LOCALHOST.into());
    assert!((0..1_000).all(|_| budgets.charge(&key, u64::MAX).is_ok()));
    assert_eq!(budgets.state(&key), None);
}

#[test]
fn payers_are_forgotten_where_there_are_too_many() {
    clock!(now, PASSED);
    let budgets = budgets(60, now);
    let address = |number: u32| Payer::Address(Ipv4Addr::from_bits(number).into());
    let count = u32::try_from(PAYERS).unwrap_or(u32::MAX);
    for number in 0..2 * count {
        PASSED.fetch_add(1, Ordering::Relaxed);
        assert!(budgets.charge(&address(number), 60).is_ok());
        assert!(budgets.buckets().len() <= PAYERS);
    }
    // Those who came last are remembered.
    assert!(budgets.charge(&address(2 * count - 1), 60).is_err());
    // After a minute none of them owes anything: there is room for all who are new.
    PASSED.fetch_add(MINUTE, Ordering::Relaxed);
    for number in 3 * count..4 * count {
        assert!(budgets.charge(&address(number), 60).is_ok());
        assert!(budgets.buckets().len() <= PAYERS);
    }
    assert!((3 * count..4 * count).all(|number| budgets.charge(&address(number), 60).is_err()));
}

#[tokio::test]
async fn who_pays_while_they_are_served_waits_for_their_budget() {
    // Each look at this clock takes a millisecond, in which 1,000 points fill up.
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    fn now() -> Now {
        let passed = Duration::from_millis(LOOKS.fetch_add(1, Ordering::Relaxed));
        let start = Now::at_rest();
        Now { instant: start.instant + passed, wall: start.wall + passed }
    }
    let budgets = budgets(60_000_000, now);
    assert!(budgets.charge(&here(), 60_000_000).is_ok());
    budgets.charge_in_time(&here(), 20_000).await;
    assert!(LOOKS.load(Ordering::Relaxed) > 20);
    assert!(budgets.state(&here()).is_some_and(|balance| balance.remaining < 60_000));
}

impl Now {
    /// The same moment each time, so that nothing fills up.
    fn at_rest() -> Self {
        static START: LazyLock<Now> = LazyLock::new(Now::system);
        *START
    }
}

/// What happens to a budget: time passes, and somebody takes points and gives some of them back, or takes them for good.
#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u64),
    Take { points: u64, actual: Option<u64> },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let take = (0..200_u64, prop::option::of(0..250_u64)).prop_map(|(points, actual)| Step::Take { points, actual });
    vec(prop_oneof![(0..MINUTE).prop_map(Step::Pass), take], 1..200)
}

proptest! {
    /// Over any time no more is paid than a minute's worth and what has filled up since; there is never more than a minute's
    /// worth, and what is refused is refused rightly, with the right time to wait.
    #[test]
    fn nobody_gets_more_than_a_budget(rate in 1..150_u32, steps in steps()) {
        clock!(now, PASSED);
        // The cases are run one after the other, on one clock that only goes on.
        let start = PASSED.load(Ordering::Relaxed);
        let budgets = budgets(rate, now);
        let mut paid = 0_u128;
        for step in steps {
            match step {
                Step::Pass(time) => {
                    PASSED.fetch_add(time, Ordering::Relaxed);
                }
                Step::Take { points, actual } => {
                    let before = budgets.state(&here()).map_or(0, |balance| balance.remaining);
                    match budgets.charge(&here(), points) {
                        Ok(charge) => {
                            prop_assert!(points <= before.into());
                            let kept = actual.map_or(points, |actual| actual.min(points));
                            paid += u128::from(kept);
                            if let Some(actual) = actual {
                                let left = charge.settle(actual).map_or(0, |balance| balance.remaining);
                                prop_assert_eq!(u64::from(left) + kept, u64::from(before));
                            }
                        }
                        Err(Refusal::TooDear { .. }) => prop_assert!(points > rate.into()),
                        Err(Refusal::TooSoon { balance, wait }) => {
                            prop_assert!(u64::from(balance.remaining) < points && points <= rate.into());
                            let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
                            PASSED.fetch_add(wait - 1, Ordering::Relaxed);
                            prop_assert!(budgets.charge(&here(), points).is_err());
                            PASSED.fetch_add(1, Ordering::Relaxed);
                            prop_assert!(budgets.charge(&here(), points).is_ok());
                            paid += u128::from(points);
                        }
                    }
                }
            }
            let passed = u128::from(PASSED.load(Ordering::Relaxed) - start);
            let most = u128::from(rate) * (u128::from(MINUTE) + passed);
            prop_assert!(paid * u128::from(MINUTE) <= most, "{} points in {} ns", paid, passed);
        }
    }
}
