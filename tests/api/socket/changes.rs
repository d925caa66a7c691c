//! `changes`: everything that is written, once and in its order, however often a client comes again.

use std::time::Duration;

use antq::{server::LiveSettings, store::Store};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    live::{LIVE, Server, Socket, guarded, soon, with, write},
    support::{Engine, TestApp, full_database, on_both_engines},
};

on_both_engines!(
    changes_are_told_as_they_come,
    who_comes_again_misses_nothing_and_is_told_nothing_twice,
    who_is_too_slow_is_told_that_something_was_missed,
    who_does_not_read_is_told_that_something_was_missed,
    what_may_not_be_seen_is_not_told,
    what_is_no_subscription_is_refused,
);

const ALL: &str = "kind token changes { token operation id version node { ... on Team { name } } }";

fn subscription(arguments: &str) -> String {
    format!("subscription {{ changes{arguments} {{ {ALL} }} }}")
}

/// The next event.
async fn event(socket: &mut Socket, id: &str) -> Value {
    let mut answer = socket.answer(id).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["changes"].take()
}

/// Waits until a subscription has begun: a query behind it is answered after that.
async fn begun(server: &Server, socket: &mut Socket, id: &str, subscription: &str) -> Value {
    socket.subscribe(id, subscription).await;
    // What is written until it has begun may be told or not.
    soon(async {
        let mut number = 0;
        loop {
            number += 1;
            server
                .write(&format!("UPDATE team SET name = 'begin {number}' WHERE id = (SELECT min(id) FROM team)"))
                .await;
            if let Ok(message) = tokio::time::timeout(Duration::from_millis(300), socket.next()).await {
                let event = message["payload"]["data"]["changes"].clone();
                let told = event["changes"].as_array().unwrap().last().unwrap()["node"]["name"].clone();
                if told == format!("begin {number}") {
                    return event;
                }
                // The last one is still to come.
                let event = self::event(socket, id).await;
                assert_eq!(
                    event["changes"].as_array().unwrap().last().unwrap()["node"]["name"],
                    format!("begin {number}")
                );
                return event;
            }
        }
    })
    .await
}

async fn changes_are_told_as_they_come(engine: Engine) {
    let url = full_database(engine).await;
    let servers = [Server::new(&url, with(LIVE)).await, Server::new(&url, with(LIVE)).await];
    let mut sockets = Vec::new();
    for server in &servers {
        let mut socket = server.socket().await;
        begun(server, &mut socket, "1", &subscription("(types: [TEAM])")).await;
        sockets.push(socket);
    }
    settle(&mut sockets, &servers[0]).await;
    let id = "(SELECT id FROM team ORDER BY id LIMIT 1 OFFSET 3)";
    write(&url, &format!("UPDATE team SET name = 'x' WHERE id = {id}")).await;
    write(&url, "UPDATE ward SET area_km2 = area_km2 WHERE id = (SELECT min(id) FROM ward)").await;
    write(&url, &format!("UPDATE team SET name = 'y' WHERE id = {id}")).await;
    for socket in &mut sockets {
        let mut told = Vec::new();
        while told.len() < 2 {
            let event = event(socket, "1").await;
            assert_eq!(event["kind"], "CHANGES");
            told.extend(event["changes"].as_array().unwrap().clone());
            assert!(event["token"].is_string());
        }
        let of = |change: &Value| (change["operation"].clone(), change["version"].clone());
        assert_eq!(told.iter().map(of).collect::<Vec<_>>(), [(json!("UPSERT"), json!(2)), (json!("UPSERT"), json!(3))]);
        assert_eq!((&told[0]["id"], &told[1]["node"]["name"]), (&told[1]["id"], &json!("y")));
    }
    for server in servers {
        server.stops().await;
    }
}

/// Writes once more, and reads until that has come to all.
async fn settle(sockets: &mut [Socket], server: &Server) {
    server.write("UPDATE team SET name = 'the last' WHERE id = (SELECT max(id) FROM team)").await;
    for socket in sockets {
        while event(socket, "1").await["changes"].as_array().unwrap().last().unwrap()["node"]["name"] != "the last" {}
    }
}

/// As long as somebody listens, the server listens to what PostgreSQL says by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_listened_to() {
    let server = Server::new(&full_database(Engine::Postgres).await, with(LIVE)).await;
    let mut socket = server.socket().await;
    begun(&server, &mut socket, "1", &subscription("(types: [TEAM])")).await;
    let other = Store::connect(&server.url).await.unwrap();
    let listening = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let count = async || {
        let listening = Statement::from_string(other.engine(), listening);
        let row = other.reader().query_one_raw(listening).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    soon(async { while count().await != 1 {} }).await;
    socket.close().await;
    soon(async { while count().await != 0 {} }).await;
    server.stops().await;
}

async fn who_comes_again_misses_nothing_and_is_told_nothing_twice(engine: Engine) {
    const WRITES: usize = 60;
    let server = Server::new(&full_database(engine).await, with(LIVE)).await;
    let mut socket = server.socket().await;
    let mut token = begun(&server, &mut socket, "1", &subscription("(types: [WARD, TEAM])")).await["token"].take();
    socket.close().await;
    let url = server.url.clone();
    let writing = tokio::spawn(async move {
        for number in 0..WRITES {
            let id = format!("(SELECT id FROM team ORDER BY id LIMIT 1 OFFSET {number})");
            write(&url, &format!("UPDATE team SET name = 'w{number}' WHERE id = {id}")).await;
        }
    });
    let mut told: Vec<Value> = Vec::new();
    while told.len() < WRITES {
        // One event a connection.
        let mut socket = server.socket().await;
        let query =
            "subscription($t: String!) { changes(after: $t, types: [TEAM]) { kind token changes { id token } } }";
        let payload = json!({ "query": query, "variables": { "t": token } });
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let mut event = event(&mut socket, "1").await;
        assert_eq!(event["kind"], "CHANGES");
        told.extend(event["changes"].as_array().unwrap().clone());
        token = event["token"].take();
        socket.close().await;
    }
    soon(writing).await.unwrap();
    let app = TestApp::over(&server.url).await;
    let data = app.data("{ teams(first: 60, orderBy: [{code: {direction: ASC}}]) { totalCount } }").await;
    assert!(data["teams"]["totalCount"].as_i64().unwrap() > WRITES as i64);
    let ids: Vec<_> = told.iter().map(|change| change["id"].as_str().unwrap()).collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((ids.len(), distinct.len()), (WRITES, WRITES), "each once");
    server.stops().await;
}

