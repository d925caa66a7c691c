//! An operation that is answered over a socket or as events: once if it is a query, and as long as somebody listens if it is
//! a subscription. Each answer is made by a task of its own, so that a client that does not read holds up nothing but what
//! it is sent: no turn, no connection to the database, and no more memory than one answer.

mod changes;
mod query;

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use axum::{body::Bytes, http::HeaderMap};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    App,
    answer::Refused,
    body::Answer,
    graphql::{Asker, Operation, answer},
};
use crate::{
    api::{NotSelected, Selected},
    auth::{self, Viewer},
    error::Code,
};

/// What an operation says to its client.
#[derive(Debug)]
pub(super) enum Said {
    /// It has begun: whatever there is to refuse at first is not refused.
    Begun,
    /// An answer as JSON, with the position in the feed from which one may go on later, if it has one.
    Next(Bytes, Option<String>),
    /// That was all, and why if it was cut short.
    End(Result<(), Stop>),
}

/// Why an operation ends before its time.
#[derive(Debug)]
pub(super) enum Stop {
    /// It cannot be answered, or not any more.
    Refused(Refused),
    /// Who asks is nobody any more that is answered.
    Unknown(auth::Refusal),
    /// Nobody listens.
    Gone,
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Who asks, in headers as they came or as a client has said them later: it is looked at again and again.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) headers: HeaderMap,
    pub(super) address: IpAddr,
    /// The id of the request that it all began with.
    pub(super) id: String,
}

impl Caller {
    /// Who it is now.
    ///
    /// # Errors
    /// A credential that is not good, or not any more.
    pub(super) async fn viewer(&self, app: &App) -> Result<Arc<Viewer>, auth::Refusal> {
        let known = tokio::time::timeout(app.settings.timeout, app.authenticator.viewer(&self.headers)).await;
        let late = || auth::Refusal::Unavailable("it took too long".to_owned());
        Ok(known.map_err(|_| late())??.viewer)
    }

    async fn asker(&self, app: &App) -> Result<Asker, Stop> {
        let viewer = self.viewer(app).await.map_err(|refusal| match refusal {
            auth::Refusal::Unavailable(_) => Stop::Refused(Refused::credential(refusal, &self.id)),
            refusal => Stop::Unknown(refusal),
        })?;
        Ok(Asker::known(viewer, self.address, self.id.clone()))
    }

    /// Who it is now, for what has begun and goes on: while that cannot be told, it waits.
    async fn still(&self, app: &App) -> Result<Asker, Stop> {
        loop {
            match self.asker(app).await {
                Err(Stop::Refused(refused)) => wait(&refused).await,
                known => return known,
            }
        }
    }
}

/// How long what failed waits before it is tried again, unless it says otherwise.
const PAUSE: Duration = Duration::from_secs(1);

/// Waits for as long as a refusal says.
async fn wait(refused: &Refused) {
    sleep(refused.again_after().map_or(PAUSE, Duration::from_secs)).await;
}

/// Whether an answer, or a part of it, is missing for no other reason than that the database was away.
fn is_away(answer: &Answer) -> bool {
    if answer.is_whole() {
        return false;
    }
    let answer: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let mut errors = answer["errors"].as_array().into_iter().flatten();
    errors.any(|error| error["extensions"]["code"] == Code::Unavailable.as_str())
}

/// Where an operation speaks to: `T` says which operation it is.
#[derive(Debug)]
pub(super) struct Line<T> {
    name: T,
    to: mpsc::Sender<(T, Said)>,
}

impl<T: Clone> Line<T> {
    /// Of an operation with a name.
    pub(super) fn new(name: T, to: mpsc::Sender<(T, Said)>) -> Self {
        Self { name, to }
    }

    async fn say(&self, said: Said) -> Result<(), Stop> {
        self.to.send((self.name.clone(), said)).await.map_err(|_| Stop::Gone)
    }
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(super) struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers an operation for as long as what is given back is kept. A subscription goes on after the position `after`, if one
/// is given, whatever it says itself.
pub(super) fn start<T>(
    app: &Arc<App>,
    operation: Operation,
    caller: Arc<Caller>,
    after: Option<String>,
    line: Line<T>,
) -> Task
where
    T: Clone + Send + Sync + 'static,
{
    let app = app.clone();
    Task(tokio::spawn(async move {
        let end = run(&app, &operation, &caller, after, &line).await;
        if !matches!(end, Err(Stop::Gone)) {
            // Nobody may listen any more.
            let _ = line.say(Said::End(end)).await;
        }
    }))
}

async fn run<T: Clone>(
    app: &Arc<App>,
    operation: &Operation,
    caller: &Caller,
    after: Option<String>,
    line: &Line<T>,
) -> Result<(), Stop> {
    match operation.kind {
        OperationType::Query => once(app, operation, caller, line).await,
        OperationType::Mutation => Err(Refused::document(Code::BadRequest, MUTATION).into()),
        OperationType::Subscription => {
            let asker = caller.asker(app).await?;
            app.api.check(operation.question()).await.map_err(|invalid| refused(*invalid, &caller.id))?;
            match Selected::of(operation.question(), &app.limits).map_err(not_selected)? {
                Selected::Changes => changes::follow(app, operation, caller, asker, after, line).await,
                Selected::Live { query, key } => {
                    query::watch(app, &operation.meaning(query), &key, caller, asker, line).await
                }
            }
        }
    }
}

/// Answers a query.
async fn once<T: Clone>(app: &App, operation: &Operation, caller: &Caller, line: &Line<T>) -> Result<(), Stop> {
    let asker = caller.asker(app).await?;
    let (answer, ..) = answer(app, operation, &asker, Instant::now() + app.settings.timeout).await?;
    if !answer.was_run() {
        return Err(not_run(answer.body()).into());
    }
    line.say(Said::Begun).await?;
    line.say(Said::Next(answer.body().clone(), None)).await
}

const MUTATION: &str =
    "Changes are not made over sockets and event streams: send this operation as a request of its own, by POST.";

/// An answer that is nothing but errors.
fn not_run(body: &[u8]) -> Refused {
    let mut answer: Value = serde_json::from_slice(body).unwrap_or_default();
    match answer["errors"].take() {
        Value::Array(errors) => Refused::with_errors(errors),
        _ => Refused::bad("The operation was not run."),
    }
}

fn refused(response: async_graphql::Response, id: &str) -> Refused {
    super::answer::instead(response.errors, id)
}

fn not_selected(reason: NotSelected) -> Refused {
    match reason {
        NotSelected::Field(error) => Refused::document(Code::ValidationFailed, error.message()),
        NotSelected::Limit(refusal) => refusal.into(),
    }
}
