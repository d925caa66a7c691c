//! Every query file, on both engines: the same bytes as recorded, by the same statements as recorded.
//!
//! `UPDATE_RECORDED=1 make test` records anew; the difference is then read and reviewed like code.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::support::{ENGINES, Engine, Reply, TestApp, full_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_statements_are_as_recorded_on_both_engines() {
    let (sqlite, postgres) = (TestApp::full(Engine::Sqlite).await, TestApp::full(Engine::Postgres).await);
    let files = query_files();
    assert!(files.len() > 50, "only {} query files were found", files.len());
    let mut wrong = String::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let (here, here_statements) = run(&sqlite, &text).await;
        let (there, there_statements) = run(&postgres, &text).await;
        let name = file.display();
        if here.body != there.body || here.status != there.status {
            writeln!(wrong, "{name}: SQLite and PostgreSQL answer differently:\n{}\n{}", here.text(), there.text())
                .unwrap();
        }
        if here_statements.len() != there_statements.len() {
            writeln!(
                wrong,
                "{name}: {} statements on SQLite, {} on PostgreSQL",
                here_statements.len(),
                there_statements.len()
            )
            .unwrap();
        }
        let transcript = transcript(&here, &here_statements, &there_statements);
        compare(&file.with_extension("snap"), &transcript, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{wrong}\nIf this is meant, record it: UPDATE_RECORDED=1 make test");
}

/// Answers written from plans are those of ordinary execution, to the byte, by no more statements; and few are not planned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_and_ordinary_execution_answer_the_same() {
    let mut wrong = String::new();
    for engine in ENGINES {
        let url = full_database(engine).await;
        let (planned, ordinary) = (TestApp::answering(&url, true).await, TestApp::answering(&url, false).await);
        let mut without_plan = Vec::new();
        for file in query_files() {
            let (name, text) = (file.display(), std::fs::read_to_string(&file).unwrap());
            let (fast, fast_statements) = run(&planned, &text).await;
            let (slow, slow_statements) = run(&ordinary, &text).await;
            if (fast.status, &fast.body) != (slow.status, &slow.body) {
                writeln!(wrong, "{engine:?} {name} from a plan:\n{}\n{}", fast.text(), slow.text()).unwrap();
            }
            if fast.json().get("errors").is_none() {
                if fast_statements.len() > slow_statements.len() {
                    writeln!(wrong, "{engine:?} {name}: {fast_statements:#?}\n{slow_statements:#?}").unwrap();
                }
                let is_search = text.contains("search(") || text.contains("resolvePlace(");
                // What is said of many rows is a few objects: plans leave it to ordinary execution.
                let of_many = file.parent().is_some_and(|folder| folder.ends_with("group"));
                // A count alone is the same statement either way.
                let is_count = slow_statements.iter().all(|text| text.contains(r#"COUNT(*) AS "total""#));
                if !of_many
                    && !is_search
                    && !is_count
                    && !slow_statements.is_empty()
                    && fast_statements == slow_statements
                {
                    without_plan.push(name.to_string());
                }
            }
        }
        assert!(without_plan.len() < 10, "without a plan on {engine:?}: {without_plan:#?}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Each example of the README and of the cookbook answers what stands below it, on both engines.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_of_the_documents_answer_what_they_say() {
    for engine in ENGINES {
        let app = TestApp::full(engine).await;
        for (document, examples) in [("README.md", 3), ("docs/COOKBOOK.md", 17)] {
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
            let block = |text: &str| text.split("```").next().unwrap().to_owned();
            let parts: Vec<&str> = text.split("```graphql\n").skip(1).collect();
            assert_eq!(parts.len(), examples, "{document}");
            for part in parts {
                let answer = block(part.split("```json\n").nth(1).unwrap());
                let answer: Value = serde_json::from_str(&answer).unwrap();
                assert_eq!(app.query(&block(part)).await.json(), answer, "{document}: {}", block(part));
            }
        }
    }
}

/// The ready-made tabs of GraphiQL answer without errors, and those that subscribe begin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_of_the_ide_answer_without_errors() {
    let app = TestApp::full(Engine::Sqlite).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/examples");
    let files = files_below(&folder);
    assert_eq!(files.len(), 8);
    for file in files {
        let query = std::fs::read_to_string(&file).unwrap();
        if query.contains("\nsubscription ") {
            let request = Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::ACCEPT, "text/event-stream");
            let request = request.body(Body::from(json!({ "query": query }).to_string())).unwrap();
            assert_eq!(app.open(request).await.status(), StatusCode::OK, "{}", file.display());
        } else {
            app.data(&query).await;
        }
    }
}

async fn run(app: &TestApp, text: &str) -> (Reply, Vec<String>) {
    app.statements();
    let mut request = json!({ "query": text });
    for line in text.lines() {
        if let Some(variables) = line.strip_prefix("# variables: ") {
            request["variables"] = serde_json::from_str::<Value>(variables).unwrap();
        }
        if let Some(name) = line.strip_prefix("# operation: ") {
            request["operationName"] = name.trim().into();
        }
    }
    let reply = app.post(request.to_string()).await;
    (reply, app.statements())
}

/// What is recorded beside a query: the answer, laid out for reading, and the statements of both engines.
fn transcript(reply: &Reply, sqlite: &[String], postgres: &[String]) -> String {
    let mut text = format!("{}\n{:#}\n", reply.status.as_u16(), reply.json());
    for (engine, statements) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
        writeln!(text, "\n-- {engine}: {}", statements.len()).unwrap();
        for statement in statements {
            writeln!(text, "{statement};").unwrap();
        }
    }
    text
}

fn compare(path: &Path, actual: &str, wrong: &mut String) {
    let actual = format!("{}\n", actual.trim_end());
    if std::env::var_os("UPDATE_RECORDED").is_some() {
        std::fs::write(path, actual).unwrap();
        return;
    }
    match std::fs::read_to_string(path) {
        Ok(recorded) if recorded == actual => {}
        Ok(recorded) => {
            writeln!(wrong, "{} differs:\n--- recorded\n{recorded}\n--- now\n{actual}", path.display()).unwrap()
        }
        Err(_) => writeln!(wrong, "{} is not recorded yet", path.display()).unwrap(),
    }
}

fn query_files() -> Vec<PathBuf> {
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries"))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "graphql") {
            files.push(path);
        }
    }
    files.sort();
    files
}