async fn who_is_too_slow_is_told_that_something_was_missed(engine: Engine) {
    let server = Server::new(&full_database(engine).await, with(LiveSettings { buffer: 100, ..LIVE })).await;
    let mut socket = server.socket().await;
    let token = begun(&server, &mut socket, "1", &subscription("(types: [TEAM])")).await["token"].take();
    // More than is kept, at once.
    server.write("UPDATE team SET name = 'all'").await;
    let gap = event(&mut socket, "1").await;
    assert_eq!((&gap["kind"], &gap["changes"], &gap["token"]), (&json!("GAP"), &json!([]), &token));
    socket.completed("1").await;
    // From there on nothing was missed: the feed is read again.
    socket.subscribe("2", &subscription(&format!("(types: [TEAM], after: {token})"))).await;
    let all = TestApp::over(&server.url).await.data("{ teams { totalCount } }").await["teams"]["totalCount"].as_u64();
    let mut told = 0;
    while Some(told) < all {
        let event = event(&mut socket, "2").await;
        assert_eq!(event["kind"], "CHANGES");
        told += event["changes"].as_array().unwrap().len() as u64;
    }
    assert_eq!(Some(told), all);
    server.stops().await;
}

/// What it does not take stands in the buffers of the system, and then nowhere.
async fn who_does_not_read_is_told_that_something_was_missed(engine: Engine) {
    let live = LiveSettings { buffer: 4_000, take: Duration::from_secs(300), ..LIVE };
    let server = Server::new(&full_database(engine).await, with(live)).await;
    let mut socket = server.open_taking(&[crate::live::PROTOCOL], Some(4_096)).await.unwrap();
    socket.begin(json!({})).await;
    // Answers that are much larger than what they tell of.
    let fields: String = (0..40).map(|number| format!(" a{number}: name")).collect();
    let query = format!(
        "subscription {{ changes(types: [TEAM]) {{ kind token changes {{ node {{ ... on Team {{ name{fields} }} }} }} }} }}"
    );
    begun(&server, &mut socket, "1", &query).await;
    for number in 0..8 {
        server.write(&format!("UPDATE team SET name = 'a name that is rather long, of the round {number}'")).await;
    }
    let mut kinds = Vec::new();
    while kinds.last() != Some(&json!("GAP")) {
        kinds.push(event(&mut socket, "1").await["kind"].take());
    }
    assert!(kinds.len() > 1, "as much as there was room for has come");
    socket.completed("1").await;
    server.stops().await;
}

async fn what_may_not_be_seen_is_not_told(engine: Engine) {
    let server = Server::new(&full_database(engine).await, guarded(LIVE)).await;
    let key = server.key(&["--name", "one", "--scope", "members:read"]);
    let mut sockets = [server.socket().await, server.socket_as(json!({ "apiKey": key })).await];
    for socket in &mut sockets {
        begun(&server, socket, "1", &subscription("")).await;
    }
    settle(&mut sockets, &server).await;
    let [mut anonymous, mut known] = sockets;
    server.write("UPDATE member SET joined_on = joined_on WHERE id = (SELECT min(id) FROM member)").await;
    server.write("UPDATE team SET name = 'after' WHERE id = (SELECT min(id) FROM team)").await;
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(event(&mut known, "1").await["changes"].as_array().unwrap().clone());
    }
    assert_eq!((&told[0]["node"], &told[1]["node"]), (&json!({}), &json!({ "name": "after" })));
    let events = event(&mut anonymous, "1").await;
    assert_eq!(events["changes"].as_array().unwrap().len(), 1, "{events}");
    assert_eq!(events["changes"][0]["node"]["name"], "after");
    server.stops().await;
}

async fn what_is_no_subscription_is_refused(engine: Engine) {
    let server = Server::new(&full_database(engine).await, with(LIVE)).await;
    let mut socket = server.socket().await;
    let ids = |count: usize| format!("(filter: {{ids: [{}]}})", vec!["\"dGVhbToxMQ\""; count].join(" "));
    for (arguments, code) in [
        ("(after: \"nonsense\")".to_owned(), "BAD_USER_INPUT"),
        ("(filter: {ids: [\"nonsense\"]})".to_owned(), "BAD_USER_INPUT"),
        (ids(201), "LIMIT_EXCEEDED"),
        ("(types: [NONSENSE])".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.subscribe("1", &subscription(&arguments)).await;
        assert_eq!(socket.refused("1").await, [code], "{arguments}");
    }
    // A position of another history: what comes behind it cannot be told.
    let foreign = "MDEyMzQ1Njc4OWFiY2RlZi4wLjE";
    socket.subscribe("1", &subscription(&format!("(after: \"{foreign}\")"))).await;
    assert_eq!(event(&mut socket, "1").await, json!({ "kind": "GAP", "token": foreign, "changes": [] }));
    socket.completed("1").await;
    server.stops().await;
}
