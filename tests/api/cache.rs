//! Answers that are kept: never older than what was committed before they were asked for, whoever wrote it.

use antq::store::{
    Store,
    proof::{Proofs, Versions},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Engine, Reply, TestApp, full_database, on_both_engines};

mod writers;

on_both_engines!(
    a_proof_waits_for_no_request,
    a_hit_sends_no_statement_but_the_proof,
    what_is_asked_otherwise_is_answered_apart,
    an_answer_falls_with_its_tables_and_no_other,
    what_was_not_found_is_kept_until_it_is_there,
    a_fault_of_ours_is_not_kept,
    a_browser_keeps_what_it_has_while_it_is_true,
    who_takes_gzip_gets_the_same,
);

async fn app(engine: Engine) -> TestApp {
    TestApp::caching(&full_database(engine).await).await
}

/// `hit`, or what else the cache says.
fn cached(reply: &Reply) -> &str {
    let status = reply.headers.get("cache-status").and_then(|status| status.to_str().ok()?.strip_prefix("antq; "));
    status.unwrap_or_else(|| panic!("{} {}", reply.status, reply.text()))
}

async fn write(app: &TestApp, sql: &str) {
    app.store.writer().execute_unprepared(sql).await.unwrap();
}

async fn a_proof_waits_for_no_request(engine: Engine) {
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(store.reader().begin().await.unwrap());
    }
    let proofs = Proofs::new(&store);
    let before = proofs.now().await.ok().unwrap();
    // On PostgreSQL requests write through the same pool, so that one has to make room.
    drop(taken.pop());
    store.writer().execute_unprepared("UPDATE ward SET name = name WHERE code = '31120'").await.unwrap();
    let after = proofs.now().await.ok().unwrap();
    let version = |versions: &Versions, table| versions.of(table);
    assert_eq!(version(&after, "ward"), version(&before, "ward").map(|version| version + 1));
    assert_eq!(version(&after, "team"), version(&before, "team"));
    assert_eq!(version(&after, "ward_designation"), None, "nobody counts the changes of a view");
}

async fn a_hit_sends_no_statement_but_the_proof(engine: Engine) {
    let app = app(engine).await;
    let query = "{ city(code: \"92\") { name wards(first: 2) { nodes { name teams(first: 2) { nodes { name } } } } } }";
    let first = app.query(query).await;
    let statements = app.statements();
    // SQLite says whether anything has changed, and the versions are read only then.
    let (proof, again) = match engine {
        Engine::Sqlite => (2, 1),
        Engine::Postgres => (1, 1),
    };
    assert_eq!((cached(&first), statements.len()), ("fwd=miss", proof + 2), "{statements:#?}");
    assert!(statements[proof - 1].contains("table_version"), "{statements:#?}");
    app.rows_read();
    let second = app.query(query).await;
    assert_eq!((cached(&second), app.statements().as_slice(), app.rows_read()), ("hit", &statements[..again], 0));
    assert_eq!((second.status, &second.body), (first.status, &first.body));
}

async fn what_is_asked_otherwise_is_answered_apart(engine: Engine) {
    let app = app(engine).await;
    let query = "query A($code: String! = \"92\", $first: Int = 1) { city(code: $code) { name wards(first: $first) { nodes { name } } } } \
                 query B { wards { totalCount } }";
    let ask = async |operation: &str, variables: Value| {
        let reply =
            app.post(json!({ "query": query, "operationName": operation, "variables": variables }).to_string()).await;
        (cached(&reply).to_owned(), reply.json()["data"].clone())
    };
    let (_, of_can_tho) = ask("A", json!({})).await;
    // What is left out is what is written out, in any order.
    for variables in [json!({ "code": "92" }), json!({ "first": 1, "code": "92" }), json!({ "code": "92", "first": 1 })]
    {
        assert_eq!(ask("A", variables).await, ("hit".to_owned(), of_can_tho.clone()));
    }
    for variables in [json!({ "code": "01" }), json!({ "first": 2 }), json!({ "first": null })] {
        let (cached, answer) = ask("A", variables).await;
        assert_eq!(cached, "fwd=miss");
        assert_ne!(answer, of_can_tho);
    }
    let other = ask("B", json!({})).await;
    assert_eq!(other, ("fwd=miss".to_owned(), json!({ "wards": { "totalCount": 3_321 } })));
    // The media type decides the status only.
    let invalid = json!({ "query": "{ nothing }" }).to_string();
    assert_eq!(app.post(invalid.clone()).await.status, StatusCode::BAD_REQUEST);
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let reply = app.send(request.body(Body::from(invalid)).unwrap()).await;
    assert_eq!(
        (reply.status, cached(&reply), reply.code().as_str()),
        (StatusCode::OK, "hit", "GRAPHQL_VALIDATION_FAILED")
    );
}

async fn an_answer_falls_with_its_tables_and_no_other(engine: Engine) {
    let app = app(engine).await;
    // No designation yet: an empty list is as good an answer, and depends on its table.
    let query = "{ ward(code: \"00004\") { name designations { totalCount nodes { title } } } }";
    let count = async || {
        let reply = app.query(query).await;
        (cached(&reply).to_owned(), reply.json()["data"]["ward"]["designations"]["totalCount"].clone())
    };
    assert_eq!((count().await, count().await), (("fwd=miss".to_owned(), json!(0)), ("hit".to_owned(), json!(0))));
    write(&app, "UPDATE indicator SET unit = 'unit'").await;
    assert_eq!(count().await, ("hit".to_owned(), json!(0)));
    let to = "(SELECT id FROM ward WHERE code = '00004'), (SELECT min(id) FROM source)";
    write(&app, &format!("INSERT INTO designation (ward_id, source_id, title, year) SELECT {to}, 'new', 2026")).await;
    assert_eq!(count().await, ("fwd=miss".to_owned(), json!(1)));
    write(&app, "DELETE FROM designation WHERE title = 'new'").await;
    assert_eq!((count().await, count().await), (("fwd=miss".to_owned(), json!(0)), ("hit".to_owned(), json!(0))));
}

