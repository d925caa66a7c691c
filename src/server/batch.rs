//! An array of operations in one request: each is answered as if it had come alone, and all within the time of one.

use axum::response::Response;
use tokio::time::Instant;

use super::{
    App,
    answer::Refused,
    body::{Answer, Wanted},
    graphql::{Asker, Operation, answer},
    request::GraphqlRequest,
    status::Outcome,
};

/// The most operations in an array, whatever is configured.
pub const MAX_BATCH: u32 = 20;

/// Answers them in their order, one after the other, so that many operations of one request take no more of the database
/// at once than one does. What is wrong with one is its own answer; what time is over for, too.
pub(super) async fn respond(
    app: &App,
    requests: Vec<Result<GraphqlRequest, Refused>>,
    asker: &Asker,
    wanted: &Wanted,
) -> Response {
    let deadline = Instant::now() + app.settings.timeout;
    let mut body = vec![b'['];
    for (index, request) in requests.into_iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        match one(app, request, asker, deadline).await {
            Ok(json) => body.extend(json),
            Err(refused) => body.extend(refused.body_alone().to_string().into_bytes()),
        }
    }
    body.push(b']');
    // As GraphQL over HTTP has it in its appendix on batches: the array is a 200, whatever became of each.
    Answer::new(Outcome::Whole, false, body).response(wanted)
}

async fn one(
    app: &App,
    request: Result<GraphqlRequest, Refused>,
    asker: &Asker,
    deadline: Instant,
) -> Result<Vec<u8>, Refused> {
    let operation = Operation::read_alone(app, request?)?;
    let (answer, ..) = answer(app, &operation, asker, deadline).await?;
    Ok(answer.body().to_vec())
}
