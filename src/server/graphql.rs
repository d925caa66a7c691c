//! `/graphql`: GraphQL over HTTP, from the request to the answer.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use async_graphql::{
    Positioned,
    parser::types::{OperationDefinition, OperationType},
};
use axum::{
    extract::{Request, State},
    http::{Method, header, request::Parts},
    response::Response,
};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    App,
    accept::{Form, Format},
    answer::{Refused, executed},
    batch,
    bill::{Bill, Settled, Spent, Told, payer, quote},
    body::{Answer, Wanted, takes_gzip},
    cache::{Key, Origin},
    caching::{self, has_credential},
    events,
    headers::request_id,
    request::{GraphqlRequest, Sent},
    socket,
    status::{Manner, Media, Outcome},
    table, upload,
};
use crate::{
    api::{self, Answered, Document, Question, SentFile},
    auth::{Authenticated, Viewer},
    budget::Payer,
    domain::today,
    error::{Code, Error},
    store::{
        Meter, Shown,
        access_log::{self, Access},
        proof::Versions,
    },
};

/// Answers one request.
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    if socket::is_wanted(&request) {
        return socket::open(&app, request).await;
    }
    let private = has_credential(request.headers());
    let mut response = respond(&app, request, private).await;
    if private {
        response.headers_mut().insert(header::CACHE_CONTROL, caching::PRIVATE);
    }
    response
}

async fn respond(app: &Arc<App>, request: Request, private: bool) -> Response {
    let manner = |media| Manner { media, statuses: app.settings.http.statuses };
    let form = Form::of(&request);
    let media = match form {
        Ok(Form::Json(media)) => media,
        // Of the two JSON is the one whose status tells what is wrong.
        Ok(Form::Table(_) | Form::Events) => Media::Graphql,
        Err(_) => Media::Json,
    };
    let (parts, body) = request.into_parts();
    let asker = match Asker::of(app, &parts).await {
        Ok(asker) => asker,
        Err(refused) => return refused.into_response(manner(media)),
    };
    let form = match form {
        Ok(form) => form,
        Err(refused) => return refused.into_response(manner(media)),
    };
    let request = Request::from_parts(parts, body);
    let viewer = asker.viewer.clone();
    let answered = match form {
        Form::Json(media) => {
            let keep = !private && request.method() != Method::POST;
            let keep = keep.then(|| caching::public(app.settings.http.cache_max_age));
            let wanted = Wanted::new(manner(media), keep, request.headers());
            as_json(app, request, &asker, &wanted).await
        }
        Form::Table(format) => Box::pin(as_table(app, request, &asker, format)).await,
        Form::Events => Box::pin(events::respond(app, request, &asker.id)).await,
    };
    let mut response = answered.unwrap_or_else(|refused| refused.into_response(manner(media)));
    // For the log, which is written further out.
    response.extensions_mut().insert(viewer);
    response
}

async fn as_json(app: &App, request: Request, asker: &Asker, wanted: &Wanted) -> Result<Response, Refused> {
    if request.method() == Method::POST && upload::is_form(request.headers()) {
        let request = Box::pin(upload::read(&app.uploads, &asker.viewer, request)).await?;
        return alone(app, &Operation::read_alone(app, request)?, asker, wanted).await;
    }
    match Sent::read(request, app.settings.http.batch).await? {
        Sent::One(request) => alone(app, &Operation::read_alone(app, request)?, asker, wanted).await,
        Sent::Many(requests) => Ok(Box::pin(batch::respond(app, requests, asker, wanted)).await),
    }
}

/// Who asks, who pays for it, and what they want to know of the price.
pub(super) struct Asker {
    pub(super) viewer: Arc<Viewer>,
    /// The versions that prove it, where any were read.
    versions: Option<Arc<Versions>>,
    pub(super) payer: Payer,
    told: Told,
    /// The id of the request.
    pub(super) id: String,
}

impl Asker {
    /// Says who asks.
    ///
    /// # Errors
    /// A credential that is not good, or that took too long to check.
    async fn of(app: &App, parts: &Parts) -> Result<Self, Refused> {
        let id = request_id(&parts.extensions);
        let known = tokio::time::timeout(app.settings.timeout, app.authenticator.viewer(&parts.headers)).await;
        let known = known.map_err(|_| Refused::slow(app.settings.timeout))?;
        let Authenticated { viewer, versions } = known.map_err(|refusal| Refused::credential(refusal, &id))?;
        Ok(Self { payer: payer(&viewer, parts), viewer, versions, told: Told::of(&parts.headers), id })
    }

    /// Somebody who was found to ask, from an address. `id` is that of the request that it began with.
    pub(super) fn known(viewer: Arc<Viewer>, address: IpAddr, id: String) -> Self {
        Self { payer: Payer::of(&viewer.who, address), viewer, versions: None, told: Told::Nothing, id }
    }
}

