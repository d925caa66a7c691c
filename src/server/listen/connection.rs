//! One connection: encrypted or not, HTTP/1.1 or HTTP/2, request by request.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, header},
};
use futures_util::FutureExt;
use hyper::{
    body::{Body as HttpBody, Incoming},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
};

use super::{
    Transport,
    activity::Activity,
    bodies::{Received, Sent},
    line::Line,
    places::Place,
    stream::Watched,
};
use crate::server::client::Forwarded;

/// Bytes of the head of a request: an address with a document and variables, and room for headers. As much of an answer is
/// kept in memory for a client that does not take it (HTTP/1.1).
const MAX_HEAD: usize = 131_072;
/// Requests at once on a connection (HTTP/2).
const MAX_STREAMS: u32 = 64;
/// Bytes of bodies that a client may send before they are read (HTTP/2): of one request, and of all of a connection.
const STREAM_WINDOW: u32 = 65_536;
const CONNECTION_WINDOW: u32 = 1_048_576;
/// For a year, the browser is to come by TLS only.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Who is at the other end.
struct Caller {
    peer: SocketAddr,
    line: Line,
    activity: Arc<Activity>,
}

/// What serves connections.
pub(super) struct Serving {
    router: TowerToHyperService<Router>,
    http: Builder<TokioExecutor>,
    transport: Transport,
}

impl Serving {
    pub(super) fn new(router: Router, transport: Transport) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        // Heads have a time of ours: hyper's would be that of idle connections, too.
        http.http1().header_read_timeout(None::<Duration>).max_buf_size(MAX_HEAD);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(transport.times.ping)
            .keep_alive_timeout(transport.times.ping)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD as u32)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        Self { router: TowerToHyperService::new(router), http, transport }
    }

    /// Serves a connection to its end: that of its client, that of the server, or that of their patience.
    pub(super) async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
        stopping: watch::Receiver<()>,
    ) {
        // Answers are written whole: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let activity = place.activity.clone();
        let stream = Watched::new(stream, activity.clone());
        let caller = Caller { peer, line: Line::new(Arc::new(place), stopping.clone()), activity };
        let Some(tls) = &self.transport.tls else {
            return self.speak(stream, caller, stopping).await;
        };
        let handshake = tokio::select! {
            biased;
            handshake = tls.acceptor().accept(stream) => handshake,
            () = caller.activity.over(&self.transport.times) => return,
        };
        match handshake {
            Ok(stream) => self.speak(stream, caller, stopping).await,
            Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
        }
    }

    /// Answers request by request. A WebSocket that one of them asks for is then its own, with the place of the connection.
    async fn speak<S>(&self, stream: S, caller: Caller, mut stopping: watch::Receiver<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let answer = service_fn(|request| self.answer(request, &caller));
        let mut http = pin!(self.http.serve_connection_with_upgrades(TokioIo::new(stream), answer));
        let mut over = pin!(caller.activity.over(&self.transport.times));
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                result = http.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "a connection broke off");
                    }
                    return;
                }
                _ = stopping.changed(), if !told => {
                    told = true;
                    http.as_mut().graceful_shutdown();
                }
                () = &mut over => break,
            }
        }
        // What can be said at once is said: a client of HTTP/2 is told to go away.
        http.as_mut().graceful_shutdown();
        let _ = http.now_or_never();
    }

    /// Answers a request.
    fn answer(
        &self,
        request: Request<Incoming>,
        Caller { peer, line, activity }: &Caller,
    ) -> impl Future<Output = Result<Response<Sent>, Infallible>> + Send + 'static + use<> {
        let under_way = activity.begin(request.version());
        let arriving = (!request.body().is_end_stream()).then(|| activity.arrive());
        let mut request = request.map(|body| Received::new(body, arriving));
        request.extensions_mut().insert(ConnectInfo(*peer));
        request.extensions_mut().insert(line.clone());
        if self.transport.trust_forwarded {
            request.extensions_mut().insert(Forwarded);
        }
        let encrypted = self.transport.tls.is_some();
        let response = self.router.call(request);
        async move {
            let mut response = response.await?;
            if encrypted {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
            }
            Ok(response.map(|body| Sent::new(body, under_way)))
        }
    }
}
