//! The bodies of requests and responses, watched while they come and go.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use super::activity::{Arriving, UnderWay};

/// Bytes of an answer that are handed out at once.
const PIECE: usize = 16_384;

/// The body of a request. Its connection waits for the client until it has come.
pub(super) struct Received {
    body: Incoming,
    arriving: Option<Arriving>,
}

impl Received {
    pub(super) fn new(body: Incoming, arriving: Option<Arriving>) -> Self {
        Self { body, arriving }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) || self.body.is_end_stream() {
            self.arriving = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a response, handed out in pieces, so that it is known which of them the client has taken.
pub(super) struct Sent {
    body: Body,
    /// What is left of the frame that is being handed out.
    rest: Bytes,
    under_way: UnderWay,
}

impl Sent {
    pub(super) fn new(body: Body, under_way: UnderWay) -> Self {
        // It may not even be asked for its first piece, if the answers before it were not taken.
        under_way.offered();
        Self { body, rest: Bytes::new(), under_way }
    }

    /// The next piece of the frame that is being handed out.
    fn piece(&mut self) -> Bytes {
        if self.rest.len() <= PIECE {
            return std::mem::take(&mut self.rest);
        }
        let piece = self.rest.split_to(PIECE);
        if self.rest.len() <= PIECE {
            // The last one may be kept until a client reads it, which must not keep a whole answer in memory.
            self.rest = Bytes::copy_from_slice(&self.rest);
        }
        piece
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.under_way.taken();
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if bytes.is_empty() => {}
                    Ok(bytes) => self.rest = bytes,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                end => return Poll::Ready(end),
            }
        }
        self.under_way.offered();
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, mut hint) = (self.rest.len() as u64, self.body.size_hint());
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}
