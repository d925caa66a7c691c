//! What requests cost, what is left, and who has nothing left.

use std::{
    net::SocketAddr,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use antq::{
    budget::{Now, Rates},
    server::Settings,
    store::{Event, Store},
};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::support::{Engine, Reply, SETTINGS, TestApp, full_database, on_both_engines};

on_both_engines!(
    what_was_not_used_is_given_back,
    whoever_has_nothing_left_is_told_when_to_come_again,
    who_goes_away_pays_for_what_was_read,
    tables_are_paid_as_they_are_sent,
);

/// A clock that stands still unless it is moved, in milliseconds. Each test that moves one has its own.
macro_rules! clock {
    ($now:ident, $passed:ident) => {
        static $passed: AtomicU64 = AtomicU64::new(0);

        fn $now() -> Now {
            let passed = Duration::from_millis($passed.load(Ordering::Relaxed));
            Now { instant: START.instant + passed, wall: START.wall + passed }
        }
    };
}

static START: LazyLock<Now> = LazyLock::new(Now::system);

fn at_rest() -> Now {
    *START
}

fn paying(anonymous: u32, clock: fn() -> Now) -> Settings {
    Settings { budgets: Rates { anonymous, key: 0, clock }, ..SETTINGS }
}

async fn app(engine: Engine, settings: Settings) -> TestApp {
    TestApp::around(Store::connect(&full_database(engine).await).await.unwrap(), settings)
}

/// 100 wards and, of 10,000 teams that they might have, none.
const TREE: &str = "{ wards(first: 100) { nodes { name teams(first: 100) { nodes { name } } } } }";

fn cost(reply: &Reply) -> Value {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["extensions"]["cost"].clone()
}

/// What is left, asked without cost.
async fn left(app: &TestApp) -> u64 {
    cost(&app.preferring("cost-only", "{ __typename }").await)["remaining"].as_u64().unwrap()
}

async fn what_was_not_used_is_given_back(engine: Engine) {
    let app = app(engine, paying(3_000, at_rest)).await;
    // 103 wards and what they have: 1,888 teams.
    let query = "{ city(code: \"92\") { wards(first: 103) { nodes { teams(first: 100) { nodes { code } } } } } }";
    let reply = app.preferring("cost", query).await;
    assert_eq!(reply.headers["preference-applied"], "cost");
    let found = cost(&reply);
    // 1, and 10,404 nodes; of 1 + 103 + 1,888.
    assert_eq!((&found["estimated"], &found["actual"], &found["remaining"]), (&105.into(), &20.into(), &2_980.into()));
    let reset = chrono::DateTime::parse_from_rfc3339(found["resetAt"].as_str().unwrap()).unwrap();
    assert_eq!(reset.timestamp_millis(), (START.wall + Duration::from_millis(400)).timestamp_millis());
    // The data are the same, to the byte, and where nobody asks there is nothing else.
    let plain = app.query(query).await;
    let text = plain.text();
    assert!(reply.text().starts_with(text.strip_suffix('}').unwrap()));
    assert!(plain.json().get("extensions").is_none());
    assert_eq!(left(&app).await, 2_960);
    // In the request itself, too; what is wrong is paid like what is right.
    for (body, actual) in [
        (json!({ "query": "{ __typename }", "extensions": { "cost": true } }), 1),
        (json!({ "query": "{ ward(code: \"x\") { name } }", "extensions": { "cost": true } }), 1),
        (json!({ "query": "{ search(query: \"can tho\") { hasMore } }", "extensions": { "cost": true } }), 11),
    ] {
        assert_eq!(app.post(body.to_string()).await.json()["extensions"]["cost"]["actual"], actual, "{body}");
    }
    let reply = app.post(json!({ "query": "{ __typename }", "extensions": { "cost": 1 } }).to_string()).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    // Among the data, what the request itself may cost taken off.
    let before = left(&app).await;
    let budget = &app.data("{ me { budget { limit remaining resetAt } } }").await["me"]["budget"];
    assert_eq!((&budget["limit"], &budget["remaining"]), (&json!(3_000), &json!(before - 1)));
    assert!(budget["resetAt"].is_string());
    let free = TestApp::full(engine).await;
    assert_eq!(free.data("{ me { budget { limit } } }").await["me"]["budget"], Value::Null);
}

async fn whoever_has_nothing_left_is_told_when_to_come_again(engine: Engine) {
    clock!(on_sqlite, SQLITE);
    clock!(on_postgres, POSTGRES);
    let (now, passed): (fn() -> Now, _) = match engine {
        Engine::Sqlite => (on_sqlite, &SQLITE),
        Engine::Postgres => (on_postgres, &POSTGRES),
    };
    let app = app(engine, paying(120, now)).await;
    // 10,100 nodes: 102 points. Of them 100 wards without teams are there, so that all but two are given back.
    assert_eq!(app.query(TREE).await.status, StatusCode::OK);
    assert_eq!(left(&app).await, 118);
    while app.query("{ __typename }").await.status == StatusCode::OK {}
    let reply = app.query(TREE).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"));
    // 102 points at two a second.
    assert_eq!(reply.headers[header::RETRY_AFTER], "51");
    let error = &reply.json()["errors"][0]["extensions"];
    let told = ["name", "limit", "actual", "remaining"].map(|name| error[name].clone());
    assert_eq!(told, [json!("anonymousBudget"), json!(120), json!(102), json!(0)]);
    assert!(error["resetAt"].is_string());
    assert!(reply.json().get("data").is_none());
    // Refused under the older media type, too: there is nothing wrong with the document.
    let older = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let older = app.send(older.body(Body::from(json!({ "query": TREE }).to_string())).unwrap()).await;
    assert_eq!(older.status, StatusCode::TOO_MANY_REQUESTS);
    passed.fetch_add(50_999, Ordering::Relaxed);
    let reply = app.query(TREE).await;
    assert_eq!(
        (reply.status, &reply.headers[header::RETRY_AFTER]),
        (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
    );
    passed.fetch_add(1, Ordering::Relaxed);
    assert_eq!(app.query(TREE).await.status, StatusCode::OK);
}

/// A request that no budget could ever pay is not told to wait.
#[tokio::test]
async fn what_is_dearer_than_a_budget_says_where_to_save() {
    for (budget, passes) in [(101, false), (102, true), (103, true)] {
        let app = app(Engine::Sqlite, paying(budget, at_rest)).await;
        let reply = app.query(TREE).await;
        if passes {
            assert_eq!(reply.status, StatusCode::OK);
            continue;
        }
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED"));
        let error = &reply.json()["errors"][0]["extensions"];
        let told = ["name", "limit", "actual", "dearest"].map(|name| error[name].clone());
        let dearest = json!({ "path": "wards.nodes.teams", "nodes": 10_000 });
        assert_eq!(told, [json!("anonymousBudget"), json!(101), json!(102), dearest]);
        assert!(!reply.headers.contains_key(header::RETRY_AFTER));
    }
}

#[tokio::test]
async fn a_price_is_told_without_running_and_without_paying() {
    let app =
        TestApp::paying(&full_database(Engine::Sqlite).await, Rates { anonymous: 100, key: 0, clock: at_rest }).await;
    let reply = app.preferring("respond-async, cost-only", TREE).await;
    assert_eq!(reply.headers["preference-applied"], "cost-only");
    assert_eq!(
        reply.json(),
        json!({ "extensions": { "cost": {
            "estimated": 102, "nodes": 10_100, "dearest": { "path": "wards.nodes.teams", "nodes": 10_000 },
            "remaining": 100, "resetAt": START.wall.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        } } })
    );
    assert_eq!(app.statements(), Vec::<String>::new());
    // What is invalid has no price, and what has no nodes no dearest field.
    assert_eq!(app.preferring("cost-only", "{ nothing }").await.code(), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(cost(&app.preferring("cost-only", "{ __typename }").await)["dearest"], Value::Null);
    // Of a table: as many rows as are asked for, or may be sent.
    for (query, nodes) in [("{wards{nodes{name}}}", 1_000_000), ("{wards(first:5000){nodes{name}}}", 5_000)] {
        let request =
            Request::get(format!("/graphql?format=csv&query={}", query.replace('{', "%7B").replace('}', "%7D")));
        let reply = app.send(request.header("prefer", "cost-only").body(Body::empty()).unwrap()).await;
        let found = cost(&reply);
        let dearest = json!({ "path": "wards", "nodes": nodes });
        assert_eq!((&found["nodes"], &found["dearest"]), (&nodes.into(), &dearest), "{query}");
        assert_eq!(found["estimated"], 1 + nodes / 100);
    }
    assert_eq!(left(&app).await, 100);
}

#[tokio::test]
async fn a_kept_answer_costs_a_point() {
    let settings = Settings { cache_bytes: 16 * 1_048_576, ..paying(3_000, at_rest) };
    let app = app(Engine::Sqlite, settings).await;
    let query = "{ wards(first: 200) { nodes { name } } }";
    for actual in [3, 1, 1] {
        assert_eq!(cost(&app.preferring("cost", query).await)["actual"], actual);
    }
    // Nor is what one request has paid kept for another.
    let plain = app.query(query).await;
    assert!(plain.json().get("extensions").is_none());
    assert_eq!(left(&app).await, 3_000 - 3 - 1 - 1 - 1);
    // A tag is of the data, and what comes with them is no part of it.
    let uri = "/graphql?query=%7Bwards%7Bnodes%7Bname%7D%7D%7D";
    let get = |prefer: &str| Request::get(uri).header("prefer", prefer).body(Body::empty()).unwrap();
    assert!(app.send(get("")).await.headers.contains_key(header::ETAG));
    let told = app.send(get("cost")).await;
    assert!(!told.headers.contains_key(header::ETAG));
    assert_eq!(told.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn each_address_has_a_budget() {
    let app = app(Engine::Sqlite, paying(1, at_rest)).await;
    let ask = async |address: &str| {
        let mut request = Request::get("/graphql?query=%7B__typename%7D").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(address.parse::<SocketAddr>().unwrap()));
        app.send(request).await.status.as_u16()
    };
    let asked = [
        ("192.0.2.1:1000", 200),
        ("192.0.2.1:2000", 429),
        ("192.0.2.2:1000", 200),
        ("[2001:db8::1]:1", 200),
        ("[2001:db8::2]:1", 429),
        ("[2001:db8:0:1::1]:1", 200),
        ("[::ffff:192.0.2.2]:1", 429),
    ];
    for (address, status) in asked {
        assert_eq!(ask(address).await, status, "{address}");
    }
}

/// Whoever hangs up pays for the rows that were read until then: not for all that might have come, and not nothing.
async fn who_goes_away_pays_for_what_was_read(engine: Engine) {
    let mut store = Store::connect(&full_database(engine).await).await.unwrap();
    let (sent, mut seen) = tokio::sync::watch::channel(0_usize);
    store.observe(move |event| {
        if let Event::Read(rows) = event {
            sent.send_modify(|all| *all += rows);
        }
    });
    let app = TestApp::around(store, paying(1_000_000, at_rest));
    let query = "{ wards(last: 200) { nodes { teams(first: 50) { nodes { members(first: 9) { nodes { fullName awards { nodes { title } } } } } } } } }";
    for _ in 0..100 {
        let before = left(&app).await;
        let rows = *seen.borrow();
        // Dropped as soon as the first rows are there; on a busy machine the others may be as soon.
        tokio::select! {
            biased;
            _ = seen.wait_for(|now| *now > rows) => {}
            _ = app.query(query) => continue,
        }
        let read = (*seen.borrow() - rows) as u64;
        assert_eq!(before - left(&app).await, 1 + read / 100, "{read} rows");
        assert!(read > 100);
        return;
    }
    panic!("no request could be dropped halfway");
}

async fn tables_are_paid_as_they_are_sent(engine: Engine) {
    let app = app(engine, paying(3_000, at_rest)).await;
    let (status, body) = app.begun("/graphql?format=csv&query=%7Bwards%7Bnodes%7Bcode%7D%7D%7D").await;
    assert_eq!((status, body.unwrap().iter().filter(|byte| **byte == b'\n').count()), (StatusCode::OK, 3_322));
    // One, and one for each hundred of 3,321 rows.
    assert_eq!(left(&app).await, 3_000 - 1 - 33);
    let (status, _) = app.begun("/graphql?format=xlsx&query=%7Bcities%7Bnodes%7Bcode%7D%7D%7D").await;
    assert_eq!((status, left(&app).await), (StatusCode::OK, 3_000 - 1 - 33 - 1));
    // What is no table is not run to find that out, if that were much; and costs a request.
    let large = "%7Bteam(wardCode:%2231120%22,code:%2201%22)%7Bmembers(first:200)%7Bnodes%7Bteam%7Bmembers(first:200)%7Bnodes%7Brole%7D%7D%7D%7D%7D%7D%7D";
    let (status, _) = app.begun(&format!("/graphql?format=csv&query={large}")).await;
    assert_eq!((status, left(&app).await), (StatusCode::BAD_REQUEST, 3_000 - 1 - 33 - 1 - 1));
    // Whoever has too little for a page of a table is not given one.
    let poor = self::app(engine, paying(20, at_rest)).await;
    let (status, _) = poor.begun("/graphql?format=csv&query=%7Bwards%7Bnodes%7Bcode%7D%7D%7D").await;
    assert_eq!((status, left(&poor).await), (StatusCode::BAD_REQUEST, 20));
}

/// A table is never broken off for its price: it is sent as fast as the budget fills, even if it is more than a whole one.
#[tokio::test]
async fn a_table_beyond_the_budget_is_sent_all_the_same() {
    // Each look at this clock takes a minute, in which the budget fills up.
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    fn now() -> Now {
        let passed = Duration::from_secs(60 * LOOKS.fetch_add(1, Ordering::Relaxed));
        Now { instant: START.instant + passed, wall: START.wall + passed }
    }
    let app = app(Engine::Sqlite, paying(30, now)).await;
    let (status, body) = app.begun("/graphql?format=csv&query=%7BformerWards%7Bnodes%7Bcode%7D%7D%7D").await;
    assert_eq!((status, body.unwrap().iter().filter(|byte| **byte == b'\n').count()), (StatusCode::OK, 10_036));
    // A hundred points and one; the budget has thirty at a time.
    assert!(LOOKS.load(Ordering::Relaxed) >= 6);
}
