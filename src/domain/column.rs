//! How values are kept in columns, for whoever reads them without a model.

use super::{Date, DateTime, Number, PartialDate};

/// The form that a column's values have in the database and in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

macro_rules! stored {
    ($($name:ty: $kind:ident,)+) => {$(
        impl Stored for $name {
            const KIND: Kind = Kind::$kind;
        }
    )+};
}

stored! {
    String: Text,
    PartialDate: Text,
    i32: Integer,
    bool: Boolean,
    Date: Date,
    DateTime: Moment,
    Number: Number,
}

impl<V: Stored> Stored for Option<V> {
    const KIND: Kind = V::KIND;
}
