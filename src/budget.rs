//! Budgets: how much each payer may ask for in a minute.
//!
//! A budget is a token bucket (Turner, "New directions in communications", 1986): it holds a minute's worth of points, is
//! full at first, and fills evenly. A request takes what it may cost before it is run, and what it did not cost is given back
//! ([`Charge::settle`]). So nobody is ever charged for more than they asked, and never has more than a minute's worth.

mod bucket;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::auth::Who;
use bucket::Bucket;

/// The most points a minute that a budget may have: what is reckoned with then stays within 64 bits.
pub const MAX_POINTS: u32 = 100_000_000;

/// Payers that are remembered. Whoever is forgotten has a full budget again.
const PAYERS: usize = 10_000;
/// Of those a part so large is forgotten at once where all of them are in use, so that it is not done for each new one.
const FORGOTTEN: usize = PAYERS / 4;

/// Who pays for a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// Everyone at an address, or, of IPv6, in a network of 64 bits: that is what one customer is given.
    Address(IpAddr),
    /// Whoever has the API key of this number.
    Key(i64),
    /// The holder of a token, by its subject.
    Staff(String),
}

impl Payer {
    /// Who pays for what somebody at an address asks.
    pub fn of(who: &Who, address: IpAddr) -> Self {
        match who {
            Who::Anonymous => Self::Address(network(address)),
            Who::Key { id, .. } => Self::Key(*id),
            Who::Staff { subject } => Self::Staff(subject.clone()),
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

/// What time it is: by a clock that never goes back, and by the one on the wall.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// What budgets are filled by.
    pub instant: Instant,
    /// What clients are told.
    pub wall: DateTime<Utc>,
}

impl Now {
    /// By the clocks of the system.
    pub fn system() -> Self {
        Self { instant: Instant::now(), wall: Utc::now() }
    }
}

/// How large budgets are, in points a minute; 0 is without end.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Of an address from which somebody asks who is not known. At most [`MAX_POINTS`].
    pub anonymous: u32,
    /// Of a key, and of a member of the staff. At most [`MAX_POINTS`].
    pub key: u32,
    /// The clock: the system's, but in tests.
    pub clock: fn() -> Now,
}

impl Rates {
    /// Budgets without end.
    pub const UNLIMITED: Self = Self { anonymous: 0, key: 0, clock: Now::system };
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Points a minute, and the most there ever are.
    pub limit: u32,
    /// Whole points that are left.
    pub remaining: u32,
    /// When it is full again, if nothing more is taken.
    pub reset_at: DateTime<Utc>,
}

/// Why a charge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is more than the whole budget: it will never pass.
    TooDear {
        /// Points a minute.
        limit: u32,
    },
    /// It is more than what is left.
    TooSoon {
        /// What is left.
        balance: Balance,
        /// When enough is there, if nothing more is taken.
        wait: Duration,
    },
}

/// The budgets of all payers. Clones share them.
#[derive(Clone, Debug)]
pub struct Budgets(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rates: Rates,
    buckets: Mutex<HashMap<Payer, Bucket>>,
}

impl Budgets {
    /// Budgets, all of them full.
    pub fn new(rates: Rates) -> Self {
        let most = |rate: u32| rate.min(MAX_POINTS);
        let rates = Rates { anonymous: most(rates.anonymous), key: most(rates.key), ..rates };
        Self(Arc::new(Inner { rates, buckets: Mutex::default() }))
    }

    /// Takes points from the budget of a payer.
    ///
    /// # Errors
    /// [`Refusal`] where there are not so many; nothing is taken then.
    pub fn charge(&self, payer: &Payer, points: u64) -> Result<Charge, Refusal> {
        if let Some(limit) = self.limit(payer) {
            self.with(payer, limit, |bucket, now| {
                let wait = bucket.take(limit, points).map_err(|_| Refusal::TooDear { limit })?;
                match wait {
                    Some(wait) => Err(Refusal::TooSoon { balance: balance(bucket, limit, now), wait }),
                    None => Ok(()),
                }
            })?;
        }
        Ok(Charge { budgets: self.clone(), payer: payer.clone(), points })
    }

    /// Takes points as soon as they are there, a whole budget at a time where they are more than one: whoever pays while they
    /// are served is served no faster than their budget fills.
    pub async fn charge_in_time(&self, payer: &Payer, mut points: u64) {
        let Some(limit) = self.limit(payer) else { return };
        while points > 0 {
            let part = points.min(limit.into());
            match self.charge(payer, part) {
                Ok(_) => points -= part,
                Err(Refusal::TooSoon { wait, .. }) => tokio::time::sleep(wait).await,
                Err(Refusal::TooDear { .. }) => return,
            }
        }
    }

    /// What is left of the budget of a payer; nothing if it is without end.
    pub fn state(&self, payer: &Payer) -> Option<Balance> {
        let limit = self.limit(payer)?;
        Some(self.with(payer, limit, |bucket, now| balance(bucket, limit, now)))
    }

    fn limit(&self, payer: &Payer) -> Option<u32> {
        let rate = match payer {
            Payer::Address(_) => self.0.rates.anonymous,
            Payer::Key(_) | Payer::Staff(_) => self.0.rates.key,
        };
        (rate > 0).then_some(rate)
    }

    /// Does something with the bucket of a payer as it is now.
    fn with<T>(&self, payer: &Payer, rate: u32, act: impl FnOnce(&mut Bucket, Now) -> T) -> T {
        let mut buckets = self.buckets();
        // Asked for while nobody else can, so that time goes on from one to the next.
        let now = (self.0.rates.clock)();
        if buckets.len() >= PAYERS && !buckets.contains_key(payer) {
            self.forget(&mut buckets, now.instant);
        }
        let bucket = buckets.entry(payer.clone()).or_insert_with(|| Bucket::full(now.instant));
        bucket.fill(rate, now.instant);
        act(bucket, now)
    }

    /// Makes room: for nothing is lost with a budget that is full again, and little with one that was not used for long.
    fn forget(&self, buckets: &mut HashMap<Payer, Bucket>, now: Instant) {
        buckets.retain(|payer, bucket| {
            bucket.fill(self.limit(payer).unwrap_or_default(), now);
            !bucket.is_full()
        });
        if buckets.len() > PAYERS - FORGOTTEN {
            let mut used: Vec<Instant> = buckets.values().map(Bucket::used).collect();
            let (_, last, _) = used.select_nth_unstable(FORGOTTEN);
            let last = *last;
            buckets.retain(|_, bucket| bucket.used() > last);
        }
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<Payer, Bucket>> {
        self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn balance(bucket: &Bucket, limit: u32, now: Now) -> Balance {
    let full = TimeDelta::from_std(bucket.until_full(limit)).unwrap_or_default();
    Balance { limit, remaining: bucket.points(limit), reset_at: now.wall + full }
}

/// Points that were taken. Dropped, they stay taken.
#[derive(Debug)]
pub struct Charge {
    budgets: Budgets,
    payer: Payer,
    points: u64,
}

impl Charge {
    /// Gives back what was taken above `actual`, and says what is left; nothing if the budget is without end.
    pub fn settle(self, actual: u64) -> Option<Balance> {
        let limit = self.budgets.limit(&self.payer)?;
        let rest = self.points.saturating_sub(actual);
        Some(self.budgets.with(&self.payer, limit, |bucket, now| {
            bucket.give_back(rest);
            balance(bucket, limit, now)
        }))
    }
}

#[cfg(test)]
mod tests;
