//! Operations over a socket: queries as over HTTP, and `live` ones that go on.

use antq::{
    budget::Rates,
    server::{LiveSettings, Settings},
};
use serde_json::json;

use crate::{
    live::{LIVE, Server, with},
    support::{Engine, SETTINGS, TestApp, full_database, on_both_engines},
};

on_both_engines!(
    queries_are_answered_as_over_http,
    a_live_query_is_answered_whenever_its_answer_has_changed,
    a_live_query_waits_until_it_can_be_paid_for,
);

async fn queries_are_answered_as_over_http(engine: Engine) {
    let url = full_database(engine).await;
    let (server, app) = (Server::new(&url, with(LIVE)).await, TestApp::over(&url).await);
    let mut socket = server.socket().await;
    for query in [
        "{ city(code: \"92\") { name wards(first: 2) { nodes { name teams(first: 1) { nodes { code } } } } } }",
        "{ a: city(code: \"00\") { name } b: wards { totalCount } }",
        "query($n: Int = 3) { teams(first: $n) { nodes { name } } }",
    ] {
        socket.subscribe("1", query).await;
        assert_eq!(socket.answer("1").await, app.query(query).await.json(), "{query}");
        socket.completed("1").await;
    }
    for query in ["{ noSuchField }", "{", "mutation { x }", "query A { __typename } query B { __typename }"] {
        socket.subscribe("1", query).await;
        let codes = socket.refused("1").await;
        match query.starts_with("mutation") {
            true => assert_eq!(codes, ["BAD_REQUEST"]),
            false => assert_eq!(codes, [app.query(query).await.code()], "{query}"),
        }
    }
    // A document that was sent under its hash is meant by it, as over HTTP.
    let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    for (payload, known) in [
        (json!({ "extensions": persisted }), false),
        (json!({ "query": "{__typename}", "extensions": persisted }), true),
        (json!({ "extensions": persisted }), true),
    ] {
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        if known {
            assert_eq!(socket.answer("1").await, json!({ "data": { "__typename": "Query" } }));
            socket.completed("1").await;
        } else {
            assert_eq!(socket.refused("1").await, ["PERSISTED_QUERY_NOT_FOUND"]);
        }
    }
    let reply = app.query("subscription { live { wards { totalCount } } }").await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_REQUEST".to_owned()));
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_has_so_many_subscriptions_and_any_number_of_queries() {
    let live = LiveSettings { operations_anonymous: 5, operations: 7, ..LIVE };
    let server = Server::new(&full_database(Engine::Sqlite).await, with(live)).await;
    let key = server.key(&["--name", "one"]);
    for (payload, most) in [(json!({}), 5), (json!({ "apiKey": key }), 7)] {
        let mut socket = server.socket_as(payload).await;
        for number in 0..most {
            socket.subscribe(&format!("s{number}"), "subscription { live { wards { totalCount } } }").await;
            socket.answer(&format!("s{number}")).await;
        }
        socket.subscribe("more", "subscription { live { wards { totalCount } } }").await;
        assert_eq!(socket.refused("more").await, ["LIMIT_EXCEEDED"]);
        // The place of one is free for another one.
        socket.send(json!({ "id": "s0", "type": "complete" })).await;
        socket.subscribe("more", "subscription { live { wards { totalCount } } }").await;
        socket.answer("more").await;
        for number in 0..100 {
            socket.subscribe(&format!("q{number}"), "{ wards { totalCount } }").await;
        }
        let mut left: std::collections::HashMap<String, &str> =
            (0..100).map(|number| (format!("q{number}"), "next")).collect();
        while !left.is_empty() {
            let message = socket.next().await;
            let id = message["id"].as_str().unwrap().to_owned();
            assert_eq!(message["type"], *left[&id], "{message}");
            match left[&id] {
                "next" => drop(left.insert(id, "complete")),
                _ => drop(left.remove(&id)),
            }
        }
    }
    server.stops().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_selects_one_field() {
    let server = Server::new(&full_database(Engine::Sqlite).await, with(LIVE)).await;
    let mut socket = server.socket().await;
    for query in [
        "subscription { a: live { wards { totalCount } } b: live { wards { totalCount } } }",
        "subscription { ... { live { wards { totalCount } } } }",
        "subscription { live @skip(if: false) { wards { totalCount } } }",
        "subscription { __typename }",
        "subscription { live { noSuchField } }",
    ] {
        socket.subscribe("1", query).await;
        assert_eq!(socket.refused("1").await, ["GRAPHQL_VALIDATION_FAILED"], "{query}");
    }
    // What it selects is bounded like a query.
    let many: String = (0..21).map(|number| format!(" a{number}: __typename")).collect();
    socket.subscribe("1", &format!("subscription {{ live {{{many} }} }}")).await;
    assert_eq!(socket.refused("1").await, ["LIMIT_EXCEEDED"]);
    server.stops().await;
}

const NAME: &str = "subscription($w: String!) { now: live { team(wardCode: $w, code: \"01\") { name } } }";

async fn a_live_query_is_answered_whenever_its_answer_has_changed(engine: Engine) {
    // With nothing kept, too.
    for settings in [with(LIVE), Settings { cache_bytes: 0, ..with(LIVE) }] {
        let server = Server::new(&full_database(engine).await, settings).await;
        let data = TestApp::over(&server.url).await.data("{ teams(first: 1) { nodes { code ward { code } } } }").await;
        let ward = data["teams"]["nodes"][0]["ward"]["code"].as_str().unwrap().to_owned();
        let first = "(SELECT id FROM team WHERE code = '01' AND ward_id = (SELECT id FROM ward WHERE code = 'WARD'))"
            .replace("WARD", &ward);
        let mut socket = server.socket().await;
        let payload = json!({ "query": NAME, "variables": { "w": ward } });
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        assert!(socket.answer("1").await["data"]["now"]["team"]["name"].is_string());
        // Neither another table nor another row is another answer.
        server.write("UPDATE source SET title = title").await;
        server.write(&format!("UPDATE team SET name = 'other' WHERE id <> {first}")).await;
        for number in 0..3 {
            server.write(&format!("UPDATE team SET name = 'name {number}' WHERE id = {first}")).await;
            let name = format!("name {number}");
            assert_eq!(socket.answer("1").await, json!({ "data": { "now": { "team": { "name": name } } } }));
        }
        // A question that fails later goes on.
        server.write(&format!("UPDATE team SET code = 'x' WHERE id = {first}")).await;
        let answer = socket.answer("1").await;
        assert_eq!(
            (&answer["errors"][0]["path"], &answer["data"]),
            (&json!(["now", "team"]), &json!({ "now": { "team": null } }))
        );
        server.write("UPDATE team SET code = '01' WHERE name = 'name 2'").await;
        assert_eq!(socket.answer("1").await["data"]["now"]["team"]["name"], "name 2");
        socket.send(json!({ "id": "1", "type": "complete" })).await;
        socket.subscribe("2", "{ __typename }").await;
        socket.answer("2").await;
        server.stops().await;
    }
}

async fn a_live_query_waits_until_it_can_be_paid_for(engine: Engine) {
    use std::{
        sync::{LazyLock, Mutex},
        time::{Duration, Instant},
    };

    use antq::budget::Now;

    // Each test has a process of its own clock: both engines share this one, which only goes on.
    static PASSED: LazyLock<(Now, Mutex<Duration>)> = LazyLock::new(|| (Now::system(), Mutex::default()));
    fn clock() -> Now {
        let (start, passed) = &*PASSED;
        let passed = *passed.lock().unwrap();
        Now { instant: start.instant + passed, wall: start.wall + passed }
    }
    let _: Instant = PASSED.0.instant;
    let budgets = Rates { anonymous: 30, key: 0, clock };
    let settings = Settings { budgets, anonymous: SETTINGS.anonymous, ..with(LIVE) };
    let server = Server::new(&full_database(engine).await, settings).await;
    let mut socket = server.socket().await;
    socket
        .subscribe("1", "subscription { live { teams(first: 1, filter: {name: {ne: \"x\"}}) { nodes { name } } } }")
        .await;
    socket.answer("1").await;
    // The rest is spent.
    let mut number = 0;
    loop {
        number += 1;
        socket
            .subscribe(&format!("q{number}"), "{ teams(first: 1, filter: {name: {ne: \"x\"}}) { nodes { name } } }")
            .await;
        let message = socket.next().await;
        if message["type"] == "error" {
            assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{message}");
            break;
        }
        socket.completed(&format!("q{number}")).await;
    }
    server.write("UPDATE team SET name = 'new'").await;
    socket.subscribe("again", "{ teams(first: 1, filter: {name: {ne: \"x\"}}) { nodes { name } } }").await;
    assert_eq!(socket.refused("again").await, ["RATE_LIMITED"]);
    *PASSED.1.lock().unwrap() += Duration::from_secs(60);
    let answer = socket.answer("1").await;
    assert_eq!(answer["data"]["live"]["teams"]["nodes"], json!([{ "name": "new" }]));
    server.stops().await;
}
