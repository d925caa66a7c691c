//! One socket, from the first message to the last.

use std::{collections::HashMap, future::pending, sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use axum::{
    extract::ws::{Message, WebSocket},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use serde_json::{Map, Value};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_tungstenite::tungstenite;

use super::{
    SOCKET_OPERATIONS, SOCKET_OPERATIONS_ANONYMOUS,
    close::Close,
    message::{self, Id, Received},
};
use crate::{
    auth::{self, API_KEY, PURPOSE, Viewer, Who},
    error::Code,
    server::{
        App,
        answer::Refused,
        graphql::Operation,
        listen::Line as Connection,
        live::{self, Caller, Line, Said, Stop, Task},
        request::GraphqlRequest,
    },
};

/// How long it is waited for the client to close, too, so that it reads why.
const FAREWELL: Duration = Duration::from_secs(2);

/// A socket.
pub(super) struct Session {
    app: Arc<App>,
    socket: WebSocket,
    caller: Caller,
    /// The same, once the client has begun.
    known: Option<Known>,
    running: HashMap<Id, Running>,
    /// Counts the operations: their clients may use an id again.
    operations: u64,
    to: mpsc::Sender<(Name, Said)>,
    from: mpsc::Receiver<(Name, Said)>,
    began: Instant,
    /// When the client was last heard.
    heard: Instant,
    /// When it was last asked whether it is there.
    asked: Instant,
}

/// Who asks.
struct Known {
    caller: Arc<Caller>,
    viewer: Arc<Viewer>,
    /// When that is looked at again.
    again: Instant,
}

/// The number of an operation, and the id that its client knows it by.
type Name = (u64, Id);

/// An operation.
struct Running {
    number: u64,
    subscribes: bool,
    _task: Task,
}

/// What happens next.
enum Next {
    Received(Option<Result<Message, axum::Error>>),
    Said(Name, Said),
    Time,
    Stopping,
}

impl Session {
    pub(super) fn new(app: Arc<App>, socket: WebSocket, caller: Caller) -> Self {
        // One answer is on its way, and each operation holds one more at most.
        let (to, from) = mpsc::channel(1);
        let now = Instant::now();
        Self {
            app,
            socket,
            caller,
            known: None,
            running: HashMap::new(),
            operations: 0,
            to,
            from,
            began: now,
            heard: now,
            asked: now,
        }
    }

    /// Serves the socket until it is closed, from either side.
    pub(super) async fn run(mut self, connection: Option<Connection>) {
        let close = match self.socket.protocol() {
            Some(_) => self.serve(connection.as_ref()).await.err().unwrap_or(Close::Gone),
            None => Close::Protocol,
        };
        let ms = self.began.elapsed().as_secs_f64() * 1e3;
        let who = self.known.as_ref().map(|known| known.viewer.who.label());
        tracing::info!(code = close.code(), operations = self.operations, ms, who, "a socket was closed");
        self.running.clear();
        self.close(&close).await;
    }

    async fn serve(&mut self, connection: Option<&Connection>) -> Result<(), Close> {
        loop {
            match self.next(connection).await {
                Next::Received(Some(Ok(message))) => {
                    self.heard = Instant::now();
                    self.received(message).await?;
                }
                Next::Received(Some(Err(error))) => return Err(broken(error)),
                Next::Received(None) => return Err(Close::Gone),
                Next::Said((number, id), said) => self.said(number, id, said).await?,
                Next::Time => self.look().await?,
                Next::Stopping => return Err(Close::Stopping),
            }
        }
    }

    /// Waits for what happens next. Nothing is read from a client that has as much under way as it may.
    async fn next(&mut self, connection: Option<&Connection>) -> Next {
        let (due, full) = (self.due(), self.is_full());
        let stopping = async {
            match connection {
                Some(connection) => connection.stopping().await,
                None => pending().await,
            }
        };
        tokio::select! {
            Some((name, said)) = self.from.recv() => Next::Said(name, said),
            received = self.socket.recv(), if !full => Next::Received(received),
            () = sleep_until(due) => Next::Time,
            () = stopping => Next::Stopping,
        }
    }

    /// When there is something to look after.
    fn due(&self) -> Instant {
        let live = &self.app.settings.live;
        let ping = self.asked.max(self.heard) + live.ping;
        match &self.known {
            None => ping.min(self.began + live.init),
            Some(known) => ping.min(known.again),
        }
    }

    /// Whether as many queries are under way as may be.
    fn is_full(&self) -> bool {
        let queries = self.running.values().filter(|running| !running.subscribes).count();
        queries >= self.most()
    }

    /// Subscriptions at once, and as many queries.
    fn most(&self) -> usize {
        self.limit().1
    }

    /// The same, with the name of the limit.
    fn limit(&self) -> (&'static str, usize) {
        let live = &self.app.settings.live;
        match self.known.as_ref().map(|known| &known.viewer.who) {
            None | Some(Who::Anonymous) => (SOCKET_OPERATIONS_ANONYMOUS, live.operations_anonymous),
            Some(Who::Key { .. } | Who::Staff { .. }) => (SOCKET_OPERATIONS, live.operations),
        }
    }

    async fn received(&mut self, message: Message) -> Result<(), Close> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close::Invalid("Messages are text.".into())),
            Message::Close(_) => return Err(Close::Gone),
            // Answered by the library, and an answer.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match Received::read(text.as_str())? {
            Received::Init(payload) => self.begin(payload).await,
            Received::Ping(payload) => self.send(message::pong(payload)).await,
            Received::Pong => Ok(()),
            Received::Subscribe(id, request) => self.subscribe(id, *request).await,
            Received::Complete(id) => {
                self.running.remove(&id);
                Ok(())
            }
        }
    }

    /// The client says who asks.
    async fn begin(&mut self, payload: Map<String, Value>) -> Result<(), Close> {
        if self.known.is_some() {
            return Err(Close::Twice);
        }
        let mut caller = self.caller.clone();
        named(&mut caller.headers, payload)?;
        let viewer = caller.viewer(&self.app).await.map_err(forbidden)?;
        let again = self.again(&viewer);
        self.known = Some(Known { caller: Arc::new(caller), viewer, again });
        self.send(message::ack()).await
    }

    /// When it is looked again who asks: often, and at the moment at which it is nobody any more.
    fn again(&self, viewer: &Viewer) -> Instant {
        let check = self.app.settings.live.check;
        let left = viewer.expires_at.map(|end| (end - chrono::Utc::now()).to_std().unwrap_or_default());
        Instant::now() + left.map_or(check, |left| left.min(check))
    }

    /// The client asks something.
    async fn subscribe(&mut self, id: Id, request: GraphqlRequest) -> Result<(), Close> {
        let Some(known) = &self.known else { return Err(Close::Early) };
        if self.running.contains_key(&id) {
            return Err(Close::Taken(id.to_string()));
        }
        let operation = match Operation::read(&self.app, request) {
            Ok(operation) => operation,
            Err(refused) => return self.send(message::error(&id, refused.errors())).await,
        };
        let subscribes = operation.kind == OperationType::Subscription;
        let ((name, most), subscriptions) =
            (self.limit(), self.running.values().filter(|running| running.subscribes).count());
        if subscribes && subscriptions >= most {
            let message = format!("There are {most} subscriptions on this socket already, and no more may be.");
            let refused = Refused::document(Code::LimitExceeded, message);
            let refused = refused.limit(name, most as u64, most as u64 + 1);
            return self.send(message::error(&id, refused.errors())).await;
        }
        self.operations += 1;
        let number = self.operations;
        let line = Line::new((number, id.clone()), self.to.clone());
        let task = live::start(&self.app, operation, known.caller.clone(), None, line);
        self.running.insert(id, Running { number, subscribes, _task: task });
        Ok(())
    }

    /// An operation says something.
    async fn said(&mut self, number: u64, id: Id, said: Said) -> Result<(), Close> {
        // What it has said before the client had enough of it. There may be another one of this id since.
        if self.running.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        match said {
            Said::Begun => Ok(()),
            Said::Next(answer, _) => self.send(message::next(&id, &answer)).await,
            Said::End(end) => {
                self.running.remove(&id);
                match end {
                    Ok(()) | Err(Stop::Gone) => self.send(message::complete(&id)).await,
                    Err(Stop::Refused(refused)) => self.send(message::error(&id, refused.errors())).await,
                    Err(Stop::Unknown(refusal)) => Err(forbidden(refusal)),
                }
            }
        }
    }

    /// Looks after the time.
    async fn look(&mut self) -> Result<(), Close> {
        let (now, live) = (Instant::now(), self.app.settings.live);
        match &mut self.known {
            None if now >= self.began + live.init => return Err(Close::Init),
            None => {}
            Some(known) if now >= known.again => {
                match known.caller.viewer(&self.app).await {
                    Ok(viewer) => known.viewer = viewer,
                    // It is looked again; until then nothing is answered either.
                    Err(auth::Refusal::Unavailable(_)) => {}
                    Err(refusal) => return Err(forbidden(refusal)),
                }
                let again = self.known.as_ref().map(|known| self.again(&known.viewer));
                if let (Some(known), Some(again)) = (&mut self.known, again) {
                    known.again = again.max(Instant::now() + Duration::from_millis(100));
                }
            }
            Some(_) => {}
        }
        if now < self.asked.max(self.heard) + live.ping {
            return Ok(());
        }
        // It was asked, and has said nothing since. What is not read is not heard.
        if self.asked > self.heard && !self.is_full() {
            return Err(Close::Gone);
        }
        self.asked = now;
        self.send(Message::Ping(axum::body::Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Close> {
        match timeout(self.app.settings.live.take, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Close::Gone),
            Err(_) => Err(Close::Slow),
        }
    }

    /// Says why, and waits until the client has read it, or does not.
    async fn close(mut self, close: &Close) {
        let until = Instant::now() + FAREWELL;
        let frame = match close {
            Close::Slow => return,
            close => Message::Close(Some(close.frame())),
        };
        let _ = timeout_at(until, self.socket.send(frame)).await;
        while let Ok(Some(Ok(_))) = timeout_at(until, self.socket.recv()).await {}
    }
}

/// Puts what a client says of itself where a request would say it.
fn named(headers: &mut HeaderMap, payload: Map<String, Value>) -> Result<(), Close> {
    for (name, value) in payload {
        let header = match name.to_ascii_lowercase().as_str() {
            "apikey" | "x-api-key" => API_KEY,
            "authorization" => header::AUTHORIZATION,
            "purpose" | "x-purpose" => PURPOSE,
            // Other servers may want to know more.
            _ => continue,
        };
        let Value::String(text) = value else {
            return Err(Close::Invalid(format!("`{header}` in the payload must be a text.").into()));
        };
        add(headers, header, &text)?;
    }
    Ok(())
}

/// What is said twice must be the same.
fn add(headers: &mut HeaderMap, name: HeaderName, text: &str) -> Result<(), Close> {
    let value = HeaderValue::from_bytes(text.as_bytes());
    let value = value.map_err(|_| Close::Invalid(format!("`{name}` in the payload has control characters.").into()))?;
    match headers.get(&name) {
        Some(present) if *present == value => {}
        // The request was from somebody, and the payload names another.
        Some(_) if name != PURPOSE => {
            return Err(Close::Forbidden(format!("`{name}` was sent before, and was another.")));
        }
        _ => drop(headers.insert(name, value)),
    }
    Ok(())
}

fn forbidden(refusal: auth::Refusal) -> Close {
    match refusal {
        auth::Refusal::Unauthenticated(reason) => Close::Forbidden(reason.to_string()),
        auth::Refusal::Purpose(message) => Close::Invalid(message.into()),
        auth::Refusal::Unavailable(cause) => {
            tracing::error!(cause, "a credential could not be checked");
            Close::Internal
        }
    }
}

/// Why a socket cannot be read.
fn broken(error: axum::Error) -> Close {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Close::TooLong,
        Some(tungstenite::Error::Utf8(_)) => Close::NotText,
        _ => Close::Gone,
    }
}
