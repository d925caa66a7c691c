//! Changing the register: what writers send is read, carried out in one transaction, and answered with the rows or with what
//! is wrong.

mod fields;
pub mod input;
mod person;
mod requests;
mod roster;
mod values;

use async_graphql::{Context, Enum, SimpleObject, Value};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{
    context::loads,
    me::Asker,
    node::shapes,
    plan::{Shape, camel_case},
};
pub use requests::{
    Create, CreateRows, Linking, Merging, Selection, Splitting, Update, UpdateRows, create, create_rows, delete, merge,
    redact, relink, split, update, update_rows,
};
pub use roster::{Imported, Importing, import_roster};

use crate::{
    auth::{Scope, Viewer},
    domain::RefusalCode,
    error::Error,
    secrets::Purpose,
    store::{
        Places, Relation, Store, TableInfo,
        edit::{self, Cells, Claim, Edit, Failure, Once, Reason, Refused, Target},
    },
};

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
        let within = refused.column.map(camel_case).into_iter().chain(refused.index.map(|index| index.to_string()));
        let path = at.iter().cloned().chain(within).collect();
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
    /// That of a row that was refused; `at` is the way to it.
    fn of(refused: Vec<Refused>, at: &[String]) -> Self {
        Self::Refused(refused.into_iter().map(|one| UserError::new(one, at)).collect())
    }

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
    Merge(Target, Vec<Target>),
    /// Makes a new row of part of one: the cells of the new one, and the numbers of what goes to it.
    Split(Target, Cells, Vec<i64>),
    Relink(Target, &'static Relation, Vec<i64>),
}

impl Step {
    /// What it writes: the table of the row that is its outcome, and the columns, or what stands for them.
    fn writes(&self) -> Option<(&'static TableInfo, Vec<&'static str>)> {
        let columns = |cells: &Cells| cells.iter().map(|(column, _)| *column).collect();
        match self {
            Self::Create(shape, cells) => Some((shape.table, columns(cells))),
            Self::Update(target, cells) | Self::Split(target, cells, _) => Some((target.table, columns(cells))),
            Self::Merge(into, _) => Some((into.table, vec!["into"])),
            Self::Delete(..) | Self::Redact(_) | Self::Relink(..) => None,
        }
    }
}

/// What is to be done to a row, or what is wrong with it before anything is tried.
type Read = Result<Step, Vec<Refused>>;

/// A request to write, as it was read.
struct Request<'a> {
    /// The input as it was sent, with the name of the field.
    sent: (&'static str, &'a Value),
    key: Option<String>,
    mode: BulkMode,
    /// Each with the way to it in the arguments.
    steps: Vec<(Read, Vec<String>)>,
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
        let forbidden =
            |scope: Scope| Error::Forbidden { what: format!("`{}`", ctx.field().name()), scope: scope.as_str() };
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
        // What is wrong by itself keeps no other writer waiting.
        if request.steps.iter().all(|(step, _)| step.is_err()) {
            let wrong = request.steps.into_iter().filter_map(|(step, at)| Some(Outcome::of(step.err()?, &at)));
            return Ok(wrong.collect());
        }
        let who = self.viewer.name();
        let input = request.key.as_ref().map(|_| self.hash(&request)).transpose()?;
        let edit = Edit::begin(self.store, &who).await?;
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
        let outcomes = Box::pin(self.all(&edit, request.steps)).await?;
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

    /// The same, of one row: the step that `sent` asks for.
    async fn one(&self, sent: (&'static str, &Value), key: Option<String>, step: Read) -> Result<Outcome, Error> {
        let steps = vec![(step, at(&["input"]))];
        let outcomes = Box::pin(self.carry_out(Request { sent, key, mode: BulkMode::Atomic, steps })).await?;
        outcomes.into_iter().next().ok_or_else(|| Error::internal("a row has no outcome"))
    }

    /// Takes each step by itself: one that is refused leaves nothing. Each has room of its own: together they would be more than
    /// a stack has.
    async fn all(&self, edit: &Edit, steps: Vec<(Read, Vec<String>)>) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(steps.len());
        let sight = self.viewer.sight();
        for (step, at) in steps {
            let step = match step {
                Ok(step) => step,
                Err(wrong) => {
                    outcomes.push(Outcome::of(wrong, &at));
                    continue;
                }
            };
            let part = edit.step().await?;
            let writes = step.writes();
            let done = match step {
                Step::Create(shape, cells) => match edit::sees(&part, &sight, &cells).await {
                    Ok(()) => Box::pin(edit::insert(&part, shape.table, cells, self.within())).await,
                    Err(failure) => Err(failure),
                },
                Step::Update(target, cells) => match edit::sees(&part, &sight, &cells).await {
                    Ok(()) => Box::pin(edit::update(&part, target, cells, self.within())).await.map(|()| target.row),
                    Err(failure) => Err(failure),
                },
                Step::Delete(target, at_most) => {
                    let references = fields::references(shapes(), target.table);
                    let deleted = Box::pin(edit::delete(&part, target, &references, at_most, self.within())).await;
                    deleted.map(|()| target.row)
                }
                Step::Redact(target) => {
                    edit.because(Some(Reason::Redact)).await?;
                    let redacted = Box::pin(edit::redact(&part, target, self.within())).await;
                    edit.because(None).await?;
                    redacted.map(|()| target.row)
                }
                Step::Merge(into, from) => {
                    let merged = match into.table.name {
                        "team" => Box::pin(edit::merge_teams(edit, into, &from, self.within())).await,
                        _ => Box::pin(edit::merge_wards(edit, into, &from, self.within())).await,
                    };
                    merged.map(|()| into.row)
                }
                Step::Split(of, new, parts) => match of.table.name {
                    "team" => Box::pin(edit::split_team(edit, of, new, &parts, self.within())).await,
                    _ => Box::pin(edit::split_ward(edit, of, new, &parts, self.within())).await,
                },
                Step::Relink(target, relation, others) => {
                    Box::pin(edit::relink(&part, target, relation, &others, self.within())).await.map(|()| target.row)
                }
            };
            let done = match (done, writes) {
                (Ok(row), Some((table, columns))) => {
                    let kept = edit::keeps(&part, (table, row), &columns, &sight, self.store.secrets());
                    Box::pin(kept).await.map(|()| row)
                }
                (done, _) => done,
            };
            match done {
                Ok(row) => {
                    part.commit().await?;
                    outcomes.push(Outcome::Written(row));
                }
                Err(Failure::Refused(refused)) => {
                    part.rollback().await?;
                    outcomes.push(Outcome::of(vec![refused], &at));
                }
                Err(Failure::Database(error)) => return Err(error.into()),
            }
        }
        Ok(outcomes)
    }

    /// What tells one input from another; it may have personal data in it, so that nobody else can make it.
    fn hash(&self, request: &Request<'_>) -> Result<String, Error> {
        let (field, input) = request.sent;
        let text = format!("{field} {}", serde_json::to_string(&canonical(input)).map_err(Error::internal)?);
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

/// An input as it is told from others: whichever way its fields are ordered and its texts composed.
fn canonical(input: &Value) -> Value {
    match input {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().collect())
        }
        Value::List(items) => Value::List(items.iter().map(canonical).collect()),
        Value::String(text) => Value::String(text.nfc().collect()),
        other => other.clone(),
    }
}

/// A way into the arguments.
fn at(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
