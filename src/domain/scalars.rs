//! Values that are the same in a column and in the schema.

use std::{borrow::Cow, fmt};

use async_graphql::{
    ContextSelectionSet, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType, ServerResult,
    Value, parser::types::Field, registry::Registry,
};
use chrono::{Days, Duration, Months, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, Utc};
use sea_orm::DeriveValueType;

use super::datum::is_usual;

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

/// A day to compare with, such as `2025-07-01`, or so long before today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateBound(pub NaiveDate);

impl DateBound {
    /// Reads a day, or a duration in years, months, weeks and days (`P3M`, `-P1Y6M`, `P0D`) as that long before `today`.
    pub fn parse(text: &str, today: NaiveDate) -> Option<Self> {
        let day = match text.strip_prefix('-').unwrap_or(text).strip_prefix('P') {
            Some(duration) => before(today, duration)?,
            None => text.parse().ok()?,
        };
        is_usual(&day).then_some(Self(day))
    }
}

/// The day that lies `duration` (what follows the `P` of ISO 8601) before another one.
fn before(day: NaiveDate, duration: &str) -> Option<NaiveDate> {
    units(duration)?
        .into_iter()
        .try_fold(day, |day, (months, days)| day.checked_sub_months(months)?.checked_sub_days(days))
}

/// The moment that lies a duration in years, months, weeks and days (`P3M`, `P90D`) after another one, as long as it has a
/// usual year.
pub fn after(moment: chrono::DateTime<Utc>, duration: &str) -> Option<chrono::DateTime<Utc>> {
    units(duration.strip_prefix('P')?)?
        .into_iter()
        .try_fold(moment, |moment, (months, days)| moment.checked_add_months(months)?.checked_add_days(days))
        .filter(is_usual)
}

/// The months and days of each unit of a duration, each unit once, from the largest to the smallest.
fn units(duration: &str) -> Option<Vec<(Months, Days)>> {
    let (mut rest, mut steps) = (duration, Vec::new());
    for (unit, months, days) in [('Y', 12, 0), ('M', 1, 0), ('W', 0, 7), ('D', 0, 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            let count: u32 = count.parse().ok().filter(|_| count.bytes().all(|digit| digit.is_ascii_digit()))?;
            steps.push((Months::new(count.checked_mul(months)?), Days::new(u64::from(count) * days)));
            rest = after;
        }
    }
    (rest.is_empty() && !duration.is_empty()).then_some(steps)
}

/// The clocks of Vietnam are seven hours ahead of UTC all year.
const VIETNAM: Duration = Duration::hours(7);

/// Today in Vietnam.
pub fn today() -> NaiveDate {
    day_of(Utc::now())
}

/// The day on which a moment is in Vietnam.
pub fn day_of(moment: chrono::DateTime<Utc>) -> NaiveDate {
    (moment + VIETNAM).date_naive()
}

/// The moment at which a day begins in Vietnam.
pub fn beginning_of(day: NaiveDate) -> Option<chrono::DateTime<Utc>> {
    end_of(day.pred_opt()?)
}

/// The moment at which a day ends in Vietnam.
pub fn end_of(day: NaiveDate) -> Option<chrono::DateTime<Utc>> {
    Some(day.succ_opt()?.and_time(NaiveTime::MIN).checked_sub_signed(VIETNAM)?.and_utc()).filter(is_usual)
}

/// A day to compare with: a date such as `2025-07-01`, or an ISO 8601 duration back from today in Vietnam, such as `P3M` (three months ago), `P1Y6M`, `P2W` or `P0D` (today); `-P3M` means the same (ngày, hoặc khoảng thời gian tính lùi từ hôm nay).
#[Scalar(name = "DateBound")]
impl ScalarType for DateBound {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Self::parse(text, today()).ok_or_else(|| {
                InputValueError::custom(format!(
                    "\"{text}\" is neither a date such as 2025-07-01 nor a duration such as P3M"
                ))
            }),
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
            Value::String(text) => match text.parse::<chrono::DateTime<Utc>>() {
                Ok(moment) if is_usual(&moment) => Ok(Self(moment.trunc_subsecs(3))),
                _ => Err(InputValueError::custom(format!("\"{text}\" is not a moment such as 2026-08-19T07:30:00Z"))),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_go_on_from_a_moment() {
        let moment = |text: &str| text.parse::<chrono::DateTime<Utc>>().ok();
        let Some(now) = moment("2026-01-31T10:00:00Z") else { panic!("not a moment") };
        assert_eq!(after(now, "P0D"), Some(now));
        assert_eq!(after(now, "P90D"), moment("2026-05-01T10:00:00Z"));
        assert_eq!(after(now, "P1Y1M"), moment("2027-02-28T10:00:00Z"));
        for text in ["", "P", "90D", "-P90D", "P-1D", "PT1H", "P9999Y"] {
            assert_eq!(after(now, text), None, "{text}");
        }
        assert_eq!(NaiveDate::from_ymd_opt(2026, 12, 31).and_then(end_of), moment("2026-12-31T17:00:00Z"));
    }

    #[test]
    fn durations_go_back_from_a_day() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).map(DateBound);
        let Some(DateBound(today)) = day(2026, 5, 31) else { panic!("not a day") };
        for (text, expected) in [
            ("2025-07-01", day(2025, 7, 1)),
            ("P0D", day(2026, 5, 31)),
            ("P1D", day(2026, 5, 30)),
            ("P2W", day(2026, 5, 17)),
            // The last day of a shorter month.
            ("P3M", day(2026, 2, 28)),
            ("-P3M", day(2026, 2, 28)),
            ("P1Y6M", day(2024, 11, 30)),
            ("P1Y2M1W1D", day(2025, 3, 23)),
            ("2025-02-30", None),
            ("P", None),
            ("-P", None),
            ("P3", None),
            ("3M", None),
            ("P3M1Y", None),
            ("P1M1M", None),
            ("P+3M", None),
            ("P-3M", None),
            ("P1.5M", None),
            ("PT5H", None),
            ("P1DT5H", None),
            ("p3m", None),
            ("P9999Y", None),
            ("P4294967295Y", None),
            ("P99999999999D", None),
            ("", None),
        ] {
            assert_eq!(DateBound::parse(text, today), expected, "{text}");
        }
    }
}
