//! What writers send: input types made from the shapes of the schema's types, and read into the cells of a row.

use async_graphql::{InputType, Name, Value, indexmap::IndexMap, registry::Registry};
use unicode_normalization::UnicodeNormalization;

use super::{
    fields::{Holds, Writable, default, known, writable},
    person, values,
};
use crate::{
    api::{
        input::{input_field, input_object},
        plan::{Personal, Shape},
    },
    domain::{
        Date, Datum, Kind,
        RefusalCode::{Invalid, NotFound, Required},
    },
    error::{Error, shown},
    ids::NodeId,
    secrets::Secrets,
    store::edit::{Cells, Refused, Target},
};

/// Rows of one request at most.
pub const MAX_WRITES: usize = 250;
/// Characters of a text at most.
pub const MAX_TEXT: usize = 2_000;
/// Characters of a key for a request that may be sent again, at most.
pub const MAX_KEY: usize = 100;

pub(super) type Fields = IndexMap<Name, Value>;

const KEY: &str = "A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).";

/// What a type's inputs are called.
pub fn create_name(shape: &Shape) -> String {
    format!("{}CreateInput", shape.name)
}
/// See [`create_name`].
pub fn update_name(shape: &Shape) -> String {
    format!("{}UpdateInput", shape.name)
}
/// See [`create_name`].
pub fn create_rows_name(shape: &Shape) -> String {
    format!("{}BulkCreateInput", shape.name)
}
/// See [`create_name`].
pub fn update_rows_name(shape: &Shape) -> String {
    format!("{}BulkUpdateInput", shape.name)
}

/// Makes the input with which a row is created.
pub fn register_create(registry: &mut Registry, shape: &'static Shape) {
    let description = format!("A new row of type `{}` (tạo mới).", shape.name);
    input_object(registry, &create_name(shape), &description, false, |registry| {
        let mut fields = row_fields(registry, shape, true);
        fields.push(input_field("idempotencyKey", "String", KEY));
        fields
    });
}

/// Makes the input with which a row is changed.
pub fn register_update(registry: &mut Registry, shape: &'static Shape) {
    let description = format!(
        "A change of a row of type `{}`: what is left out stays as it is, null takes a value away (cập nhật).",
        shape.name
    );
    input_object(registry, &update_name(shape), &description, false, |registry| {
        let mut fields = target_fields(shape);
        fields.extend(row_fields(registry, shape, false));
        fields.push(input_field("idempotencyKey", "String", KEY));
        fields
    });
}

/// Makes the input with which several rows are created.
pub fn register_create_rows(registry: &mut Registry, shape: &'static Shape) {
    let row = format!("{}CreateRow", shape.name);
    let description = format!("One of several new rows of type `{}` (một dòng tạo mới).", shape.name);
    input_object(registry, &row, &description, false, |registry| row_fields(registry, shape, true));
    register_rows(
        registry,
        &create_rows_name(shape),
        &row,
        &format!("New rows of type `{}` (tạo mới nhiều dòng).", shape.name),
    );
}

/// Makes the input with which several rows are changed.
pub fn register_update_rows(registry: &mut Registry, shape: &'static Shape) {
    let row = format!("{}UpdateRow", shape.name);
    let description = format!("One of several changes of rows of type `{}` (một dòng cập nhật).", shape.name);
    input_object(registry, &row, &description, false, |registry| {
        let mut fields = target_fields(shape);
        fields.extend(row_fields(registry, shape, false));
        fields
    });
    register_rows(
        registry,
        &update_rows_name(shape),
        &row,
        &format!("Changes of rows of type `{}` (cập nhật nhiều dòng).", shape.name),
    );
}

fn register_rows(registry: &mut Registry, name: &str, row: &str, description: &str) {
    input_object(registry, name, description, false, |registry| {
        let mode = <super::BulkMode as InputType>::create_type_info(registry);
        vec![
            input_field("rows", format!("[{row}!]!"), "The rows: at least 1, at most 250 (các dòng)."),
            input_field(
                "mode",
                mode.trim_end_matches('!'),
                "What becomes of the others when a row is refused; ATOMIC if it is left out (cách ghi).",
            ),
            input_field("idempotencyKey", "String", KEY),
        ]
    });
}

