//! What a client is told when it is wrong, and when we are.

use std::time::Duration;

use antq::{
    server::Settings,
    store::{Event, Store},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Engine, SETTINGS, TestApp, full_database, on_both_engines};

on_both_engines!(
    mistakes_have_codes_and_say_what_is_wrong,
    our_faults_say_nothing_internal,
    a_panic_is_one_answer_and_the_server_goes_on,
    a_request_cannot_read_without_end,
    a_request_that_takes_too_long_is_ended,
);

async fn mistakes_have_codes_and_say_what_is_wrong(engine: Engine) {
    let app = TestApp::full(engine).await;
    let cases = [
        ("{ cities { nodes { nam } } }", "GRAPHQL_VALIDATION_FAILED", "nam"),
        ("{ wards(first: 201) { totalCount } }", "PAGE_SIZE_EXCEEDED", "201"),
        ("{ wards(last: 201) { totalCount } }", "PAGE_SIZE_EXCEEDED", "201"),
        ("{ wards(first: -1) { totalCount } }", "BAD_USER_INPUT", "-1"),
        ("{ wards(first: 1, last: 1) { totalCount } }", "BAD_USER_INPUT", "not both"),
        ("{ wards(after: \"nonsense\") { totalCount } }", "INVALID_CURSOR", "cannot be read"),
        ("{ wards(after: \"\") { totalCount } }", "INVALID_CURSOR", "cannot be read"),
        ("{ ward(code: \"x\\u0000\") { name } }", "NOT_FOUND", "no ward"),
        (
            "{ festivals(after: \"WyJmZXN0aXZhbC1oZWxkX29uIixbIi0yNjIxNDMtMDEtMDEiLDFdXQ\") { totalCount } }",
            "INVALID_CURSOR",
            "cannot be read",
        ),
        ("{ ward(code: \"00000\") { name } }", "NOT_FOUND", "00000"),
        ("{ node(id: \"nonsense\") { id } }", "BAD_USER_INPUT", "nonsense"),
        ("{ nodes(ids: [\"nonsense\"]) { id } }", "BAD_USER_INPUT", "nonsense"),
        ("query($code: String!) { ward(code: $code) { name } }", "GRAPHQL_VALIDATION_FAILED", "$code"),
        ("mutation { x }", "GRAPHQL_VALIDATION_FAILED", "Mutation"),
        ("{", "GRAPHQL_PARSE_FAILED", ""),
    ];
    for (query, code, says) in cases {
        let reply = app.query(query).await;
        assert_eq!(reply.code(), code, "{query}: {}", reply.text());
        assert!(reply.message().contains(says), "{query}: {}", reply.message());
    }
    let other = app.data("{ cities(first: 1) { pageInfo { endCursor } } }").await;
    let cursor = other["cities"]["pageInfo"]["endCursor"].as_str().unwrap();
    let reply = app.query(&format!("{{ wards(after: \"{cursor}\") {{ totalCount }} }}")).await;
    assert_eq!((reply.code().as_str(), reply.message().contains("another list")), ("INVALID_CURSOR", true));
}

/// The library quotes what was sent, once for each place where it is wrong.
#[tokio::test]
async fn an_answer_does_not_grow_with_what_is_wrong() {
    let app = TestApp::full(Engine::Sqlite).await;
    let long = "đ".repeat(200_000);
    let lists: Vec<String> = (0..20)
        .map(|levels| {
            let filter = format!("{}kind: {{ in: $kinds }}{}", "not: { ".repeat(levels % 10), " }".repeat(levels % 10));
            format!("a{levels}: wards(filter: {{ {filter} }}) {{ totalCount }}")
        })
        .collect();
    let query = format!("query($kinds: [WardKind!]) {{ {} }}", lists.join(" "));
    let reply = app.query_with(&query, json!({ "kinds": [long] })).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "GRAPHQL_VALIDATION_FAILED"));
    let json = reply.json();
    let errors = json["errors"].as_array().unwrap();
    assert!(errors.len() > 5, "{}", errors.len());
    for error in errors {
        let message = error["message"].as_str().unwrap();
        assert_eq!((message.chars().count(), message.ends_with("đ…")), (1_001, true));
    }
}

