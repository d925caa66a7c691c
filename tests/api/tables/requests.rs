//! How a table is asked for, and how it is sent.

use std::io::Read;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

use super::{CSV, NDJSON, XLSX, link, name};
use crate::support::{Engine, Reply, TestApp};

const QUERY: &str = "query Ba($n: Int) { cities(first: $n) { nodes { code name } } }";
const ROWS: &str = "code,name\r\n01,Thành phố Hà Nội\r\n04,Tỉnh Cao Bằng\r\n";

async fn app() -> TestApp {
    TestApp::full(Engine::Sqlite).await
}

async fn get(app: &TestApp, uri: &str, headers: &[(header::HeaderName, &str)]) -> Reply {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_link_is_a_file() {
    let app = app().await;
    let uri = link(QUERY, "&variables=%7B%22n%22:2%7D&format=csv");
    // As a browser follows it, and as a program that says nothing.
    for accept in ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "application/json"] {
        let reply = get(&app, &uri, &[(header::ACCEPT, accept)]).await;
        assert_eq!((reply.status, reply.text().as_str()), (StatusCode::OK, ROWS));
        assert_eq!(name(&reply.headers, "content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(name(&reply.headers, "content-disposition"), "attachment; filename=\"Ba.csv\"");
        assert_eq!(name(&reply.headers, "cache-control"), "no-store");
        assert_eq!(name(&reply.headers, "etag"), "none");
        assert_eq!(name(&reply.headers, "vary"), "accept, accept-encoding, authorization, x-api-key, x-purpose");
    }
    let bom = get(&app, &format!("{uri}&bom=true"), &[]).await;
    assert_eq!(bom.text(), format!("\u{feff}{ROWS}"));
    assert_eq!(get(&app, &format!("{uri}&bom=false"), &[]).await.text(), ROWS);
    // The list gives its name where the operation has none, under its alias.
    let reply = get(&app, &link("{ c: cities { nodes { name } } }", "&format=ndjson"), &[]).await;
    assert_eq!(name(&reply.headers, "content-disposition"), "attachment; filename=\"c.ndjson\"");
    assert_eq!(reply.text().lines().next(), Some("{\"name\":\"Thành phố Hà Nội\"}"));
}

#[tokio::test]
async fn wrong_parameters_are_refused() {
    let app = app().await;
    let cases = [
        ("&format=pdf", "`format` is \"pdf\", and may be `json`, `csv`, `ndjson` or `xlsx`."),
        ("&format=CSV", "`format` is \"CSV\""),
        ("&format=", "`format` is \"\""),
        ("&format=csv&bom=1", "`bom` is \"1\", and may be `true` or `false`."),
    ];
    for (more, says) in cases {
        let reply = get(&app, &link(QUERY, more), &[]).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"), "{more}");
        assert!(reply.message().contains(says), "{more}: {}", reply.message());
    }
}

#[tokio::test]
async fn the_form_is_the_one_accepted() {
    let app = app().await;
    let json = "application/json; charset=utf-8";
    let graphql = "application/graphql-response+json; charset=utf-8";
    let (csv, ndjson) = ("text/csv; charset=utf-8; header=present", "application/x-ndjson; charset=utf-8");
    let cases = [
        (CSV, "", csv),
        ("text/csv; charset=UTF-8; header=present", "", csv),
        ("text/*", "", csv),
        ("TEXT/CSV", "", csv),
        (NDJSON, "", ndjson),
        (XLSX, "", XLSX),
        ("text/csv;q=0.5, application/x-ndjson;q=0.6", "", ndjson),
        ("text/csv, application/json;q=0.9", "", csv),
        ("text/csv;q=0.5, application/json", "", json),
        ("text/csv;q=0, */*;q=0.1", "", json),
        ("*/*", "", json),
        (CSV, "?format=ndjson", ndjson),
        (CSV, "?format=json", json),
        ("application/graphql-response+json", "?format=json", graphql),
        ("application/json", "?format=xlsx", XLSX),
        ("text/html", "?format=csv", csv),
    ];
    for (accept, more, content_type) in cases {
        let request = Request::post(format!("/graphql{more}")).header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(json!({ "query": QUERY, "variables": { "n": 2 } }).to_string());
        let reply = app.send(request.header(header::ACCEPT, accept).body(body).unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), name(&reply.headers, "content-type")),
            (200, content_type),
            "{accept} {more}"
        );
        if content_type == csv {
            assert_eq!(reply.text(), ROWS);
        }
    }
    for accept in ["text/html", "text/csv;q=0", "text/csv; charset=latin1"] {
        let reply = get(&app, &link(QUERY, ""), &[(header::ACCEPT, accept)]).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_ACCEPTABLE, "BAD_REQUEST"), "{accept}");
        assert!(reply.message().contains("`text/csv`"), "{}", reply.message());
    }
}

/// HEAD tells what GET would, and reads no more than the first page.
#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = app().await;
    let wards = "{ wards { nodes { name } } }";
    for format in ["csv", "ndjson", "xlsx"] {
        app.statements();
        let uri = link(wards, &format!("&format={format}"));
        let head = Request::builder().method(Method::HEAD).uri(&uri).body(Body::empty()).unwrap();
        let (head, statements) = (app.send(head).await, app.statements());
        assert_eq!((head.status, head.body.len(), statements.len()), (StatusCode::OK, 0, 2), "{statements:?}");
        let get = get(&app, &uri, &[]).await;
        for header in ["content-type", "content-disposition", "vary"] {
            assert_eq!(name(&head.headers, header), name(&get.headers, header));
        }
    }
    let wrong = Request::builder().method(Method::HEAD).uri(link("{ cities { totalCount } }", "&format=csv"));
    assert_eq!(app.send(wrong.body(Body::empty()).unwrap()).await.status, StatusCode::BAD_REQUEST);
}

/// Each page goes out when it is read, compressed for who takes that.
#[tokio::test]
async fn tables_are_compressed_as_they_go() {
    let app = app().await;
    let wards = link("{ wards { nodes { code name city { name } } } }", "&format=csv");
    let plain = get(&app, &wards, &[]).await;
    let packed = get(&app, &wards, &[(header::ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!(name(&packed.headers, "content-encoding"), "gzip");
    assert_eq!(name(&plain.headers, "content-encoding"), "none");
    assert!(packed.body.len() * 2 < plain.body.len(), "{} {}", packed.body.len(), plain.body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked.len(), plain.body.len());
    assert!(unpacked == plain.body);
    assert_eq!(plain.text().lines().count(), 3_322);
}

/// Tables are not kept: each is read anew, beside answers in JSON that are.
#[tokio::test]
async fn the_cache_keeps_none() {
    let url = crate::support::full_database(Engine::Sqlite).await;
    let app = TestApp::caching(&url).await;
    let query = "{ cities { nodes { name } } }";
    for _ in 0..2 {
        app.statements();
        let reply = get(&app, &link(query, "&format=csv"), &[]).await;
        assert_eq!((reply.status.as_u16(), name(&reply.headers, "cache-status")), (200, "none"));
        assert_eq!(app.statements().len(), 1);
        assert_eq!(get(&app, &link(query, ""), &[]).await.status, 200);
    }
    assert_eq!(name(&get(&app, &link(query, ""), &[]).await.headers, "cache-status"), "antq; hit");
}
