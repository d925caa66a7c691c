//! Changing the register: what writers send is read, carried out in one transaction, and answered with the rows or with what
//! is wrong.

mod fields;
pub mod input;

use std::{borrow::Cow, marker::PhantomData};

use async_graphql::{Context, Enum, InputType, InputValueError, InputValueResult, SimpleObject, Value, registry::Registry};
use serde::{Deserialize, Serialize};

use super::{
    context::loads,
    me::Asker,
    node::shapes,
    object::Record,
    plan::{Shape, camel_case},
};
use crate::{
    auth::{Scope, Viewer},
    domain::RefusalCode,
    error::Error,
    ids::NodeId,
    secrets::Purpose,
    store::{
        Places, Store,
        edit::{self, Cells, Claim, Edit, Failure, Once, Reason, Refused, Target},
    },
};
use input::{Fields, Given, MAX_WRITES};

/// What becomes of the other rows of a request when one is refused (cách ghi).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum BulkMode {
    /// None is written (ghi tất cả hoặc không ghi gì).
    #[default]
    Atomic,
    /// Those that are right are written (ghi từng dòng).
    PerRow,
}

/// Something that is wrong with a change, for whoever sent it: nothing of what it is about was written (lỗi nghiệp vụ).
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject, Serialize, Deserialize)]
pub struct UserError {
    /// What kind of mistake (mã lỗi).
    code: RefusalCode,
    /// What is wrong, for people (thông báo).
    message: String,
    /// Where in the arguments: such as `["input", "rows", "3", "phone"]` (vị trí).
    path: Vec<String>,
    /// The version that the row has now, where that is the reason (phiên bản hiện tại).
    present_version: Option<i32>,
}

impl UserError {
    fn new(refused: Refused, at: &[String]) -> Self {
        let path = at.iter().cloned().chain(refused.column.map(camel_case)).collect();
        let Refused { code, message, present_version, .. } = refused;
        Self { code, message, path, present_version }
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was written, under this number.
    Written(i64),
    /// It was not written.
    Refused(Vec<UserError>),
}

impl Outcome {
    /// The number of the row, if it was written.
    pub fn row(&self) -> Option<i64> {
        match self {
            Self::Written(row) => Some(*row),
            Self::Refused(_) => None,
        }
    }

    /// What is wrong with it.
    pub fn errors(self) -> Vec<UserError> {
        match self {
            Self::Written(_) => Vec::new(),
            Self::Refused(errors) => errors,
        }
    }
}

/// What is to be done to a row.
#[derive(Debug)]
enum Step {
    Create(&'static Shape, Cells),
    Update(Target, Cells),
    Delete(Target, u32),
    Redact(Target),
    Refused(Vec<Refused>),
}

/// A request to write, as it was read.
struct Request<'a> {
    /// The input as it was sent, with the name of the field.
    sent: (&'static str, &'a Value),
    key: Option<String>,
    mode: BulkMode,
    /// Each with the way to it in the arguments.
    steps: Vec<(Step, Vec<String>)>,
}

/// Who writes, and where they may.
struct Writer<'a> {
    viewer: &'a Viewer,
    store: &'a Store,
}

impl<'a> Writer<'a> {
    /// The writer of a field, of rows of this type.
    ///
    /// # Errors
    /// They may not write, or not see what they would write.
    fn of(ctx: &Context<'a>, shape: &'static Shape) -> Result<Self, Error> {
        let viewer = ctx.data_unchecked::<Asker>().viewer();
        let forbidden = |scope: Scope| Error::Forbidden { what: format!("`{}`", ctx.field().name()), scope: scope.as_str() };
        if !viewer.scopes.has(Scope::RegistryWrite) {
            return Err(forbidden(Scope::RegistryWrite));
        }
        if viewer.sight().hides(shape.table) {
            return Err(forbidden(Scope::to_see(shape.table)));
        }
        Ok(Self { viewer, store: loads(ctx).loader().store() })
    }

    fn within(&self) -> Option<&Places> {
        self.viewer.places.as_deref()
    }

    /// Carries a request out, or finds that it was carried out before.
    async fn carry_out(&self, request: Request<'_>) -> Result<Vec<Outcome>, Error> {
        let who = self.viewer.name();
        let edit = Edit::begin(self.store, &who).await?;
        let input = request.key.as_ref().map(|_| self.hash(&request)).transpose()?;
        let once = request.key.as_deref().zip(input.as_deref()).map(|(key, input)| Once { who: &who, key, input });
        if let Some(once) = once {
            match edit.claim(once).await {
                Ok(Claim::New) => {}
                Ok(Claim::Done(answer)) => {
                    edit.abandon().await?;
                    return serde_json::from_str(&answer).map_err(Error::internal);
                }
                Err(Failure::Refused(refused)) => {
                    edit.abandon().await?;
                    let error = UserError::new(refused, &["input".to_owned(), "idempotencyKey".to_owned()]);
                    return Ok(request.steps.iter().map(|_| Outcome::Refused(vec![error.clone()])).collect());
                }
                Err(Failure::Database(error)) => return Err(error.into()),
            }
        }
        let outcomes = self.all(&edit, request.steps).await?;
        let refused = outcomes.iter().filter(|outcome| outcome.row().is_none()).count();
        if refused == outcomes.len() || (refused > 0 && request.mode == BulkMode::Atomic) {
            edit.abandon().await?;
            return Ok(outcomes.into_iter().map(not_done).collect());
        }
        if let Some(once) = once {
            edit.answered(once, &serde_json::to_string(&outcomes).map_err(Error::internal)?).await?;
        }
        edit.commit().await?;
        Ok(outcomes)
    }

