//! What a row was, as the schema tells it: each change, by whom, with the fields that it changed.

use async_graphql::{Context, Enum, SimpleObject};
use serde_json::{Map, Value};

use super::{
    context::{answered, charge, loads, sight},
    me::Asker,
    node::shape,
    object::Record,
    plan::{Field, Other, Shape},
};
use crate::{
    auth::Scope,
    domain::{DateTime, Kind, Number},
    error::Error,
    ids::NodeId,
    store::{
        Sight,
        history::{Entry, HistoryOf},
    },
};

/// Changes of one page at most.
pub const MAX_HISTORY: u32 = 100;
/// What that limit is called.
pub const HISTORY_ROWS: &str = "historyRows";
/// Changes of a page, if it is not said how many.
pub const DEFAULT_HISTORY: u32 = 20;
/// The field of every row that tells them, and that of the root.
pub const HISTORY: &str = "history";

/// What a change did to a row (loại thay đổi).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum HistoryOperation {
    /// It was added, or came to where you see it (thêm mới).
    Created,
    /// It was changed (sửa).
    Changed,
    /// It was taken away, or went to where you do not see it (xóa).
    Deleted,
    /// It went into another row (sáp nhập).
    Merged,
    /// Who it is was taken away, here too (xóa thông tin cá nhân).
    Redacted,
}

/// The changes of a row, the newest first (lịch sử thay đổi).
#[derive(Debug, SimpleObject)]
pub struct History {
    /// The changes (các thay đổi).
    entries: Vec<HistoryEntry>,
    /// Where older ones follow, as `before`; null if there are none (vị trí tiếp theo).
    older: Option<String>,
}

/// A change of a row (một lần thay đổi).
#[derive(Debug, SimpleObject)]
pub struct HistoryEntry {
    /// What it did (loại thay đổi).
    operation: HistoryOperation,
    /// The version that the row had afterwards, or last (phiên bản).
    version: Option<i32>,
    /// When, in UTC (thời điểm).
    changed_at: DateTime,
    /// Through which key or by which member of the staff: `key:NAME` or `staff:SUBJECT`; null where the register was not written through this API, as by a load (người thay đổi).
    changed_by: Option<String>,
    /// The fields that are others than before (các trường thay đổi).
    changes: Vec<FieldChange>,
}

/// A field that a change made another one (một trường thay đổi).
#[derive(Debug, SimpleObject)]
pub struct FieldChange {
    /// The field, as the type has it (trường).
    field: String,
    /// What it was, as a text; null for nothing, for personal data, and for a member whom you may not see. Of a field that leads to another row, the id of that (giá trị cũ).
    before: Option<String>,
    /// What it became (giá trị mới).
    after: Option<String>,
    /// Whether it is personal data, which history tells nobody, or a member and you may not see all of them (dữ liệu cá nhân).
    is_personal: bool,
}

/// The changes of the row with this id, which may be gone.
///
/// # Errors
/// Who asks may not change the register; an id that this API did not give; more than a page may have.
pub(super) async fn of_id(
    ctx: &Context<'_>,
    id: &str,
    first: Option<i32>,
    before: Option<String>,
) -> Result<History, Error> {
    let node = NodeId::decode(id)?;
    let shape = shape(&node.table).ok_or_else(|| NodeId::refuse(id))?;
    of_row(ctx, shape, node.row, first, before).await
}

/// The changes of a row that is there.
///
/// # Errors
/// As [`of_id`], but for the id.
pub(super) async fn of<T: Record>(
    ctx: &Context<'_>,
    row: i64,
    first: Option<i32>,
    before: Option<String>,
) -> Result<History, Error> {
    of_row(ctx, T::shape(), row, first, before).await
}

async fn of_row(
    ctx: &Context<'_>,
    shape: &'static Shape,
    row: i64,
    first: Option<i32>,
    before: Option<String>,
) -> Result<History, Error> {
    let asker = ctx.data_unchecked::<Asker>();
    asker.keep_nothing();
    if !asker.viewer().scopes.has(Scope::RegistryWrite) {
        let what = format!("`{}`", ctx.field().name());
        return Err(Error::Forbidden { what, scope: Scope::RegistryWrite.as_str() });
    }
    let first = first.map_or(DEFAULT_HISTORY.into(), i64::from);
    let most = u32::try_from(first).ok().filter(|first| (1..=MAX_HISTORY).contains(first));
    let most =
        most.ok_or(Error::PageSize { name: HISTORY_ROWS, argument: "first", max: MAX_HISTORY, actual: first })?;
    let wrong = Error::Cursor { argument: "before", reason: "it is no place in a history" };
    let before = before.map(|text| text.parse::<i64>().ok().filter(|number| *number > 0).ok_or(wrong)).transpose()?;
    let found = loads(ctx).load_one(HistoryOf { table: shape.table, row, most, before }).await?;
    let found = found.ok_or_else(|| Error::internal("a history was not read"))?;
    let entries: Vec<_> = found.entries.iter().map(|entry| HistoryEntry::of(shape, entry, sight(ctx))).collect();
    charge_entries(ctx, &entries)?;
    answered(ctx, entries.len());
    Ok(History { entries, older: found.older.map(|number| number.to_string()) })
}

