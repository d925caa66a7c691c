//! Each limit that clients are told of: what is just below it and what is at it passes, and one more is refused.

mod documents;
mod listed;

use std::time::Duration;

use antq::{
    api::MAX_NODES,
    server::Settings,
    store::{MAX_VALUES, Reader, Sight, Store},
};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Engine, Reply, SETTINGS, TestApp, full_database, on_both_engines, query_files, request_of};

on_both_engines!(
    each_limit_lets_through_what_is_at_it_and_not_one_more,
    answers_have_so_many_bytes_whoever_writes_them,
    tables_have_so_many_rows,
    an_answer_has_so_many_values,
    the_queries_of_the_comparison_pass,
    plans_and_ordinary_execution_cost_the_same,
);

/// Where each limit is tested that is not one of [`documents::CASES`].
const ELSEWHERE: [(&str, &str); 18] = [
    ("bodySeconds", "takes its time, and is the same for everyone"),
    ("uploadBytes", "upload.rs"),
    ("uploadMapBytes", "upload.rs"),
    ("uploads", "upload.rs"),
    ("values", "an_answer_has_so_many_values, and errors.rs"),
    ("responseBytes", "answers_have_so_many_bytes_whoever_writes_them"),
    ("tableRows", "tables_have_so_many_rows"),
    ("cellCharacters", "tables/content.rs"),
    ("requestSeconds", "errors.rs"),
    ("anonymousBudget", "budget.rs"),
    ("keyBudget", "src/budget/tests.rs"),
    ("writes", "mutations.rs"),
    ("streams", "socket.rs"),
    ("streamsPerAddress", "socket.rs"),
    ("socketOperations", "socket.rs"),
    ("socketOperationsAnonymous", "socket.rs"),
    ("socketMessageBytes", "socket.rs"),
    ("socketInitSeconds", "socket.rs"),
];

/// The first error that is of this limit.
fn refusal(reply: &Reply, name: &str) -> Option<Value> {
    let json = reply.json();
    let errors = json["errors"].as_array()?.iter();
    errors.map(|error| &error["extensions"]).find(|extensions| extensions["name"] == name).cloned()
}

async fn each_limit_lets_through_what_is_at_it_and_not_one_more(engine: Engine) {
    let app = TestApp::full(engine).await;
    let limits = antq::server::limits(&SETTINGS);
    for limit in &limits {
        let Some((_, request)) = documents::CASES.iter().find(|(name, _)| *name == limit.name) else {
            assert!(ELSEWHERE.iter().any(|(name, _)| *name == limit.name), "{} is not tested", limit.name);
            continue;
        };
        let most = limit.value.unwrap();
        for n in [most - 1, most] {
            let reply = app.post(request(n as usize)).await;
            assert_eq!(refusal(&reply, limit.name), None, "{}: {n} of {most}", limit.name);
            if limit.name != "documentNesting" {
                let said = reply.text().chars().take(300).collect::<String>();
                assert!(reply.json()["errors"].is_null(), "{}: {n} of {most}: {said}", limit.name);
            }
        }
        let reply = app.post(request(most as usize + 1)).await;
        let refusal = refusal(&reply, limit.name).unwrap_or_else(|| panic!("{}: {}", limit.name, reply.text()));
        assert_eq!(
            (&refusal["code"], &refusal["limit"], &refusal["actual"]),
            (&limit.code.as_str().into(), &most.into(), &(most + 1).into()),
            "{}",
            limit.name
        );
        let status = limit.status.split(' ').next().unwrap();
        assert_eq!(reply.status.as_str(), status, "{}", limit.name);
    }
    assert_eq!(limits.len(), documents::CASES.len() + ELSEWHERE.len(), "every limit that is tested is listed");
}

/// The same size is the largest, whether an answer is written from a plan or by ordinary execution.
async fn answers_have_so_many_bytes_whoever_writes_them(engine: Engine) {
    let query = "{ city(code: \"92\") { name wards(first: 9) { nodes { code name } } } }";
    let url = full_database(engine).await;
    let bytes = TestApp::over(&url).await.query(query).await.body.len();
    for planned in [true, false] {
        for (response_bytes, passes) in [(bytes - 1, false), (bytes, true), (bytes + 1, true)] {
            let store = Store::connect(&url).await.unwrap();
            let app = TestApp::around(store, Settings { planned, response_bytes, ..SETTINGS });
            let reply = app.query(query).await;
            if passes {
                assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, bytes));
            } else {
                assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED"));
                let refusal = refusal(&reply, "responseBytes").unwrap();
                assert_eq!(refusal["limit"], response_bytes);
                assert!(reply.json().get("data").is_none());
            }
            // Small answers are not in the way of each other.
            assert_eq!(app.query("{ __typename }").await.status, StatusCode::OK);
        }
    }
}