    /// Takes each step by itself: one that is refused leaves nothing.
    async fn all(&self, edit: &Edit, steps: Vec<(Step, Vec<String>)>) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(steps.len());
        for (step, at) in steps {
            let part = edit.step().await?;
            let done = match step {
                Step::Create(shape, cells) => edit::insert(&part, shape.table, cells, self.within()).await,
                Step::Update(target, cells) => {
                    edit::update(&part, target, cells, self.within()).await.map(|()| target.row)
                }
                Step::Delete(target, at_most) => {
                    let references = fields::references(shapes(), target.table);
                    let deleted = edit::delete(&part, target, &references, at_most, self.within()).await;
                    deleted.map(|()| target.row)
                }
                Step::Redact(target) => {
                    edit.because(Some(Reason::Redact)).await?;
                    let redacted = edit::redact(&part, target, self.within()).await;
                    edit.because(None).await?;
                    redacted.map(|()| target.row)
                }
                Step::Refused(all) => {
                    outcomes.push(Outcome::Refused(all.into_iter().map(|one| UserError::new(one, &at)).collect()));
                    part.rollback().await?;
                    continue;
                }
            };
            match done {
                Ok(row) => {
                    part.commit().await?;
                    outcomes.push(Outcome::Written(row));
                }
                Err(Failure::Refused(refused)) => {
                    part.rollback().await?;
                    outcomes.push(Outcome::Refused(vec![UserError::new(refused, &at)]));
                }
                Err(Failure::Database(error)) => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }

    /// What tells one input from another; it may have personal data in it, so that nobody else can make it.
    fn hash(&self, request: &Request<'_>) -> Result<String, Error> {
        let (field, input) = request.sent;
        let text = format!("{field} {}", serde_json::to_string(input).map_err(Error::internal)?);
        let hash = self.store.secrets().hashes(Purpose::Input, &text).into_iter().next();
        hash.ok_or_else(|| Error::internal("there is no secret to keep an `idempotencyKey` by"))
    }
}

/// A row that was right, of a request that was not.
fn not_done(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Written(_) => {
            let message = "It is right, and was not written: another row of the request is wrong.".to_owned();
            let error = UserError { code: RefusalCode::NotDone, message, path: Vec::new(), present_version: None };
            Outcome::Refused(vec![error])
        }
        refused => refused,
    }
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident: $type_name:path, $register:path;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T>(Value, PhantomData<fn() -> T>);

        impl<T: Record> InputType for $name<T> {
            type RawValueType = Self;

            fn type_name() -> Cow<'static, str> {
                $type_name(T::shape()).into()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                $register(registry, T::shape());
                Self::qualified_type_name()
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value {
                    Some(value @ Value::Object(_)) => Ok(Self(value, PhantomData)),
                    _ => Err(InputValueError::custom("it must be an object")),
                }
            }

            fn to_value(&self) -> Value {
                self.0.clone()
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }
    )+};
}

inputs! {
    /// A new row as its writer gave it.
    Create: input::create_name, input::register_create;
    /// A change of a row as its writer gave it.
    Update: input::update_name, input::register_update;
    /// Several new rows.
    CreateRows: input::create_rows_name, input::register_create_rows;
    /// Several changes.
    UpdateRows: input::update_rows_name, input::register_update_rows;
}

fn object(value: &Value) -> Result<&Fields, Error> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::BadInput("`input` must be an object.".to_owned())),
    }
}

fn at(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Creates a row.
///
/// # Errors
/// Who asks may not; the database's own. What is wrong with the row is in the outcome.
pub async fn create<T: Record>(ctx: &Context<'_>, field: &'static str, given: Create<T>) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    let fields = object(&given.0)?;
    let step = writer.step::<T>(fields, true)?;
    let steps = vec![(step, at(&["input"]))];
    writer.one(Request { sent: (field, &given.0), key: input::key(fields)?, mode: BulkMode::Atomic, steps }).await
}