/// Answers an operation that came alone.
async fn alone(app: &App, operation: &Operation, asker: &Asker, wanted: &Wanted) -> Result<Response, Refused> {
    let question = operation.question();
    if asker.told == Told::Only {
        let quoted = || quote(app, &asker.payer, &app.api.estimate(question));
        return Ok(match app.api.check(question).await {
            Ok(()) => asker.told.applied(quoted().response(wanted)),
            Err(invalid) => {
                let (outcome, _, body) = executed(*invalid, &asker.id, usize::MAX);
                Answer::new(outcome, false, body).response(wanted)
            }
        });
    }
    let deadline = Instant::now() + app.settings.timeout;
    let (answer, origin, settled) = answer(app, operation, asker, deadline).await?;
    let mut response = match asker.told == Told::Too || operation.cost {
        true => asker.told.applied(answer.with("cost", &settled.cost()).response(wanted)),
        false => answer.response(wanted),
    };
    // For the header and the log, both written further out.
    response.extensions_mut().insert(origin);
    response.extensions_mut().insert(Spent(settled.actual));
    Ok(response)
}

async fn as_table(app: &Arc<App>, request: Request, asker: &Asker, format: Format) -> Result<Response, Refused> {
    let gzip = takes_gzip(request.headers());
    let manner = Manner { media: Media::Graphql, statuses: app.settings.http.statuses };
    let json = Wanted::new(manner, None, request.headers());
    let wanted = table::Wanted { format, gzip, body: request.method() != Method::HEAD, id: &asker.id };
    let operation = Operation::read_alone(app, GraphqlRequest::read(request).await?)?;
    if asker.told == Told::Only {
        let estimate = table::estimate(app, operation.question(), &asker.viewer, wanted).await?;
        return Ok(asker.told.applied(quote(app, &asker.payer, &estimate).response(&json)));
    }
    table::answer(app, operation.question(), asker.viewer.clone(), wanted, asker.payer.clone()).await
}

/// Answers one operation, if that takes no longer than it may, and has its price paid.
///
/// # Errors
/// It took longer, or costs more than there is.
pub(super) async fn answer(
    app: &App,
    operation: &Operation,
    asker: &Asker,
    deadline: Instant,
) -> Result<(Arc<Answer>, Origin, Settled), Refused> {
    let question = operation.question();
    let bill = Bill::open(app, &asker.payer, app.api.estimate(question))?;
    let key = key(question, &asker.viewer);
    // Apart, as the other large futures are: a request is moved several times before it is run, and with it the room for all
    // that it may come to. A hit needs none of that.
    let make = || Box::pin(make(app, question, asker, bill.meter()));
    let made = async {
        match operation.kind {
            OperationType::Query => app.answers.get_or_make(key, asker.versions.clone(), make).await,
            // What is to be done is done for each who asks for it.
            _ => Ok((Arc::new(make().await?), Origin::Off)),
        }
    };
    let answered = tokio::time::timeout_at(deadline, made).await;
    let (answer, origin) = answered.map_err(|_| {
        bill.keep();
        Refused::slow(app.settings.timeout)
    })??;
    Ok((answer, origin, bill.settle(origin)))
}

const SUBSCRIPTION: &str =
    "A subscription is sent over a WebSocket (graphql-transport-ws), or with `Accept: text/event-stream`.";

/// What a request asks.
pub(super) struct Operation {
    document: Arc<Document>,
    pub(super) kind: OperationType,
    name: Option<String>,
    variables: Map<String, Value>,
    /// Whether the client wants to know what it costs.
    cost: bool,
    /// The file that came with it.
    file: Option<Arc<SentFile>>,
}

impl Operation {
    /// The operation that a request means, with its variables.
    ///
    /// # Errors
    /// There is no such document or operation, or it cannot be run like this.
    pub(super) fn read(app: &App, request: GraphqlRequest) -> Result<Self, Refused> {
        let document = app.documents.find(request.source, &app.limits)?;
        let operation = chosen(&document, request.operation_name.as_deref())?;
        if request.by_get && operation.ty == OperationType::Mutation {
            return Err(Refused::method("Only queries may be sent by GET; send this operation by POST."));
        }
        if request.file.is_some() && operation.ty != OperationType::Mutation {
            return Err(Refused::document(Code::BadRequest, "Only a mutation has a file: send this as JSON."));
        }
        let variables = with_defaults(operation, request.variables)?;
        let kind = operation.ty;
        Ok(Self { document, kind, name: request.operation_name, variables, cost: request.cost, file: request.file })
    }

