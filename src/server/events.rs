//! Operations that are answered as events (`text/event-stream`): the distinct connections mode of graphql-sse.
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>
//!
//! An answer is an event `next`, and `complete` is the last one. Those of `changes` have the position in the feed as their
//! id, which a browser sends back as `Last-Event-ID` when it comes again.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    App,
    answer::Refused,
    caching::VARY,
    client::client_address,
    graphql::Operation,
    listen::Line as Connection,
    live::{self, Caller, Line, Said, Stop, Task},
    request::GraphqlRequest,
    streams::Stream,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Answers an operation as events.
///
/// # Errors
/// What is wrong with the request or the operation, as far as that is known before the first event.
pub(super) async fn respond(app: &Arc<App>, request: Request, id: &str) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let connection = parts.extensions.get::<Connection>().cloned();
    let (caller, after) = (caller(&parts, id), last_event(&parts)?);
    let operation = Operation::read(app, GraphqlRequest::read(Request::from_parts(parts, body)).await?)?;
    let place = app.streams.open(caller.address)?;
    let (to, mut from) = mpsc::channel(1);
    let task = live::start(app, operation, Arc::new(caller), after, Line::new((), to));
    let first = match from.recv().await {
        Some(((), Said::End(Err(stop)))) => return Err(refused(stop, id)),
        Some(((), said)) => said,
        None => return Err(Refused::bad("The operation was not answered.")),
    };
    let events = Events {
        from,
        over: matches!(first, Said::End(_)),
        first: Some(written(first, id)),
        comment: app.settings.live.ping,
        connection,
        id: id.to_owned(),
        _task: task,
        _place: place,
    };
    let body = Body::from_stream(stream::unfold(events, Events::next));
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, VARY);
    // For proxies that would keep events until there are enough of them.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn caller(parts: &Parts, id: &str) -> Caller {
    Caller { headers: parts.headers.clone(), address: client_address(parts), id: id.to_owned() }
}

/// The id of the last event that a client has seen, if it has seen one.
fn last_event(parts: &Parts) -> Result<Option<String>, Refused> {
    let Some(value) = parts.headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Refused::bad("`Last-Event-ID` is not the id of an event."))?;
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn refused(stop: Stop, id: &str) -> Refused {
    match stop {
        Stop::Refused(refused) => refused,
        Stop::Unknown(refusal) => Refused::credential(refusal, id),
        Stop::Gone => Refused::bad("The operation was not answered."),
    }
}

/// The events of one operation, as they are sent.
struct Events {
    from: mpsc::Receiver<((), Said)>,
    /// What is sent first.
    first: Option<Bytes>,
    /// Whether nothing more comes of the operation.
    over: bool,
    /// After how long a comment is sent where nothing else is.
    comment: Duration,
    connection: Option<Connection>,
    id: String,
    _task: Task,
    _place: Stream,
}

impl Events {
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        if let Some(event) = self.first.take() {
            return Some((Ok(event), self));
        }
        if self.over {
            return None;
        }
        let stopping = async {
            match &self.connection {
                Some(connection) => connection.stopping().await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            said = self.from.recv() => match said {
                Some(((), said)) => {
                    self.over = matches!(said, Said::End(_));
                    written(said, &self.id)
                }
                None => return None,
            },
            // The client comes again, to another server or to this one when it is back.
            () = stopping => return None,
            () = tokio::time::sleep(self.comment) => Bytes::from_static(b":\n\n"),
        };
        Some((Ok(event), self))
    }
}

/// What is said, as an event. JSON on one line is a line.
fn written(said: Said, id: &str) -> Bytes {
    const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";
    match said {
        // Bytes at once: whoever waits for a stream to begin need not wait for the first event.
        Said::Begun => Bytes::from_static(b":\n\n"),
        Said::Next(body, token) => next(&body, token.as_deref()).into(),
        Said::End(Ok(()) | Err(Stop::Gone)) => Bytes::from_static(COMPLETE),
        Said::End(Err(stop)) => {
            let errors: Value = refused(stop, id).errors().into();
            [&next(json!({ "errors": errors }).to_string().as_bytes(), None), COMPLETE].concat().into()
        }
    }
}

fn next(body: &[u8], token: Option<&str>) -> Vec<u8> {
    let id = token.map_or(String::new(), |token| format!("id: {token}\n"));
    [b"event: next\n", id.as_bytes(), b"data: ", body, b"\n\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_as_the_protocol_has_them() {
        let text = |said| String::from_utf8_lossy(&written(said, "r")).into_owned();
        let body = || Bytes::from_static(b"{\"data\":null}");
        assert_eq!(text(Said::Next(body(), None)), "event: next\ndata: {\"data\":null}\n\n");
        assert_eq!(text(Said::Next(body(), Some("t".to_owned()))), "event: next\nid: t\ndata: {\"data\":null}\n\n");
        assert_eq!(text(Said::End(Ok(()))), "event: complete\ndata:\n\n");
        let cut_short = text(Said::End(Err(Stop::Refused(Refused::bad("No.")))));
        assert_eq!(
            cut_short,
            "event: next\ndata: {\"errors\":[{\"message\":\"No.\",\"extensions\":{\"code\":\"BAD_REQUEST\"}}]}\n\n\
             event: complete\ndata:\n\n"
        );
    }
}
