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
    answer::{Media, Refused, executed, plain_error},
    body::{Answer, Wanted},
    cache::{Key, Made, Origin, Viewer},
    headers::request_id,
    request::GraphqlRequest,
};
use crate::{
    api::{Answered, Document, Question},
    error::Code,
};

/// Answers one request.
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let Some(media) = Media::accepted(request.headers()) else {
        let message = "Answers are `application/graphql-response+json` or `application/json`, in UTF-8.";
        return plain_error(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, message);
    };
    let id = request_id(&request);
    let wanted = Wanted::new(media, request.method() != Method::POST, request.headers());
    match run(&app, request, &id).await {
        Ok((answer, origin)) => {
            let mut response = answer.response(&wanted);
            // For the header and the log, both written further out.
            response.extensions_mut().insert(origin);
            response
        }
        Err(refused) => refused.into_response(media),
    }
}

async fn run(app: &App, request: Request, id: &str) -> Result<(Arc<Answer>, Origin), Refused> {
    let request = GraphqlRequest::read(request).await?;
    let document = app.documents.parse(request.query, &app.limits)?;
    let operation_name = request.operation_name.as_deref();
    let operation = chosen(&document, operation_name)?;
    if request.by_get && operation.ty != OperationType::Query {
        return Err(Refused::method("Only queries may be sent by GET; send this operation by POST."));
    }
    let variables = with_defaults(operation, request.variables)?;
    let question = Question { document: &document, operation_name, variables: &variables };
    let answer = app.answers.get_or_make(key(question), || make(app, question, id));
    tokio::time::timeout(app.settings.timeout, answer).await.map_err(|_| {
        let message = format!("The request took longer than the {} s that it may.", app.settings.timeout.as_secs());
        Refused::new(StatusCode::GATEWAY_TIMEOUT, Code::RequestTimeout, message)
    })
}

/// What the answer depends on besides the database.
fn key(question: Question<'_>) -> Key {
    let variables: BTreeMap<_, _> = question.variables.iter().collect();
    Key {
        document: question.document.text().to_owned(),
        operation: question.operation_name.map(str::to_owned),
        // Text and numbers: nothing that cannot be written.
        variables: serde_json::to_string(&variables).unwrap_or_default(),
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
