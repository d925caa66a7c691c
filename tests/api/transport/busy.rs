//! A server that has more to do than it can.

use antq::{
    server::Settings,
    store::{READERS, Store},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use futures_util::{FutureExt, future::join_all};
use sea_orm::TransactionTrait;
use serde_json::json;

use crate::support::{Engine, SETTINGS, TestApp, full_database, on_both_engines};

on_both_engines!(more_than_can_be_done_is_refused_at_once, a_table_that_cannot_be_begun_is_refused);

/// Answers that are made at once (`TURNS`).
const TURNS: u32 = 2 * READERS;

/// Every connection of the pool is taken, so that whatever is asked of the database waits.
async fn held(store: &Store) -> Vec<sea_orm::DatabaseTransaction> {
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.push(store.reader().begin().await.unwrap());
    }
    taken
}

async fn more_than_can_be_done_is_refused_at_once(engine: Engine) {
    const WAITING: u32 = 2;
    let url = full_database(engine).await;
    let store = Store::connect(&url).await.unwrap();
    let settings = Settings { max_waiting: WAITING, cache_bytes: 1_048_576, ..SETTINGS };
    let app = TestApp::around(store.clone(), settings);
    // It is made without a connection, of which all are wanted below.
    let kept = "{ __typename }";
    assert_eq!(app.query(kept).await.headers["cache-status"], "antq; fwd=miss");

    let taken = held(&store).await;
    let ask = |number: u32| format!("{{ a{number}: city(code: \"92\") {{ name }} }}");
    let documents: Vec<String> = (0..TURNS + WAITING).map(ask).collect();
    let mut asked: Vec<_> = documents.iter().map(|document| Box::pin(app.query(document))).collect();
    // Each as far as it goes. The proof takes a connection of its own, so it may take several looks.
    let full = async {
        loop {
            for waiter in &mut asked {
                assert!(waiter.now_or_never().is_none(), "nobody is answered or refused");
            }
            let reply = app.query(&ask(TURNS + WAITING)).now_or_never();
            match reply {
                Some(reply) => break reply,
                None => tokio::task::yield_now().await,
            }
        }
    };
    let reply = super::patiently(full).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "OVERLOADED"));
    assert_eq!(reply.headers[header::RETRY_AFTER], "1");
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert!(reply.message().contains("2 requests wait"), "{}", reply.message());

    // What needs no turn is answered.
    assert_eq!(app.query(kept).await.headers["cache-status"], "antq; hit");
    let live = app.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(live.status, 200);
    // Older clients are told by the status, too.
    let older = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let older = older.body(Body::from(json!({ "query": "{ cities { totalCount } }" }).to_string())).unwrap();
    assert_eq!(app.send(older).await.status, 503);

    // Those who wait are answered in the end, and then there is room again. All at once: one that nobody polls would keep the
    // connection that it is given.
    drop(taken);
    for reply in super::patiently(join_all(asked)).await {
        assert_eq!(reply.status, 200);
    }
    assert_eq!(app.query(&ask(TURNS + WAITING)).await.status, 200);
}

async fn a_table_that_cannot_be_begun_is_refused(engine: Engine) {
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    let app = TestApp::around(store.clone(), Settings { max_waiting: 0, ..SETTINGS });
    let taken = held(&store).await;
    let document = "{ city(code: \"92\") { name } }";
    let mut asked: Vec<_> = (0..TURNS).map(|_| Box::pin(app.query(document))).collect();
    for waiter in &mut asked {
        assert!(waiter.now_or_never().is_none());
    }
    let table = || Request::get("/graphql?format=csv&query=%7Bcities%7Bnodes%7Bcode%7D%7D%7D").body(Body::empty());
    let refused = app.send(table().unwrap()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "OVERLOADED"));
    drop((taken, asked));
    assert_eq!(app.send(table().unwrap()).await.status, 200);
}
