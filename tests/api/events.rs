//! Answers as events (`text/event-stream`).

use std::time::Duration;

use antq::{
    server::{LiveSettings, Times},
    store::Store,
};
use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::{
    live::{LIVE, Server, guarded, soon, with, write},
    support::{Engine, TestApp, antq, full_database, on_both_engines},
};

on_both_engines!(
    a_query_is_one_event_and_the_end,
    what_is_wrong_is_a_status_before_anything_begins,
    a_live_query_goes_on,
    who_comes_again_says_which_event_was_the_last,
    who_is_revoked_is_told_so_and_nothing_more,
);

/// An event, or a comment.
#[derive(Debug, Default, PartialEq)]
struct Event {
    kind: String,
    id: Option<String>,
    data: String,
}

impl Event {
    fn read(text: &str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            match line.split_once(':').map(|(name, value)| (name, value.trim_start())) {
                Some(("event", kind)) => event.kind = kind.to_owned(),
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("data", data)) => event.data = data.to_owned(),
                Some(("", _)) => {}
                _ => panic!("{line}"),
            }
        }
        event
    }

    fn json(&self) -> Value {
        assert_eq!(self.kind, "next");
        serde_json::from_str(&self.data).unwrap()
    }
}

/// The events of a response.
struct Events {
    stream: BodyDataStream,
    read: String,
}

