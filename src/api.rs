//! The GraphQL schema: what can be asked, and how each answer is come by.

mod connection;
mod context;
mod drive;
mod node;
mod object;
mod query;
mod rows;
pub mod types;

use async_graphql::{EmptyMutation, EmptySubscription, Request, Response, SDLExportOptions};

pub use connection::{Connection, PageInfo};
pub use node::Node;
pub use query::Query;

use crate::store::Reader;

/// The schema with everything it needs but a request's own reader.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds the schema.
pub fn schema() -> Schema {
    async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription).register_output_type::<Node>().finish()
}

/// The schema in its definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    let mut text =
        schema().sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions()).trim().to_owned();
    text.push('\n');
    text
}

/// Answers one request, every load of a level in one statement.
pub async fn execute(schema: &Schema, request: Request, reader: Reader) -> Response {
    let queue = drive::Queue::default();
    let loads = queue.loads(reader);
    drive::drive(queue, schema.execute(request.data(loads))).await
}
