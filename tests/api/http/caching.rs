//! What caches are told: public answers may be kept and asked about, and nothing else is kept.

use antq::server::HttpSettings;
use axum::{
    body::Body,
    http::{Method, Request, header},
};

use super::query;
use crate::support::{Engine, Reply, TestApp};

const WARDS: &str = "{ wards { totalCount } }";

async fn ask(app: &TestApp, method: Method, uri: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

fn kept(reply: &Reply) -> (&str, bool) {
    (reply.headers[header::CACHE_CONTROL].to_str().unwrap(), reply.headers.contains_key(header::ETAG))
}

#[tokio::test]
async fn public_answers_are_kept_and_asked_about() {
    let app = super::app().await;
    for method in [Method::GET, Method::HEAD] {
        let reply = ask(&app, method, &query(&[("query", WARDS)]), &[]).await;
        assert_eq!(kept(&reply), ("public, no-cache", true));
        assert_eq!(reply.headers[header::VARY], "accept, accept-encoding, authorization, x-api-key, x-purpose");
    }
}

#[tokio::test]
async fn caches_serve_them_for_as_long_as_they_are_told() {
    let app = TestApp::offering(Engine::Sqlite, HttpSettings { cache_max_age: 60, ..HttpSettings::DEFAULT }).await;
    let reply = ask(&app, Method::GET, &query(&[("query", WARDS)]), &[]).await;
    assert_eq!(kept(&reply), ("public, max-age=60", true));
    let tag = reply.headers[header::ETAG].to_str().unwrap();
    let again = ask(&app, Method::GET, &query(&[("query", WARDS)]), &[("if-none-match", tag)]).await;
    assert_eq!((again.status.as_u16(), kept(&again)), (304, ("public, max-age=60", true)));
    // No error is served for a minute.
    for document in ["{ ward(code: \"00000\") { name } }", "{ nothing }", "{"] {
        let reply = ask(&app, Method::GET, &query(&[("query", document)]), &[]).await;
        assert_eq!((kept(&reply), reply.code() == "none"), (("no-store", false), false), "{document}");
    }
    assert_eq!(kept(&app.query(WARDS).await), ("no-store", false));
    let table = query(&[("format", "csv"), ("query", "{ cities { nodes { code } } }")]);
    assert_eq!(kept(&ask(&app, Method::GET, &table, &[]).await), ("no-store", false));
}

/// Whether the credential is one makes no difference: the answer is for whoever sent it.
#[tokio::test]
async fn nothing_keeps_what_was_asked_with_a_credential() {
    let app = TestApp::offering(Engine::Sqlite, HttpSettings { cache_max_age: 60, ..HttpSettings::DEFAULT }).await;
    let public = ask(&app, Method::GET, &query(&[("query", WARDS)]), &[]).await;
    let tag = public.headers[header::ETAG].to_str().unwrap();
    let table = query(&[("format", "csv"), ("query", "{ cities { nodes { code } } }")]);
    for credential in [("authorization", "Bearer x"), ("authorization", ""), ("x-api-key", "x")] {
        for uri in [query(&[("query", WARDS)]), query(&[("query", "{")]), query(&[("format", "x")]), table.clone()] {
            let reply = ask(&app, Method::GET, &uri, &[credential, ("if-none-match", tag)]).await;
            assert_ne!(reply.status, 304);
            assert_eq!(kept(&reply), ("private, no-store", false), "{uri}");
            assert_eq!(
                reply.headers[header::VARY],
                "accept, accept-encoding, authorization, x-api-key, x-purpose",
                "{uri}"
            );
        }
    }
}
