//! Connections: slow clients, too many of them, HTTP/2, TLS, and a server with more to do than it can.

mod busy;
mod places;
mod protocols;
mod slow;
mod tls;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use antq::server::{Times, Transport, bind, client_address, listen};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    response::Response,
    routing::get,
};
use futures_util::stream;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Times so long that none of them is over in a test.
const PATIENT: Times = Times {
    head: Duration::from_secs(300),
    idle: Duration::from_secs(300),
    take: Duration::from_secs(300),
    ping: Duration::from_secs(300),
};

/// A server of its own for a test.
struct Server {
    address: SocketAddr,
    /// Lets a request to `/wait` go on.
    gate: Arc<Semaphore>,
    /// Tells that a request to `/wait` or `/endless` has come, and that it is gone, answered or not.
    news: mpsc::UnboundedReceiver<News>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Came,
    Gone,
}

/// Tells that something is gone when it is.
struct Tells(mpsc::UnboundedSender<News>);

impl Tells {
    fn new(news: &mpsc::UnboundedSender<News>) -> Self {
        let _ = news.send(News::Came);
        Self(news.clone())
    }
}

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(News::Gone);
    }
}

impl Server {
    async fn new(transport: Transport) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (gate, (tell, news)) = (Arc::new(Semaphore::new(0)), mpsc::unbounded_channel());
        let (stop, stopped) = oneshot::channel();
        let router = router(gate.clone(), tell);
        let task = tokio::spawn(listen(listener, router, transport, async { drop(stopped.await) }));
        Self { address, gate, news, stop, task }
    }

    async fn with_times(times: Times) -> Self {
        Self::new(Transport { times, ..Transport::default() }).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Waits until that has happened.
    async fn hears(&mut self, news: News) {
        assert_eq!(patiently(self.news.recv()).await, Some(news));
    }

    /// Waits until so many requests are gone.
    async fn loses(&mut self, requests: usize) {
        let mut gone = 0;
        while gone < requests {
            gone += usize::from(patiently(self.news.recv()).await == Some(News::Gone));
        }
    }

    /// Tells it to stop, and waits until it has.
    async fn stops(self) {
        drop(self.stop);
        patiently(self.task).await.unwrap();
    }
}

/// `/` answers at once, `/wait` when it may, `/endless` never comes to an end; `/who` says what is known of the request.
fn router(gate: Arc<Semaphore>, news: mpsc::UnboundedSender<News>) -> Router {
    let endless = news.clone();
    let wait = move || async move {
        let _tells = Tells::new(&news);
        gate.acquire().await.unwrap().forget();
        "waited"
    };
    let endless = move || async move {
        let pieces = stream::unfold(Tells::new(&endless), async |tells| {
            Some((Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 100_000])), tells))
        });
        Response::new(Body::from_stream(pieces))
    };
    let who = async |request: Request| {
        let version = request.version();
        format!("{} {version:?}", client_address(&request.into_parts().0))
    };
    Router::new()
        .route("/", get(async || "here").post(async |body: Bytes| body))
        .route("/wait", get(wait))
        .route("/endless", get(endless))
        .route("/who", get(who))
}

/// What comes in the end; a test that waits for it in vain fails.
async fn patiently<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), future).await.expect("it happens within a minute")
}

fn head_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}

/// Sends a GET and reads the answer, whose length is known; the head and the body.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str) -> (String, String) {
    send(stream, &head_of(path)).await;
    answer(stream).await
}

async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patiently(stream.read_u8()).await.expect("an answer"));
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    patiently(stream.read_exact(&mut body)).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// Waits until the server ends the connection, by whatever way; how many bytes came before.
async fn ended(stream: &mut (impl AsyncRead + Unpin)) -> usize {
    let (mut buffer, mut bytes) = (vec![0; 65_536], 0);
    while let Ok(more @ 1..) = patiently(stream.read(&mut buffer)).await {
        bytes += more;
    }
    bytes
}
