//! The GraphQL schema: what can be asked, and how each answer is come by.

mod budget;
pub mod changes;
mod check;
mod conflicts;
mod connection;
mod context;
mod document;
mod drive;
pub mod edit;
mod estimate;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod group;
mod history;
mod input;
mod me;
mod moments;
pub mod mutation;
mod node;
mod object;
mod plan;
mod query;
mod redactions;
mod resolve;
mod rows;
mod search;
mod service_config;
mod subscription;
pub mod types;
mod upload;

use std::sync::Arc;

use async_graphql::{Request, Response, SDLExportOptions, Variables};
use futures_util::StreamExt;
use serde_json::{Map, Value};

pub use budget::Budget;
pub use connection::{Connection, PageInfo};
pub use document::{Document, Documents};
pub use estimate::{Dearest, Estimate, MAX_NODES, NODES_A_POINT, SCAN_POINTS, price};
pub use history::{HISTORY_ROWS, MAX_HISTORY};
pub use input::{
    filter::{MAX_CONDITIONS, MAX_DEPTH, MAX_LIST},
    order::MAX_TERMS,
};
pub use node::{MAX_IDS, Node};
pub use plan::{PAGE, Page, Row, Table};
pub use query::Query;
pub use redactions::{Redaction, Redactions};
pub use resolve::MAX_PARTS;
pub use search::MAX_LETTERS;
pub use subscription::{ChangeEvent, EVENT_CHANGES, Followed, MAX_WATCHED, NotSelected, Selected, Subscription};
pub use upload::{IN_PLACE, SentFile};

use crate::{
    auth::Viewer,
    budget::Balance,
    error::Error,
    limits::ListedLimit,
    store::{Disclosed, MAX_VALUES, Meter, Reader, Sight, Store, Tables},
};
use me::Asker;
use moments::Moments;
use mutation::Mutation;
use plan::{Asked, Plan};
use service_config::Limits;
use subscription::{Told, Wish};

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;
type SchemaBuilder = async_graphql::SchemaBuilder<Query, Mutation, Subscription>;

/// The schema, ready to answer.
#[derive(Clone)]
pub struct Api {
    schema: Schema,
    /// The same schema, that validates and runs nothing.
    checker: Schema,
    planned: bool,
    response_bytes: usize,
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
    /// The file that came with it, if one did.
    pub file: Option<&'a Arc<SentFile>>,
}

impl<'a> Question<'a> {
    /// The operation with what belongs to it, if there is such an operation.
    fn asked(&self) -> Option<Asked<'a>> {
        let operation = self.document.operation(self.operation_name)?;
        Some(Asked { document: self.document.parsed(), operation, variables: self.variables })
    }

    /// The name of the operation, if it has one.
    pub fn name(&self) -> Option<&'a str> {
        self.operation_name.or_else(|| self.document.only_name())
    }
}

/// What is answered, and what must be known of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The answer.
    pub answered: Answered,
    /// The tables that it depends on.
    pub tables: Tables,
    /// The personal data in it.
    pub disclosed: Disclosed,
    /// What is left out of it.
    pub redactions: Vec<Redaction>,
    /// Whether it tells who asks, so that it is nobody else's.
    pub own: bool,
}

impl Outcome {
    fn new(answered: Answered, reader: &Reader, redactions: Redactions) -> Self {
        let (tables, disclosed) = (reader.tables(), reader.disclosed());
        Self { answered, tables, disclosed, redactions: redactions.notices, own: false }
    }
}

impl Default for Answered {
    fn default() -> Self {
        Self::Response(Response::default())
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
    /// One that checks documents.
    fn default() -> Self {
        Self::new(true, usize::MAX, Arc::default())
    }
}

impl Api {
    /// The schema; `planned` says whether answers are written from plans where they can be: the bytes are the same. An
    /// answer from a plan has at most `response_bytes`; whoever writes the others sees to that. `limits` are those that
    /// clients are told of.
    pub fn new(planned: bool, response_bytes: usize, limits: Arc<[ListedLimit]>) -> Self {
        let schema = builder().data(Limits(limits)).finish();
        Self { schema, checker: builder().extension(check::OnlyCheck).finish(), planned, response_bytes }
    }

    /// What a question may come to, before anything is run.
    pub fn estimate(&self, question: Question<'_>) -> Arc<Estimate> {
        question.document.estimate(question.operation_name, || Estimate::of(question))
    }

    /// What telling an event to a subscription may come to.
    pub fn estimate_event(&self, question: Question<'_>, event: &ChangeEvent) -> Estimate {
        Estimate::with_event(question, event.changes.len())
    }

