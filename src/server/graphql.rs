//! `/graphql`: GraphQL over HTTP, from the request to the answer.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{
    Positioned,
    parser::types::{OperationDefinition, OperationType},
};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::Response,
};
use serde_json::{Map, Value};

use super::{
    App,
    accept::{Form, Format},
    answer::{Media, Refused, executed},
    body::{Answer, Wanted, takes_gzip},
    cache::{Key, Made, Viewer},
    headers::request_id,
    request::GraphqlRequest,
    table,
};
use crate::{
    api::{Answered, Document, Question},
    domain::today,
    error::Code,
};

/// Answers one request.
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let form = match Form::of(&request) {
        Ok(form) => form,
        Err(refused) => return refused.into_response(Media::Json),
    };
    match form {
        Form::Json(media) => as_json(&app, request, media).await.unwrap_or_else(|refused| refused.into_response(media)),
        // Of the two JSON is the one whose status tells what is wrong.
        Form::Table(format) => {
            as_table(&app, request, format).await.unwrap_or_else(|refused| refused.into_response(Media::Graphql))
        }
    }
}

async fn as_json(app: &App, request: Request, media: Media) -> Result<Response, Refused> {
    let id = request_id(&request);
    let wanted = Wanted::new(media, request.method() != Method::POST, request.headers());
    let operation = Operation::read(app, request).await?;
    let question = operation.question();
    let answer = app.answers.get_or_make(key(question), || make(app, question, &id));
    let answered = tokio::time::timeout(app.settings.timeout, answer).await;
    let (answer, origin) = answered.map_err(|_| Refused::slow(app.settings.timeout))?;
    let mut response = answer.response(&wanted);
    // For the header and the log, both written further out.
    response.extensions_mut().insert(origin);
    Ok(response)
}

async fn as_table(app: &Arc<App>, request: Request, format: Format) -> Result<Response, Refused> {
    let id = request_id(&request);
    let gzip = takes_gzip(request.headers());
    let wanted = table::Wanted { format, gzip, body: request.method() != Method::HEAD, id: &id };
    let operation = Operation::read(app, request).await?;
    table::answer(app, operation.question(), wanted).await
}

/// What a request asks.
struct Operation {
    document: Arc<Document>,
    name: Option<String>,
    variables: Map<String, Value>,
}

impl Operation {
    async fn read(app: &App, request: Request) -> Result<Self, Refused> {
        let request = GraphqlRequest::read(request).await?;
        let document = app.documents.parse(request.query, &app.limits)?;
        let operation = chosen(&document, request.operation_name.as_deref())?;
        if request.by_get && operation.ty != OperationType::Query {
            return Err(Refused::method("Only queries may be sent by GET; send this operation by POST."));
        }
        let variables = with_defaults(operation, request.variables)?;
        Ok(Self { document, name: request.operation_name, variables })
    }

    fn question(&self) -> Question<'_> {
        Question { document: &self.document, operation_name: self.name.as_deref(), variables: &self.variables }
    }
}

/// What the answer depends on besides the database.
fn key(question: Question<'_>) -> Key {
    let variables: BTreeMap<_, _> = question.variables.iter().collect();
    Key {
        document: question.document.text().to_owned(),
        operation: question.operation_name.map(str::to_owned),
        // Text and numbers: nothing that cannot be written.
        variables: serde_json::to_string(&variables).unwrap_or_default(),
        today: today(),
        viewer: Viewer::Everyone,
    }
}

async fn make(app: &App, question: Question<'_>, id: &str) -> Made {
    let (answered, tables) = app.api.answer(question, &app.store).await;
    let answer = match answered {
        Answered::Json(body) => Answer::new(StatusCode::OK, true, body),
        Answered::Response(response) => executed(response, id),
    };
    Made { answer, tables: tables.names() }
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
