//! GraphQL over HTTP: methods, media types, statuses, sizes, and the documents that kill other servers.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

use crate::support::{Engine, Reply, TestApp};

mod batch;
mod caching;
mod cors;
mod cross_site;
mod draft;
mod persisted;
mod trusted;

const GRAPHQL: &str = "application/graphql-response+json";

async fn app() -> TestApp {
    TestApp::full(Engine::Sqlite).await
}

/// The query part of a URL, of names and values.
fn query(fields: &[(&str, &str)]) -> String {
    let fields = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/graphql?{fields}")
}

async fn get(app: &TestApp, uri: &str, accept: &str) -> Reply {
    app.send(Request::get(uri).header(header::ACCEPT, accept).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_media_type_is_the_one_accepted() {
    let app = app().await;
    let cases = [
        ("", "application/json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
        (GRAPHQL, "application/graphql-response+json; charset=utf-8"),
        (
            "application/json;q=0.5, application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/graphql-response+json;q=0.1, application/json", "application/json; charset=utf-8"),
    ];
    for (accept, content_type) in cases {
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if !accept.is_empty() {
            request = request.header(header::ACCEPT, accept);
        }
        let reply = app.send(request.body(Body::from(json!({ "query": "{ __typename }" }).to_string())).unwrap()).await;
        assert_eq!(
            (reply.status, &reply.headers[header::CONTENT_TYPE]),
            (StatusCode::OK, &content_type.parse().unwrap())
        );
        assert_eq!(reply.text(), "{\"data\":{\"__typename\":\"Query\"}}");
    }
    let reply = get(&app, "/graphql?query={__typename}", "text/html").await;
    assert_eq!(reply.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn get_answers_queries_and_nothing_else() {
    let app = app().await;
    let uri = "/graphql?query=query($c:String!)%7Bcity(code:$c)%7Bname%7D%7D&variables=%7B%22c%22:%2292%22%7D";
    let reply = get(&app, uri, GRAPHQL).await;
    assert_eq!(reply.text(), "{\"data\":{\"city\":{\"name\":\"Thành phố Cần Thơ\"}}}");
    let reply = get(&app, "/graphql?query=mutation%7Bx%7D", GRAPHQL).await;
    assert_eq!(
        (reply.status, &reply.headers[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD, POST".parse().unwrap())
    );
    let two = "/graphql?query=query%20A%7Bcities%7BtotalCount%7D%7Dquery%20B%7Bwards%7BtotalCount%7D%7D";
    assert_eq!(get(&app, two, GRAPHQL).await.code(), "OPERATION_RESOLUTION_FAILURE");
    let named = get(&app, &format!("{two}&operationName=B"), GRAPHQL).await;
    assert_eq!(named.text(), "{\"data\":{\"wards\":{\"totalCount\":3321}}}");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let reply = app.send(Request::builder().method(method).uri("/graphql").body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

/// What is wrong with a body has a status and a text; nothing of it is run.
#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let app = app().await;
    let cases: [(&[u8], u16, &str); 12] = [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[]", 400, "Batches"),
        (b"3", 400, "JSON object"),
        (b"{}", 400, "no `query`"),
        (b"{\"query\":3}", 400, "`query` must be a string"),
        (b"{\"query\":\"{__typename}\",\"variables\":[]}", 400, "`variables` must be an object"),
        (b"{\"query\":\"{__typename}\",\"operationName\":{}}", 400, "`operationName` must be a string"),
        (b"{\"query\":\"{__typename}\",\"extensions\":1}", 400, "`extensions` must be an object"),
        (b"{\"query\":\"{__typename}\",\"operationName\":\"X\"}", 400, "no operation named `X`"),
        (b"{\"query\":\"\xff\xfe\"}", 400, "not UTF-8"),
        (b"{\"query\":\"\"}", 400, ""),
    ];
    for (body, status, says) in cases {
        let reply = app.post(body.to_vec()).await;
        let sent = String::from_utf8_lossy(body).into_owned();
        assert_eq!(reply.status.as_u16(), status, "{sent}: {}", reply.text());
        assert!(reply.message().contains(says), "{sent}: {}", reply.message());
        assert_ne!(reply.code(), "none", "{sent}");
        assert!(reply.json().get("data").is_none(), "{sent}");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
}

/// Another site's form can send these without asking the browser first.
#[tokio::test]
async fn only_json_is_read() {
    let app = app().await;
    let kinds = [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
    ];
    for kind in kinds {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, kind);
        let reply = app.send(request.body(Body::from("{\"query\":\"{__typename}\"}")).unwrap()).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_not_read() {
    let app = app().await;
    let reply = app.post(vec![b' '; 10_000_000]).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"));
    assert_eq!(reply.json()["errors"][0]["extensions"]["limit"], 1_048_576);
    // Without a length that gives it away beforehand.
    let chunks = futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![b' '; 100_000])));
    let reply = app.post(Body::from_stream(chunks)).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn documents_that_kill_other_servers_are_refused() {
    let app = app().await;
    let mut doubling = String::from("{ ...f0 }");
    for level in 0..30 {
        doubling.push_str(&format!(" fragment f{level} on Query {{ ...f{0} ...f{0} }}", level + 1));
    }
    doubling.push_str(" fragment f30 on Query { __typename }");
    let documents = [
        (format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(5_000), "]".repeat(5_000)), "LIMIT_EXCEEDED"),
        (format!("{{ node(id: {}1{}) {{ id }} }}", "{a:".repeat(1_300), "}".repeat(1_300)), "LIMIT_EXCEEDED"),
        ("{".repeat(5_000), "LIMIT_EXCEEDED"),
        (doubling, "LIMIT_EXCEEDED"),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            (0..1_000).map(|n| format!("a{n}: __typename ")).fold("{".to_owned(), |all, one| all + &one) + "}",
            "LIMIT_EXCEEDED",
        ),
    ];
    for (document, code) in documents {
        let reply = app.query(&document).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, code), "{}", reply.message());
    }
    assert_eq!(app.query("{ __typename }").await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_are_compressed_when_that_saves_something() {
    let app = app().await;
    let ask = |query: &str| {
        Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_ENCODING, "gzip")
            .body(Body::from(json!({ "query": query }).to_string()))
            .unwrap()
    };
    let large = app.send(ask("{ wards(first: 100) { nodes { name } } }")).await;
    assert_eq!(large.headers[header::CONTENT_ENCODING], "gzip");
    let small = app.send(ask("{ __typename }")).await;
    assert!(!small.headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn pages_for_machines_and_headers_for_browsers() {
    let app = app().await;
    for path in ["/healthz", "/readyz"] {
        let reply = get(&app, path, "*/*").await;
        assert_eq!((reply.status, reply.text().as_str()), (StatusCode::OK, "ok\n"));
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(reply.headers["x-request-id"].len(), 16);
    }
    for (sent, kept) in [("trace-1.2_3", true), ("<script>", false), (&*"x".repeat(65), false)] {
        let request = Request::get("/healthz").header("x-request-id", sent).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.headers["x-request-id"] == sent, kept, "{sent}");
    }
    assert_eq!(get(&app, "/schema.graphql", "*/*").await.text(), antq::api::sdl());
    let reply = get(&app, "/nothing", "*/*").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
    let reply = get(&app, "/", "*/*").await;
    assert_eq!(reply.headers[header::LOCATION], "/graphiql");
}

#[tokio::test]
async fn a_database_that_is_gone_is_not_ready() {
    let app = app().await;
    app.store.clone().close().await;
    assert_eq!(get(&app, "/readyz", "*/*").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&app, "/healthz", "*/*").await.status, StatusCode::OK);
}
