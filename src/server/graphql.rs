//! `/graphql`: GraphQL over HTTP, from the request to the answer.

use async_graphql::{
    Positioned, Request as Operation,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value};

use super::{
    App,
    answer::{Media, Refused, executed, plain_error, variables},
    headers::request_id,
    request::GraphqlRequest,
};
use crate::{api, error::Code, limits, store::Reader};

/// Answers one request.
pub(super) async fn handle(State(app): State<App>, request: Request) -> Response {
    let Some(media) = Media::accepted(request.headers()) else {
        let message = "Answers are `application/graphql-response+json` or `application/json`, in UTF-8.";
        return plain_error(StatusCode::NOT_ACCEPTABLE, Code::BadRequest, message);
    };
    let id = request_id(&request);
    match run(&app, request).await {
        Ok(response) => executed(response, media, &id),
        Err(refused) => refused.into_response(media),
    }
}

async fn run(app: &App, request: Request) -> Result<async_graphql::Response, Refused> {
    let mut request = GraphqlRequest::read(request).await?;
    let document = limits::parse(&request.query, &app.limits)?;
    let given = check(&document, &mut request)?;
    let mut operation = Operation::new(request.query).variables(variables(given));
    operation.operation_name = request.operation_name;
    operation.set_parsed_query(document);
    let execution = api::execute(&app.schema, operation, Reader::new(app.store.clone()));
    tokio::time::timeout(app.timeout, execution).await.map_err(|_| {
        let message = format!("The request took longer than the {} s that it may.", app.timeout.as_secs());
        Refused::new(StatusCode::GATEWAY_TIMEOUT, Code::RequestTimeout, message)
    })
}

/// What the library leaves to us: which operation is meant, whether it may come by GET, and its variables: those that it
/// needs must be there, and a default counts everywhere, in `@skip` and `@include` too.
fn check(document: &ExecutableDocument, request: &mut GraphqlRequest) -> Result<Map<String, Value>, Refused> {
    let operation = chosen(document, request.operation_name.as_deref())?;
    if request.by_get && operation.ty != OperationType::Query {
        return Err(Refused::method("Only queries may be sent by GET; send this operation by POST."));
    }
    with_defaults(operation, std::mem::take(&mut request.variables))
}

fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, Refused> {
    let refuse = |message: String| Err(Refused::document(Code::OperationResolutionFailure, message));
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Single(_), Some(name)) => {
            refuse(format!("There is no operation named `{name}` in the document."))
        }
        (DocumentOperations::Multiple(operations), Some(name)) => match operations.get(name) {
            Some(operation) => Ok(&operation.node),
            None => refuse(format!("There is no operation named `{name}` in the document.")),
        },
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.values();
            match (all.next(), all.next()) {
                (Some(operation), None) => Ok(&operation.node),
                _ => refuse(format!(
                    "The document has {} operations: `operationName` must say which one to run.",
                    operations.len()
                )),
            }
        }
    }
}

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