    /// The same, which is to be answered once.
    ///
    /// # Errors
    /// Those of [`Self::read`], and for a subscription.
    pub(super) fn read_alone(app: &App, request: GraphqlRequest) -> Result<Self, Refused> {
        let operation = Self::read(app, request)?;
        match operation.kind {
            OperationType::Subscription => Err(Refused::document(Code::BadRequest, SUBSCRIPTION)),
            _ => Ok(operation),
        }
    }

    /// The same operation in a document where it is a query.
    pub(super) fn meaning(&self, document: Arc<Document>) -> Self {
        let (name, variables) = (self.name.clone(), self.variables.clone());
        Self { kind: OperationType::Query, document, name, variables, cost: false, file: None }
    }

    pub(super) fn question(&self) -> Question<'_> {
        let (operation_name, file) = (self.name.as_deref(), self.file.as_ref());
        Question { document: &self.document, operation_name, variables: &self.variables, file }
    }
}

/// What the answer depends on besides the database.
fn key(question: Question<'_>, viewer: &Viewer) -> Key {
    let variables: BTreeMap<_, _> = question.variables.iter().collect();
    Key {
        document: question.document.text().to_owned(),
        operation: question.operation_name.map(str::to_owned),
        // Text and numbers: nothing that cannot be written.
        variables: serde_json::to_string(&variables).unwrap_or_default(),
        today: today(),
        sight: viewer.sight(),
    }
}

async fn make(app: &App, question: Question<'_>, asker: &Asker, meter: &Meter) -> Result<Answer, Refused> {
    let _turn = app.turns.take().await?;
    let Asker { viewer, id, .. } = asker;
    let balance = app.budgets.state(&asker.payer);
    let answered = Box::pin(app.api.answer(question, viewer, balance, &app.store, meter)).await;
    written(app, question, viewer, id, answered).await
}

/// Writes what was answered to a viewer. What it shows of personal data is noted before.
///
/// # Errors
/// It could not be noted.
pub(super) async fn written(
    app: &App,
    question: Question<'_>,
    viewer: &Viewer,
    id: &str,
    answered: api::Outcome,
) -> Result<Answer, Refused> {
    let (outcome, mut cacheable, body) = match answered.answered {
        Answered::Json(body) => (Outcome::Whole, true, body),
        Answered::Response(response) => executed(response, id, app.settings.response_bytes),
    };
    cacheable &= !answered.own;
    if let Some(shown) = answered.disclosed.take() {
        cacheable = false;
        let noted = note(app, &question.document.hash(), viewer, &shown).await;
        noted.map_err(|error| Refused::unnoted(&error, id))?;
    }
    // What is of one viewer or one moment depends on more.
    let tables = (!answered.own).then(|| answered.tables.names());
    let answer = Answer::new(outcome, cacheable, body).from(tables);
    Ok(match answered.redactions.is_empty() {
        true => answer,
        false => answer.saying("redactions", &json!(answered.redactions)),
    })
}

/// Notes that a viewer is shown personal data by a document with this hash.
///
/// # Errors
/// The database's own.
pub(super) async fn note(app: &App, operation: &str, viewer: &Viewer, shown: &Shown) -> Result<(), Error> {
    let purpose = viewer.purpose.as_deref().unwrap_or_default();
    let access = Access { who: &viewer.name(), purpose, operation, shown };
    Ok(access_log::append(&app.store, access).await?)
}

/// Which operation is meant.
fn chosen<'a>(document: &'a Document, name: Option<&str>) -> Result<&'a OperationDefinition, Refused> {
    document.operation(name).ok_or_else(|| {
        let message = match name {
            Some(name) => format!("There is no operation named `{name}` in the document."),
            None => format!(
                "The document has {} operations: `operationName` must say which one to run.",
                document.parsed().operations.iter().count()
            ),
        };
        Refused::document(Code::OperationResolutionFailure, message)
    })
}

/// The variables that the operation needs must be there, and a default counts everywhere, in `@skip` and `@include` too;
/// the library sees to neither.
fn with_defaults(
    operation: &OperationDefinition,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, Refused> {
    for Positioned { node: variable, .. } in &operation.variable_definitions {
        let name = variable.name.node.as_str();
        let problem = match (given.get(name), &variable.default_value) {
            (Some(Value::Null), _) => "must not be null",
            (Some(_), _) => continue,
            (None, Some(default)) => {
                let value = default.node.clone().into_json().unwrap_or_default();
                given.insert(name.to_owned(), value);
                continue;
            }
            (None, None) => "is missing",
        };
        if !variable.var_type.node.nullable {
            let message = format!("The variable `${name}` of the type `{}` {problem}.", variable.var_type.node);
            return Err(Refused::document(Code::ValidationFailed, message));
        }
    }
    Ok(given)
}
