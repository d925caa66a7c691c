//! PostgreSQL: connections that are ended, and a server that is stopped and comes back.

use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait};
use serde_json::json;

use super::is_unavailable;
use crate::{
    live::{LIVE, PROTOCOL, Server, guarded},
    support::{Engine, Reply, TestApp, cluster::Cluster, full_database},
    writes::{Found, Write, kinds, purpose},
};

/// Sends the write of this number to a service that lets everybody do everything.
pub async fn sent(app: &TestApp, kind: &dyn Write, number: usize) -> Reply {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
        .header("x-purpose", purpose(number));
    app.send_as_is(request.body(kind.body(number).to_string().into()).unwrap()).await
}

async fn number(database: &DatabaseConnection, query: &str) -> i64 {
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), query)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

const OTHERS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Ends all other connections to a database, and waits until they are gone; how many those were.
async fn end_all(database: &DatabaseConnection) -> i64 {
    number(database, &format!("SELECT COUNT(*) FILTER (WHERE pg_terminate_backend(pid, 60000)) {OTHERS}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_is_ended_is_not_half_made() {
    let url = full_database(Engine::Postgres).await;
    let app = TestApp::over(&url).await;
    let other = Database::connect(&url).await.unwrap();
    for kind in kinds() {
        let held = other.begin().await.unwrap();
        held.execute_unprepared(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", kind.table())).await.unwrap();
        let ended = async {
            let waiting = format!("SELECT COUNT(*) {OTHERS} AND wait_event_type = 'Lock'");
            while number(&other, &waiting).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let end = format!("SELECT COUNT(pg_terminate_backend(pid)) {OTHERS} AND wait_event_type = 'Lock'");
            assert_eq!(number(&other, &end).await, 1);
        };
        let (reply, ()) = tokio::join!(sent(&app, &*kind, 0), ended);
        is_unavailable(&*kind, reply.status.as_u16(), &reply.json());
        held.rollback().await.unwrap();
        assert_eq!(kind.found(&app.store, 0).await, Found::Nothing);
        let reply = sent(&app, &*kind, 1).await;
        assert!(kind.acknowledged(&reply.json()), "{}", reply.text());
        assert_eq!(kind.found(&app.store, 1).await, Found::Whole);
    }
}

/// Nobody notices that the connections that nobody used are gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_ended_between_requests_are_made_anew() {
    let url = full_database(Engine::Postgres).await;
    let app = TestApp::caching(&url).await;
    let other = Database::connect(&url).await.unwrap();
    for round in 0..3 {
        // As many as there are connections, each another question, so that all of them are in use.
        let questions: Vec<String> =
            (1..=12).map(|first| format!("{{ r{round}: wards(first: {first}) {{ nodes {{ name teams(first: 2) {{ nodes {{ name }} }} }} }} }}")).collect();
        let replies = join_all(questions.iter().map(|question| app.query(question))).await;
        for reply in replies {
            assert!(reply.status == 200 && reply.json().get("errors").is_none(), "round {round}: {}", reply.text());
        }
        for kind in kinds() {
            let reply = sent(&app, &*kind, round).await;
            assert!(kind.acknowledged(&reply.json()), "round {round}: {}", reply.text());
            assert_eq!(kind.found(&app.store, round).await, Found::Whole);
        }
        assert!(end_all(&other).await >= 3, "they were in use");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_and_comes_back_is_unavailable_in_between() {
    let cluster = Cluster::new();
    let url = cluster.url("postgres");
    for command in ["migrate", "load", "demo"] {
        crate::crash::states::succeeds(&[command, "--database-url", &url]);
    }
    let app = TestApp::caching(&url).await;
    let read = "{ wards(first: 3) { nodes { name } } }";
    let ready = async || {
        let request = Request::get("/readyz").body(axum::body::Body::empty()).unwrap();
        app.send(request).await.status
    };
    for round in 0..2 {
        let before = app.data(read).await;
        cluster.stop();
        // What is kept cannot be proved to be true still, so that it is not served either.
        let reply = app.query(read).await;
        assert_eq!(reply.code(), "UNAVAILABLE", "{}", reply.text());
        assert_eq!(ready().await, StatusCode::SERVICE_UNAVAILABLE);
        for kind in kinds() {
            let reply = sent(&app, &*kind, 2 * round).await;
            is_unavailable(&*kind, reply.status.as_u16(), &reply.json());
        }
        cluster.start();
        assert_eq!(app.data(read).await, before);
        assert_eq!(ready().await, StatusCode::OK);
        for kind in kinds() {
            let reply = sent(&app, &*kind, 2 * round + 1).await;
            assert!(kind.acknowledged(&reply.json()), "{}", reply.text());
            let found = (kind.found(&app.store, 2 * round).await, kind.found(&app.store, 2 * round + 1).await);
            assert_eq!(found, (Found::Nothing, Found::Whole));
        }
    }
}

/// Who listens is told nothing while the server is away, and everything when it is back: clients take an end for the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_hears_again_when_the_server_is_back() {
    let cluster = Cluster::new();
    let url = cluster.url("postgres");
    for command in ["migrate", "load"] {
        crate::crash::states::succeeds(&[command, "--database-url", &url]);
    }
    let server = Server::new(&url, guarded(LIVE)).await;
    // Whether a key is good only the database knows.
    let key = server.key(&["--name", "listens", "--scope", "members:read"]);
    let open = async || {
        let mut socket = server.open(&[PROTOCOL, ("x-api-key", &key)]).await.unwrap();
        socket.begin(json!(null)).await;
        socket
    };
    let [mut live, mut changes, mut other] = [open().await, open().await, open().await];
    let area = r#"ward(code: "31120") { areaKm2 }"#;
    live.subscribe("live", &format!("subscription {{ live {{ {area} }} }}")).await;
    let before = live.answer("live").await;
    other.subscribe("token", "{ changes { token } }").await;
    let token = other.answer("token").await["data"]["changes"]["token"].take();
    other.completed("token").await;
    changes
        .subscribe(
            "changes",
            &format!(
                "subscription {{ changes(after: {token}) {{ changes {{ node {{ ... on Ward {{ areaKm2 }} }} }} }} }}"
            ),
        )
        .await;
    for round in 1..=2 {
        cluster.stop();
        // What begins now is refused, once the time is over that the database has; what goes on has asked for it often then.
        let id = format!("away {round}");
        other.subscribe(&id, &format!("{{ {area} }}")).await;
        assert_eq!(other.refused(&id).await, ["UNAVAILABLE"]);
        cluster.start();
        crate::live::write(&url, &format!("UPDATE ward SET area_km2 = {round}.5 WHERE code = '31120'")).await;
        let told = changes.answer("changes").await["data"]["changes"]["changes"].take();
        assert_eq!(told, json!([{ "node": { "areaKm2": f64::from(round) + 0.5 } }]));
        let answer = live.answer("live").await;
        assert_ne!(answer, before);
        assert_eq!(answer, json!({ "data": { "live": { "ward": { "areaKm2": f64::from(round) + 0.5 } } } }));
    }
}