impl Events {
    async fn of(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.open(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert!(response.headers().get("content-encoding").is_none());
        Self { stream: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The next event, comments left out; none at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((text, rest)) = self.read.split_once("\n\n") {
                let event = Event::read(text);
                self.read = rest.to_owned();
                if event != Event::default() {
                    return Some(event);
                }
            }
            let bytes = soon(self.stream.next()).await?.unwrap();
            self.read.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn answer(&mut self) -> Value {
        self.next().await.unwrap().json()
    }

    /// Nothing but the end is left.
    async fn end(mut self) {
        let end = self.next().await.unwrap();
        assert_eq!((&*end.kind, &*end.data), ("complete", ""));
        assert_eq!(self.next().await, None);
    }
}

fn post(query: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .header("accept-encoding", "gzip")
        .header("x-purpose", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(json!({ "query": query }).to_string())).unwrap()
}

fn get(query: &str) -> Request<Body> {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let request = Request::get(format!("/graphql?query={query}")).header("accept", "text/event-stream");
    request.body(Body::empty()).unwrap()
}

async fn app(engine: Engine, live: LiveSettings) -> (TestApp, String) {
    let url = full_database(engine).await;
    let store = Store::connect(&url).await.unwrap().with_secrets(crate::support::secrets());
    (TestApp::around(store, with(live)), url)
}

async fn a_query_is_one_event_and_the_end(engine: Engine) {
    let (app, _) = app(engine, LIVE).await;
    let query = "{ city(code: \"92\") { name wards(first: 2) { nodes { name } } } }";
    let expected = app.query(query).await.json();
    for request in [post(query, &[]), get(query)] {
        let mut events = Events::of(&app, request).await;
        assert_eq!(events.answer().await, expected);
        events.end().await;
    }
}

async fn what_is_wrong_is_a_status_before_anything_begins(engine: Engine) {
    let url = full_database(engine).await;
    let store = Store::connect(&url).await.unwrap().with_secrets(crate::support::secrets());
    let app = TestApp::around(store, guarded(LiveSettings { streams_per_address: 1, ..LIVE }));
    let live = "subscription { live { wards { totalCount } } }";
    for (request, status, code) in [
        (post("{ noSuchField }", &[]), 400, "GRAPHQL_VALIDATION_FAILED"),
        (post("{", &[]), 400, "GRAPHQL_PARSE_FAILED"),
        (post("mutation { x }", &[]), 400, "BAD_REQUEST"),
        (post("subscription { changes(after: \"x\") { kind } }", &[]), 400, "BAD_USER_INPUT"),
        (post("subscription { changes { kind } }", &[("last-event-id", "x")]), 400, "BAD_USER_INPUT"),
        (post(live, &[("x-api-key", "antq_none")]), 401, "UNAUTHENTICATED"),
        (post(live, &[("accept", "image/png")]).tap(), 406, "BAD_REQUEST"),
    ] {
        let reply = app.send_as_is(request).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code.to_owned()), "{}", reply.text());
    }
    let mut one = Events::of(&app, post(live, &[])).await;
    one.answer().await;
    let reply = app.send_as_is(get(live)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (429, "LIMIT_EXCEEDED".to_owned()));
    drop(one);
    Events::of(&app, get(live)).await.answer().await;
}

/// Only what this says is accepted.
trait Tap {
    fn tap(self) -> Self;
}

impl Tap for Request<Body> {
    fn tap(mut self) -> Self {
        let last = self.headers().get_all("accept").iter().next_back().unwrap().clone();
        self.headers_mut().insert("accept", last);
        self
    }
}

async fn a_live_query_goes_on(engine: Engine) {
    let (app, url) = app(engine, LIVE).await;
    let live = "subscription { live { teams(first: 1) { nodes { name } } } }";
    let mut events = Events::of(&app, get(live)).await;
    events.answer().await;
    for number in 0..3 {
        write(&url, &format!("UPDATE team SET name = 'name {number}'")).await;
        let name = json!({ "name": format!("name {number}") });
        assert_eq!(events.answer().await, json!({ "data": { "live": { "teams": { "nodes": [name] } } } }));
    }
}

async fn who_comes_again_says_which_event_was_the_last(engine: Engine) {
    let (app, url) = app(engine, LIVE).await;
    let query = "subscription { changes(types: [TEAM]) { token changes { node { ... on Team { name } } } } }";
    // It has begun when its head has come.
    let mut events = Events::of(&app, post(query, &[])).await;
    let change = async |number: usize| {
        write(&url, &format!("UPDATE team SET name = 'name {number}' WHERE id = (SELECT min(id) FROM team)")).await;
    };
    change(0).await;
    let first = events.next().await.unwrap();
    assert_eq!(Some(first.json()["data"]["changes"]["token"].as_str().unwrap()), first.id.as_deref());
    drop(events);
    let mut last = first.id.unwrap();
    for number in 1..4 {
        change(number).await;
        change(number).await;
        let mut events = Events::of(&app, post(query, &[("last-event-id", &last)])).await;
        let mut told = 0;
        while told < 2 {
            let event = events.next().await.unwrap();
            let changes = event.json()["data"]["changes"]["changes"].as_array().unwrap().clone();
            assert!(changes.iter().all(|change| change["node"]["name"] == format!("name {number}")), "{changes:?}");
            told += changes.len();
            last = event.id.unwrap();
        }
        assert_eq!(told, 2);
    }
}

async fn who_is_revoked_is_told_so_and_nothing_more(engine: Engine) {
    let (app, url) = app(engine, LIVE).await;
    let made = antq(&["keys", "create", "--name", "one", "--database-url", &url]).stdout;
    let key = String::from_utf8(made).unwrap();
    for query in [
        "subscription { live { teams(first: 1) { nodes { name } } } }",
        "subscription { changes(types: [TEAM]) { kind } }",
    ] {
        write(&url, "UPDATE api_key SET revoked_at = NULL").await;
        let mut events = Events::of(&app, post(query, &[("x-api-key", key.trim())])).await;
        if query.contains("live") {
            events.answer().await;
        }
        write(&url, "UPDATE api_key SET revoked_at = created_at").await;
        let last = events.answer().await;
        assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{last}");
        assert!(last["errors"][0]["message"].as_str().unwrap().starts_with("The API key was revoked at 20"));
        events.end().await;
    }
}

/// As long as it is quiet, comments come; and it is not an idle connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_stream_is_kept_open_until_the_server_stops() {
    const SHORT: Duration = Duration::from_millis(200);
    let live = LiveSettings { ping: SHORT / 10, ..LIVE };
    let times = Times { head: SHORT, idle: SHORT, take: SHORT, ..Times::default() };
    let server = Server::with_times(&full_database(Engine::Sqlite).await, with(live), times).await;
    let mut stream = BufReader::new(tokio::net::TcpStream::connect(server.address).await.unwrap());
    let query: String = form_urlencoded::byte_serialize(b"subscription { changes(types: [TEAM]) { kind } }").collect();
    let head = format!("GET /graphql?query={query} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut comments, mut line) = (0, String::new());
    let began = std::time::Instant::now();
    while began.elapsed() < SHORT * 3 {
        line.clear();
        assert_ne!(soon(stream.read_line(&mut line)).await.unwrap(), 0, "it ended");
        comments += usize::from(line.trim() == ":");
    }
    assert!(comments > 5, "{comments}");
    server.stops().await;
    let mut rest = String::new();
    while soon(stream.read_line(&mut rest)).await.unwrap() > 0 {}
    assert!(rest.ends_with("0\r\n\r\n"), "to its end: {rest}");
}
