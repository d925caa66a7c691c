//! Seaography as its documentation sets it up, with a pool of 8 and nothing logged.
//!
//! `DATABASE_URL` is the database, `LISTEN` the address.

use std::{env, error::Error, sync::LazyLock};

use async_graphql_axum::GraphQL;
use axum::{Router, routing::post_service};
use sea_orm::{ConnectOptions, Database};
use seaography::{Builder, BuilderContext};

#[allow(dead_code, reason = "the macro makes more than is used")]
mod entities;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static CONTEXT: LazyLock<BuilderContext> = LazyLock::new(BuilderContext::default);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ConnectOptions::new(env::var("DATABASE_URL")?);
    options.max_connections(8).test_before_acquire(false).sqlx_logging(false);
    let database = Database::connect(options).await?;
    let builder = entities::register_entity_modules(Builder::new(&CONTEXT, database.clone()));
    let schema = builder.schema_builder().data(database).finish()?;
    let router = Router::new().route("/graphql", post_service(GraphQL::new(schema)));
    axum::serve(tokio::net::TcpListener::bind(env::var("LISTEN")?).await?, router).await?;
    Ok(())
}
