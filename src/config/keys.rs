//! The options of `antq keys`.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use clap::{Args, Subcommand};

use crate::{
    auth::Scope,
    domain::{after, end_of},
};

/// What can be done about API keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key and prints it, once.
    Create(CreateArgs),
    /// Lists the keys that there are and were.
    List(ListArgs),
    /// Ends a key at once.
    Revoke(RevokeArgs),
    /// Makes a new key of the same name and rights and prints it, once; the old one ends.
    Rotate(RotateArgs),
}

/// Options of `antq keys create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// What the key is called, in lists and in the log: 1 to 64 letters.
    #[arg(long, env = "ANTQ_KEY_NAME", value_parser = name)]
    pub name: String,
    /// What it may do beyond what everyone may: members:read, members:personal, registry:write, admin. Several are divided by commas.
    #[arg(long = "scope", env = "ANTQ_KEY_SCOPES", value_name = "SCOPE", value_delimiter = ',', num_args = 1.., value_parser = scope)]
    pub scopes: Vec<Scope>,
    /// Until when it is good: a day, whose end in Vietnam ends it (2027-01-01), or for how long from now (P90D, P1Y). Without end if this is left out.
    #[arg(long, env = "ANTQ_KEY_EXPIRES", value_name = "DAY|DURATION")]
    pub expires: Option<Ends>,
    /// Codes of the only cities and provinces whose members it may see.
    #[arg(long = "city", env = "ANTQ_KEY_CITIES", value_name = "CODE", value_delimiter = ',', num_args = 1..)]
    pub cities: Vec<String>,
    /// Codes of the only wards whose members it may see, beside those of the cities.
    #[arg(long = "ward", env = "ANTQ_KEY_WARDS", value_name = "CODE", value_delimiter = ',', num_args = 1..)]
    pub wards: Vec<String>,
}

/// Options of `antq keys list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Prints JSON in place of a table.
    #[arg(long, env = "ANTQ_KEYS_JSON")]
    pub json: bool,
}

/// Options of `antq keys revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// What the key is called.
    pub name: String,
}

/// Options of `antq keys rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// What the key is called.
    pub name: String,
    /// How long the old key is still good (P7D); not at all if this is left out.
    #[arg(long, env = "ANTQ_KEY_GRACE", value_name = "DURATION", value_parser = duration)]
    pub grace: Option<String>,
    /// Until when the new key is good, as for `create`; as long as the old one if this is left out.
    #[arg(long, env = "ANTQ_KEY_EXPIRES", value_name = "DAY|DURATION")]
    pub expires: Option<Ends>,
}

/// When a key is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// With this day, in Vietnam.
    With(NaiveDate),
    /// So long from now.
    After(String),
}

impl FromStr for Ends {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = text.parse().map(Self::With);
        day.or_else(|_| duration(text).map(Self::After))
            .map_err(|_| "neither a day such as 2027-01-01 nor a duration such as P90D")
    }
}

impl Ends {
    /// The moment that it means, if that is to come.
    pub fn moment(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moment = match self {
            Self::With(day) => end_of(*day),
            Self::After(duration) => after(now, duration),
        };
        moment.map(|moment| moment.trunc_subsecs(3)).filter(|moment| *moment > now)
    }
}

/// The longest name.
const MAX_NAME: usize = 64;

fn name(text: &str) -> Result<String, String> {
    let sound = text == text.trim() && !text.chars().any(char::is_control);
    match text.chars().count() {
        1..=MAX_NAME if sound => Ok(text.to_owned()),
        _ => Err(format!("a name has 1 to {MAX_NAME} printable characters, and no space at its ends")),
    }
}

fn scope(text: &str) -> Result<Scope, String> {
    let names = || Scope::ALL.map(Scope::as_str).join(", ");
    Scope::named(text).ok_or_else(|| format!("it may be one of {}", names()))
}

fn duration(text: &str) -> Result<String, &'static str> {
    // Whether it is one does not depend on the day.
    let duration = after(DateTime::UNIX_EPOCH, text).map(|_| text.to_owned());
    duration.ok_or("not a duration such as P7D (years, months, weeks, days)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_at_a_moment_to_come() {
        let moment = |text: &str| text.parse::<DateTime<Utc>>().unwrap_or_default();
        let now = moment("2026-11-25T10:00:00Z");
        let ends = |text: &str| text.parse().ok().and_then(|ends: Ends| ends.moment(now));
        assert_eq!(ends("2026-11-25"), Some(moment("2026-11-25T17:00:00Z")));
        assert_eq!(ends("2026-11-24"), None);
        assert_eq!(ends("P1D"), Some(moment("2026-11-26T10:00:00Z")));
        assert_eq!((ends("P0D"), ends("P9000Y"), ends("PT1H"), ends("never")), (None, None, None, None));
    }

    #[test]
    fn names_are_short_and_printable() {
        assert!(name("Sở Nội vụ").is_ok() && name(&"x".repeat(64)).is_ok());
        for wrong in ["", " ", "a ", "a\nb", &"x".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }
}
