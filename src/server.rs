//! HTTP: the routes, the layers around them, and a server that stops when it is told to.

mod accept;
mod answer;
mod body;
mod cache;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod graphql;
mod headers;
mod health;
mod ide;
mod request;
mod table;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

use crate::{
    api::{Api, Documents},
    error::{Code, INTERNAL, shown},
    limits::DocumentLimits,
    store::{Store, proof::Proofs},
};

use cache::AnswerCache;

/// Answers smaller than this are sent as they are: compressing them saves no packet.
const COMPRESS_ABOVE: u64 = 1_024;
/// How long requests under way may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// Bytes of memory for documents that are kept parsed.
const DOCUMENTS: u64 = 16 * 1_048_576;

/// What every handler has at hand.
pub struct App {
    store: Store,
    api: Api,
    documents: Documents,
    answers: AnswerCache,
    sdl: Arc<str>,
    limits: DocumentLimits,
    settings: Settings,
}

/// How the service is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether answers are written from plans where they can be. The bytes are the same; the time is not.
    pub planned: bool,
    /// Bytes of memory for answers that are kept; with none, every answer is made anew.
    pub cache_bytes: u64,
    /// Rows that a table may have.
    pub table_rows: u32,
}

impl App {
    /// The service over a database. Must be called within a runtime.
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            api: Api::new(settings.planned),
            documents: Documents::new(DOCUMENTS),
            answers: AnswerCache::new(|| Proofs::new(&store), settings.cache_bytes),
            sdl: crate::api::sdl().into(),
            limits: DocumentLimits::default(),
            settings,
            store,
        }
    }
}

/// Every route, with the layers that each request passes.
pub fn router(app: App) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESS_ABOVE).and(NotForContentType::new("font/")));
    let app = Arc::new(app);
    // The answers to queries are compressed where they are kept.
    let graphql = Router::new().route("/graphql", any(graphql::handle)).with_state(app.clone());
    Router::new()
        .route("/", get(|| async { Redirect::to("/graphiql") }))
        .route("/schema.graphql", get(health::sdl))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/graphiql", get(ide::page))
        .route("/graphiql/{*path}", get(ide::file))
        .fallback(nothing_here)
        .with_state(app)
        .layer(compression)
        .merge(graphql)
        // A panic anywhere within becomes an answer, which is framed like any other.
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(headers::RequestIds::default(), headers::frame))
}

/// Serves until the process is told to stop, by Ctrl-C or SIGTERM, then finishes what is under way.
///
/// # Errors
/// The listener's own.
pub async fn serve(listener: TcpListener, store: Store, settings: Settings) -> std::io::Result<()> {
    // Listened for before the first connection is taken: a signal that nobody waits for yet is lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (told, mut stopping) = tokio::sync::watch::channel(());
    let app = App::new(store.clone(), settings);
    let answers = app.answers.clone();
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        drop(told);
    });
    tokio::select! {
        result = server => result?,
        // A client that keeps its connection busy does not keep the server up.
        () = async { let _ = stopping.changed().await; tokio::time::sleep(DRAIN).await } => {}
    }
    answers.close().await;
    store.close().await;
    Ok(())
}

async fn nothing_here(request: Request) -> Response {
    let message = format!("There is nothing at {}. The API is at /graphql.", shown(request.uri().path()));
    answer::plain_error(StatusCode::NOT_FOUND, Code::NotFound, &message)
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let cause = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(cause = cause.unwrap_or("unknown"), "a request panicked");
    answer::plain_error(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, INTERNAL)
}

/// A response with a body of text.
fn text(content_type: &'static str, body: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
