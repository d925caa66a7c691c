//! What a row was, as the schema tells it: each change, by whom, with the fields that it changed.

use async_graphql::{Context, Enum, SimpleObject};
use serde_json::{Map, Value};

use super::{
    context::{answered, charge, loads, sight},
    me::Asker,
    node::shape,
    plan::{Field, Other, Shape},
};
use crate::{
    auth::Scope,
    domain::DateTime,
    error::Error,
    ids::NodeId,
    store::history::{self, Entry},
};

/// Changes of one page at most.
pub const MAX_HISTORY: u32 = 100;

/// What a change did to a row (loại thay đổi).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum HistoryOperation {
    /// It was added (thêm mới).
    Created,
    /// It was changed (sửa).
    Changed,
    /// It was taken away (xóa).
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
    /// What it was, as a text; null for nothing, and for personal data. Of a field that leads to another row, the id of that (giá trị cũ).
    before: Option<String>,
    /// What it became (giá trị mới).
    after: Option<String>,
    /// Whether it is personal data, which history tells nobody (dữ liệu cá nhân).
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
    let first = i64::from(first.unwrap_or(20));
    let most = u32::try_from(first).ok().filter(|first| (1..=MAX_HISTORY).contains(first));
    let most = most.ok_or(Error::PageSize { argument: "first", max: MAX_HISTORY, actual: first })?;
    let wrong = Error::Cursor { argument: "before", reason: "it is no place in a history" };
    let before = before.map(|text| text.parse::<i64>().ok().filter(|number| *number > 0).ok_or(wrong)).transpose()?;
    let store = loads(ctx).loader().store();
    let found = history::of_row(store, sight(ctx), shape.table, row, (most, before)).await?;
    charge(ctx, found.len(), ctx.field())?;
    answered(ctx, found.len());
    let older = (found.len() == most as usize).then(|| found.last().map(|entry| entry.number.to_string())).flatten();
    Ok(History { entries: found.into_iter().map(|entry| HistoryEntry::of(shape, entry)).collect(), older })
}

impl HistoryEntry {
    fn of(shape: &'static Shape, entry: Entry) -> Self {
        let operation = match (entry.operation.as_str(), entry.reason.as_deref()) {
            ("INSERT", _) => HistoryOperation::Created,
            ("DELETE", Some("MERGE")) => HistoryOperation::Merged,
            ("DELETE", _) => HistoryOperation::Deleted,
            (_, Some("REDACT")) => HistoryOperation::Redacted,
            _ => HistoryOperation::Changed,
        };
        Self {
            operation,
            version: entry.version,
            changed_at: DateTime(entry.at),
            changed_by: entry.who,
            changes: changes(shape, entry.before.as_ref(), entry.after.as_ref()),
        }
    }
}

type Columns<'a> = Option<&'a Map<String, Value>>;

/// The fields of a type that are others than before.
fn changes(shape: &'static Shape, before: Columns<'_>, after: Columns<'_>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (name, (field, _)) in &shape.fields {
        let mut compare = |column: &str, of: Option<Other>, is_personal: bool| {
            let value = |columns: Columns<'_>| {
                columns.and_then(|columns| columns.get(column)).filter(|value| !value.is_null()).cloned()
            };
            let (before, after) = (value(before), value(after));
            if before != after && !["version", "updated_at"].contains(&column) {
                let shown = |value: Option<Value>| value.filter(|_| !is_personal).map(|value| text(&value, of));
                changes.push(FieldChange {
                    field: name.clone(),
                    before: shown(before),
                    after: shown(after),
                    is_personal,
                });
            }
        };
        match *field {
            Field::Column(column) => compare(column.name, None, false),
            Field::Personal(personal) => compare(personal.column, None, true),
            Field::One(key, other) | Field::Maybe(key, other) => compare(key, Some(other), false),
            Field::Choice(others) => others.iter().for_each(|(key, other)| compare(key, Some(*other), false)),
            Field::Id | Field::Many(..) | Field::Through(..) => {}
        }
    }
    changes
}

/// A value as a text: of a column that names a row, its id.
fn text(value: &Value, of: Option<Other>) -> String {
    match (value, of) {
        (Value::Number(number), Some(other)) => NodeId::encode(other().table.name, number.as_i64().unwrap_or_default()),
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    }
}
