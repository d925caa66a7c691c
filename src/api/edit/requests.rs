//! What writers may ask for: each request as it is read, and handed to who carries it out.

use async_graphql::{Context, InputType, Value};

use super::{
    BulkMode, Outcome, Read, Request, Step, Writer, at,
    input::{self, Fields, Given, MAX_WRITES},
};
use crate::{
    api::{input::input, object::Record, plan::camel_case},
    domain::RefusalCode,
    error::Error,
    ids::NodeId,
    store::{
        Relation,
        edit::{Refused, Target},
    },
};

input! {
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

/// Creates a row.
///
/// # Errors
/// Who asks may not; the database's own. What is wrong with the row is in the outcome.
pub async fn create<T: Record>(ctx: &Context<'_>, field: &'static str, given: Create<T>) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    let fields = object(&given.0)?;
    let step = writer.step::<T>(fields, true)?;
    writer.one((field, &given.0), input::key(fields)?, step).await
}

/// Changes a row.
///
/// # Errors
/// As [`create`].
pub async fn update<T: Record>(ctx: &Context<'_>, field: &'static str, given: Update<T>) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    let fields = object(&given.0)?;
    let step = writer.step::<T>(fields, false)?;
    writer.one((field, &given.0), input::key(fields)?, step).await
}

/// Creates several rows.
///
/// # Errors
/// As [`create`]; too many rows, or none.
pub async fn create_rows<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    given: CreateRows<T>,
) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    Box::pin(writer.rows::<T>(field, &given.0, true)).await
}

/// Changes several rows.
///
/// # Errors
/// As [`create_rows`].
pub async fn update_rows<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    given: UpdateRows<T>,
) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    Box::pin(writer.rows::<T>(field, &given.0, false)).await
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
pub async fn redact<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    selection: Selection,
) -> Result<Vec<Outcome>, Error> {
    selected::<T>(ctx, field, selection, Step::Redact).await
}

/// Some rows that become one.
#[derive(Debug)]
pub struct Merging {
    /// The input as it was sent.
    pub sent: Value,
    /// The id of the row that stands for all of them, with the version that was read.
    pub into: (String, i32),
    /// Those of the others.
    pub from: Vec<(String, i32)>,
    /// A key for the request.
    pub key: Option<String>,
}

/// Makes several rows one, to which the `P` of all of them go.
///
/// # Errors
/// As [`create_rows`].
pub async fn merge<T: Record, P: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    merging: Merging,
) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, P::shape())?;
    within_limits("from", merging.from.len())?;
    let into = known::<T>(&merging.into, "into");
    let from = merging.from.iter().enumerate();
    let from = from.map(|(index, row)| known::<T>(row, "from").map_err(|missing| missing.nth(index)));
    let from = from.collect::<Result<Vec<_>, _>>();
    let step = match (into, from) {
        (Ok(into), Ok(from)) => Ok(Step::Merge(into, from)),
        (Err(missing), _) | (_, Err(missing)) => Err(vec![missing]),
    };
    writer.one((field, &merging.sent), input::checked_key(merging.key)?, step).await
}

/// A row that part of another one becomes.
#[derive(Debug)]
pub struct Splitting {
    /// The input as it was sent: the cells of the new row are among it.
    pub sent: Value,
    /// The id of the row that is split, with the version that was read.
    pub of: (String, i32),
    /// The column of the input that says what goes to the new one, and the ids of that.
    pub parts: (&'static str, Vec<String>),
    /// A key for the request.
    pub key: Option<String>,
}

/// Makes a new row of some `P` of one. The outcome is that of the new one.
///
/// # Errors
/// As [`create_rows`].
pub async fn split<T: Record, P: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    splitting: Splitting,
) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, P::shape())?;
    let (named, parts) = &splitting.parts;
    within_limits(&camel_case(named), parts.len())?;
    let Given { cells, mut refused } = input::read(T::shape(), object(&splitting.sent)?, true, writer.store.secrets())?;
    // Where the new one belongs, the old one says.
    refused
        .retain(|one| one.code != RefusalCode::Required || !one.column.is_some_and(|column| column.ends_with("_id")));
    let of = known::<T>(&splitting.of, "id").map_err(|missing| refused.push(missing));
    let parts = rows_of::<P>(parts, named).map_err(|missing| refused.push(missing));
    let step = match (of, parts) {
        (Ok(of), Ok(parts)) if refused.is_empty() => Ok(Step::Split(of, cells, parts)),
        _ => Err(refused),
    };
    writer.one((field, &splitting.sent), input::checked_key(splitting.key)?, step).await
}

/// What a row is to lead to.
#[derive(Debug)]
pub struct Linking {
    /// The input as it was sent.
    pub sent: Value,
    /// The id of the row, with the version that was read.
    pub of: (String, i32),
    /// The ids of the others.
    pub others: Vec<String>,
    /// A key for the request.
    pub key: Option<String>,
}

