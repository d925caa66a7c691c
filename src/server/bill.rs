//! What a request costs: refused where it may not be run, charged before it is run, and what it did not cost given back.

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, request::Parts},
    response::Response,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{
    App,
    answer::Refused,
    body::{Answer, elements},
    cache::Origin,
    client::client_address,
    status::Outcome,
};
use crate::{
    api::{Dearest, Estimate, MAX_NODES, price},
    auth::Viewer,
    budget::{Balance, Charge, Payer, Refusal},
    error::Code,
    store::Meter,
};

/// What a hit of the cache costs: nothing is read and nothing made.
const HIT: u64 = 1;

/// What a client wants to know of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// The price, beside the answer: `Prefer: cost`.
    Too,
    /// The price, in place of the answer: `Prefer: cost-only`.
    Only,
}

impl Told {
    /// What the header `Prefer` says (RFC 7240).
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let preferences = elements(headers, PREFER).map(|element| element.split(';').next().unwrap_or_default().trim());
        let mut told = Self::Nothing;
        for preference in preferences {
            if preference.eq_ignore_ascii_case("cost-only") {
                return Self::Only;
            }
            if preference.eq_ignore_ascii_case("cost") {
                told = Self::Too;
            }
        }
        told
    }

    /// Says that the client has what it wanted.
    pub(super) fn applied(self, mut response: Response) -> Response {
        const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
        let preference = match self {
            Self::Nothing => return response,
            Self::Too => "cost",
            Self::Only => "cost-only",
        };
        response.headers_mut().insert(APPLIED, HeaderValue::from_static(preference));
        response
    }
}

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Who pays for a request.
pub(super) fn payer(viewer: &Viewer, parts: &Parts) -> Payer {
    Payer::of(&viewer.who, client_address(parts))
}

/// The points that a request has cost, for the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent(pub(super) u64);

/// What one request is charged. Dropped halfway, it costs what was read until then.
pub(super) struct Bill {
    charge: Option<Charge>,
    estimate: Arc<Estimate>,
    meter: Meter,
}

impl Bill {
    /// Charges what a request may come to.
    ///
    /// # Errors
    /// More nodes than a request may ask for; more points than the budget has, now or ever.
    pub(super) fn open(app: &App, payer: &Payer, estimate: Arc<Estimate>) -> Result<Self, Refused> {
        if estimate.nodes > MAX_NODES {
            return Err(too_many_nodes(&estimate));
        }
        let charge = charge(app, payer, estimate.price(), estimate.dearest.as_ref())?;
        Ok(Self { charge: Some(charge), estimate, meter: Meter::default() })
    }

    /// What counts what the request takes.
    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Gives back what was charged too much for an answer that has come to its end.
    pub(super) fn settle(mut self, origin: Origin) -> Settled {
        let estimated = self.estimate.price();
        let actual = match origin {
            Origin::Hit => HIT,
            Origin::Miss | Origin::Off => price(self.meter.nodes(), self.estimate.scans).min(estimated),
        };
        let balance = self.charge.take().and_then(|charge| charge.settle(actual));
        Settled { estimated, actual, balance }
    }

    /// Keeps all that was charged: a request that took all the time there is costs what it might have.
    pub(super) fn keep(&self) {
        self.meter.overflow();
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        if let Some(charge) = self.charge.take() {
            charge.settle(price(self.meter.rows().max(self.meter.nodes()), self.estimate.scans));
        }
    }
}

/// What an answer has cost.
pub(super) struct Settled {
    estimated: u64,
    pub(super) actual: u64,
    balance: Option<Balance>,
}

impl Settled {
    /// As `cost` in the answer's `extensions`.
    pub(super) fn cost(&self) -> Value {
        let (remaining, reset_at) = left(self.balance);
        json!({ "estimated": self.estimated, "actual": self.actual, "remaining": remaining, "resetAt": reset_at })
    }
}

