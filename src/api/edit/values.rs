//! What values must be where their type alone does not say it: a line for each column that has a rule. Those of people are in
//! [`super::person`].

use crate::{
    domain::{Datum, Number, today},
    error::shown,
    store::TableInfo,
};

/// What a value must be.
enum Rule {
    /// So many digits of ASCII.
    Digits(usize),
    /// Small letters of ASCII, digits and hyphens.
    Slug,
    /// Capitals of ASCII, digits and underscores.
    Capitals,
    /// The code of a language: two small letters of ISO 639-1, or three where it has none.
    Language,
    /// No longer than so many characters.
    AtMost(usize),
    /// A number from one to another.
    From(f64, f64),
    /// No day to come.
    Past,
}

use Rule::{AtMost, Capitals, Digits, From, Language, Past, Slug};

/// Characters of a short name at most.
const MAX_SLUG: usize = 100;
const YEAR: Rule = From(1900.0, 2100.0);
const LATITUDE: Rule = From(-90.0, 90.0);
const LONGITUDE: Rule = From(-180.0, 180.0);

const RULES: [(&str, &str, Rule); 22] = [
    ("city", "code", Digits(2)),
    ("city", "latitude", LATITUDE),
    ("city", "longitude", LONGITUDE),
    ("ward", "code", Digits(5)),
    ("ward", "latitude", LATITUDE),
    ("ward", "longitude", LONGITUDE),
    // Some are so small that 0 is said of them.
    ("ward", "area_km2", From(0.0, 1e6)),
    ("dataset", "slug", Slug),
    ("source", "slug", Slug),
    ("source", "language", Language),
    ("organisation", "slug", Slug),
    ("team", "code", AtMost(20)),
    ("member", "joined_on", Past),
    ("member", "left_on", Past),
    ("festival", "slug", Slug),
    ("festival", "edition_year", YEAR),
    ("award", "ordinal", From(1.0, 10_000.0)),
    ("movement_model", "slug", Slug),
    ("movement_model", "years_running", From(0.0, 500.0)),
    ("designation", "year", YEAR),
    ("indicator", "code", Capitals),
    // Sums are made of whole millionths in 64 bits: thousands of the greatest figures can be added up so.
    ("observation", "value", From(-1e9, 1e9)),
];

/// A value that keeps the rule of its column, if there is one.
///
/// # Errors
/// Why it cannot be kept, as what follows its name in a sentence.
pub(super) fn checked(table: &TableInfo, column: &str, datum: Datum) -> Result<Datum, String> {
    let rule = RULES.iter().find(|(of, name, _)| *of == table.name && *name == column).map(|(.., rule)| rule);
    match rule {
        Some(rule) => rule.kept(&datum).map(|()| datum),
        None => Ok(datum),
    }
}

impl Rule {
    fn kept(&self, datum: &Datum) -> Result<(), String> {
        let must = |is_so: bool, what: String| match is_so {
            true => Ok(()),
            false => Err(format!("is {}, and must be {what}", told(datum))),
        };
        #[expect(clippy::cast_precision_loss, reason = "they come from 32 bits")]
        match (self, datum) {
            (Digits(count), Datum::Text(text)) => {
                must(text.len() == *count && all(text, |byte| byte.is_ascii_digit()), format!("{count} digits"))
            }
            (Slug, Datum::Text(text)) => {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                must(all(text, plain), "of the letters a–z, digits and hyphens".to_owned())?;
                AtMost(MAX_SLUG).kept(datum)
            }
            (Capitals, Datum::Text(text)) => {
                let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
                must(all(text, plain), "of the letters A–Z, digits and underscores".to_owned())?;
                AtMost(MAX_SLUG).kept(datum)
            }
            (Language, Datum::Text(text)) => {
                let is_code = (2..=3).contains(&text.len()) && all(text, |byte| byte.is_ascii_lowercase());
                must(is_code, "the code of a language, such as `vi`".to_owned())
            }
            (AtMost(most), Datum::Text(text)) => match text.chars().count() {
                length if length > *most => Err(format!("has {length} characters, and at most {most} are kept")),
                _ => Ok(()),
            },
            (From(least, most), Datum::Number(number)) => {
                must((*least..=*most).contains(&number.0), format!("from {least} to {most}"))
            }
            (From(least, most), Datum::Integer(number)) => {
                must((*least..=*most).contains(&(*number as f64)), format!("from {least} to {most}"))
            }
            (Past, Datum::Date(day)) if *day > today() => {
                Err(format!("is {day}, which is in the future: today is {}", today()))
            }
            _ => Ok(()),
        }
    }
}

fn all(text: &str, is_so: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(is_so)
}

/// A value as answers have it.
fn told(datum: &Datum) -> String {
    match datum {
        Datum::Number(number) => Number(number.0).to_json().to_string(),
        other => shown(&other.to_json().to_string()),
    }
}
