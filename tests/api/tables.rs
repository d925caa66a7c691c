//! Tables: the rows of a query's one list as CSV, NDJSON and XLSX.

mod content;
mod requests;
mod rows;

use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use serde_json::{Map, Value, json};

use crate::support::{Engine, Reply, SETTINGS, TestApp, full_database};
use antq::{server::Settings, store::Store};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Sends a query by POST, with this `Accept`.
async fn table(app: &TestApp, query: &str, accept: &str) -> Reply {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "query": query }).to_string();
    app.send(request.header(header::ACCEPT, accept).body(Body::from(body)).unwrap()).await
}

/// The text of a table that must be answered.
async fn text(app: &TestApp, query: &str, accept: &str) -> String {
    let reply = table(app, query, accept).await;
    assert_eq!(reply.status, 200, "{query}\n{}", reply.text());
    String::from_utf8(reply.body).unwrap()
}

/// The rows of a table, as objects.
async fn rows(app: &TestApp, query: &str) -> Vec<Map<String, Value>> {
    text(app, query, NDJSON).await.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where tables have at most so many rows.
async fn capped(engine: Engine, table_rows: u32) -> TestApp {
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    TestApp::around(store, Settings { table_rows, ..SETTINGS })
}

/// A link to a query, with more behind it.
fn link(query: &str, more: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    format!("/graphql?query={query}{more}")
}

fn name<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("none", |value| value.to_str().unwrap())
}
