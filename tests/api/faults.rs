//! Databases that fail for a while: a clear error, nothing half written, and the same process goes on when it is over.

mod commands;
mod postgres;
mod sqlite;

use serde_json::Value;

use crate::{
    support::served::{Answer, Served},
    writes::{Write, purpose},
};

/// Sends the write of this number.
fn send(server: &Served, kind: &dyn Write, key: &str, number: usize) -> Answer {
    server.post(&[("Authorization", key), ("X-Purpose", &purpose(number))], &kind.body(number))
}

/// Sends a write, which must be made.
pub fn is_made(server: &Served, kind: &dyn Write, key: &str, number: usize) {
    let answer = send(server, kind, key, number);
    assert!(answer.status == 200 && kind.acknowledged(&answer.json()), "{}: {answer:?} {}", kind.name(), server.said());
}

/// Says no more than that it passes, and shows nothing.
fn is_unavailable(kind: &dyn Write, status: u16, answer: &Value) {
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{}: {status} {answer}", kind.name());
    assert!(error["extensions"]["requestId"].is_string(), "{answer}");
    assert!(!kind.acknowledged(answer), "{answer}");
    let text = answer.to_string();
    for leak in ["sqlite", "SQL", "disk", "terminat", "code:", "wal", "os error", "socket", "INSERT"] {
        assert!(!text.contains(leak), "{leak}: {text}");
    }
}
