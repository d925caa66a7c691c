//! The GraphQL schema: what can be asked, and how each answer is come by.

mod check;
mod connection;
mod context;
mod document;
mod drive;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod group;
mod input;
mod node;
mod object;
mod plan;
mod query;
mod resolve;
mod rows;
mod search;
pub mod types;

use async_graphql::{EmptyMutation, EmptySubscription, Request, Response, SDLExportOptions, Variables};
use serde_json::{Map, Value};

pub use connection::{Connection, PageInfo};
pub use document::{Document, Documents};
pub use node::Node;
pub use plan::{Row, Table};
pub use query::Query;

use crate::{
    error::Error,
    store::{MAX_VALUES, Reader, Store, Tables},
};
use plan::{Asked, Plan};

type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;
type SchemaBuilder = async_graphql::SchemaBuilder<Query, EmptyMutation, EmptySubscription>;

/// The schema, ready to answer.
#[derive(Clone)]
pub struct Api {
    schema: Schema,
    /// The same schema, that validates and runs nothing.
    checker: Schema,
    planned: bool,
}

/// One operation of a document, with its variables.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The document.
    pub document: &'a Document,
    /// Which operation of it, if it is named.
    pub operation_name: Option<&'a str>,
    /// The variables, with the operation's defaults.
    pub variables: &'a Map<String, Value>,
}

impl<'a> Question<'a> {
    /// The name of the operation, if it has one.
    pub fn name(&self) -> Option<&'a str> {
        self.operation_name.or_else(|| self.document.only_name())
    }
}

/// What is answered.
#[derive(Debug)]
pub enum Answered {
    /// The whole answer as JSON: data, and no errors.
    Json(Vec<u8>),
    /// Data, errors, or both.
    Response(Response),
}

impl Default for Api {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Api {
    /// The schema; `planned` says whether answers are written from plans where they can be. The bytes are the same.
    pub fn new(planned: bool) -> Self {
        Self { schema: builder().finish(), checker: builder().extension(check::OnlyCheck).finish(), planned }
    }

    /// Answers a question: every load of a level in one statement. Says which tables the answer depends on.
    pub async fn answer(&self, question: Question<'_>, store: &Store) -> (Answered, Tables) {
        if self.planned {
            if let Err(refused) = self.check(question).await {
                return (Answered::Response(*refused), Tables::default());
            }
            let reader = Reader::new(store.clone());
            match planned(question, &reader).await {
                Some(Ok(json)) => return (Answered::Json(json), reader.tables()),
                // Not to be tried again by other means.
                Some(Err(Error::TooManyValues { .. })) => return (too_large(), reader.tables()),
                Some(Err(_)) | None => {}
            }
        }
        let reader = Reader::new(store.clone());
        let tables = reader.tables();
        let response = self.execute(question, reader).await;
        let message = TOO_LARGE.message();
        let too_much = response.errors.iter().any(|error| error.message == message);
        (if too_much { too_large() } else { Answered::Response(response) }, tables)
    }

    /// Begins to answer a query as a table of at most `rows` rows.
    ///
    /// # Errors
    /// What is wrong with the query, as a response without data.
    pub async fn table(&self, question: Question<'_>, store: &Store, rows: u32) -> Result<Table, Box<Response>> {
        self.check(question).await?;
        let document = question.document;
        let operation = document.operation(question.operation_name).ok_or_else(|| refused(not_a_table()))?;
        let asked = Asked { document: document.parsed(), operation, variables: question.variables };
        match Plan::of_table(asked) {
            Ok(plan) => Table::open(plan, store, rows).await.map_err(refused),
            Err(Some(error)) => Err(refused(error)),
            // Ordinary execution says what is wrong with it.
            Err(None) => match self.execute(question, Reader::new(store.clone())).await {
                response if response.is_err() => Err(Box::new(Response::from_errors(response.errors))),
                _ => Err(refused(not_a_table())),
            },
        }
    }

    /// Answers a question by ordinary execution.
    async fn execute(&self, question: Question<'_>, reader: Reader) -> Response {
        let queue = drive::Queue::default();
        let loads = queue.loads(reader);
        drive::drive(queue, self.schema.execute(request(question).data(loads))).await
    }

    /// Validates the document, if that was not done before.
    async fn check(&self, question: Question<'_>) -> Result<(), Box<Response>> {
        if question.document.is_valid() {
            return Ok(());
        }
        let response = self.checker.execute(request(question)).await;
        if response.is_err() {
            return Err(Box::new(response));
        }
        question.document.set_valid();
        Ok(())
    }
}

/// What is said of an answer that is larger than one may be.
const TOO_LARGE: Error = Error::TooManyValues { max: MAX_VALUES };

/// Such an answer is refused whole: how far it got is nothing that a client could use.
fn too_large() -> Answered {
    Answered::Response(*refused(TOO_LARGE))
}

/// An answer that is nothing but an error.
fn refused(error: Error) -> Box<Response> {
    Box::new(Response::from_errors(vec![error.alone()]))
}

/// What is said of a query that is answered as JSON only, for no reason that could be named.
fn not_a_table() -> Error {
    Error::NotATable("This query cannot be a table: ask for JSON, or without `@skip` and `@include`.".to_owned())
}

/// What comes of a plan, if there is one.
async fn planned(question: Question<'_>, reader: &Reader) -> Option<Result<Vec<u8>, Error>> {
    let operation = question.document.operation(question.operation_name)?;
    // The library validates all operations with the variables of one.
    if question.document.parsed().operations.iter().count() > 1 && !question.variables.is_empty() {
        return None;
    }
    let asked = Asked { document: question.document.parsed(), operation, variables: question.variables };
    let plan = question.document.plan(question.operation_name, question.variables, || Plan::of(asked).ok())?;
    Some(plan.run(reader).await)
}

fn request(question: Question<'_>) -> Request {
    let variables = Variables::from_json(Value::Object(question.variables.clone()));
    let mut request = Request::new(question.document.text()).variables(variables);
    request.operation_name = question.operation_name.map(str::to_owned);
    request.set_parsed_query(question.document.parsed().clone());
    request
}

fn builder() -> SchemaBuilder {
    async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription).register_output_type::<Node>()
}

/// The schema in its definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions();
    let mut text = builder().finish().sdl_with_options(options).trim().to_owned();
    text.push('\n');
    text
}