/// The table is gone, the answer says so to nobody but the log; a nullable field that fails nulls itself only.
async fn our_faults_say_nothing_internal(engine: Engine) {
    let app = TestApp::full(engine).await;
    app.store.writer().execute_unprepared("DROP VIEW ward_designation").await.unwrap();
    let reply = app
        .query(
            "{ indicator(code: \"TEAMS\") { unit } ward(code: \"31120\") { name designations { nodes { title } } } }",
        )
        .await;
    assert_eq!(reply.status, 200);
    let json = reply.json();
    assert_eq!(json["data"]["ward"], Value::Null);
    assert_eq!(json["data"]["indicator"]["unit"], "team");
    let error = &json["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    assert_eq!(error["path"][0], "ward");
    let id = error["extensions"]["requestId"].as_str().unwrap();
    assert_eq!(reply.headers["x-request-id"], id);
    for leak in ["designation\"", "SELECT", "relation", "sqlx", "no such", ".rs"] {
        assert!(!reply.text().contains(leak), "{leak}: {}", reply.text());
    }
}

fn within(timeout: Duration) -> Settings {
    Settings { timeout, ..SETTINGS }
}

async fn a_panic_is_one_answer_and_the_server_goes_on(engine: Engine) {
    let mut store = Store::connect(&full_database(engine).await).await.unwrap();
    store.observe(|event| {
        assert!(!matches!(event, Event::Sent(statement) if statement.contains("\"indicator\"")), "planted in a test");
    });
    let app = TestApp::around(store, within(Duration::from_secs(10)));
    let reply = app.query("{ indicators { nodes { code } } }").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (500, "INTERNAL_SERVER_ERROR"));
    assert!(!reply.text().contains("planted"), "{}", reply.text());
    assert_eq!(app.data("{ city(code: \"92\") { name } }").await["city"]["name"], "Thành phố Cần Thơ");
}

/// Pages multiply: what a small document asks for can be more than a server should hold.
async fn a_request_cannot_read_without_end(engine: Engine) {
    let app = TestApp::full(engine).await;
    // Three rows are read, and a million objects asked for: the city's wards, their city's wards, and theirs.
    // As few as pass for what may be asked: it is the values that are too many.
    let wards = |inner: &str| format!("{{ wards(first: 98) {{ nodes {{ city {inner} }} }} }}");
    let deep = format!("{{ city(code: \"92\") {} }}", wards(&wards(&wards("{ name }"))));
    // Many small questions of every row, and the same row with everything it has under many names.
    let counts: String = (0..49).map(|n| format!("a{n}: teams {{ totalCount }} ")).collect();
    let wide = format!(
        "{{ cities(first: 34) {{ nodes {{ wards(first: 100) {{ nodes {{ ...c city {{ wards(first: 2) {{ nodes {{ ...c }} }} }} }} }} }} }} }} \
         fragment c on Ward {{ {counts} }}"
    );
    let names: String = (0..49).map(|n| format!("a{n}: description ")).collect();
    let long = format!(
        "{{ city(code: \"92\") {{ wards(first: 100) {{ nodes {{ teams(first: 100) {{ nodes {{ dataset {{ ...n }} members {{ nodes {{ \
         dataset {{ ...n {} }} }} }} }} }} }} }} }} }} fragment n on Dataset {{ {names} }}",
        "description ".repeat(20)
    );
    for (document, most) in [(deep, "500000 values"), (wide, "500000 values"), (long, "33554432 bytes")] {
        let reply = app.query(&document).await;
        assert_eq!(reply.code(), "LIMIT_EXCEEDED", "{}", reply.text().chars().take(300).collect::<String>());
        assert!(reply.message().contains(most), "{}", reply.message());
        assert!(app.rows_read() < 500_000);
    }
}

/// Every connection is taken, so that a request waits for one until its time is over; one that needs none is answered.
async fn a_request_that_takes_too_long_is_ended(engine: Engine) {
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.push(store.reader().begin().await.unwrap());
    }
    let app = TestApp::around(store, within(Duration::from_millis(50)));
    let reply = app.query("{ city(code: \"92\") { name } }").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (504, "REQUEST_TIMEOUT"));
    assert_eq!(app.query("{ __typename }").await.status, 200);
}
