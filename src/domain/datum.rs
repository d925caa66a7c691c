//! A value of a column, whatever its kind: what a client compares with, and what gives a row its place in a list.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate, SecondsFormat, Utc};
use serde_json::Value as Json;

use super::Kind;

/// A value that is not null.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// Of [`Kind::Boolean`].
    Boolean(bool),
    /// Of [`Kind::Integer`].
    Integer(i64),
    /// Of [`Kind::Number`].
    Number(Ordered),
    /// Of [`Kind::Date`].
    Date(NaiveDate),
    /// Of [`Kind::Moment`].
    Moment(chrono::DateTime<Utc>),
    /// Of [`Kind::Text`].
    Text(String),
}

/// A number that is never NaN, with an order.
#[derive(Clone, Copy, Debug)]
pub struct Ordered(pub f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ordered {}
impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
impl std::hash::Hash for Ordered {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl Datum {
    /// The value as a cursor has it.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Boolean(value) => Json::from(*value),
            Self::Integer(value) => Json::from(*value),
            Self::Number(value) => Json::from(value.0),
            Self::Date(value) => Json::from(value.to_string()),
            Self::Moment(value) => Json::from(value.to_rfc3339_opts(SecondsFormat::Micros, true)),
            Self::Text(value) => Json::from(value.as_str()),
        }
    }

    /// A value of this kind from a cursor, if it is one that both engines can compare with.
    pub fn from_json(json: &Json, kind: Kind) -> Option<Self> {
        match kind {
            Kind::Boolean => json.as_bool().map(Self::Boolean),
            Kind::Integer => json.as_i64().map(Self::Integer),
            Kind::Number => json.as_f64().map(|number| Self::Number(Ordered(number))),
            Kind::Date => Self::date(json.as_str()?.parse().ok()?),
            Kind::Moment => json.as_str()?.parse::<chrono::DateTime<Utc>>().ok().filter(is_usual).map(Self::Moment),
            Kind::Text => json.as_str().filter(|text| !text.contains('\0')).map(|text| Self::Text(text.to_owned())),
        }
    }

    /// A day, if it has a year of four digits.
    pub fn date(day: NaiveDate) -> Option<Self> {
        is_usual(&day).then_some(Self::Date(day))
    }
}

/// Whether both engines know the year.
pub(super) fn is_usual(day: &impl Datelike) -> bool {
    (1..=9999).contains(&day.year())
}
