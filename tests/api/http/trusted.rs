//! Trusted documents: named in place of being sent, and, where the configuration says so, the only ones.

use std::{fs, path::Path};

use antq::{
    limits::DocumentLimits,
    server::{HttpSettings, TrustedDocuments},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{get, query};
use crate::support::{Engine, Reply, TestApp, on_both_engines};

on_both_engines!(a_document_is_named_in_place_of_being_sent, only_trusted_documents_are_answered);

const GRAPHQL: &str = "application/graphql-response+json";
const CITY: &str = "query City($code: String!) { city(code: $code) { name } }";
/// Reckoned by `sha256sum`.
const CITY_HASH: &str = "6094fee0063cf9f73399ad18a869b4e1e3e5ed4bc619300453d5179671ab4b1f";
const WARDS: &str = "{ wards { totalCount } }";
const ANSWER: &str = "{\"data\":{\"city\":{\"name\":\"Thành phố Cần Thơ\"}}}";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

async fn read(path: &Path) -> Result<TrustedDocuments, String> {
    TrustedDocuments::read(path, &DocumentLimits::default()).await.map_err(|error| error.to_string())
}

async fn app(engine: Engine, path: &Path, trusted_only: bool) -> TestApp {
    let trusted = Some(read(path).await.unwrap());
    TestApp::offering(engine, HttpSettings { trusted, trusted_only, batch: 20, ..HttpSettings::DEFAULT }).await
}

async fn post(app: &TestApp, mut request: Value) -> Reply {
    request["variables"] = json!({ "code": "92" });
    app.post(request.to_string()).await
}

fn by_hash(hash: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

/// From a folder, a manifest as Relay and graphql-codegen write it, and one as Apollo does: by identifier, and by hash.
async fn a_document_is_named_in_place_of_being_sent(engine: Engine) {
    let apollo = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{ "id": "city", "name": "City", "type": "query", "body": CITY }],
    });
    let folder = folder(&[
        // An editor ends the last line, a client that hashes what it sends does not.
        ("city.graphql", &format!("{CITY}\n")),
        ("README.md", "no document"),
        ("relay.json", &json!({ "city": CITY }).to_string()),
        ("prefixed.json", &json!({ "city": CITY, format!("sha256:{CITY_HASH}"): CITY }).to_string()),
        ("apollo.json", &apollo.to_string()),
    ]);
    for path in ["", "relay.json", "prefixed.json", "apollo.json"] {
        let app = app(engine, &folder.path().join(path), false).await;
        let id = format!("sha256:{CITY_HASH}");
        for named in [json!({ "documentId": "city" }), json!({ "documentId": id }), by_hash(CITY_HASH)] {
            assert_eq!(post(&app, named.clone()).await.text(), ANSWER, "{path} {named}");
        }
        for id in ["city", &id] {
            let uri = query(&[("documentId", id), ("variables", "{\"code\":\"92\"}")]);
            assert_eq!(get(&app, &uri, GRAPHQL).await.text(), ANSWER, "{path} {id}");
        }
        // Others are answered too, and nothing is under another name.
        assert_eq!(app.data(WARDS).await["wards"]["totalCount"], 3_321);
        for id in ["City", "", "sha256:city", &format!("sha256:{}", CITY_HASH.to_uppercase())] {
            let reply = post(&app, json!({ "documentId": id })).await;
            assert_eq!(reply.status, 400);
            assert_eq!(reply.code() == "BAD_REQUEST", id.is_empty(), "{id}: {}", reply.text());
        }
        let both = post(&app, json!({ "documentId": "city", "query": CITY })).await;
        assert_eq!((both.status.as_u16(), both.code().as_str()), (400, "BAD_REQUEST"));
    }
}

