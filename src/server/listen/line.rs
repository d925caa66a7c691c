//! What outlives the request that it came with: a WebSocket, or an answer that goes on for as long as its client listens.

use std::sync::Arc;

use axum::http::Version;
use tokio::sync::watch;

use super::{activity::UnderWay, places::Place};

/// The connection that a request came by.
#[derive(Clone, Debug)]
pub(in crate::server) struct Line {
    place: Arc<Place>,
    stopping: watch::Receiver<()>,
}

/// A connection that is kept: it has its place, and is not the one to go when places are wanted.
#[derive(Debug)]
pub(in crate::server) struct Kept {
    _under_way: UnderWay,
    _place: Arc<Place>,
}

impl Line {
    /// `stopping` changes when the server is told to stop, and nobody has looked at that receiver since.
    pub(super) fn new(place: Arc<Place>, stopping: watch::Receiver<()>) -> Self {
        Self { place, stopping }
    }

    /// Keeps the connection, which is no longer that of requests.
    pub(in crate::server) fn keep(&self) -> Kept {
        Kept { _under_way: self.place.activity.begin(Version::HTTP_11), _place: self.place.clone() }
    }

    /// Ends when the server is told to stop. The server waits until this is dropped.
    pub(in crate::server) async fn stopping(&self) {
        // Closed, it has stopped.
        let _ = self.stopping.clone().changed().await;
    }
}
