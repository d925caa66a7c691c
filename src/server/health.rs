//! Pages for machines: is it alive, can it answer, what is its schema.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{App, text};

const TEXT: &str = "text/plain; charset=utf-8";

/// The process runs.
pub(super) async fn live() -> Response {
    text(TEXT, "ok\n")
}

/// The database answers too.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.store.is_ready().await {
        return text(TEXT, "ok\n");
    }
    (StatusCode::SERVICE_UNAVAILABLE, text(TEXT, "the database does not answer\n")).into_response()
}

/// The schema, as `antq schema` prints it.
pub(super) async fn sdl(State(app): State<Arc<App>>) -> Response {
    text(TEXT, app.sdl.to_string())
}
