//! The same rows on both engines, each answered in both ways.

use sea_orm::{
    ConnectionTrait, Statement, TransactionTrait,
    sea_query::{Expr, ExprTrait, Query, Value as Stored},
};
use serde_json::Value;

use crate::support::{ENGINES, Engine, TestApp, full_database};

/// The same rows on both engines, each asked with plans and without.
pub struct Quartet {
    pub apps: Vec<(Engine, TestApp, TestApp)>,
}

impl Quartet {
    pub async fn new() -> Self {
        let mut apps = Vec::new();
        for engine in ENGINES {
            let url = full_database(engine).await;
            apps.push((engine, TestApp::answering(&url, true).await, TestApp::answering(&url, false).await));
        }
        Self { apps }
    }

    /// Changes rows by their ids, each in some columns.
    pub async fn update(&self, table: &'static str, rows: &[(i64, Vec<(&'static str, Stored)>)]) {
        for (_, app, _) in &self.apps {
            let transaction = app.store.writer().begin().await.unwrap();
            for (id, columns) in rows {
                let columns = columns.iter().map(|(name, value)| (*name, Expr::val(value.clone())));
                let mut update = Query::update();
                update.table(table).values(columns).and_where(Expr::col("id").eq(*id));
                let result = transaction.execute(&update).await.unwrap();
                assert_eq!(result.rows_affected(), 1, "{table} {id}");
            }
            transaction.commit().await.unwrap();
        }
    }

    pub async fn run(&self, statement: &str) {
        for (_, app, _) in &self.apps {
            app.store.writer().execute_unprepared(statement).await.unwrap();
        }
    }

    /// The first ids of a table.
    pub async fn ids(&self, table: &str) -> Vec<i64> {
        let store = &self.apps[0].1.store;
        let ids = Statement::from_string(store.engine(), format!("SELECT id FROM {table} ORDER BY id LIMIT 100"));
        let ids = store.reader().query_all_raw(ids).await.unwrap();
        ids.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// The data that all four agree on, to the byte; from plans where there are plans.
    pub async fn data(&self, query: &str) -> Value {
        parsed(&self.agreed(query, true).await)
    }

    /// The answer that all four agree on, to the byte.
    pub async fn agreed(&self, query: &str, from_a_plan: bool) -> String {
        let mut agreed: Option<Vec<u8>> = None;
        for (engine, planned, ordinary) in &self.apps {
            let (fast, fast_statements) = (planned.query(query).await, planned.statements());
            let (slow, slow_statements) = (ordinary.query(query).await, ordinary.statements());
            assert!(slow.json().get("errors").is_none(), "{engine:?} {query}\n{}", slow.text());
            assert_same(&fast.body, &slow.body, &format!("{engine:?}: a plan, and ordinary execution: {query}"));
            // Without a plan, and after one that was given up, come the statements of ordinary execution. On PostgreSQL a
            // plan may have the same ones.
            let as_ordinary = fast_statements.ends_with(&slow_statements);
            let given_up = as_ordinary && (*engine == Engine::Sqlite || fast_statements.len() > slow_statements.len());
            assert!(!from_a_plan || !given_up, "{engine:?} {query}\n{fast_statements:#?}");
            match &agreed {
                Some(before) => assert_same(before, &slow.body, &format!("SQLite, and PostgreSQL: {query}")),
                None => agreed = Some(slow.body),
            }
        }
        String::from_utf8(agreed.unwrap()).unwrap()
    }
}

pub fn parsed(answer: &str) -> Value {
    serde_json::from_str::<Value>(answer).unwrap()["data"].take()
}

/// Shows where two answers part.
fn assert_same(one: &[u8], other: &[u8], what: &str) {
    if one != other {
        let at = one.iter().zip(other).position(|(a, b)| a != b).unwrap_or_default();
        let part = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[at.saturating_sub(200)..bytes.len().min(at + 100)]).into_owned()
        };
        panic!("{what}\n{}\n{}", part(one), part(other));
    }
}