async fn tables_have_so_many_rows(engine: Engine) {
    let url = full_database(engine).await;
    for (table_rows, status) in [(33, 400), (34, 200), (35, 200)] {
        let store = Store::connect(&url).await.unwrap();
        let app = TestApp::around(store, Settings { table_rows, ..SETTINGS });
        let (found, body) = app.begun("/graphql?format=csv&query=%7Bcities%7Bnodes%7Bcode%7D%7D%7D").await;
        assert_eq!(found.as_u16(), status, "{table_rows}");
        let lines = body.unwrap().iter().filter(|byte| **byte == b'\n').count();
        assert!(status != 200 || lines == 35, "{lines}");
    }
}

async fn an_answer_has_so_many_values(engine: Engine) {
    let reader = Reader::new(Store::connect(&full_database(engine).await).await.unwrap(), Sight::all());
    assert!(reader.charge(MAX_VALUES - 1).is_ok());
    assert!(reader.charge(2).is_err());
    assert!(reader.charge(1).is_ok());
    assert!(reader.charge(1).is_err());
}

/// No limit is in the way of what the API is compared by: a city's whole tree is the largest question.
async fn the_queries_of_the_comparison_pass(engine: Engine) {
    let app = TestApp::full(engine).await;
    let mut nodes = Vec::new();
    for query in ["q1", "q2", "q3", "q4", "q5", "q6"] {
        let path = format!("{}/benches/compare/queries/{query}/antq.graphql", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(app.query(&text).await.status, StatusCode::OK, "{query}");
        let reply = app.preferring("cost-only", &text).await;
        nodes.push(reply.json()["extensions"]["cost"]["nodes"].as_u64().unwrap());
    }
    assert_eq!(nodes[2], 1_040_404, "{nodes:?}");
    assert!(nodes.iter().all(|nodes| *nodes <= MAX_NODES), "{nodes:?}");
}

/// Whoever writes an answer, it costs the same, and never more than was reckoned before.
async fn plans_and_ordinary_execution_cost_the_same(engine: Engine) {
    let url = full_database(engine).await;
    let (planned, ordinary) = (TestApp::answering(&url, true).await, TestApp::answering(&url, false).await);
    let mut compared = 0;
    for path in query_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let body = request_of(&text, json!({ "cost": true })).to_string();
        let (one, other) = (planned.post(body.clone()).await.json(), ordinary.post(body).await.json());
        let cost = &one["extensions"]["cost"];
        if cost.is_null() {
            continue;
        }
        assert_eq!(*cost, other["extensions"]["cost"], "{}", path.display());
        assert!(cost["actual"].as_u64() <= cost["estimated"].as_u64(), "{}: {cost}", path.display());
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

/// What is asked for is reckoned from the variables as they are given, and no statement is sent for what is too much.
#[tokio::test]
async fn too_many_nodes_are_refused_before_anything_is_run() {
    let app = TestApp::full(Engine::Sqlite).await;
    let query = "query($n: Int) { wards(first: 200) { nodes { teams(first: 200) { nodes { code members(first: $n) { nodes { role } } } } } } }";
    let reply = app.query_with(query, json!({ "n": 48 })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    app.statements();
    let reply = app.query_with(query, json!({ "n": 200 })).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED"));
    assert_eq!(app.statements(), Vec::<String>::new());
    let refusal = refusal(&reply, "nodes").unwrap();
    assert_eq!((&refusal["limit"], &refusal["actual"]), (&MAX_NODES.into(), &8_040_200.into()));
    assert_eq!(refusal["dearest"], json!({ "path": "wards.nodes.teams.nodes.members", "nodes": 8_000_000 }));
    assert!(reply.message().contains("`wards.nodes.teams.nodes.members`"), "{}", reply.message());
}

/// Each of the attacks that double fragments takes no more steps than the guard lets it: it counts, and puts nothing in place.
#[tokio::test]
async fn bombs_of_fragments_reach_neither_the_estimate_nor_the_database() {
    let app = TestApp::around(
        Store::connect(&full_database(Engine::Sqlite).await).await.unwrap(),
        Settings { timeout: Duration::from_secs(2), ..SETTINGS },
    );
    for levels in [12, 20, 30, 60] {
        let mut bomb = String::from("{ ...f0 }");
        for level in 0..levels {
            bomb.push_str(&format!(" fragment f{level} on Query {{ ...f{0} ...f{0} }}", level + 1));
        }
        bomb.push_str(&format!(" fragment f{levels} on Query {{ wards {{ nodes {{ name }} }} }}"));
        for prefer in ["", "cost", "cost-only"] {
            let reply = app.preferring(prefer, &bomb).await;
            assert!(refusal(&reply, "selections").is_some(), "{levels}: {}", reply.text());
        }
    }
}