/// Charges each change with the fields that are asked of it, and likewise the fields that it changed.
fn charge_entries(ctx: &Context<'_>, entries: &[HistoryEntry]) -> Result<(), Error> {
    let changes = entries.iter().map(|entry| entry.changes.len()).sum();
    for asked in ctx.field().selection_set().filter(|field| field.name() == "entries") {
        charge(ctx, entries.len(), asked)?;
        for asked in asked.selection_set().filter(|field| field.name() == "changes") {
            charge(ctx, changes, asked)?;
        }
    }
    Ok(())
}

impl HistoryEntry {
    fn of(shape: &'static Shape, entry: &Entry, sight: &Sight) -> Self {
        let operation = match (entry.operation.as_str(), entry.reason.as_deref()) {
            ("INSERT", _) => HistoryOperation::Created,
            ("DELETE", Some("MERGE")) => HistoryOperation::Merged,
            (_, Some("REDACT")) => HistoryOperation::Redacted,
            ("DELETE", _) => HistoryOperation::Deleted,
            _ => HistoryOperation::Changed,
        };
        Self {
            operation,
            version: entry.version,
            changed_at: DateTime(entry.at),
            changed_by: entry.who.clone(),
            changes: changes(shape, entry.before.as_ref(), entry.after.as_ref(), sight),
        }
    }
}

type Columns<'a> = Option<&'a Map<String, Value>>;

/// How the values of a field are told.
#[derive(Clone, Copy)]
enum Told {
    /// To nobody.
    Nobody,
    /// As texts of this kind of values.
    As(Kind),
    /// As the id of the row that they name.
    Id(Other),
}

/// The fields of a type that are others than before, as far as who sees this may know of them.
fn changes(shape: &'static Shape, before: Columns<'_>, after: Columns<'_>, sight: &Sight) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (name, (field, _)) in &shape.fields {
        let mut compare = |column: &str, told: Told| {
            let value = |columns: Columns<'_>| {
                columns.and_then(|columns| columns.get(column)).filter(|value| !value.is_null()).cloned()
            };
            let (before, after) = (value(before), value(after));
            if before != after && !["version", "updated_at"].contains(&column) {
                changes.push(FieldChange {
                    field: name.clone(),
                    before: before.and_then(|value| told.text(&value)),
                    after: after.and_then(|value| told.text(&value)),
                    is_personal: matches!(told, Told::Nobody),
                });
            }
        };
        match *field {
            Field::Column(column) => compare(column.name, Told::As(column.kind)),
            Field::Personal(personal) => compare(personal.column, Told::Nobody),
            // Who was honoured is nothing for who may not see all members.
            Field::One(key, other) | Field::Maybe(key, other) if !sight.shows_all(other().table) => {
                compare(key, Told::Nobody);
            }
            Field::One(key, other) | Field::Maybe(key, other) => compare(key, Told::Id(other)),
            Field::Choice(others) => others.iter().for_each(|(key, other)| compare(key, Told::Id(*other))),
            Field::Id | Field::Many(..) | Field::Through(..) => {}
        }
    }
    changes
}

impl Told {
    /// A value as a text, the same on both engines.
    fn text(self, value: &Value) -> Option<String> {
        let text = match (self, value) {
            (Self::Nobody, _) => return None,
            (Self::Id(other), Value::Number(row)) => {
                NodeId::encode(other().table.name, row.as_i64().unwrap_or_default())
            }
            // SQLite keeps 0 or 1.
            (Self::As(Kind::Boolean), Value::Number(number)) => (number.as_i64() != Some(0)).to_string(),
            // And writes whole ones with a fraction.
            (Self::As(Kind::Number), Value::Number(number)) => {
                Number(number.as_f64().unwrap_or_default()).to_json().to_string()
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        Some(text)
    }
}
