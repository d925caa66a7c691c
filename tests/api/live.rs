//! What goes on: a service on a port of its own, and clients that listen to it.

use std::{net::SocketAddr, time::Duration};

use antq::{
    auth::Scopes,
    server::{App, LiveSettings, Settings, Times, Transport, bind, listen, router},
    store::Store,
};
use futures_util::{SinkExt, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use crate::support::{SETTINGS, antq, secrets};

/// Everyone may see everything; streams are without end, and answers come as fast as they may.
pub const LIVE: LiveSettings = LiveSettings {
    streams: 5_000,
    streams_per_address: 5_000,
    pace: Duration::from_millis(1),
    check: Duration::from_millis(100),
    ..LiveSettings::DEFAULT
};

/// The same settings, with these of what goes on.
pub fn with(live: LiveSettings) -> Settings {
    Settings { live, cache_bytes: 16 * 1_048_576, ..SETTINGS }
}

/// The same, where everyone sees what is public, and nothing else.
pub fn guarded(live: LiveSettings) -> Settings {
    Settings { anonymous: Scopes::default(), ..with(live) }
}

/// A service on a port.
pub struct Server {
    pub address: SocketAddr,
    pub url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn new(url: &str, settings: Settings) -> Self {
        Self::with_times(url, settings, Times::default()).await
    }

    pub async fn with_times(url: &str, settings: Settings, times: Times) -> Self {
        let store = Store::connect(url).await.unwrap().with_secrets(secrets());
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(App::new(store, settings, None));
        let (stop, stopped) = oneshot::channel::<()>();
        let transport = Transport { max_connections: 5_000, times, ..Transport::default() };
        let task = tokio::spawn(listen(listener, router, transport, async { drop(stopped.await) }));
        Self { address, url: url.to_owned(), stop, task }
    }

    /// Tells it to stop, and waits until it has.
    pub async fn stops(self) {
        drop(self.stop);
        soon(self.task).await.unwrap();
    }

    /// Writes beside the service, as any other program would.
    pub async fn write(&self, sql: &str) {
        write(&self.url, sql).await;
    }

    /// A key, made by the program as a person makes it.
    pub fn key(&self, arguments: &[&str]) -> String {
        let output = antq(&[&["keys", "create"], arguments, &["--database-url", &self.url]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A socket with these headers, or the status that it is refused with.
    pub async fn open(&self, headers: &[(&str, &str)]) -> Result<Socket, u16> {
        self.open_taking(headers, None).await
    }

    /// The same, whose system takes so many bytes that it has not read.
    pub async fn open_taking(&self, headers: &[(&str, &str)], bytes: Option<u32>) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = bytes {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let stream = soon(socket.connect(self.address)).await.unwrap();
        // A thousand of them are in one process with what they ask.
        let config = WebSocketConfig::default().read_buffer_size(4_096);
        match soon(client_async_with_config(request, stream, Some(config))).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket of the protocol that has begun.
    pub async fn socket(&self) -> Socket {
        self.socket_as(json!(null)).await
    }

    /// The same, which says this of itself.
    pub async fn socket_as(&self, payload: Value) -> Socket {
        let mut socket = self.open(&[PROTOCOL]).await.unwrap();
        socket.begin(payload).await;
        socket
    }
}

/// Writes beside a service, as any other program would.
pub async fn write(url: &str, sql: &str) {
    let other = Store::connect(url).await.unwrap();
    other.writer().execute_unprepared(sql).await.unwrap();
    other.close().await;
}

/// The header that says which protocol is spoken.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// What comes in the end; a test that waits for it in vain fails.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), future).await.expect("it happens within a minute")
}

/// The client's end of a socket.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub async fn begin(&mut self, payload: Value) {
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(self.next().await, json!({ "type": "connection_ack" }));
    }

    pub async fn send(&mut self, message: Value) {
        self.send_as_is(Message::text(message.to_string())).await;
    }

    pub async fn send_as_is(&mut self, message: Message) {
        soon(self.0.send(message)).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(text.as_str()).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("a message, and not {other:?}"),
            }
        }
    }

    /// The answer that comes next, of this operation.
    pub async fn answer(&mut self, id: &str) -> Value {
        let mut message = self.next().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("next")), "{message}");
        message["payload"].take()
    }

    /// The errors that come next, of this operation: their codes.
    pub async fn refused(&mut self, id: &str) -> Vec<String> {
        let message = self.next().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("error")), "{message}");
        let errors = message["payload"].as_array().unwrap().iter();
        errors.map(|error| error["extensions"]["code"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn completed(&mut self, id: &str) {
        assert_eq!(self.next().await, json!({ "id": id, "type": "complete" }));
    }

    /// Waits until the server closes: the number, and why.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("a close, and not {other:?}"),
            }
        }
    }

    /// Closes it, and waits until that is done.
    pub async fn close(mut self) {
        soon(self.0.close(None)).await.unwrap();
        while let Some(Ok(_)) = soon(self.0.next()).await {}
    }
}
