//! Pages of other origins: they may read nothing, unless the configuration names their origin.

use antq::server::HttpSettings;
use axum::{
    body::Body,
    http::{Method, Request, header},
};

use super::query;
use crate::support::{Engine, Reply, TestApp};

const OURS: &str = "https://app.example.org";
const OTHER: &str = "https://other.example.org";

async fn app(origins: &[&str]) -> TestApp {
    let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    TestApp::offering(Engine::Sqlite, HttpSettings { origins, ..HttpSettings::DEFAULT }).await
}

/// What a browser asks before it sends a POST with JSON for a page of `origin`.
async fn preflight(app: &TestApp, origin: &str) -> Reply {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/graphql")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type,authorization");
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn get(app: &TestApp, origin: &str, uri: &str) -> Reply {
    app.send(Request::get(uri).header(header::ORIGIN, origin).body(Body::empty()).unwrap()).await
}

/// The headers that say something to pages of other origins.
fn said(reply: &Reply) -> Vec<&str> {
    reply.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

fn value(reply: &Reply, name: header::HeaderName) -> &str {
    reply.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn pages_of_other_origins_read_nothing() {
    let app = app(&[]).await;
    let reply = preflight(&app, OURS).await;
    assert_eq!((reply.status.as_u16(), said(&reply)), (405, vec![]));
    assert_eq!(said(&get(&app, OURS, &query(&[("query", "{ __typename }")])).await), [""; 0]);
}

#[tokio::test]
async fn pages_of_the_origins_that_are_named_may_ask_and_read() {
    let app = app(&[OURS, "http://localhost:3000"]).await;
    let reply = preflight(&app, OURS).await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, ""));
    assert_eq!(value(&reply, header::ACCESS_CONTROL_ALLOW_ORIGIN), OURS);
    assert_eq!(value(&reply, header::ACCESS_CONTROL_ALLOW_METHODS), "GET,HEAD,POST");
    assert_eq!(value(&reply, header::ACCESS_CONTROL_MAX_AGE), "7200");
    let allowed = value(&reply, header::ACCESS_CONTROL_ALLOW_HEADERS);
    for name in ["content-type", "authorization", "x-api-key", "graphql-require-preflight", "if-none-match"] {
        assert!(allowed.split(',').any(|allowed| allowed == name), "{name}: {allowed}");
    }
    // What fails is to be read too.
    for uri in [&*query(&[("query", "{ __typename }")]), "/graphql", "/nothing", "/schema.graphql"] {
        let reply = get(&app, OURS, uri).await;
        assert_eq!(value(&reply, header::ACCESS_CONTROL_ALLOW_ORIGIN), OURS, "{uri}");
        let readable = value(&reply, header::ACCESS_CONTROL_EXPOSE_HEADERS);
        for name in ["etag", "x-request-id", "retry-after", "cache-status", "content-disposition"] {
            assert!(readable.split(',').any(|readable| readable == name), "{name}: {readable}");
        }
        // No cache serves one origin what was said to another.
        let vary: Vec<_> = reply.headers.get_all(header::VARY).iter().collect();
        assert!(vary.iter().any(|vary| *vary == "origin"), "{uri}: {vary:?}");
        assert!(!reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
    for origin in [OTHER, "null", "http://app.example.org", "https://app.example.org:8443"] {
        for reply in [preflight(&app, origin).await, get(&app, origin, &query(&[("query", "{ __typename }")])).await] {
            assert_eq!(value(&reply, header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "{origin}");
        }
    }
}

#[tokio::test]
async fn all_origins_are_named_by_a_star() {
    let app = app(&["*"]).await;
    for origin in [OURS, OTHER, "null"] {
        let reply = get(&app, origin, &query(&[("query", "{ __typename }")])).await;
        assert_eq!(value(&reply, header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
        assert!(!reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        // Allowed by name: a star does not stand for `authorization`.
        let reply = preflight(&app, origin).await;
        assert!(value(&reply, header::ACCESS_CONTROL_ALLOW_HEADERS).contains("authorization"));
    }
}
