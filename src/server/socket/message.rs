//! The messages of `graphql-transport-ws`: read strictly, and written.

use std::sync::Arc;

use axum::extract::ws::{Message, Utf8Bytes};
use serde_json::{Map, Value, json};

use super::close::Close;
use crate::{error::shown, server::request::GraphqlRequest};

/// The id of an operation, as its client has named it.
pub(super) type Id = Arc<str>;

/// What a client says.
#[derive(Debug)]
pub(super) enum Received {
    /// It begins, and says who asks.
    Init(Map<String, Value>),
    /// It wants to know whether somebody is there; what it sends along, it gets back.
    Ping(Option<Value>),
    /// It is there.
    Pong,
    /// It asks something.
    Subscribe(Id, Box<GraphqlRequest>),
    /// It does not want to know more of an operation.
    Complete(Id),
}

impl Received {
    /// Reads a message.
    ///
    /// # Errors
    /// It is none of the protocol.
    pub(super) fn read(text: &str) -> Result<Self, Close> {
        let message: Value = serde_json::from_str(text).map_err(|_| invalid("The message is not JSON."))?;
        let Value::Object(mut message) = message else { return Err(invalid("The message is not a JSON object.")) };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        match message.get("type").and_then(Value::as_str) {
            Some("connection_init") => Ok(Self::Init(object(payload)?.unwrap_or_default())),
            Some("ping") => Ok(Self::Ping(object(payload)?.map(Value::Object))),
            Some("pong") => object(payload).map(|_| Self::Pong),
            Some("subscribe") => {
                let id = id(&message)?;
                let payload = object(payload)?.ok_or_else(|| invalid("`subscribe` has no `payload`."))?;
                let request = GraphqlRequest::from_fields(payload, false);
                let request = request.map_err(|refused| Close::Invalid(refused.message().to_owned().into()))?;
                Ok(Self::Subscribe(id, Box::new(request)))
            }
            Some("complete") => id(&message).map(Self::Complete),
            Some(other) => Err(Close::Invalid(format!("There is no message of the type \"{}\".", shown(other)).into())),
            None => Err(invalid("The message has no `type`.")),
        }
    }
}

fn invalid(reason: &'static str) -> Close {
    Close::Invalid(reason.into())
}

fn object(payload: Option<Value>) -> Result<Option<Map<String, Value>>, Close> {
    match payload {
        None => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(invalid("`payload` must be an object.")),
    }
}

fn id(message: &Map<String, Value>) -> Result<Id, Close> {
    let id = message.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map(Id::from).ok_or_else(|| invalid("The message has no `id`."))
}

/// That the client may ask.
pub(super) fn ack() -> Message {
    Message::Text(Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#))
}

/// That somebody is there.
pub(super) fn pong(payload: Option<Value>) -> Message {
    let mut pong = json!({ "type": "pong" });
    if let Some(payload) = payload {
        pong["payload"] = payload;
    }
    text(pong.to_string())
}

/// An answer, which is JSON already.
pub(super) fn next(id: &str, answer: &[u8]) -> Message {
    let id = Value::from(id).to_string();
    let message = [br#"{"id":"#, id.as_bytes(), br#","type":"next","payload":"#, answer, b"}"].concat();
    // JSON is UTF-8.
    text(String::from_utf8(message).unwrap_or_default())
}

/// Why an operation is not answered, or not any more.
pub(super) fn error(id: &str, errors: &[Value]) -> Message {
    text(json!({ "id": id, "type": "error", "payload": errors }).to_string())
}

/// That an operation has been answered.
pub(super) fn complete(id: &str) -> Message {
    text(json!({ "id": id, "type": "complete" }).to_string())
}

fn text(text: String) -> Message {
    Message::Text(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_not_read() {
        let request = r#""payload":{"query":"{a}"}"#;
        for text in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"x"}}"#,
            &format!(r#"{{"type":"subscribe",{request}}}"#),
            &format!(r#"{{"type":"subscribe","id":"",{request}}}"#),
            &format!(r#"{{"type":"subscribe","id":1,{request}}}"#),
        ] {
            assert!(matches!(Received::read(text), Err(Close::Invalid(_))), "{text}");
        }
        let good = format!(r#"{{"type":"subscribe","id":"1",{request}}}"#);
        assert!(matches!(Received::read(&good), Ok(Received::Subscribe(id, _)) if &*id == "1"));
        let null = r#"{"type":"connection_init","payload":null}"#;
        assert!(matches!(Received::read(null), Ok(Received::Init(payload)) if payload.is_empty()));
    }

    #[test]
    fn an_answer_is_written_as_it_is() {
        let Message::Text(text) = next("a\"b", b"{\"data\":null}") else { panic!("a text") };
        assert_eq!(text.as_str(), r#"{"id":"a\"b","type":"next","payload":{"data":null}}"#);
    }
}