fn target_fields(shape: &Shape) -> Vec<async_graphql::registry::MetaInputValue> {
    vec![
        input_field("id", "ID!", &format!("Which row of type `{}` (mã định danh).", shape.name)),
        input_field(
            "expectedVersion",
            "Int!",
            "The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).",
        ),
    ]
}

fn row_fields(
    registry: &mut Registry,
    shape: &'static Shape,
    is_new: bool,
) -> Vec<async_graphql::registry::MetaInputValue> {
    let field = |writable: &Writable| {
        let of = match writable.holds {
            Holds::Row(_) => "ID".to_owned(),
            Holds::Value(column) if column.kind == Kind::Date => <Date as InputType>::create_type_info(registry),
            Holds::Sealed(personal) if personal.kind == Kind::Date => <Date as InputType>::create_type_info(registry),
            Holds::Value(column) => (column.input)(registry),
            Holds::Sealed(_) => "String".to_owned(),
        };
        let required = if is_new && !writable.nullable && !writable.is_known { "!" } else { "" };
        let told = known(shape.table, writable.column).filter(|_| is_new).map(|(_, told)| told);
        let description = [Some(&*writable.description), told].into_iter().flatten().collect::<Vec<_>>().join(" ");
        input_field(&writable.name, format!("{}{required}", of.trim_end_matches('!')), &description)
    };
    writable(shape).iter().map(field).collect()
}

/// A row as its writer gave it.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) cells: Cells,
    pub(super) refused: Vec<Refused>,
}

/// Reads the cells of a row.
///
/// # Errors
/// Personal data cannot be sealed.
pub(super) fn read(shape: &'static Shape, fields: &Fields, is_new: bool, secrets: &Secrets) -> Result<Given, Error> {
    let mut given = Given::default();
    for writable in writable(shape) {
        match fields.get(writable.name.as_str()) {
            None if is_new => given.left_out(shape, &writable),
            None => {}
            Some(Value::Null) if writable.nullable => given.write_null(&writable),
            Some(Value::Null) => {
                let kept = "Leave it out to keep what it is.";
                let left_out = known(shape.table, writable.column).filter(|_| is_new).map_or(kept, |(_, told)| told);
                given.refuse(&writable, Required, format!("`{}` is never null. {left_out}", writable.name));
            }
            Some(value) => match writable.holds {
                Holds::Row(other) => given.row(&writable, other(), value),
                Holds::Sealed(personal) => {
                    let text = sealed_text(personal, value).map_err(|why| wrong(&writable, &why));
                    let text = text.and_then(|text| checked(shape, &writable, text, fields));
                    given.sealed(&writable, personal, text, secrets)?;
                }
                Holds::Value(column) => {
                    let datum = match column.kind {
                        Kind::Date => date(value).map_err(|why| wrong(&writable, &why)),
                        _ => (column.given)(value.clone()).map_err(|why| wrong(&writable, &why)),
                    };
                    let datum = match datum {
                        Ok(Datum::Text(text)) if writable.holds.is_free_text() => {
                            let text = clean(&text).map_err(|why| wrong(&writable, &why));
                            text.and_then(|text| checked(shape, &writable, text, fields)).map(Datum::Text)
                        }
                        other => other,
                    };
                    let sound = |datum| values::checked(shape.table, column.name, datum);
                    given.value(&writable, datum.and_then(|datum| sound(datum).map_err(|why| wrong(&writable, &why))));
                }
            },
        }
    }
    Ok(given)
}

impl Given {
    fn refuse(&mut self, writable: &Writable, code: crate::domain::RefusalCode, message: String) {
        self.refused.push(Refused::new(code, message).at(writable.column));
    }

    fn left_out(&mut self, shape: &'static Shape, writable: &Writable) {
        match default(shape.table, writable.column) {
            Some(Some(text)) => self.cells.push((writable.column, Some(Datum::Text(text.to_owned())))),
            Some(None) => {}
            None if writable.nullable => {}
            None => self.refuse(writable, Required, format!("`{}` is missing.", writable.name)),
        }
    }

    fn write_null(&mut self, writable: &Writable) {
        self.cells.push((writable.column, None));
        if let Holds::Sealed(Personal { hash: Some(hash), .. }) = writable.holds {
            self.cells.push((hash, None));
        }
    }

