//! The values of a person: what they must be is said once, for rosters and writers alike ([`crate::domain::people`]).

use async_graphql::InputType;
use chrono::NaiveDate;

use super::input::Fields;
use crate::{
    api::plan::Shape,
    domain::{Date, Gender, people, today},
};

/// A value of a member as it is kept, where there are rules for it; otherwise the value itself. `fields` are what was sent
/// with it.
///
/// # Errors
/// Why it cannot be kept, as a sentence.
pub(super) fn checked(shape: &Shape, column: &str, text: String, fields: &Fields) -> Result<String, String> {
    if shape.table.name != "member" {
        return Ok(text);
    }
    let said = |error: &dyn std::fmt::Display| error.to_string();
    match column {
        "full_name" => people::full_name(&text).map_err(|error| said(&error)),
        "phone" => people::phone(&text).map_err(|error| said(&error)),
        "national_id" => {
            people::national_id(&text, gender(fields), day(fields, "birthDate")).map_err(|error| said(&error))
        }
        "birth_date" => match text.parse() {
            // Whether it agrees with the day of joining is seen once the row is written, with what it has already.
            Ok(born) => people::birth_date(born, today()).map(|_| text).map_err(|error| said(&error)),
            Err(_) => Ok(text),
        },
        _ => Ok(text),
    }
}

fn day(fields: &Fields, name: &str) -> Option<NaiveDate> {
    <Date as InputType>::parse(Some(fields.get(name)?.clone())).ok().map(|day| day.0)
}

fn gender(fields: &Fields) -> Option<Gender> {
    Gender::parse(Some(fields.get("gender")?.clone())).ok()
}
