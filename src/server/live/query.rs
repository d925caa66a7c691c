//! `live`: a query that is answered anew when its answer has changed.

use std::sync::Arc;

use axum::body::Bytes;
use chrono::NaiveDate;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::{App, Asker, Caller, Line, Operation, Said, Stop, answer, is_away, wait};
use crate::{
    domain::today,
    server::{body::Answer, hub::Listening},
    store::{Sight, proof::Proof},
};

/// Answers a query under a name, at once and whenever that is another answer.
pub(super) async fn watch<T: Clone>(
    app: &Arc<App>,
    query: &Operation,
    key: &str,
    caller: &Caller,
    mut asker: Asker,
    line: &Line<T>,
) -> Result<(), Stop> {
    let mut listening = app.hub.listen();
    let mut sent: Option<String> = None;
    loop {
        let (began, day) = (Instant::now(), today());
        // Read before the answer is made: what is committed later is another version.
        let before = match listening.versions() {
            Some(known) => Some(known),
            None => app.proofs.now().await.ok(),
        };
        let mut proof = None;
        match answer(app, query, &asker, began + app.settings.timeout).await {
            // It has begun, and goes on when there is an answer.
            Ok((answer, ..)) if sent.is_some() && is_away(&answer) => {}
            Ok((answer, ..)) if !answer.was_run() => return Err(super::not_run(answer.body()).into()),
            Ok((answer, ..)) => {
                proof = before.zip(answer.tables()).and_then(|(before, tables)| before.proof(tables));
                if sent.as_deref() != Some(answer.tag()) {
                    if sent.is_none() {
                        line.say(Said::Begun).await?;
                    }
                    sent = Some(answer.tag().to_owned());
                    line.say(Said::Next(under(key, &answer), None)).await?;
                }
            }
            Err(refused) if sent.is_some() && refused.again_after().is_some() => wait(&refused).await,
            Err(refused) => return Err(refused.into()),
        }
        sleep_until(began + app.settings.live.pace).await;
        asker = changed(app, caller, asker, &mut listening, proof, day).await?;
    }
}

/// Waits until the answer may be another one: something that it was made from has changed, or what may be seen, or the day.
/// Who asks now is given back.
async fn changed(
    app: &App,
    caller: &Caller,
    asker: Asker,
    listening: &mut Listening,
    proof: Option<Proof>,
    day: NaiveDate,
) -> Result<Asker, Stop> {
    let sight: Sight = asker.viewer.sight();
    loop {
        let (now, proved) = (listening.versions(), proof.as_ref());
        let holds = match (proved, &now) {
            (Some(proof), Some(now)) => proof.holds(now),
            // Nothing has been seen to change.
            (Some(_), None) => true,
            (None, _) => false,
        };
        let asker = caller.still(app).await?;
        if !holds || asker.viewer.sight() != sight || today() != day {
            return Ok(asker);
        }
        tokio::select! {
            () = listening.news() => {}
            () = sleep(app.settings.live.check) => {}
        }
    }
}

/// The same answer as that of a subscription: all that it has stands under a name.
fn under(key: &str, answer: &Answer) -> Bytes {
    const DATA: &[u8] = b"{\"data\":";
    let body = answer.body();
    // The data come first where there is nothing else: what is large is not read again.
    if let Some(data) = body.strip_prefix(DATA).filter(|_| answer.is_whole()) {
        let key = Value::from(key).to_string();
        let (data, end) = data.split_at(answer.data_end().saturating_sub(DATA.len()).min(data.len()));
        return [DATA, b"{", key.as_bytes(), b":", data, b"}", end].concat().into();
    }
    let mut body: Value = serde_json::from_slice(body).unwrap_or_default();
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        if let Some(path) = error["path"].as_array_mut() {
            path.insert(0, key.into());
        }
    }
    body["data"] = match body["data"].take() {
        Value::Null => Value::Null,
        data => json!({ key: data }),
    };
    body.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::status::Outcome;

    #[test]
    fn an_answer_stands_under_the_name_of_its_subscription() {
        let read = |outcome, body: &str| {
            let answer = Answer::new(outcome, true, body.into());
            let said = Answer::new(outcome, true, body.into()).saying("redactions", &json!(["x"]));
            let value = |answer: &Answer| serde_json::from_slice::<Value>(&under("l", answer)).ok();
            (value(&answer), value(&said))
        };
        let plain = json!({ "data": { "l": { "a": 1 } } });
        let extensions = json!({ "redactions": ["x"] });
        let mut more = plain.clone();
        more["extensions"] = extensions.clone();
        assert_eq!(read(Outcome::Whole, r#"{"data":{"a":1}}"#), (Some(plain), Some(more)));
        let partial = json!({ "errors": [{ "message": "m", "path": ["l", "a"] }], "data": { "l": { "a": null } } });
        let mut more = partial.clone();
        more["extensions"] = extensions;
        let body = r#"{"errors":[{"message":"m","path":["a"]}],"data":{"a":null}}"#;
        assert_eq!(read(Outcome::Partial, body), (Some(partial), Some(more)));
    }
}