    fn row(&mut self, writable: &Writable, other: &'static Shape, value: &Value) {
        let id = match value {
            Value::String(text) => NodeId::decode(text).ok().filter(|id| id.table == other.table.name),
            _ => None,
        };
        match id {
            Some(id) => self.cells.push((writable.column, Some(Datum::Integer(id.row)))),
            None => {
                let message = format!(
                    "`{}` is {}, which is no id of the type `{}`.",
                    writable.name,
                    shown(&value.to_string()),
                    other.name
                );
                self.refuse(writable, NotFound, message);
            }
        }
    }

    fn value(&mut self, writable: &Writable, datum: Result<Datum, String>) {
        match datum {
            Ok(datum) => self.cells.push((writable.column, Some(datum))),
            Err(why) => self.refuse(writable, Invalid, why),
        }
    }

    /// Writes a value sealed, and the hash that it is found by.
    fn sealed(
        &mut self,
        writable: &Writable,
        personal: Personal,
        text: Result<String, String>,
        secrets: &Secrets,
    ) -> Result<(), Error> {
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                self.refuse(writable, Invalid, why);
                return Ok(());
            }
        };
        let sealed = secrets.seal(personal.purpose, &text).map_err(Error::internal)?;
        self.cells.push((writable.column, Some(Datum::Text(sealed))));
        if let Some(hash) = personal.hash {
            let first = secrets.hashes(personal.purpose, &text).into_iter().next();
            self.cells.push((hash, first.map(Datum::Text)));
        }
        Ok(())
    }
}

/// What is wrong with a value, as a sentence.
fn wrong(writable: &Writable, why: &str) -> String {
    format!("`{}` {why}.", writable.name)
}

/// A text that keeps the rules for people, if there are any for it.
fn checked(shape: &Shape, writable: &Writable, text: String, fields: &Fields) -> Result<String, String> {
    person::checked(shape, writable.column, text, fields)
}

/// A value that is to be sealed, as a text.
fn sealed_text(personal: Personal, value: &Value) -> Result<String, String> {
    match (personal.kind, value) {
        (Kind::Date, value) => date(value).map(|datum| datum.to_json().as_str().unwrap_or_default().to_owned()),
        (_, Value::String(text)) => clean(text),
        (_, other) => Err(format!("is {other}, and must be a text")),
    }
}

/// A day.
fn date(value: &Value) -> Result<Datum, String> {
    let day = <Date as InputType>::parse(Some(value.clone())).ok().and_then(|day| Datum::date(day.0));
    day.ok_or_else(|| format!("is {}, which is no day such as 2025-07-01", shown(&value.to_string())))
}

/// A text as it is kept: composed (NFC), with single spaces, and none at its ends.
fn clean(text: &str) -> Result<String, String> {
    let text: String = text.nfc().collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    match length {
        0 => Err("is empty".to_owned()),
        _ if length > MAX_TEXT => Err(format!("has {length} characters, and at most {MAX_TEXT} are kept")),
        _ if text.chars().any(char::is_control) => Err("has a character in it that cannot be seen".to_owned()),
        _ => Ok(text),
    }
}

/// The row that is to be changed.
pub(super) fn target(shape: &'static Shape, fields: &Fields) -> Result<Target, Refused> {
    let missing = || Refused::missing(shape.table.name).at("id");
    let Some(Value::String(id)) = fields.get("id") else { return Err(missing()) };
    let id = NodeId::decode(id).ok().filter(|id| id.table == shape.table.name).ok_or_else(missing)?;
    let expected = match fields.get("expectedVersion") {
        Some(Value::Number(number)) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        _ => None,
    };
    let wrong = || Refused::new(Required, "`expectedVersion` is missing.").at("version");
    Ok(Target { table: shape.table, row: id.row, expected: Some(expected.ok_or_else(wrong)?) })
}

/// The key of a request that may be sent again.
pub(super) fn key(fields: &Fields) -> Result<Option<String>, Error> {
    match fields.get("idempotencyKey") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => checked_key(Some(key.clone())),
        Some(_) => Err(Error::BadInput("`idempotencyKey` must be a text.".to_owned())),
    }
}

/// The same, if it is one.
pub(super) fn checked_key(key: Option<String>) -> Result<Option<String>, Error> {
    let sound = |key: &String| (1..=MAX_KEY).contains(&key.chars().count()) && !key.contains('\0');
    match key.as_ref().is_none_or(sound) {
        true => Ok(key),
        false => Err(Error::BadInput(format!("`idempotencyKey` has 1 to {MAX_KEY} characters."))),
    }
}