async fn only_trusted_documents_are_answered(engine: Engine) {
    let folder = folder(&[("city.graphql", CITY)]);
    let app = app(engine, folder.path(), true).await;
    // It is the same document, however it is said.
    for named in [json!({ "documentId": "city" }), by_hash(CITY_HASH), json!({ "query": CITY })] {
        assert_eq!(post(&app, named.clone()).await.text(), ANSWER, "{named}");
    }
    app.statements();
    let sent = "{ __typename }";
    // By `sha256sum`.
    let mut persisted = by_hash("7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b");
    persisted["query"] = sent.into();
    let others = [
        json!({ "query": WARDS }),
        json!({ "query": sent }),
        json!({ "query": format!("{CITY} ") }),
        json!({ "query": "{ __schema { queryType { name } } }" }),
        json!({ "query": "{" }),
        json!({ "documentId": "other" }),
        by_hash(&"0".repeat(64)),
        persisted,
    ];
    for other in others {
        let reply = post(&app, other.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, "DOCUMENT_NOT_TRUSTED"), "{other}");
        assert!(reply.json().get("data").is_none());
    }
    for uri in [query(&[("query", WARDS)]), query(&[("query", WARDS), ("format", "csv")])] {
        assert_eq!(get(&app, &uri, GRAPHQL).await.code(), "DOCUMENT_NOT_TRUSTED");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
    let array = json!([{ "query": CITY, "variables": { "code": "92" } }, { "query": WARDS }]);
    let answers = app.post(array.to_string()).await.json();
    assert_eq!(answers[0].to_string(), ANSWER);
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
}

/// A server does not start with documents that it could not answer.
#[tokio::test]
async fn what_cannot_be_trusted_is_said_in_one_line() {
    let bomb = "{".repeat(5_000);
    let manifest = |documents: Value| documents.to_string();
    let cases = [
        ("x.json", "[".to_owned(), "is not JSON"),
        ("x.json", "[]".to_owned(), "is not JSON"),
        ("x.json", manifest(json!({ "a": 1 })), "neither an object of texts"),
        (
            "x.json",
            manifest(json!({ "format": "other", "version": 1, "operations": [] })),
            "neither an object of texts",
        ),
        ("x.json", manifest(json!({})), "there is none in"),
        ("x.json", manifest(json!({ format!("sha256:{CITY_HASH}"): WARDS })), "is not the hash of its text"),
        ("x.json", manifest(json!({ "a": CITY, CITY_HASH: WARDS })), "two documents have the id 6094fee0"),
        ("x.json", manifest(json!({ "a": "{" })), "a: "),
        ("x.json", manifest(json!({ "a": bomb })), "a: The document passes the limit `documentNesting`"),
        ("x.json", manifest(json!({ "a": "{ nothing }" })), "a: Unknown field \"nothing\""),
        (
            "x.json",
            manifest(json!({ "a": "query A { __typename } query B { nothing }" })),
            "a: Unknown field \"nothing\"",
        ),
        ("x.graphql", "{ nothing }".to_owned(), "x: Unknown field \"nothing\""),
        ("x.gql", CITY.to_owned(), "there is none in"),
    ];
    for (name, text, says) in cases {
        let folder = folder(&[(name, &text)]);
        let path = if name.ends_with("json") { folder.path().join(name) } else { folder.path().to_owned() };
        let error = read(&path).await.unwrap_err();
        assert!(error.starts_with("trusted documents: ") && error.contains(says), "{name} {text}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    // Values of variables are not there yet, and each operation is checked with its own.
    let two =
        "query A($code: String!) { city(code: $code) { name } } query B($n: Int!) { wards(first: $n) { totalCount } }";
    let folder = folder(&[("two.graphql", two)]);
    let app = app(Engine::Sqlite, folder.path(), true).await;
    let reply =
        app.post(json!({ "documentId": "two", "operationName": "B", "variables": { "n": 1 } }).to_string()).await;
    assert_eq!(reply.text(), "{\"data\":{\"wards\":{\"totalCount\":3321}}}");
}