/// Makes a row lead to some `O` and to no others.
///
/// # Errors
/// As [`create_rows`], but for none.
pub async fn relink<T: Record, O: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    relation: &'static Relation,
    linking: Linking,
) -> Result<Outcome, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    within_limits("ids", linking.others.len().max(1))?;
    let step = match (known::<T>(&linking.of, "id"), rows_of::<O>(&linking.others, "ids")) {
        (Ok(target), Ok(others)) => Ok(Step::Relink(target, relation, others)),
        (Err(missing), _) | (_, Err(missing)) => Err(vec![missing]),
    };
    writer.one((field, &linking.sent), input::checked_key(linking.key)?, step).await
}

/// The row with this id, in the version that was read.
fn known<T: Record>((id, version): &(String, i32), column: &'static str) -> Result<Target, Refused> {
    let table = T::shape().table;
    let id = NodeId::decode(id).ok().filter(|id| id.table == table.name);
    let id = id.ok_or_else(|| Refused::missing(table.name).at(column))?;
    Ok(Target { table, row: id.row, expected: Some(*version) })
}

/// The numbers of the rows with these ids.
fn rows_of<T: Record>(ids: &[String], column: &'static str) -> Result<Vec<i64>, Refused> {
    let table = T::shape().table.name;
    let row = |id: &String| NodeId::decode(id).ok().filter(|id| id.table == table).map(|id| id.row);
    let missing = |index| Refused::missing(table).at(column).nth(index);
    ids.iter().enumerate().map(|(index, id)| row(id).ok_or_else(|| missing(index))).collect()
}

async fn selected<T: Record>(
    ctx: &Context<'_>,
    field: &'static str,
    Selection { sent, rows, key }: Selection,
    step: impl Fn(Target) -> Step,
) -> Result<Vec<Outcome>, Error> {
    let writer = Writer::of(ctx, T::shape())?;
    within_limits("rows", rows.len())?;
    let step = |row: &(String, i32)| match known::<T>(row, "id") {
        Ok(target) => Ok(step(target)),
        Err(missing) => Err(vec![missing]),
    };
    let steps = rows.iter().enumerate().map(|(index, row)| (step(row), at(&["input", "rows", &index.to_string()])));
    let steps = steps.collect();
    writer
        .carry_out(Request { sent: (field, &sent), key: input::checked_key(key)?, mode: BulkMode::Atomic, steps })
        .await
}

/// # Errors
/// [`Error::Limit`] for too many rows, [`Error::BadInput`] for none.
fn within_limits(name: &str, rows: usize) -> Result<(), Error> {
    match rows {
        0 => Err(Error::BadInput(format!("`{name}` is empty."))),
        actual if actual > MAX_WRITES => Err(Error::Limit { name: "writes", what: "rows", max: MAX_WRITES, actual }),
        _ => Ok(()),
    }
}

impl Writer<'_> {
    /// What is to be done to a row; the outer error is that personal data cannot be sealed.
    fn step<T: Record>(&self, fields: &Fields, is_new: bool) -> Result<Read, Error> {
        let shape = T::shape();
        let Given { cells, mut refused } = input::read(shape, fields, is_new, self.store.secrets())?;
        let step = match is_new {
            true => Step::Create(shape, cells),
            false => match input::target(shape, fields) {
                Ok(target) => Step::Update(target, cells),
                Err(missing) => {
                    refused.insert(0, missing);
                    return Ok(Err(refused));
                }
            },
        };
        Ok(if refused.is_empty() { Ok(step) } else { Err(refused) })
    }

    async fn rows<T: Record>(&self, field: &'static str, sent: &Value, is_new: bool) -> Result<Vec<Outcome>, Error> {
        let fields = object(sent)?;
        let one = fields.get("rows");
        let rows = match one {
            Some(Value::List(rows)) => rows.as_slice(),
            Some(row) => std::slice::from_ref(row),
            None => &[],
        };
        within_limits("rows", rows.len())?;
        let mode = match fields.get("mode") {
            None | Some(Value::Null) => BulkMode::Atomic,
            Some(mode) => BulkMode::parse(Some(mode.clone()))
                .map_err(|_| Error::BadInput("`mode` is ATOMIC or PER_ROW.".to_owned()))?,
        };
        let step = |(index, row): (usize, &Value)| {
            Ok((self.step::<T>(object(row)?, is_new)?, at(&["input", "rows", &index.to_string()])))
        };
        let steps = rows.iter().enumerate().map(step).collect::<Result<_, Error>>()?;
        Box::pin(self.carry_out(Request { sent: (field, sent), key: input::key(fields)?, mode, steps })).await
    }
}
