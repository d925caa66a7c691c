//! What one would write by hand for the queries of this comparison: a request sends one prepared statement, which makes the
//! whole answer in PostgreSQL, and passes its text on. The same answers fixed in memory show what HTTP alone costs.
//!
//! `DATABASE_URL` is the database, `LISTEN` the address.

use std::{collections::HashMap, env, error::Error, str::FromStr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

macro_rules! statements {
    ($($kind:literal $query:literal),*) => {
        [$((concat!($kind, "/", $query), include_str!(concat!("../../queries/", $query, "/", $kind, ".sql")))),*]
    };
}

/// The statements, by their path: `text` joins pieces of text, `json` calls PostgreSQL's functions for JSON.
const STATEMENTS: [(&str, &str); 12] = statements!(
    "text" "q1", "text" "q2", "text" "q3", "text" "q4", "text" "q5", "text" "q6",
    "json" "q1", "json" "q2", "json" "q3", "json" "q4", "json" "q5", "json" "q6"
);

#[derive(Clone)]
struct App {
    pool: PgPool,
    statements: Arc<HashMap<&'static str, &'static str>>,
    fixed: Arc<HashMap<&'static str, Bytes>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Compiling a statement takes longer than running it.
    let options = PgConnectOptions::from_str(&env::var("DATABASE_URL")?)?.options([("jit", "off")]);
    let pool = PgPoolOptions::new().max_connections(8).test_before_acquire(false).connect_with(options).await?;
    let mut fixed = HashMap::new();
    for (path, statement) in STATEMENTS {
        fixed.insert(path, Bytes::from(answer(&pool, statement).await?));
    }
    let app = App { pool, statements: Arc::new(HashMap::from(STATEMENTS)), fixed: Arc::new(fixed) };
    let router =
        Router::new().route("/fixed/{*path}", any(from_memory)).route("/{*path}", any(from_database)).with_state(app);
    axum::serve(tokio::net::TcpListener::bind(env::var("LISTEN")?).await?, router).await?;
    Ok(())
}

async fn answer(pool: &PgPool, statement: &'static str) -> sqlx::Result<String> {
    sqlx::query_scalar(statement).fetch_one(pool).await
}

async fn from_database(State(app): State<App>, Path(path): Path<String>) -> Response {
    let Some(statement) = app.statements.get(path.as_str()) else { return StatusCode::NOT_FOUND.into_response() };
    match answer(&app.pool, statement).await {
        Ok(text) => json(text.into()),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn from_memory(State(app): State<App>, Path(path): Path<String>) -> Response {
    app.fixed.get(path.as_str()).cloned().map_or_else(|| StatusCode::NOT_FOUND.into_response(), json)
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
