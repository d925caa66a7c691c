//! How many WebSockets and streams of events there are at once: they have a connection each for as long as they like, and
//! requests are to find one, too.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::StatusCode;

use super::{LiveSettings, answer::Refused};
use crate::{auth::Who, budget::Payer, error::Code};

/// The streams that there are. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Streams(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    most_of_one: u32,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: u32,
    by_address: HashMap<Payer, u32>,
}

/// A stream, for as long as it is held.
#[derive(Debug)]
pub(super) struct Stream {
    streams: Arc<Inner>,
    address: Payer,
}

impl Streams {
    /// None yet.
    pub(super) fn new(settings: &LiveSettings) -> Self {
        let (most, most_of_one) = (settings.streams, settings.streams_per_address);
        Self(Arc::new(Inner { most, most_of_one, open: Mutex::default() }))
    }

    /// One more, from an address.
    ///
    /// # Errors
    /// There are as many as may be: at all, or from there.
    pub(super) fn open(&self, address: IpAddr) -> Result<Stream, Refused> {
        // Of IPv6 an address stands for its network, as for who pays.
        let address = Payer::of(&Who::Anonymous, address);
        let most = self.0.most;
        if most == 0 {
            return Err(Refused::bad("Subscriptions are not served here."));
        }
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= most {
            let message = format!(
                "There are {most} sockets and event streams already, and no more may be. Try again in a minute."
            );
            return Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message).retry_after(60));
        }
        let of_one = open.by_address.entry(address.clone()).or_default();
        if *of_one >= self.0.most_of_one {
            let limit = self.0.most_of_one;
            let message =
                format!("There are {limit} sockets and event streams from your address already, and no more may be.");
            let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, Code::LimitExceeded, message).retry_after(60);
            return Err(refused.limit("streamsPerAddress", limit.into(), u64::from(limit) + 1));
        }
        *of_one += 1;
        open.all += 1;
        Ok(Stream { streams: self.0.clone(), address })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(of_one) = open.by_address.get_mut(&self.address) {
            *of_one -= 1;
            if *of_one == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn there_are_as_many_as_may_be_and_each_leaves_its_place() {
        let streams = Streams::new(&LiveSettings { streams: 3, streams_per_address: 2, ..LiveSettings::DEFAULT });
        let of = |last| streams.open(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let (one, two) = (of(1), of(1));
        assert!(one.is_ok() && two.is_ok() && of(1).is_err());
        let other = of(2);
        assert!(other.is_ok() && of(3).is_err());
        drop(one);
        assert!(of(1).is_ok_and(|stream| Arc::ptr_eq(&stream.streams, &streams.0)));
        drop((two, other));
        assert_eq!(streams.0.open.lock().map(|open| (open.all, open.by_address.len())).ok(), Some((0, 0)));
        let none = Streams::new(&LiveSettings { streams: 0, ..LiveSettings::DEFAULT });
        assert!(none.open(IpAddr::V4(Ipv4Addr::LOCALHOST)).is_err());
    }
}
