//! HTTP: the routes, the layers around them, and a server that stops when it is told to.

mod accept;
mod answer;
mod batch;
mod bill;
mod body;
mod cache;
mod caching;
mod client;
mod cors;
pub mod descriptors;
mod documents;
mod events;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod graphql;
mod headers;
mod health;
mod hub;
mod ide;
mod limits;
mod listen;
mod live;
mod request;
mod settings;
mod socket;
mod status;
mod streams;
mod table;
mod tls;
mod trusted;
mod turns;
mod upload;

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

pub use batch::MAX_BATCH;
pub use cors::{CorsOrigin, CorsOriginError};
pub use settings::{HttpSettings, LiveSettings, Settings};
pub use status::Statuses;
pub use trusted::{TrustedDocuments, TrustedError};

use crate::{
    api::Api,
    auth::{Authenticator, Issuer},
    budget::Budgets,
    error::{Code, INTERNAL, shown},
    limits::DocumentLimits,
    store::{Store, proof::Proofs},
};

use cache::AnswerCache;
use documents::Library;
use hub::Hub;
pub use limits::limits;
use streams::Streams;
use turns::Turns;
use upload::Uploads;

pub use client::client_address;
pub use listen::{Times, Transport, bind, listen};
pub use tls::{Tls, TlsError};

/// Answers smaller than this are sent as they are: compressing them saves no packet.
const COMPRESS_ABOVE: u64 = 1_024;
/// How long requests under way may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// What every handler has at hand.
pub struct App {
    store: Store,
    api: Api,
    documents: Library,
    proofs: Proofs,
    authenticator: Authenticator,
    answers: AnswerCache,
    turns: Turns,
    uploads: Uploads,
    hub: Hub,
    streams: Streams,
    sdl: Arc<str>,
    budgets: Budgets,
    limits: DocumentLimits,
    settings: Settings,
}

impl App {
    /// The service over a database, with the tokens of an issuer if there is one. Must be called within a runtime.
    pub fn new(store: Store, settings: Settings, issuer: Option<Issuer>) -> Self {
        let proofs = Proofs::new(&store);
        Self {
            api: Api::new(settings.planned, settings.response_bytes, limits(&settings).into()),
            documents: Library::new(settings.http.trusted.clone(), settings.http.trusted_only),
            authenticator: Authenticator::new(store.clone(), proofs.clone(), issuer, settings.anonymous),
            answers: AnswerCache::new(|| proofs.clone(), settings.cache_bytes),
            turns: Turns::new(settings.max_waiting, turns::WITHIN),
            uploads: Uploads::new(upload::UPLOADS),
            hub: Hub::new(&store, &proofs, settings.live.buffer),
            streams: Streams::new(&settings.live),
            proofs,
            sdl: crate::api::sdl().into(),
            budgets: Budgets::new(settings.budgets),
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
    let cors = cors::layer(&app.settings.http.origins);
    let app = Arc::new(app);
    // The answers to queries are compressed where they are kept.
    let graphql = Router::new().route("/graphql", any(graphql::handle)).with_state(app.clone());
    let router = Router::new()
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
        .layer(CatchPanicLayer::custom(panicked));
    // Around the panic too: a page is to learn of it like anybody else.
    let router = match cors {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.layer(middleware::from_fn_with_state(headers::RequestIds::default(), headers::frame))
}

/// Serves until the process is told to stop, by Ctrl-C or SIGTERM, then finishes what is under way. By SIGHUP it is told that
/// there is a new certificate.
///
/// # Errors
/// The process cannot be told anything.
pub async fn serve(listener: TcpListener, app: App, transport: Transport) -> std::io::Result<()> {
    // Listened for before the first connection is taken: a signal that nobody waits for yet is lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    if let Some(tls) = &transport.tls {
        tls.renew_on_hangup()?;
    }
    let (told, mut stopping) = tokio::sync::watch::channel(());
    let (store, proofs, authenticator) = (app.store.clone(), app.proofs.clone(), app.authenticator.clone());
    let server = listen(listener, router(app), transport, async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        drop(told);
    });
    tokio::select! {
        () = server => {}
        // A client that keeps its connection busy does not keep the server up.
        () = async { let _ = stopping.changed().await; tokio::time::sleep(DRAIN).await } => {}
    }
    authenticator.close().await;
    proofs.close().await;
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
