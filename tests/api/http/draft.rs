//! The statuses of the draft of 2026, beside those that the audits want.

use antq::server::{HttpSettings, Statuses};
use axum::{
    body::Body,
    http::{Request, header},
};

use super::query;
use crate::support::{Engine, Reply, TestApp, on_both_engines};

on_both_engines!(the_draft_has_statuses_of_its_own);

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// A body, and its status: as audited in the newer and in the older media type, and by the draft in both.
const CASES: [(&str, [u16; 3]); 16] = [
    (r#"{"query":"{ __typename }"}"#, [200, 200, 200]),
    (r#"{"query":"{ ward(code: \"31120\") { name } }"}"#, [200, 200, 200]),
    (r#"{"query":"{ ward(code: \"00000\") { name } }"}"#, [200, 200, 294]),
    (r#"{"query":"{ wards(first: 201) { totalCount } }"}"#, [200, 200, 294]),
    (r#"{"query":"{ wards"}"#, [400, 200, 400]),
    (r#"{"query":""}"#, [400, 200, 400]),
    (r#"{"query":"{ nothing }"}"#, [400, 200, 422]),
    (r#"{"query":"query($c: String!) { ward(code: $c) { name } }"}"#, [400, 200, 422]),
    (r#"{"query":"query($n: Int) { wards(first: $n) { totalCount } }","variables":{"n":"x"}}"#, [400, 200, 422]),
    (r#"{"query":"{ __typename }","operationName":"A"}"#, [400, 200, 422]),
    (r#"{"documentId":"nothing"}"#, [400, 200, 422]),
    (r#"{"qeury":"{ __typename }"}"#, [400, 400, 422]),
    (r#"{"query":"{ __typename }","variables":[7]}"#, [400, 400, 422]),
    (r#"[{"query":"{ __typename }"}]"#, [400, 400, 422]),
    ("NONSENSE", [400, 400, 400]),
    (r#"{"query":"#, [400, 400, 400]),
];

async fn post(app: &TestApp, body: &str, accept: &str) -> Reply {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, JSON).header(header::ACCEPT, accept);
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn the_draft_has_statuses_of_its_own(engine: Engine) {
    let audited = TestApp::offering(engine, HttpSettings::DEFAULT).await;
    let drafted =
        TestApp::offering(engine, HttpSettings { statuses: Statuses::Draft2026, ..HttpSettings::DEFAULT }).await;
    for (body, [newer, older, draft]) in CASES {
        let replies = [
            post(&audited, body, GRAPHQL).await,
            post(&audited, body, JSON).await,
            post(&drafted, body, GRAPHQL).await,
            post(&drafted, body, JSON).await,
        ];
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
        assert_eq!(statuses, [newer, older, draft, draft], "{body}");
        assert!(replies.iter().all(|reply| reply.body == replies[0].body), "{body}");
        // By the draft, only what succeeded is told in the older type.
        let last = if draft < 300 { JSON } else { GRAPHQL };
        for (reply, media) in replies.iter().zip([GRAPHQL, JSON, GRAPHQL, last]) {
            assert_eq!(reply.headers[header::CONTENT_TYPE], format!("{media}; charset=utf-8"), "{body}");
        }
    }
}

/// What HTTP has a status for keeps it, and tables are refused as JSON is.
#[tokio::test]
async fn what_http_says_stays() {
    let drafted = HttpSettings { statuses: Statuses::Draft2026, ..HttpSettings::DEFAULT };
    let app = TestApp::offering(Engine::Sqlite, drafted).await;
    let mutation = query(&[("query", "mutation { x }")]);
    let table = |document| query(&[("format", "csv"), ("query", document)]);
    let cases = [
        (mutation, 405),
        (table("{ nothing }"), 422),
        (table("{ wards { nodes { name teams { nodes { name } } } } }"), 422),
        (table("{ city(code: \"00\") { wards { nodes { name } } } }"), 404),
        (table("{"), 400),
        (query(&[("query", "{ __typename }"), ("variables", "{")]), 400),
    ];
    for (uri, status) in cases {
        let reply = super::get(&app, &uri, GRAPHQL).await;
        assert_eq!(reply.status.as_u16(), status, "{uri}: {}", reply.text());
    }
}
