//! Automatic persisted queries, as Apollo's protocol has them: version 1. The requests are those that Apollo Client's link
//! sends, written by hand.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use super::{get, query};
use crate::support::{Engine, Reply, TestApp, on_both_engines};

on_both_engines!(a_document_is_sent_once_and_asked_by_its_hash);

const GRAPHQL: &str = "application/graphql-response+json";
const CITY: &str = "query City($code: String!) { city(code: $code) { name } }";
/// Reckoned by `sha256sum`.
const CITY_HASH: &str = "6094fee0063cf9f73399ad18a869b4e1e3e5ed4bc619300453d5179671ab4b1f";

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// A request as Apollo Client sends it.
async fn apollo(app: &TestApp, body: Value) -> Reply {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json");
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn a_document_is_sent_once_and_asked_by_its_hash(engine: Engine) {
    let app = TestApp::full(engine).await;
    let by_hash = json!({ "operationName": "City", "variables": { "code": "92" }, "extensions": persisted(CITY_HASH) });
    let unknown = apollo(&app, by_hash.clone()).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.message().as_str(), unknown.code().as_str()),
        (200, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    );
    assert_eq!(app.post(by_hash.to_string()).await.status, 400);
    let uri = query(&[
        ("operationName", "City"),
        ("variables", "{\"code\":\"92\"}"),
        ("extensions", &persisted(CITY_HASH).to_string()),
    ]);
    assert_eq!(get(&app, &uri, GRAPHQL).await.headers[header::CACHE_CONTROL], "no-store");

    let mut with_text = by_hash.clone();
    with_text["query"] = CITY.into();
    let first = apollo(&app, with_text).await;
    assert_eq!(first.text(), "{\"data\":{\"city\":{\"name\":\"Thành phố Cần Thơ\"}}}");
    assert_eq!(apollo(&app, by_hash).await.body, first.body);
    // By GET it has a short address, which caches can keep.
    let by_get = get(&app, &uri, GRAPHQL).await;
    assert_eq!(
        (&by_get.body, &by_get.headers[header::CACHE_CONTROL]),
        (&first.body, &"public, no-cache".parse().unwrap())
    );
    assert!(by_get.headers.contains_key(header::ETAG));
    let by_id = query(&[("documentId", &format!("sha256:{CITY_HASH}")), ("variables", "{\"code\":\"92\"}")]);
    assert_eq!(get(&app, &by_id, GRAPHQL).await.body, first.body);
}

/// Only what is the text of its hash, parses, and is within the limits.
#[tokio::test]
async fn what_is_no_document_of_its_hash_is_not_kept() {
    let app = super::app().await;
    let kept = async |hash: &str| {
        let reply = apollo(&app, json!({ "extensions": persisted(hash) })).await;
        reply.code() != "PERSISTED_QUERY_NOT_FOUND"
    };
    let other = apollo(&app, json!({ "query": "{ __typename }", "extensions": persisted(CITY_HASH) })).await;
    assert_eq!((other.status.as_u16(), other.code().as_str(), kept(CITY_HASH).await), (400, "BAD_REQUEST", false));
    let hash = |text: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let aliases =
        |count| (0..count).map(|n| format!("a{n}: __typename ")).fold("{ ".to_owned(), |all, one| all + &one) + "}";
    let cases = [
        ("{ __typename }".to_owned(), "none", true),
        (aliases(20), "none", true),
        (aliases(51), "LIMIT_EXCEEDED", false),
        ("{".to_owned(), "GRAPHQL_PARSE_FAILED", false),
        ("{".repeat(5_000), "LIMIT_EXCEEDED", false),
        // It is a document. That it is not valid, it is told each time.
        ("{ nothing }".to_owned(), "GRAPHQL_VALIDATION_FAILED", true),
    ];
    for (text, code, is_kept) in cases {
        let hash = hash(&text);
        let reply = apollo(&app, json!({ "query": text, "extensions": persisted(&hash) })).await;
        assert_eq!((reply.code().as_str(), kept(&hash).await), (code, is_kept), "{text}");
    }
}

#[tokio::test]
async fn a_mutation_is_not_run_by_a_get_of_its_hash() {
    let app = super::app().await;
    let text = "mutation { x }";
    // By `sha256sum`.
    let hash = "183b8ad5c712ff57b38461f59c9f4be250309a892589c7b6fdb448c9829c8d5e";
    apollo(&app, json!({ "query": text, "extensions": persisted(hash) })).await;
    let reply = get(&app, &query(&[("extensions", &persisted(hash).to_string())]), GRAPHQL).await;
    assert_eq!(reply.status, 405);
}

#[tokio::test]
async fn another_version_or_form_of_the_protocol_is_refused() {
    let app = super::app().await;
    let wrong = [
        json!({ "version": 2, "sha256Hash": CITY_HASH }),
        json!({ "sha256Hash": CITY_HASH }),
        json!({ "version": 1 }),
        json!({ "version": 1, "sha256Hash": &CITY_HASH[1..] }),
        json!({ "version": 1, "sha256Hash": CITY_HASH.to_uppercase() }),
        json!({ "version": 1, "sha256Hash": 1 }),
        json!(CITY_HASH),
    ];
    for persisted in wrong {
        let body = json!({ "query": CITY, "extensions": { "persistedQuery": persisted } });
        let reply = apollo(&app, body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"), "{persisted}");
        assert!(reply.message().contains("sha256Hash"), "{}", reply.message());
    }
    // Nothing is asked for.
    let reply = apollo(&app, json!({ "query": "{ __typename }", "extensions": { "persistedQuery": null } })).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (200, "none"));
}
