//! What a page of another site can make a browser send without asking first: nothing of it runs but queries by GET, whose
//! answers the page cannot read.

use antq::server::HttpSettings;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;

use super::query;
use crate::support::{Engine, TestApp};

const FOREIGN: &str = "https://other.example.org";

/// With everything on that could open a way.
async fn app() -> TestApp {
    let origins = vec!["https://app.example.org".parse().unwrap()];
    TestApp::offering(Engine::Sqlite, HttpSettings { batch: 20, origins, ..HttpSettings::DEFAULT }).await
}

/// Forms, `sendBeacon` and `fetch` with `no-cors` send these types.
#[tokio::test]
async fn no_form_of_another_site_is_read() {
    let app = app().await;
    let ask = json!({ "query": "{ wards { totalCount } }" });
    let bodies = [ask.to_string(), json!([ask]).to_string(), "query={wards{totalCount}}".to_owned(), String::new()];
    let kinds = [
        None,
        Some("text/plain"),
        Some("text/plain;charset=UTF-8"),
        Some("text/plain; application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=application/json"),
    ];
    for kind in kinds {
        for body in &bodies {
            let mut request = Request::post("/graphql").header(header::ORIGIN, FOREIGN);
            if let Some(kind) = kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let reply = app.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "BAD_REQUEST"), "{kind:?} {body}");
        }
    }
    assert_eq!(app.statements(), Vec::<String>::new());
}

/// An image, a script, a link: queries only, and what comes back is for pages of this origin.
#[tokio::test]
async fn a_get_of_another_site_changes_nothing_and_shows_nothing() {
    let app = app().await;
    let get = async |uri: &str, accept: &str| {
        let request = Request::get(uri).header(header::ORIGIN, FOREIGN).header(header::ACCEPT, accept);
        app.send(request.body(Body::empty()).unwrap()).await
    };
    for accept in ["image/avif,image/webp,*/*;q=0.8", "text/html,*/*;q=0.1", "*/*"] {
        let reply = get(&query(&[("query", "{ wards { totalCount } }")]), accept).await;
        assert_eq!(reply.status, 200);
        assert!(!reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(reply.headers["cross-origin-resource-policy"], "same-origin");
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    app.statements();
    for document in ["mutation { x }", "mutation A { x } query B { __typename }", "subscription A { x }"] {
        for name in ["", "A"] {
            let reply = get(&query(&[("query", document), ("operationName", name)]), "*/*").await;
            assert!(reply.code() != "none" && reply.json().get("data").is_none(), "{document}: {}", reply.text());
        }
    }
    let reply = get(&query(&[("query", "mutation { x }")]), "*/*").await;
    assert_eq!((reply.status.as_u16(), &reply.headers[header::ALLOW]), (405, &"GET, HEAD, POST".parse().unwrap()));
    assert_eq!(app.statements(), Vec::<String>::new());
}
