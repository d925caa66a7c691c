//! How values are kept in columns, for whoever reads them without a model, or compares with them.

use async_graphql::InputType;

use super::{
    Date, DateBound, DateTime, Number, PartialDate,
    datum::{Datum, Ordered},
};

/// The form that a column's values have in the database and in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A text in both; enums are kept as the text of their GraphQL values.
    Text,
    /// A whole number in both.
    Integer,
    /// SQLite keeps 0 or 1.
    Boolean,
    /// A [`Date`]. SQLite keeps the text that answers have.
    Date,
    /// A [`DateTime`]. SQLite keeps a text of RFC 3339.
    Moment,
    /// A [`Number`].
    Number,
}

/// A type of values that a column holds.
pub trait Stored {
    /// Their form.
    const KIND: Kind;
    /// Whether the column may hold none.
    const NULLABLE: bool = false;
    /// What a client gives to compare with.
    type Given: InputType;

    /// What the database compares with.
    fn datum(given: Self::Given) -> Datum;
}

macro_rules! stored {
    ($($name:ty: $kind:ident from $given:ty, |$value:ident| $datum:expr;)+) => {$(
        impl Stored for $name {
            const KIND: Kind = Kind::$kind;
            type Given = $given;

            fn datum($value: $given) -> Datum {
                $datum
            }
        }
    )+};
}

stored! {
    String: Text from String, |value| Datum::Text(value);
    PartialDate: Text from PartialDate, |value| Datum::Text(value.0);
    i32: Integer from i32, |value| Datum::Integer(value.into());
    bool: Boolean from bool, |value| Datum::Boolean(value);
    Date: Date from DateBound, |value| Datum::Date(value.0);
    DateTime: Moment from DateTime, |value| Datum::Moment(value.0);
    Number: Number from f64, |value| Datum::Number(Ordered(value));
}

impl<V: Stored> Stored for Option<V> {
    const KIND: Kind = V::KIND;
    const NULLABLE: bool = true;
    type Given = V::Given;

    fn datum(given: Self::Given) -> Datum {
        V::datum(given)
    }
}
