//! Why a socket is closed, as the protocol numbers it.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Utf8Bytes};

use super::MAX_MESSAGE;

/// Bytes of a reason that a frame has room for (RFC 6455, 5.5).
const REASON: usize = 123;

/// Why a socket is closed.
#[derive(Debug)]
pub(super) enum Close {
    /// The client has closed it, or is gone: nothing is said.
    Gone,
    /// The server stops.
    Stopping,
    /// A message is too long.
    TooLong,
    /// A text is not UTF-8.
    NotText,
    /// A message is none of the protocol.
    Invalid(Cow<'static, str>),
    /// An operation came before the connection was acknowledged.
    Early,
    /// Who asks is nobody that is answered, or nobody any more.
    Forbidden(String),
    /// The client does not speak the sub-protocol.
    Protocol,
    /// The client did not begin in time.
    Init,
    /// There is an operation of this id already.
    Taken(String),
    /// The client has begun twice.
    Twice,
    /// The client does not take what it is sent.
    Slow,
    /// Whether it is somebody who is answered cannot be told.
    Internal,
}

impl Close {
    /// The number.
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::Gone => 1000,
            Self::Stopping => 1001,
            Self::NotText => 1007,
            Self::Slow => 1008,
            Self::TooLong => 1009,
            Self::Invalid(_) => 4400,
            Self::Early => 4401,
            Self::Forbidden(_) => 4403,
            Self::Protocol => 4406,
            Self::Init => 4408,
            Self::Taken(_) => 4409,
            Self::Twice => 4429,
            // "Try again later": clients do, as they do not after 4500.
            Self::Internal => 1013,
        }
    }

    /// As the client is told: where the protocol has words, by these.
    pub(super) fn frame(&self) -> CloseFrame {
        let reason: Cow<'_, str> = match self {
            Self::Gone => "".into(),
            Self::Stopping => "The server stops. Come again.".into(),
            Self::NotText => "The message is not UTF-8.".into(),
            Self::Slow => "What was sent was not taken in time.".into(),
            Self::TooLong => format!("A message has at most {MAX_MESSAGE} bytes.").into(),
            Self::Invalid(reason) => reason.clone(),
            Self::Early => "Unauthorized".into(),
            Self::Forbidden(reason) => format!("Forbidden: {reason}").into(),
            Self::Protocol => "Subprotocol not acceptable".into(),
            Self::Init => "Connection initialisation timeout".into(),
            Self::Taken(id) => format!("Subscriber for {id} already exists").into(),
            Self::Twice => "Too many initialisation requests".into(),
            Self::Internal => "It cannot be told who asks. Come again.".into(),
        };
        CloseFrame { code: self.code(), reason: Utf8Bytes::from(short(&reason)) }
    }
}

/// As much of a reason as there is room for.
fn short(reason: &str) -> String {
    let end = (0..=REASON.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0);
    reason[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame() {
        for (close, reason) in [
            (Close::Taken("a".to_owned()), "Subscriber for a already exists".to_owned()),
            (Close::Forbidden("ê".repeat(200)), format!("Forbidden: {}", "ê".repeat(56))),
        ] {
            assert_eq!(close.frame().reason.as_str(), reason);
        }
    }
}
