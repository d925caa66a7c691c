//! What is asked of a value: the operators for each kind of column, and the input objects that offer them.

use async_graphql::registry::{MetaInputValue, Registry};

use crate::{
    api::{
        input::{input_field, input_object},
        plan::Column,
    },
    domain::Kind,
    store::TableInfo,
};

/// Stands for texts that are sealed.
pub(super) const SEALED: &str = "Sealed";

/// What is asked of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    In,
    Nin,
    Gt,
    Gte,
    Lt,
    Lte,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    IsNull,
}

use Operator::{Contains, EndsWith, Equal, Gt, Gte, In, IsNull, Lt, Lte, Matches, Nin, NotEqual, StartsWith};

const EQUALITY: &[Operator] = &[Equal, NotEqual];
pub(super) const MEMBERSHIP: &[Operator] = &[Equal, NotEqual, In, Nin];
pub(super) const COMPARISONS: &[Operator] = &[Equal, NotEqual, In, Nin, Gt, Gte, Lt, Lte];
const LITERALS: &[Operator] = &[Equal, NotEqual, In, Nin, Contains, StartsWith, EndsWith];
const TEXTS: &[Operator] = &[Equal, NotEqual, In, Nin, Contains, StartsWith, EndsWith, Matches];

impl Operator {
    pub(super) const ALL: [Self; 13] =
        [Equal, NotEqual, In, Nin, Gt, Gte, Lt, Lte, Contains, StartsWith, EndsWith, Matches, IsNull];

    pub(super) fn name(self) -> &'static str {
        match self {
            Equal => "eq",
            NotEqual => "ne",
            In => "in",
            Nin => "nin",
            Gt => "gt",
            Gte => "gte",
            Lt => "lt",
            Lte => "lte",
            Contains => "contains",
            StartsWith => "startsWith",
            EndsWith => "endsWith",
            Matches => "matches",
            IsNull => "isNull",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Equal => "It is equal (bằng).",
            NotEqual => "It is not equal, or there is none (khác).",
            In => "It is one of these, at most 250; of none of them if the list is empty (thuộc danh sách).",
            Nin => "It is none of these, at most 250, or there is none (không thuộc danh sách).",
            Gt => "It is greater, or later (lớn hơn, sau).",
            Gte => "It is greater or equal, or not earlier (lớn hơn hoặc bằng, từ).",
            Lt => "It is less, or earlier (nhỏ hơn, trước).",
            Lte => "It is less or equal, or not later (nhỏ hơn hoặc bằng, đến).",
            Contains => "It has this text in it, to the letter: capitals and tones count (chứa đúng chuỗi).",
            StartsWith => "It begins with this text, to the letter (bắt đầu bằng).",
            EndsWith => "It ends with this text, to the letter (kết thúc bằng).",
            Matches => {
                "It has these words in it, side by side; the last may be only begun. Capitals, tones, đ and the kind of unit (phường, P., xã, TP. …) do not matter: `ninh kieu`, `P. An Hoà`. Of a place, what follows a comma must be true of a unit above it: `An Hòa, Ninh Kiều` (khớp không dấu)."
            }
            IsNull => "Whether there is none (không có giá trị).",
        }
    }

    /// The type of what it compares with, for columns of the type `of`.
    fn of(self, of: &str) -> String {
        match self {
            In | Nin => format!("[{of}!]"),
            Contains | StartsWith | EndsWith | Matches => "String".to_owned(),
            IsNull => "Boolean".to_owned(),
            _ => of.to_owned(),
        }
    }
}

/// What may be asked of a column.
pub(super) fn operators(column: &Column, table: &TableInfo) -> Vec<Operator> {
    let operators = match column.kind {
        Kind::Boolean => EQUALITY,
        Kind::Integer | Kind::Number | Kind::Date | Kind::Moment => COMPARISONS,
        Kind::Text if table.alphabetical(column.name).is_some() => TEXTS,
        Kind::Text if column.is_free_text => LITERALS,
        Kind::Text => MEMBERSHIP,
    };
    operators.iter().copied().chain(column.nullable.then_some(IsNull)).collect()
}

/// The input object with these operators for values of the type `of`.
pub(super) fn operators_type(registry: &mut Registry, of: &str, operators: &[Operator]) -> String {
    let nullable = if operators.contains(&IsNull) { "Nullable" } else { "" };
    let values = match of {
        "DateBound" => "Date",
        SEALED => "Personal",
        "String" if operators.contains(&Matches) => "Text",
        other => other,
    };
    let name = format!("{nullable}{values}Filter");
    let description = match of {
        SEALED => "What must be true of a value that is personal data (điều kiện trên dữ liệu cá nhân): it needs the scope `members:personal`. It is kept sealed, and is found only by what it is equal to.".to_owned(),
        of => format!("What must be true of a value of type `{of}` (điều kiện trên giá trị). Several are all to be true."),
    };
    input_object(registry, &name, &description, false, |_| {
        let of = if of == SEALED { "String" } else { of };
        let field = |operator: &Operator| -> MetaInputValue {
            input_field(operator.name(), operator.of(of), operator.description())
        };
        operators.iter().map(field).collect()
    });
    name
}
