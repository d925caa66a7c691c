//! wip
use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::support::{Engine, TestApp, full_database, on_both_engines, query_files};

on_both_engines!(every_statement_is_served_by_indexes);

async fn every_statement_is_served_by_indexes(engine: Engine) {
    let url = full_database(engine).await;
    let mut texts = BTreeSet::new();
    for planned in [true, false] {
        let app = TestApp::answering(&url, planned).await;
        for file in query_files() {
            app.query_file(&std::fs::read_to_string(&file).unwrap()).await;
        }
        texts.extend(app.statements());
    }
    let app = TestApp::over(&url).await;
    let plans = explained(&app, engine, &texts).await;
    let mut out = String::new();
    for (t, p) in &plans {
        out += &format!("{t}\n{}\n\n", p.join("\n"));
    }
    std::fs::write(format!("/tmp/plans.{engine:?}"), out).unwrap();
    eprintln!("{} texts", texts.len());
    let _ = BTreeMap::<i32, i32>::new();
}

async fn explained(app: &TestApp, engine: Engine, texts: &BTreeSet<String>) -> Vec<(String, Vec<String>)> {
    let transaction = app.store.reader().begin().await.unwrap();
    let mut plans = Vec::new();
    if engine == Engine::Postgres {
        for setting in ["seqscan", "sort", "hashjoin", "mergejoin"] {
            transaction.execute_unprepared(&format!("SET LOCAL enable_{setting} = off")).await.unwrap();
        }
        transaction.execute_unprepared("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
        transaction.execute_unprepared("SET LOCAL jit = off").await.unwrap();
    }
    for text in texts {
        let rows = match engine {
            Engine::Sqlite => {
                let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {text}"));
                transaction.query_all_raw(explain).await.unwrap()
            }
            Engine::Postgres => {
                let types = if text.contains("unnest($1)") { "(bigint[])" } else { "" };
                let parameters = (1..).take_while(|number| text.contains(&format!("${number}"))).count();
                let nulls = vec!["NULL"; parameters].join(", ");
                let nulls = if parameters == 0 { String::new() } else { format!("({nulls})") };
                transaction.execute_unprepared(&format!("PREPARE explained{types} AS {text}")).await.unwrap();
                let explain = format!("EXPLAIN (COSTS OFF) EXECUTE explained{nulls}");
                let rows =
                    transaction.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
                transaction.execute_unprepared("DEALLOCATE explained").await.unwrap();
                rows
            }
        };
        let column = if engine == Engine::Sqlite { 3 } else { 0 };
        plans.push((text.clone(), rows.iter().map(|row| row.try_get_by_index::<String>(column).unwrap()).collect()));
    }
    plans
}
