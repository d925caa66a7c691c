//! `/graphql`: GraphQL over HTTP, from the request to the answer.

use async_graphql::{
    Positioned,
    parser::types::{OperationDefinition, OperationType},
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value};

use super::{
    App,
    answer::{Media, Refused, executed, plain_error, written},
    headers::request_id,
    request::GraphqlRequest,
};
use crate::{
    api::{Answered, Document, Question},
    error::Code,
};

/// Answers one request.
pub(super) async fn handle(State(app): State<App>, request: Request) -> Response {
    let Some(media) = Media::accepted(request.headers()) else {
        let message = "Answers are `application/graphql-response+json` or `application/json`, in UTF-8.";
        return plain_error(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, message);
    };
    let id = request_id(&request);
    match run(&app, request).await {
        Ok(Answered::Json(body)) => written(StatusCode::OK, media, body),
        Ok(Answered::Response(response)) => executed(response, media, &id),
        Err(refused) => refused.into_response(media),
    }
}

async fn run(app: &App, request: Request) -> Result<Answered, Refused> {
    let request = GraphqlRequest::read(request).await?;
    let document = app.documents.parse(request.query, &app.limits)?;
    let operation_name = request.operation_name.as_deref();
    let operation = chosen(&document, operation_name)?;
    if request.by_get && operation.ty != OperationType::Query {
        return Err(Refused::method("Only queries may be sent by GET; send this operation by POST."));
    }
    let variables = with_defaults(operation, request.variables)?;
    let question = Question { document: &document, operation_name, variables: &variables };
    let answer = tokio::time::timeout(app.settings.timeout, app.api.answer(question, &app.store));
    let (answered, _) = answer.await.map_err(|_| {
        let message = format!("The request took longer than the {} s that it may.", app.settings.timeout.as_secs());
        Refused::new(StatusCode::GATEWAY_TIMEOUT, Code::RequestTimeout, message)
    })?;
    Ok(answered)
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