async fn what_was_not_found_is_kept_until_it_is_there(engine: Engine) {
    let app = app(engine).await;
    let ask = async || app.query("{ dataset(slug: \"new\") { title } }").await;
    for expected in ["fwd=miss", "hit"] {
        let reply = ask().await;
        assert_eq!((cached(&reply), reply.code().as_str()), (expected, "NOT_FOUND"));
    }
    write(&app, "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('new', 'New', '', false)").await;
    let reply = ask().await;
    assert_eq!((cached(&reply), reply.text().as_str()), ("fwd=miss", "{\"data\":{\"dataset\":{\"title\":\"New\"}}}"));
}

async fn a_fault_of_ours_is_not_kept(engine: Engine) {
    let app = app(engine).await;
    write(&app, "ALTER TABLE indicator RENAME TO away").await;
    for _ in 0..2 {
        let reply = app.query("{ indicators(first: 1) { nodes { code } } }").await;
        assert_eq!((cached(&reply), reply.code().as_str()), ("fwd=miss", "INTERNAL_SERVER_ERROR"));
        assert_eq!(
            reply.json()["errors"][0]["extensions"]["requestId"],
            reply.headers["x-request-id"].to_str().unwrap()
        );
    }
    write(&app, "ALTER TABLE away RENAME TO indicator").await;
    app.data("{ indicators(first: 1) { nodes { code } } }").await;
}

/// Another connection may be to another server: what was kept before proves nothing there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_over_a_broken_connection_is_made_anew() {
    let app = app(Engine::Postgres).await;
    let ask = async || cached(&app.query("{ wards { totalCount } }").await).to_owned();
    assert_eq!((ask().await.as_str(), ask().await.as_str()), ("fwd=miss", "hit"));
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND query LIKE '%FROM table_version' AND pid <> pg_backend_pid()";
    write(&app, end).await;
    // One without proof, one with the first proof of the new connection.
    assert_eq!((ask().await.as_str(), ask().await.as_str(), ask().await.as_str()), ("fwd=miss", "fwd=miss", "hit"));
}

async fn get(app: &TestApp, method: Method, tag: Option<&str>, encoding: &str) -> Reply {
    let query = "/graphql?query=%7Bcity(code:%2292%22)%7Bwards(first:100)%7Bnodes%7Bname%7D%7D%7D%7D";
    let mut request = Request::builder().method(method).uri(query).header(header::ACCEPT_ENCODING, encoding);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn a_browser_keeps_what_it_has_while_it_is_true(engine: Engine) {
    let app = app(engine).await;
    let first = get(&app, Method::GET, None, "identity").await;
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(
        (first.status, &first.headers[header::CACHE_CONTROL]),
        (StatusCode::OK, &"public, no-cache".parse().unwrap())
    );
    for (method, sent) in [
        (Method::GET, tag.clone()),
        (Method::HEAD, tag.clone()),
        (Method::GET, format!("\"other\", {tag}")),
        (Method::GET, tag.trim_start_matches("W/").to_owned()),
        (Method::GET, "*".to_owned()),
    ] {
        let reply = get(&app, method, Some(&sent), "gzip").await;
        assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0), "{sent}");
        assert_eq!((reply.headers[header::ETAG].to_str().unwrap(), cached(&reply)), (tag.as_str(), "hit"));
        assert_eq!(reply.headers[header::CACHE_CONTROL], "public, no-cache");
    }
    write(&app, "UPDATE ward SET name = 'Phường Mới' WHERE code = '31120'").await;
    let reply = get(&app, Method::GET, Some(&tag), "identity").await;
    assert_eq!((reply.status, reply.text().contains("Phường Mới")), (StatusCode::OK, true));
    assert_ne!(reply.headers[header::ETAG], tag.as_str());
    // Nothing keeps what was sent by POST, what was not run or what went wrong.
    let posted = app.query("{ __typename }").await;
    let invalid = app.send(Request::get("/graphql?query=%7Bnothing%7D").body(Body::empty()).unwrap()).await;
    let refused = app.send(Request::get("/graphql?query=%7B").body(Body::empty()).unwrap()).await;
    for reply in [posted, invalid, refused] {
        assert!(!reply.headers.contains_key(header::ETAG), "{}", reply.text());
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    }
}

async fn who_takes_gzip_gets_the_same(engine: Engine) {
    let app = app(engine).await;
    let plain = get(&app, Method::GET, None, "identity").await;
    let compressed = [get(&app, Method::GET, None, "gzip").await, get(&app, Method::GET, None, "gzip").await];
    assert!(!plain.headers.contains_key(header::CONTENT_ENCODING));
    for reply in &compressed {
        assert_eq!((cached(reply), &reply.headers[header::CONTENT_ENCODING]), ("hit", &"gzip".parse().unwrap()));
        assert_eq!(reply.headers[header::ETAG], plain.headers[header::ETAG]);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(reply.body.as_slice()), &mut text).unwrap();
        assert_eq!(text, plain.text());
    }
}
