//! Values that are the same in a column and in the schema.

use std::{borrow::Cow, fmt};

use async_graphql::{
    ContextSelectionSet, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType, ServerResult,
    Value, parser::types::Field, registry::Registry,
};
use chrono::{NaiveDate, SecondsFormat, Utc};
use sea_orm::DeriveValueType;

/// A calendar day without time or zone, such as `2025-07-01` (ngày).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Date(pub NaiveDate);

/// A calendar day without time or zone, as ISO 8601 writes it: `2025-07-01` (ngày).
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| InputValueError::custom(format!("\"{text}\" is not a date such as 2025-07-01"))),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A moment in time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A moment in time as RFC 3339 writes it, in UTC: `2026-08-19T07:30:00.000Z` (thời điểm).
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => match text.parse() {
                Ok(moment) => Ok(Self(moment)),
                Err(_) => {
                    Err(InputValueError::custom(format!("\"{text}\" is not a moment such as 2026-08-19T07:30:00Z")))
                }
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A date as exact as it is known: a year, a month or a day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
pub struct PartialDate(pub String);

impl PartialDate {
    /// Reads `2025`, `2025-07` or `2025-07-28`; nothing else is one.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = match text.len() {
            4 => format!("{text}-01-01"),
            7 => format!("{text}-01"),
            10 => text.to_owned(),
            _ => return None,
        };
        NaiveDate::parse_from_str(&whole, "%Y-%m-%d").ok().map(|_| Self(text.to_owned()))
    }
}

/// A date as exactly as it is known, as ISO 8601 writes it: a day `2025-07-28`, a month `2025-07` or a year `2025` (ngày, tháng hoặc năm).
#[Scalar(name = "PartialDate")]
impl ScalarType for PartialDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Self::parse(text)
                .ok_or_else(|| InputValueError::custom(format!("\"{text}\" is not 2025, 2025-07 or 2025-07-28"))),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A number that may have a fraction. Whole numbers are written without one: `1888`, not `1888.0`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, DeriveValueType)]
pub struct Number(pub f64);

impl Number {
    /// Up to here every whole number has an `f64` of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;

    /// The number as answers write it.
    pub fn to_json(self) -> Value {
        if self.0.fract() == 0.0 && self.0.abs() < Self::EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and within the exact range")]
            let whole = self.0 as i64;
            return Value::from(whole);
        }
        Value::from(self.0)
    }
}

impl OutputType for Number {
    fn type_name() -> Cow<'static, str> {
        <f64 as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <f64 as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(self.to_json())
    }
}
