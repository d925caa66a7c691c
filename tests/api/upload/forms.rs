//! Forms as nobody should send them: each is refused with a sentence, and nothing of it is run.

use std::sync::Arc;

use antq::roster::MAX_BYTES;
use axum::{
    body::{Body, Bytes},
    http::{Method, Request, header},
};
use futures_util::{
    future::join,
    stream::{self, StreamExt},
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};

use super::{
    BOUNDARY, IMPORT, MAP, PREFLIGHT, file, fixed, for_phu_loi, form, importing, named, operation, part, request,
};
use crate::support::{Engine, Reply, TestApp};

fn import() -> Vec<u8> {
    operation(IMPORT, &json!({ "input": { "file": null } }))
}

fn map(map: &str) -> Vec<u8> {
    named("map", map)
}

fn some_file() -> Vec<u8> {
    file("0", "a.csv", b"a")
}

/// A form that is refused: what it is, its bytes, and the status and part of the message with which it is.
type Case = (&'static str, Vec<u8>, u16, &'static str);

fn cases() -> Vec<Case> {
    let query = "query($file: Upload) { __typename @include(if: true) }";
    let variables = json!({ "file": null });
    let two_files = [some_file(), file("1", "b.csv", b"b")].concat();
    let open = |parts: &[Vec<u8>]| parts.concat();
    vec![
        ("no parts", form(&[]), 400, "no part `operations`"),
        ("nothing", Vec::new(), 400, "has no end"),
        ("no map", form(&[import(), some_file()]), 400, "no part `map`"),
        ("no operations", form(&[map(MAP), some_file()]), 400, "no part `operations`"),
        ("no file", form(&[import(), map(MAP)]), 400, "no part `0`"),
        ("another order", form(&[map(MAP), import(), some_file()]), 400, "no part `operations`"),
        ("the file first", form(&[some_file(), import(), map(MAP)]), 400, "no part `operations`"),
        ("another name", form(&[import(), map(MAP), file("1", "a.csv", b"a")]), 400, "no part `0`"),
        ("no name", form(&[import(), map(MAP), part("X-A: b", b"a")]), 400, "no part `0`"),
        ("two files, one named", form(&[import(), map(MAP), two_files.clone()]), 400, "more than 3 parts"),
        (
            "two files",
            form(&[import(), map(r#"{"0":["variables.input.file"],"1":["variables.input.file"]}"#), two_files]),
            400,
            "`map` must name one file",
        ),
        ("a map of nothing", form(&[import(), map("{}"), some_file()]), 400, "`map` must name one file"),
        ("a map that is none", form(&[import(), map("[]"), some_file()]), 400, "`map` must name one file"),
        (
            "a map that is no JSON",
            form(&[import(), map("{"), some_file()]),
            400,
            "`map` is not JSON: line 1, column 1.",
        ),
        (
            "a map to nowhere",
            form(&[import(), map(r#"{"0":["variables.input.plan"]}"#), some_file()]),
            400,
            "`map` leads to `variables.input.plan`",
        ),
        (
            "a map to the document",
            form(&[import(), map(r#"{"0":["query"]}"#), some_file()]),
            400,
            "`map` leads to `query`",
        ),
        (
            "a batch",
            form(&[
                named("operations", "[{\"query\":\"{ __typename }\"}]"),
                map(r#"{"0":["0.variables.file"]}"#),
                some_file(),
            ]),
            400,
            "`operations` must be one operation",
        ),
        ("operations that are no JSON", form(&[named("operations", "{,}"), map(MAP), some_file()]), 400, "not JSON"),
        (
            "no document",
            form(&[named("operations", r#"{"variables":{"input":{"file":null}}}"#), map(MAP), some_file()]),
            400,
            "The request has no `query`.",
        ),
        (
            "a query",
            form(&[operation(query, &variables), map(r#"{"0":["variables.file"]}"#), some_file()]),
            400,
            "Only a mutation has a file",
        ),
        (
            "a subscription",
            form(&[
                operation("subscription($file: Upload) { changes(a: $file) { x } }", &variables),
                map(r#"{"0":["variables.file"]}"#),
                some_file(),
            ]),
            400,
            "Only a mutation has a file",
        ),
        ("no end", open(&[import(), map(MAP), some_file()]), 400, "has no end"),
        ("half a part", importing(&for_phu_loi(), "a.csv", b"abc")[..200].to_vec(), 400, "has no end"),
        ("headers without an end", open(&[import(), format!("--{BOUNDARY}\r\nX: y").into_bytes()]), 400, "has no end"),
        (
            "headers that are none",
            form(&[import(), part("\u{1}\u{2}", b""), some_file()]),
            400,
            "no headers as forms have them",
        ),
        (
            "too many headers",
            form(&[import(), part(&vec!["X-A: b"; 100].join("\r\n"), b""), some_file()]),
            400,
            "no headers as forms have them",
        ),
        (
            "a large map",
            form(&[import(), map(&format!("{{\"0\":[\"variables.input.file\"]{}}}", " ".repeat(1_024))), some_file()]),
            413,
            "`map` is at least 1025 bytes long, and at most 1024 are read.",
        ),
        (
            "a large operation",
            form(&[operation(&" ".repeat(1_048_576), &json!({})), map(MAP), some_file()]),
            413,
            "`operations` is at least 1048577 bytes long, and at most 1048576 are read.",
        ),
        (
            "a large file",
            form(&[import(), map(MAP), file("0", "a.csv", &vec![b'a'; MAX_BYTES + 1])]),
            413,
            "The file is at least 33554433 bytes long, and at most 33554432 are read.",
        ),
        ("a large form", vec![b'-'; MAX_BYTES + 4 * 1_048_576], 413, "and at most 33554432 are read."),
    ]
}

#[tokio::test]
async fn what_is_no_such_form_is_refused_and_nothing_is_run() {
    let app = TestApp::full(Engine::Sqlite).await;
    for (what, body, status, said) in cases() {
        let reply = app.send(request(&[PREFLIGHT], body)).await;
        assert_eq!(reply.status.as_u16(), status, "{what}: {}", reply.text());
        assert!(reply.message().contains(said), "{what}: {}", reply.text());
        let code = if status == 413 { "LIMIT_EXCEEDED" } else { "BAD_REQUEST" };
        assert_eq!(reply.code(), code, "{what}");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
}

/// What a form says that it has is not read when it is too much.
#[tokio::test]
async fn a_form_that_says_it_is_too_large_is_not_read() {
    let app = TestApp::full(Engine::Sqlite).await;
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let mut request = request(&[PREFLIGHT], never);
    request.headers_mut().insert(header::CONTENT_LENGTH, 1_000_000_000_000_u64.into());
    let reply = app.send(request).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "LIMIT_EXCEEDED"));
    assert!(reply.message().starts_with("The request is 1000000000000 bytes long"), "{}", reply.message());
}

#[tokio::test]
async fn a_file_may_be_as_large_as_that() {
    let app = TestApp::full(Engine::Sqlite).await;
    let mut largest = b"%PDF".to_vec();
    largest.resize(MAX_BYTES, b'a');
    let reply = app.send(request(&[PREFLIGHT], importing(&json!({}), "a.csv", &largest))).await;
    let error = reply.json()["data"]["rosterImport"]["userErrors"][0].take();
    assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["input", "file"])), "{}", reply.text());
    assert!(error["message"].as_str().unwrap().starts_with("The file is a PDF"));
}

async fn typed(app: &TestApp, kind: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut request = request(headers, body);
    request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
    app.send(request).await
}

#[tokio::test]
async fn a_form_says_what_divides_it() {
    let app = TestApp::full(Engine::Sqlite).await;
    let body = || importing(&for_phu_loi(), "a.xlsx", &fixed());
    for kind in ["multipart/form-data", "multipart/form-data; boundary", "Multipart/Form-Data; charset=utf-8"] {
        let reply = typed(&app, kind, &[PREFLIGHT], body()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"), "{kind}");
        assert!(reply.message().contains("no boundary"), "{kind}: {}", reply.text());
    }
    let reply = typed(&app, "multipart/form-data; boundary=another", &[PREFLIGHT], body()).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "BAD_REQUEST"), "{}", reply.text());
    for kind in ["multipart/mixed; boundary=a", "multipart/form-data-x; boundary=a", "text/plain; multipart/form-data"]
    {
        let reply = typed(&app, kind, &[PREFLIGHT], body()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "BAD_REQUEST"), "{kind}");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
    let kind = format!("MULTIPART/Form-Data;boundary=\"{BOUNDARY}\"");
    let reply = typed(&app, &kind, &[PREFLIGHT], body()).await;
    assert_eq!(reply.json()["data"]["rosterImport"]["plan"]["added"], 7, "{}", reply.text());
}

/// A page of another site sends forms without asking: with none of these headers.
#[tokio::test]
async fn a_form_of_a_page_is_not_read() {
    let app = TestApp::full(Engine::Sqlite).await;
    let body = || importing(&for_phu_loi(), "a.xlsx", &fixed());
    for headers in [&[][..], &[("origin", "https://other.example.org")], &[("x-purpose", "test"), ("cookie", "a=b")]] {
        let reply = app.send(request(headers, body())).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "BAD_REQUEST"), "{headers:?}");
        for name in
            ["`X-API-Key`", "`Authorization`", "`GraphQL-Require-Preflight`", "`Content-Type: application/json`"]
        {
            assert!(reply.message().contains(name), "{}", reply.message());
        }
    }
    assert_eq!(app.statements(), Vec::<String>::new());
}

#[tokio::test]
async fn a_form_is_sent_by_post_for_json() {
    let app = TestApp::full(Engine::Sqlite).await;
    let body = || importing(&for_phu_loi(), "a.xlsx", &fixed());
    for (method, uri, accept, status) in [
        (Method::GET, "/graphql", "*/*", 400),
        (Method::PUT, "/graphql", "*/*", 405),
        (Method::POST, "/graphql?format=csv", "*/*", 415),
        (Method::POST, "/graphql", "text/event-stream", 415),
    ] {
        let request = Request::builder()
            .method(method.clone())
            .uri(uri)
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary=\"{BOUNDARY}\""))
            .header(PREFLIGHT.0, PREFLIGHT.1)
            .body(Body::from(body()))
            .unwrap();
        let reply = app.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, "BAD_REQUEST"), "{method} {uri} {accept}");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
}

/// What other servers fell over: whatever a part says that it is, it is a file.
#[tokio::test]
async fn a_part_is_what_is_in_it() {
    let app = TestApp::full(Engine::Sqlite).await;
    for kind in ["multipart/mixed", "multipart/mixed; boundary=x", "application/json", "\u{fffd}", ";;;", "a/b; c"] {
        let headers =
            format!("Content-Disposition: form-data; name=\"0\"; filename=\"a.xlsx\"\r\nContent-Type: {kind}");
        let body = form(&[
            operation(IMPORT, &json!({ "input": { "file": null, "wardCode": "31510" } })),
            map(MAP),
            part(&headers, &fixed()),
        ]);
        let reply = app.send(request(&[PREFLIGHT], body)).await;
        let added = reply.json()["data"]["rosterImport"]["plan"]["added"].take();
        let is_refused = reply.status == 400 && reply.code() == "BAD_REQUEST";
        assert!(added == 7 || is_refused, "{kind}: {}", reply.text());
        assert!(added == 7 || !kind.starts_with("multipart"), "{kind}: {}", reply.text());
    }
}

/// No JSON has a file in it, whatever it says.
#[tokio::test]
async fn json_has_no_file() {
    let app = TestApp::full(Engine::Sqlite).await;
    for file in [json!(antq::api::IN_PLACE), json!("a"), json!(null), json!({}), json!(["a"])] {
        let reply = app.query_with(IMPORT, json!({ "input": { "file": file } })).await;
        let code = reply.code();
        assert!(["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str()), "{file}: {}", reply.text());
        assert_eq!(reply.json()["data"]["rosterImport"], Value::Null);
    }
    let literal =
        format!("mutation {{ rosterImport(input: {{ file: \"{}\" }}) {{ plan {{ token }} }} }}", antq::api::IN_PLACE);
    assert_eq!(app.query(&literal).await.code(), "BAD_USER_INPUT");
}

/// As many as may be are being sent; one more is told to come again, and is read once they are gone.
#[tokio::test]
async fn so_many_files_are_read_at_once() {
    let app = TestApp::full(Engine::Sqlite).await;
    let limits = antq::server::limits(&crate::support::SETTINGS);
    let most = limits.iter().find(|limit| limit.name == "uploads").unwrap().value.unwrap() as usize;
    let release = Arc::new(Semaphore::new(0));
    let body = || importing(&for_phu_loi(), "a.xlsx", &fixed());
    let (mut begun, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..most {
        let (begin, begins) = oneshot::channel();
        let release = release.clone();
        // Asked for its bytes, it has its place.
        let late = stream::once(async move {
            let _ = begin.send(());
            let _ = release.acquire().await.unwrap();
            Ok::<_, std::io::Error>(Bytes::from(importing(&for_phu_loi(), "a.xlsx", &fixed())))
        });
        slow.push(app.send(request(&[PREFLIGHT], Body::from_stream(late))));
        begun.push(begins);
    }
    let sent = stream::iter(slow).buffer_unordered(most).collect::<Vec<_>>();
    let one_more = async {
        for begins in begun {
            begins.await.unwrap();
        }
        let reply = app.send(request(&[PREFLIGHT], body())).await;
        release.add_permits(1);
        reply
    };
    let (replies, refused) = join(sent, one_more).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "OVERLOADED"), "{}", refused.text());
    assert_eq!(refused.headers[header::RETRY_AFTER], "3");
    assert_eq!(refused.json()["errors"][0]["extensions"]["limit"], most);
    assert_eq!(replies.len(), most);
    for reply in replies.iter().chain([&app.send(request(&[PREFLIGHT], body())).await]) {
        assert_eq!(reply.json()["data"]["rosterImport"]["plan"]["added"], 7, "{}", reply.text());
    }
}
