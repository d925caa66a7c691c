//! Deprecations that keep their promise: each names the day from which its element may be gone, long enough ahead.

use chrono::{Months, NaiveDate};

use super::{
    Change, Weight,
    elements::{Element, Elements},
};

/// Months that an element stays at least, from the release on in which it is first deprecated.
pub const MONTHS: u32 = 6;

/// What stands before the day in the reason of a deprecation, and behind it.
const BEFORE: &str = "Removal on ";
const BEHIND: char = '.';

/// The day from which a deprecated element may be gone, by the reason of the deprecation: `Use … . Removal on 2027-06-30.`
pub(super) fn removal(reason: &str) -> Option<NaiveDate> {
    let (_, day) = reason.split_once(BEFORE)?;
    let (day, _) = day.split_once(BEHIND)?;
    // As ISO 8601 writes it, and in no other way.
    day.parse::<NaiveDate>().ok().filter(|date| date.to_string() == day)
}

/// What is deprecated without a day, till too near a day, or still after it.
pub(super) fn faults(released: &Elements, present: &Elements, today: NaiveDate) -> Vec<Change> {
    let faults = present.iter().filter_map(|(path, element)| {
        let reason = element.deprecated.as_deref()?;
        let fault = match removal(reason) {
            Some(day) => fault(day, released.get(path), today)?,
            None => format!("has no day on which it goes: end the reason with `{BEFORE}2027-06-30{BEHIND}`"),
        };
        Some(Change { weight: Weight::Deprecation, text: format!("`{path}` {fault}.") })
    });
    faults.collect()
}

/// What is wrong with the day on which an element goes.
fn fault(day: NaiveDate, before: Option<&Element>, today: NaiveDate) -> Option<String> {
    if day < today {
        return Some(format!("was to go on {day}, and is still there"));
    }
    let promised = before.and_then(|element| element.deprecated.as_deref()).and_then(removal);
    match promised {
        Some(promised) if day < promised => Some(format!("was to go on {promised}, and now is on {day}")),
        Some(_) => None,
        None => {
            let earliest = today.checked_add_months(Months::new(MONTHS))?;
            (day < earliest).then(|| {
                format!("is newly deprecated and goes on {day}, and {MONTHS} months from today are {earliest}")
            })
        }
    }
}
