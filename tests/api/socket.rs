//! `graphql-transport-ws`: its letter, who asks and for how long, how much may be asked at once.

mod changes;
mod many;
mod queries;

use std::time::Duration;

use antq::server::{CorsOrigin, HttpSettings, LiveSettings, Settings};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    live::{LIVE, PROTOCOL, Server, guarded, soon, with},
    support::{Engine, full_database, on_both_engines},
};

on_both_engines!(
    a_credential_is_that_of_the_request_or_of_the_first_message,
    who_is_revoked_is_closed,
    who_expires_is_closed_at_that_moment,
    personal_data_are_for_those_who_say_what_for,
);

const LIVE_CITIES: &str = "subscription { live { cities { totalCount } } }";

async fn server(live: LiveSettings) -> Server {
    Server::new(&full_database(Engine::Sqlite).await, with(live)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mistake_has_its_code() {
    let server = server(LIVE).await;
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": LIVE_CITIES } }).to_string();
    let text = |text: &str| Message::text(text.to_owned());
    let init = || text(r#"{"type":"connection_init"}"#);
    let long = text(&"x".repeat(64_001));
    for (messages, code) in [
        (vec![text("{ not json")], 4400),
        (vec![text("[]")], 4400),
        (vec![init(), text(r#"{"type":"no_such_type"}"#)], 4400),
        (vec![init(), text(r#"{"type":"next","id":"1","payload":{}}"#)], 4400),
        (vec![init(), text(r#"{"type":"subscribe","id":"","payload":{"query":"{__typename}"}}"#)], 4400),
        (vec![init(), text(r#"{"type":"subscribe","id":"1","payload":{}}"#)], 4400),
        (vec![init(), Message::binary(vec![1, 2, 3])], 4400),
        (vec![text(r#"{"type":"connection_init","payload":{"apiKey":1}}"#)], 4400),
        (vec![text(&subscribe)], 4401),
        (vec![text(r#"{"type":"connection_init","payload":{"apiKey":"antq_no"}}"#)], 4403),
        (vec![init(), text(&subscribe), text(&subscribe)], 4409),
        (vec![init(), init()], 4429),
        (vec![init(), long], 1009),
    ] {
        let mut socket = server.open(&[PROTOCOL]).await.unwrap();
        for message in &messages {
            socket.send_as_is(message.clone()).await;
        }
        assert_eq!(socket.closed().await.0, code, "{messages:?}");
    }
    // What is no mistake closes nothing.
    let mut socket = server.socket().await;
    for message in [r#"{"type":"pong"}"#, r#"{"type":"complete","id":"never"}"#, r#"{"type":"ping","payload":{"a":1}}"#]
    {
        socket.send_as_is(text(message)).await;
    }
    assert_eq!(socket.next().await, json!({ "type": "pong", "payload": { "a": 1 } }));
    socket.close().await;
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_another_protocol_is_told_so() {
    let server = server(LIVE).await;
    let mut socket = server.open(&[]).await.unwrap();
    assert_eq!(socket.closed().await.0, 4406);
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_begin_is_closed() {
    let server = server(LiveSettings { init: Duration::from_millis(500), ..LIVE }).await;
    let mut silent = server.open(&[PROTOCOL]).await.unwrap();
    let mut quick = server.socket().await;
    assert_eq!(silent.closed().await.0, 4408);
    quick.subscribe("1", "{ __typename }").await;
    assert_eq!(quick.answer("1").await, json!({ "data": { "__typename": "Query" } }));
    server.stops().await;
}

/// The place of one that is gone is free for another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_any_more_is_noticed() {
    let live = LiveSettings { streams: 2, ping: Duration::from_millis(100), ..LIVE };
    let server = server(live).await;
    let mut there = server.socket().await;
    let gone = server.socket().await;
    assert!(matches!(server.open(&[PROTOCOL]).await, Err(503)));
    // It reads, and so answers pings; the other one does not.
    let mut third = soon(async {
        loop {
            there.subscribe("1", "{ __typename }").await;
            there.answer("1").await;
            there.completed("1").await;
            if let Ok(socket) = server.open(&[PROTOCOL]).await {
                return socket;
            }
        }
    })
    .await;
    third.begin(json!({})).await;
    drop((gone, there, third));
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_so_many_sockets_at_all_and_from_one_address() {
    for (live, status) in [
        (LiveSettings { streams: 2, ..LIVE }, 503),
        (LiveSettings { streams_per_address: 2, ..LIVE }, 429),
        (LiveSettings { streams: 0, ..LIVE }, 400),
    ] {
        let server = server(live).await;
        let mut open = Vec::new();
        let refused = loop {
            match server.open(&[PROTOCOL]).await {
                Ok(socket) => open.push(socket),
                Err(status) => break status,
            }
        };
        assert_eq!((open.len(), refused), (if status == 400 { 0 } else { 2 }, status));
        server.stops().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_foreign_origins_open_none() {
    let url = full_database(Engine::Sqlite).await;
    let origins = vec!["https://map.example".parse::<CorsOrigin>().unwrap()];
    let http = HttpSettings { origins, ..HttpSettings::DEFAULT };
    let server = Server::new(&url, Settings { http, ..with(LIVE) }).await;
    let own = format!("http://{}", server.address);
    for (origin, opened) in
        [("https://map.example", Ok(())), (&*own, Ok(())), ("https://evil.example", Err(403)), ("null", Err(403))]
    {
        assert_eq!(server.open(&[PROTOCOL, ("origin", origin)]).await.map(drop), opened, "{origin}");
    }
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_says_so() {
    let server = server(LIVE).await;
    let (mut idle, mut busy) = (server.open(&[PROTOCOL]).await.unwrap(), server.socket().await);
    busy.subscribe("1", LIVE_CITIES).await;
    busy.answer("1").await;
    let closing = tokio::spawn(async move { (idle.closed().await.0, busy.closed().await.0) });
    server.stops().await;
    assert_eq!(soon(closing).await.unwrap(), (1001, 1001));
}

const ME: &str = "{ me { kind name purpose } }";

async fn a_credential_is_that_of_the_request_or_of_the_first_message(engine: Engine) {
    let server = Server::new(&full_database(engine).await, guarded(LIVE)).await;
    let (one, other) = (server.key(&["--name", "one"]), server.key(&["--name", "other"]));
    let bearer = format!("Bearer {one}");
    for (headers, payload) in [
        (vec![("x-api-key", &*one)], json!(null)),
        (vec![], json!({ "apiKey": one })),
        (vec![], json!({ "authorization": bearer, "purpose": "test" })),
        (vec![], json!({ "Authorization": bearer, "anything": [1] })),
        (vec![("x-api-key", &*one)], json!({ "X-API-Key": one, "purpose": "test" })),
    ] {
        let mut socket = server.open(&[&headers[..], &[PROTOCOL]].concat()).await.unwrap();
        socket.begin(payload.clone()).await;
        socket.subscribe("1", ME).await;
        let me = json!({ "kind": "API_KEY", "name": "one", "purpose": payload["purpose"] });
        assert_eq!(socket.answer("1").await["data"]["me"], me, "{payload}");
    }
    assert!(matches!(server.open(&[PROTOCOL, ("x-api-key", "antq_none")]).await, Err(401)));
    for (headers, payload) in [
        (vec![("x-api-key", &*one)], json!({ "apiKey": other })),
        (vec![("x-api-key", &*one)], json!({ "authorization": format!("Bearer {other}") })),
        (vec![], json!({ "apiKey": "antq_none" })),
        (vec![], json!({ "authorization": "Basic YTpi" })),
    ] {
        let mut socket = server.open(&[&headers[..], &[PROTOCOL]].concat()).await.unwrap();
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        let (code, reason) = socket.closed().await;
        assert!(code == 4403 && reason.starts_with("Forbidden: "), "{payload}: {code} {reason}");
    }
    let mut anonymous = server.socket().await;
    anonymous.subscribe("1", ME).await;
    assert_eq!(anonymous.answer("1").await["data"]["me"]["kind"], "ANONYMOUS");
    server.stops().await;
}

async fn who_is_revoked_is_closed(engine: Engine) {
    let server = Server::new(&full_database(engine).await, guarded(LIVE)).await;
    let (one, other) = (server.key(&["--name", "one"]), server.key(&["--name", "other"]));
    let mut idle = server.socket_as(json!({ "apiKey": one })).await;
    let mut subscribed = server.socket_as(json!({ "apiKey": one })).await;
    subscribed.subscribe("1", LIVE_CITIES).await;
    subscribed.answer("1").await;
    let mut good = server.socket_as(json!({ "apiKey": other })).await;
    server.write("UPDATE api_key SET revoked_at = created_at WHERE name = 'one'").await;
    for socket in [&mut idle, &mut subscribed] {
        let (code, reason) = socket.closed().await;
        assert!(code == 4403 && reason.starts_with("Forbidden: The API key was revoked at 20"), "{code} {reason}");
    }
    good.subscribe("1", ME).await;
    assert_eq!(good.answer("1").await["data"]["me"]["name"], "other");
    server.stops().await;
}

async fn who_expires_is_closed_at_that_moment(engine: Engine) {
    // It would be looked again only after the test.
    let server =
        Server::new(&full_database(engine).await, guarded(LiveSettings { check: Duration::from_secs(300), ..LIVE }))
            .await;
    let key = server.key(&["--name", "one", "--expires", "P1D"]);
    let ends = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1_500);
    let moment = ends.format("%Y-%m-%dT%H:%M:%S%.3f+00:00");
    server.write(&format!("UPDATE api_key SET expires_at = '{moment}'")).await;
    let mut socket = server.socket_as(json!({ "apiKey": key })).await;
    let (code, reason) = socket.closed().await;
    assert!(chrono::Utc::now() >= ends);
    assert!(code == 4403 && reason.starts_with("Forbidden: The API key expired at 20"), "{code} {reason}");
    server.stops().await;
}

async fn personal_data_are_for_those_who_say_what_for(engine: Engine) {
    let server = Server::new(&full_database(engine).await, guarded(LIVE)).await;
    let key = server.key(&["--name", "one", "--scope", "members:personal"]);
    let birth = "members(first: 1) { nodes { birthDate } }";
    let mut silent = server.socket_as(json!({ "apiKey": key })).await;
    let mut saying = server.socket_as(json!({ "apiKey": key, "purpose": "kiểm tra" })).await;
    for query in [format!("subscription {{ live {{ {birth} }} }}"), format!("{{ {birth} }}")] {
        silent.subscribe("1", &query).await;
        assert_eq!(silent.refused("1").await, ["PURPOSE_REQUIRED"], "{query}");
        saying.subscribe("1", &query).await;
        assert!(saying.answer("1").await.to_string().contains("birthDate\":\"19"), "{query}");
        saying.send(json!({ "id": "1", "type": "complete" })).await;
    }
    let mut reader = server.socket_as(json!({ "apiKey": server.key(&["--name", "log", "--scope", "admin"]) })).await;
    reader.subscribe("1", "{ accessLog { nodes { purpose } } }").await;
    let noted = json!({ "purpose": "kiểm tra" });
    assert_eq!(reader.answer("1").await["data"]["accessLog"]["nodes"], json!([noted, noted]));
    server.stops().await;
}
