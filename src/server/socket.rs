//! WebSockets on `/graphql`: the sub-protocol `graphql-transport-ws`, by the letter of its text.
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

mod close;
mod message;
mod session;

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, WebSocketUpgrade},
    http::{Method, StatusCode, header, request::Parts},
    response::Response,
};
use tracing::Instrument;

use super::{
    App, answer::Refused, body::elements, client::client_address, cors, headers::request_id,
    listen::Line as Connection, live::Caller, status::Manner,
};
use crate::error::Code;
use session::Session;

/// The sub-protocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of a message that a client may send.
pub(super) const MAX_MESSAGE: usize = 64_000;
/// The public names of how many subscriptions a socket may have: of somebody who is known, and of nobody.
pub(super) const SOCKET_OPERATIONS: &str = "socketOperations";
/// See [`SOCKET_OPERATIONS`].
pub(super) const SOCKET_OPERATIONS_ANONYMOUS: &str = "socketOperationsAnonymous";
/// Bytes that are read at once: sockets that say nothing are many.
const READ: usize = 4_096;
/// Bytes that are written at once.
const WRITE: usize = 16_384;

/// Whether a request asks for a WebSocket.
pub(super) fn is_wanted(request: &Request) -> bool {
    let mut upgrades = elements(request.headers(), header::UPGRADE);
    request.method() == Method::GET && upgrades.any(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Opens the WebSocket that a request asks for.
pub(super) async fn open(app: &Arc<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match opened(app, &mut parts).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(Manner::PLAIN),
    }
}

async fn opened(app: &Arc<App>, parts: &mut Parts) -> Result<Response, Refused> {
    if !cors::may_open(&app.settings.http.origins, &parts.headers) {
        let message = "Pages of this origin may not open sockets here: whoever runs the server allows origins.";
        return Err(Refused::new(StatusCode::FORBIDDEN, Code::Forbidden, message));
    }
    let id = request_id(&parts.extensions);
    let caller = Caller { headers: parts.headers.clone(), address: client_address(parts), id: id.clone() };
    // What is wrong with it is a status here, which everyone understands.
    let viewer = caller.viewer(app).await.map_err(|refusal| Refused::credential(refusal, &id))?;
    let place = app.streams.open(caller.address)?;
    let connection = parts.extensions.get::<Connection>().cloned();
    let upgrade = WebSocketUpgrade::from_request_parts(parts, app).await;
    let upgrade = upgrade.map_err(|rejection| Refused::bad(rejection.body_text()))?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ)
        .write_buffer_size(WRITE);
    let app = app.clone();
    let span = tracing::error_span!("socket", id);
    let kept = connection.as_ref().map(Connection::keep);
    let mut response = upgrade.on_upgrade(move |socket| {
        async move {
            Session::new(app, socket, caller).run(connection).await;
            drop((kept, place));
        }
        .instrument(span)
    });
    // For the log.
    response.extensions_mut().insert(viewer);
    Ok(response)
}