/// Changes a row.
///
/// # Errors
/// As [`create`].
pub async fn update<T: Record>(ctx: &Context<'_>, field: &'static str, given: Update<T>) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    let fields = object(&given.0)?;
    let step = writer.step::<T>(fields, false)?;
    let steps = vec![(step, at(&["input"]))];
    writer.one(Request { sent: (field, &given.0), key: input::key(fields)?, mode: BulkMode::Atomic, steps }).await
}

/// Creates several rows.
///
/// # Errors
/// As [`create`]; too many rows, or none.
pub async fn create_rows<T: Record>(ctx: &Context<'_>, field: &'static str, given: CreateRows<T>) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    writer.rows::<T>(field, &given.0, true).await
}

/// Changes several rows.
///
/// # Errors
/// As [`create_rows`].
pub async fn update_rows<T: Record>(ctx: &Context<'_>, field: &'static str, given: UpdateRows<T>) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    writer.rows::<T>(field, &given.0, false).await
}

/// Some rows that are there.
#[derive(Debug)]
pub struct Selection {
    /// The input as it was sent.
    pub sent: Value,
    /// The id of each, with the version that was read.
    pub rows: Vec<(String, i32)>,
    /// A key for the request.
    pub key: Option<String>,
}

/// Takes rows away, all of them or none; with each go at most `at_most` rows.
///
/// # Errors
/// As [`create_rows`].
pub async fn delete<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    selection: Selection,
    at_most: u32,
) -> Result<Vec<Outcome>, Error> {
    selected::<T>(ctx, field, selection, |target| Step::Delete(target, at_most)).await
}

/// Takes away who the rows are, all of them or none.
///
/// # Errors
/// As [`create_rows`].
pub async fn redact<T: Record>(ctx: &Context<'_>, field: &'static str, selection: Selection) -> Result<Vec<Outcome>, Error> {
    selected::<T>(ctx, field, selection, Step::Redact).await
}

async fn selected<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    Selection { sent, rows, key }: Selection,
    step: impl Fn(Target) -> Step,
) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    within_limits(rows.len())?;
    let table = T::shape().table;
    let step = |(id, version): &(String, i32)| match NodeId::decode(id).ok().filter(|id| id.table == table.name) {
        Some(id) => step(Target { table, row: id.row, expected: Some(*version) }),
        None => Step::Refused(vec![Refused::missing(table.name).at("id")]),
    };
    let steps = rows.iter().enumerate().map(|(index, row)| (step(row), at(&["input", "rows", &index.to_string()])));
    let steps = steps.collect();
    writer.carry_out(Request { sent: (field, &sent), key: input::checked_key(key)?, mode: BulkMode::Atomic, steps }).await
}

/// # Errors
/// [`Error::Limit`] for too many rows, [`Error::BadInput`] for none.
fn within_limits(rows: usize) -> Result<(), Error> {
    match rows {
        0 => Err(Error::BadInput("`rows` is empty.".to_owned())),
        actual if actual > MAX_WRITES => Err(Error::Limit { name: "writes", what: "rows", max: MAX_WRITES, actual }),
        _ => Ok(()),
    }
}

impl Writer<'_> {
    fn step<T: Record>(&self, fields: &Fields, is_new: bool) -> Result<Step, Error> {
        let shape = T::shape();
        let Given { cells, mut refused } = input::read(shape, fields, is_new, self.store.secrets())?;
        if is_new {
            return Ok(if refused.is_empty() { Step::Create(shape, cells) } else { Step::Refused(refused) });
        }
        match input::target(shape, fields) {
            Ok(target) if refused.is_empty() => Ok(Step::Update(target, cells)),
            Ok(_) => Ok(Step::Refused(refused)),
            Err(missing) => {
                refused.insert(0, missing);
                Ok(Step::Refused(refused))
            }
        }
    }

    async fn one(&self, request: Request<'_>) -> Result<Outcome, Error> {
        let outcome = self.carry_out(request).await?.pop();
        outcome.ok_or_else(|| Error::internal("a row has no outcome"))
    }

    async fn rows<T: Record>(&self, field: &'static str, sent: &Value, is_new: bool) -> Result<Vec<Outcome>, Error> {
        let fields = object(sent)?;
        let one = fields.get("rows");
        let rows = match one {
            Some(Value::List(rows)) => rows.as_slice(),
            Some(row) => std::slice::from_ref(row),
            None => &[],
        };
        within_limits(rows.len())?;
        let mode = match fields.get("mode") {
            None | Some(Value::Null) => BulkMode::Atomic,
            Some(mode) => BulkMode::parse(Some(mode.clone())).map_err(|_| Error::BadInput("`mode` is ATOMIC or PER_ROW.".to_owned()))?,
        };
        let step = |(index, row): (usize, &Value)| {
            Ok((self.step::<T>(object(row)?, is_new)?, at(&["input", "rows", &index.to_string()])))
        };
        let steps = rows.iter().enumerate().map(step).collect::<Result<_, Error>>()?;
        self.carry_out(Request { sent: (field, sent), key: input::key(fields)?, mode, steps }).await
    }
}