    /// Answers a question of a viewer, who has this left to ask for: every load of a level in one statement; `meter` counts
    /// what it takes.
    pub async fn answer(
        &self,
        question: Question<'_>,
        viewer: &Arc<Viewer>,
        balance: Option<Balance>,
        store: &Store,
        meter: &Meter,
    ) -> Outcome {
        let sight = viewer.sight();
        let nothing = |response| Outcome { answered: Answered::Response(response), ..Outcome::default() };
        if let Err(refused) = self.check(question).await {
            return nothing(*refused);
        }
        let redactions = redactions(question, &sight);
        if redactions.personal && viewer.may_see_personal() && viewer.purpose.is_none() {
            // Who may not see them at all, and has the same sight, is answered otherwise.
            return Outcome { own: true, ..nothing(*refused(Error::Purpose)) };
        }
        let reader = Reader::metered(store.clone(), sight.clone(), meter.clone());
        if self.planned {
            match self.planned(question, &reader).await {
                Some(Ok(json)) => return Outcome::new(Answered::Json(json), &reader, redactions),
                // Not to be tried again by other means.
                Some(Err(error @ (Error::TooManyValues { .. } | Error::ResponseBytes { .. }))) => {
                    meter.overflow();
                    return Outcome::new(Answered::Response(*refused(error)), &reader, redactions);
                }
                Some(Err(_)) | None => {}
            }
        }
        let reader = Reader::metered(store.clone(), sight, meter.clone());
        let outcome = Outcome::new(Answered::default(), &reader, redactions);
        let (response, own) = self.execute(question, Asker::new(viewer.clone(), balance), reader).await;
        let message = TOO_LARGE.message();
        if response.errors.iter().any(|error| error.message == message) {
            // Such an answer is refused whole: how far it got is nothing that a client could use.
            meter.overflow();
            return Outcome { answered: Answered::Response(*refused(TOO_LARGE)), ..outcome };
        }
        Outcome { answered: Answered::Response(response), own, ..outcome }
    }

    /// Reads what a subscription to `changes` wants to be told.
    ///
    /// # Errors
    /// What is wrong with it, as a response without data.
    pub async fn follow(
        &self,
        question: Question<'_>,
        viewer: &Arc<Viewer>,
        store: &Store,
    ) -> Result<Followed, Box<Response>> {
        self.check(question).await?;
        let sight = viewer.sight();
        if redactions(question, &sight).personal && viewer.may_see_personal() && viewer.purpose.is_none() {
            return Err(refused(Error::Purpose));
        }
        let wish = Wish::default();
        let reader = Reader::new(store.clone(), sight);
        let (response, _) =
            self.told(question, Told::Nothing(wish.clone()), Asker::new(viewer.clone(), None), reader).await;
        match response {
            Some(response) if response.is_err() => Err(Box::new(response)),
            _ => wish.take().ok_or_else(|| refused(Error::internal("a subscription was not read"))),
        }
    }

    /// Tells who follows the changes of an event, as they have asked for it; `meter` counts what it takes.
    pub async fn event(
        &self,
        question: Question<'_>,
        event: ChangeEvent,
        viewer: &Arc<Viewer>,
        balance: Option<Balance>,
        store: &Store,
        meter: &Meter,
    ) -> Outcome {
        let sight = viewer.sight();
        let redactions = redactions(question, &sight);
        if redactions.personal && viewer.may_see_personal() && viewer.purpose.is_none() {
            return Outcome { answered: Answered::Response(*refused(Error::Purpose)), own: true, ..Outcome::default() };
        }
        let reader = Reader::metered(store.clone(), sight, meter.clone());
        let outcome = Outcome::new(Answered::default(), &reader, redactions);
        let asker = Asker::new(viewer.clone(), balance);
        let (response, own) = self.told(question, Told::Event(event), asker, reader).await;
        let response = response.unwrap_or_else(|| *refused(Error::internal("an event was not told")));
        Outcome { answered: Answered::Response(response), own, ..outcome }
    }

    /// Answers one event, with loads of its own.
    async fn told(&self, question: Question<'_>, told: Told, asker: Asker, reader: Reader) -> (Option<Response>, bool) {
        let queue = drive::Queue::default();
        let request = request(question).data(Moments::new(queue.clone(), reader)).data(asker.clone()).data(told);
        let mut stream = self.schema.execute_stream(request);
        let response = drive::drive(queue, stream.next()).await;
        (response, asker.is_told())
    }

    /// Validates each operation of a document. Values of variables are checked when they are there.
    ///
    /// # Errors
    /// The first mistake, for people.
    pub async fn validate(&self, document: &Document) -> Result<(), String> {
        for (name, _) in document.parsed().operations.iter() {
            let operation_name = name.map(|name| name.as_str());
            let question = Question { document, operation_name, variables: &Map::new(), file: None };
            let response = self.checker.execute(request(question)).await;
            if let Some(error) = response.errors.first() {
                return Err(error.message.clone());
            }
        }
        if let Some(error) = conflicts::conflict(document.parsed()) {
            return Err(error.message);
        }
        document.set_valid();
        Ok(())
    }