/// The price of a request, in place of its answer.
pub(super) fn quote(app: &App, payer: &Payer, estimate: &Estimate) -> Answer {
    let (remaining, reset_at) = left(app.budgets.state(payer));
    let dearest = estimate.dearest.as_ref().map(dearest);
    let cost = json!({
        "estimated": estimate.price(), "nodes": estimate.nodes.min(1 << 53), "dearest": dearest,
        "remaining": remaining, "resetAt": reset_at,
    });
    Answer::new(Outcome::Whole, false, json!({ "extensions": { "cost": cost } }).to_string().into())
}

/// Takes points from the budget of who pays.
///
/// # Errors
/// They are more than it has, now or ever.
pub(super) fn charge(app: &App, payer: &Payer, points: u64, most: Option<&Dearest>) -> Result<Charge, Refused> {
    app.budgets.charge(payer, points).map_err(|refusal| match refusal {
        Refusal::TooDear { limit } => {
            let advice = most.map_or(String::new(), advice);
            let message = format!("The request may cost {points} points, and a budget has {limit} a minute.{advice}");
            over(Refused::document(Code::LimitExceeded, message), budget(payer), limit.into(), points, most)
        }
        Refusal::TooSoon { balance, wait } => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let message = format!(
                "The request may cost {points} points, and {} of {} a minute are left. Try again in {seconds} s.",
                balance.remaining, balance.limit
            );
            let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message).retry_after(seconds);
            let (remaining, reset_at) = left(Some(balance));
            let refused = over(refused, budget(payer), balance.limit.into(), points, None);
            refused.with("remaining", remaining).with("resetAt", reset_at)
        }
    })
}

fn too_many_nodes(estimate: &Estimate) -> Refused {
    let advice = estimate.dearest.as_ref().map_or(String::new(), advice);
    let message =
        format!("The request asks for {} nodes, and at most {MAX_NODES} are answered.{advice}", estimate.nodes);
    let refused = Refused::document(Code::LimitExceeded, message);
    over(refused, "nodes", MAX_NODES, estimate.nodes, estimate.dearest.as_ref())
}

fn over(refused: Refused, name: &str, limit: u64, actual: u64, most: Option<&Dearest>) -> Refused {
    // Beyond this a client's number is no longer exact; the limit is passed either way.
    let refused = refused.with("name", name).with("limit", limit).with("actual", actual.min(1 << 53));
    match most {
        Some(most) => refused.with("dearest", dearest(most)),
        None => refused,
    }
}

/// Where there is most to be saved.
fn advice(most: &Dearest) -> String {
    format!(" Most of it is `{}`, with {} nodes: ask for a smaller page there, or above it.", most.path, most.nodes)
}

fn dearest(most: &Dearest) -> Value {
    json!({ "path": most.path, "nodes": most.nodes.min(1 << 53) })
}

/// The public name of the budget that somebody pays from.
fn budget(payer: &Payer) -> &'static str {
    match payer {
        Payer::Address(_) => ANONYMOUS_BUDGET,
        Payer::Key(_) | Payer::Staff(_) => KEY_BUDGET,
    }
}

/// The public names of the budgets.
pub(super) const ANONYMOUS_BUDGET: &str = "anonymousBudget";
/// See [`ANONYMOUS_BUDGET`].
pub(super) const KEY_BUDGET: &str = "keyBudget";

/// What is left of a budget, and when it is full again; nulls where it is without end.
fn left(balance: Option<Balance>) -> (Value, Value) {
    let moment = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Millis, true);
    balance.map_or((Value::Null, Value::Null), |balance| (balance.remaining.into(), moment(balance.reset_at).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_preferred() {
        let cases = [
            ("cost", Told::Too),
            ("respond-async, COST", Told::Too),
            ("cost-only", Told::Only),
            ("cost; x=1, cost-only; y", Told::Only),
            ("costs, cost-only2", Told::Nothing),
            ("", Told::Nothing),
        ];
        for (value, told) in cases {
            assert_eq!(Told::of(&HeaderMap::from_iter([(PREFER, HeaderValue::from_static(value))])), told, "{value}");
        }
        assert_eq!(Told::of(&HeaderMap::new()), Told::Nothing);
    }
}
