//! Arrays of operations: off unless they are asked for, and then each answered as if it had come alone.

use std::time::Duration;

use antq::{
    server::{HttpSettings, Settings},
    store::Store,
};
use axum::{
    body::Body,
    http::{Request, header},
};
use sea_orm::TransactionTrait;
use serde_json::{Value, json};

use crate::support::{Engine, Reply, SETTINGS, TestApp, full_database, on_both_engines};

on_both_engines!(each_is_answered_as_if_it_had_come_alone, all_have_the_time_of_one);

const BATCH: usize = 3;

fn settings() -> HttpSettings {
    HttpSettings { batch: BATCH, ..HttpSettings::DEFAULT }
}

async fn send(app: &TestApp, operations: &Value) -> Reply {
    app.post(operations.to_string()).await
}

async fn each_is_answered_as_if_it_had_come_alone(engine: Engine) {
    let app = TestApp::offering(engine, HttpSettings { batch: 20, ..settings() }).await;
    let operations = [
        json!({ "query": "query($c: String!) { city(code: $c) { name } }", "variables": { "c": "92" } }),
        json!({ "query": "{ ward(code: \"00000\") { name } }" }),
        json!({ "query": "{ wards { totalCount } }" }),
        json!({ "query": "{ nothing }" }),
        json!({ "query": "{" }),
        json!({ "query": "mutation { x }" }),
        json!({ "query": "{".repeat(5_000) }),
        json!({ "query": "query A { cities { totalCount } } query B { wards { totalCount } }", "operationName": "A" }),
        json!({ "query": "{ __typename }", "variables": [] }),
        json!({ "qeury": "{ __typename }" }),
        json!({ "query": "{ wards { totalCount } }" }),
    ];
    let mut alone = Vec::new();
    for operation in &operations {
        alone.push(send(&app, operation).await.text());
    }
    let reply = send(&app, &json!(operations)).await;
    assert_eq!((reply.status.as_u16(), reply.text()), (200, format!("[{}]", alone.join(","))));
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/graphql-response+json; charset=utf-8");
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert!(!reply.headers.contains_key(header::ETAG));
}

/// Every connection is taken, so that what needs one waits until the time of all is over; what needs none is answered.
async fn all_have_the_time_of_one(engine: Engine) {
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.push(store.reader().begin().await.unwrap());
    }
    let app = TestApp::around(store, Settings { timeout: Duration::from_millis(50), http: settings(), ..SETTINGS });
    let reads = json!({ "query": "{ wards { totalCount } }" });
    let reply = send(&app, &json!([reads, { "query": "{ __typename }" }, reads])).await;
    let answers = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(answers[1], json!({ "data": { "__typename": "Query" } }));
    for late in [0, 2] {
        assert_eq!(answers[late]["errors"][0]["extensions"]["code"], "REQUEST_TIMEOUT", "{answers}");
        assert!(answers[late].get("data").is_none());
    }
}

#[tokio::test]
async fn no_array_is_answered_unless_that_is_asked_for() {
    let app = super::app().await;
    let reply = send(&app, &json!([{ "query": "{ wards { totalCount } }" }])).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"));
    assert!(reply.message().contains("Batches are not answered"));
    assert_eq!(app.statements(), Vec::<String>::new());
}

#[tokio::test]
async fn an_array_has_so_many_operations_and_no_more() {
    let app = TestApp::offering(Engine::Sqlite, settings()).await;
    let array = |operations: usize| json!(vec![json!({ "query": "{ wards { totalCount } }" }); operations]);
    for operations in [1, BATCH - 1, BATCH] {
        let reply = send(&app, &array(operations)).await;
        let answers = reply.json();
        assert_eq!((reply.status.as_u16(), answers.as_array().unwrap().len()), (200, operations));
        assert_eq!(answers[operations - 1]["data"]["wards"]["totalCount"], 3_321);
    }
    app.statements();
    let reply = send(&app, &array(BATCH + 1)).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json()["errors"][0]["extensions"],
        json!({ "code": "LIMIT_EXCEEDED", "name": "batch", "limit": BATCH, "actual": BATCH + 1 })
    );
    for no_batch in [json!([]), json!([1]), json!([null]), json!([[{ "query": "{ __typename }" }]])] {
        let reply = send(&app, &no_batch).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"), "{no_batch}");
    }
    assert_eq!(app.statements(), Vec::<String>::new(), "refused as a whole");
}

/// A body is a body, whatever is in it; and a table has no place for a second one.
#[tokio::test]
async fn arrays_are_as_large_as_any_body_and_no_tables() {
    let app = TestApp::offering(Engine::Sqlite, settings()).await;
    let mut body = json!([{ "query": "{ __typename }" }]).to_string();
    body.push_str(&" ".repeat(1_048_576 - body.len()));
    assert_eq!(app.post(body.clone()).await.status, 200);
    body.push(' ');
    let reply = app.post(body).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "LIMIT_EXCEEDED"));
    let request = Request::post("/graphql?format=csv").header(header::CONTENT_TYPE, "application/json");
    let array = json!([{ "query": "{ wards { nodes { code } } }" }]).to_string();
    let reply = app.send(request.body(Body::from(array)).unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"));
}