    /// Begins to answer a query of a viewer as a table of at most `rows` rows.
    ///
    /// # Errors
    /// What is wrong with the query, as a response without data.
    pub async fn table(
        &self,
        question: Question<'_>,
        viewer: &Arc<Viewer>,
        store: &Store,
        rows: u32,
    ) -> Result<Table, Box<Response>> {
        self.check(question).await?;
        let sight = viewer.sight();
        let asked = question.asked().filter(Asked::is_query).ok_or_else(|| refused(not_a_table()))?;
        if Redactions::of(asked, &sight).personal && viewer.may_see_personal() && viewer.purpose.is_none() {
            return Err(refused(Error::Purpose));
        }
        match Plan::of_table(asked, &sight) {
            Ok(plan) => Table::open(plan, store, sight, rows).await.map_err(refused),
            Err(Some(error)) => Err(refused(error)),
            // More than a page of rows is not read only to say what is wrong.
            Err(None) if self.estimate(question).nodes > PAGE.into() => Err(refused(not_a_table())),
            // Ordinary execution says what is wrong with it.
            Err(None) => match self
                .execute(question, Asker::new(viewer.clone(), None), Reader::new(store.clone(), sight))
                .await
                .0
            {
                response if response.is_err() => Err(Box::new(Response::from_errors(response.errors))),
                _ => Err(refused(not_a_table())),
            },
        }
    }

    /// The most rows of the table that a query asks for, where `rows` is the most that a table may have.
    ///
    /// # Errors
    /// What is wrong with the query, as a response without data.
    pub async fn table_rows(&self, question: Question<'_>, viewer: &Viewer, rows: u32) -> Result<u32, Box<Response>> {
        self.check(question).await?;
        let asked = question.asked().filter(Asked::is_query).ok_or_else(|| refused(not_a_table()))?;
        let plan =
            Plan::of_table(asked, &viewer.sight()).map_err(|error| refused(error.unwrap_or_else(not_a_table)))?;
        Table::rows_asked(&plan, rows).map_err(refused)
    }

    /// Answers a question by ordinary execution. Says whether the answer tells who asks.
    async fn execute(&self, question: Question<'_>, asker: Asker, reader: Reader) -> (Response, bool) {
        let queue = drive::Queue::default();
        let request = request(question).data(Moments::new(queue.clone(), reader)).data(asker.clone());
        let response = drive::drive(queue, self.schema.execute(request)).await;
        (response, asker.is_told())
    }

    /// What comes of a plan, if there is one.
    async fn planned(&self, question: Question<'_>, reader: &Reader) -> Option<Result<Vec<u8>, Error>> {
        let asked = question.asked()?;
        // The library validates all operations with the variables of one.
        if question.document.parsed().operations.iter().count() > 1 && !question.variables.is_empty() {
            return None;
        }
        let sight = reader.sight();
        let make = || Plan::of(asked, sight).ok();
        let plan = question.document.plan(question.operation_name, question.variables, sight, make)?;
        Some(self.run(&plan, reader).await)
    }

    async fn run(&self, plan: &Plan, reader: &Reader) -> Result<Vec<u8>, Error> {
        match plan.as_of {
            None => plan.run(reader, self.response_bytes).await,
            Some(day) => plan.run(&reader.as_of(day, reader.known().await?)?, self.response_bytes).await,
        }
    }

    /// Validates the document, if that was not done before.
    ///
    /// # Errors
    /// What is wrong with it, as a response without data.
    pub async fn check(&self, question: Question<'_>) -> Result<(), Box<Response>> {
        if question.document.is_valid() {
            return Ok(());
        }
        let response = self.checker.execute(request(question)).await;
        if response.is_err() {
            return Err(Box::new(response));
        }
        if let Some(error) = conflicts::conflict(question.document.parsed()) {
            return Err(Box::new(Response::from_errors(vec![error])));
        }
        question.document.set_valid();
        Ok(())
    }
}

/// What is said of an answer that is larger than one may be.
const TOO_LARGE: Error = Error::TooManyValues { max: MAX_VALUES };

/// An answer that is nothing but an error.
fn refused(error: Error) -> Box<Response> {
    Box::new(Response::from_errors(vec![error.alone()]))
}

/// What is said of a query that is answered as JSON only, for no reason that could be named.
fn not_a_table() -> Error {
    Error::NotATable("This query cannot be a table: ask for JSON, or without `@skip` and `@include`.".to_owned())
}

/// What is left out of an answer.
fn redactions(question: Question<'_>, sight: &Sight) -> Redactions {
    question.asked().map(|asked| Redactions::of(asked, sight)).unwrap_or_default()
}

fn request(question: Question<'_>) -> Request {
    let variables = Variables::from_json(Value::Object(question.variables.clone()));
    let mut request = Request::new(question.document.text()).variables(variables);
    request.operation_name = question.operation_name.map(str::to_owned);
    request.set_parsed_query(question.document.parsed().clone());
    match question.file {
        Some(file) => request.data(file.clone()),
        None => request,
    }
}

fn builder() -> SchemaBuilder {
    async_graphql::Schema::build(Query, Mutation, Subscription).register_output_type::<Node>()
}

/// The schema in its definition language, as `schema.graphql` has it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions();
    let mut text = builder().finish().sdl_with_options(options).trim().to_owned();
    text.push('\n');
    text
}
