//! Taking connections: how many, from whom, for how long, and until the server is told to stop.

mod activity;
mod bodies;
mod connection;
mod line;
mod places;
mod stream;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    time::sleep,
};

use super::tls::Tls;
use connection::Serving;
pub(super) use line::Line;
use places::Places;

/// Connections that the system keeps until they are taken; it may allow fewer. Those beyond try again after a second.
const BACKLOG: u32 = 4_096;
/// How long the first wait is after a connection could not be taken; each that follows is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// The longest such wait.
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How connections are taken, and kept.
#[derive(Clone, Debug)]
pub struct Transport {
    /// With what connections are encrypted; if there is nothing, they are not.
    pub tls: Option<Tls>,
    /// Connections at once. One more takes the place of the one whose client has kept the server waiting the longest.
    pub max_connections: u32,
    /// Whether the last address in `X-Forwarded-For` is that of the client: for a server that only its proxy can reach.
    pub trust_forwarded: bool,
    /// How long clients may take.
    pub times: Times,
}

/// How long a client may keep the server waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// For the head of a request: of the first one from the connection on, its TLS handshake included; of each later one from
    /// its first byte on.
    pub head: Duration,
    /// For the next request.
    pub idle: Duration,
    /// For taking a piece of an answer (16,384 bytes).
    pub take: Duration,
    /// For the answer to a ping, and from one ping to the next (HTTP/2).
    pub ping: Duration,
}

impl Default for Transport {
    fn default() -> Self {
        Self { tls: None, max_connections: 2_000, trust_forwarded: false, times: Times::default() }
    }
}

impl Default for Times {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            take: Duration::from_secs(20),
            ping: Duration::from_secs(10),
        }
    }
}

/// Listens on an address, from now on.
///
/// # Errors
/// The system's: it is taken, or not one of this machine's.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of before, which the system has not forgotten yet, are no reason to wait.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves what comes to `listener` by `router` until `stop` ends, and then what is under way, however long that takes.
/// Requests have the address of the other end as `ConnectInfo<SocketAddr>`.
pub async fn listen(listener: TcpListener, router: Router, transport: Transport, stop: impl Future<Output = ()>) {
    let places = Places::new(transport.max_connections);
    let serving = Arc::new(Serving::new(router, transport));
    let (stopping, told) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let taken = async {
            let (stream, peer) = accept(&listener, &places).await;
            (stream, peer, places.take().await)
        };
        let (stream, peer, place) = tokio::select! {
            biased;
            () = &mut stop => break,
            taken = taken => taken,
        };
        tokio::spawn(serving.clone().connection(stream, peer, place, told.clone()));
    }
    drop(listener);
    drop(told);
    stopping.send_replace(());
    stopping.closed().await;
}

/// The next connection. What keeps it from being taken passes, and is waited for: there is always a next one.
async fn accept(listener: &TcpListener, places: &Places) -> (TcpStream, SocketAddr) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                // Most likely there are no descriptors left: one connection that waits for its client is some.
                places.evict();
                if pause > FIRST_PAUSE {
                    tracing::warn!(%error, "no connection could be taken");
                }
                sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }
}

/// Whether only the one connection failed that was to be taken.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
