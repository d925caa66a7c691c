//! What the values of a person must be: the same for the cells of a roster and for whoever writes a member. Each rule takes
//! what was entered, and returns what is kept of it or why it cannot be kept.

mod national_id;
mod phone;

use chrono::{Datelike, Months, NaiveDate};
use unicode_normalization::UnicodeNormalization;

pub use national_id::{BadNationalId, national_id};
pub use phone::{BadPhone, phone};

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Members are of age (Law 30/2023/QH15 on the forces that take part in protecting security and order at the grassroots).
pub const LEAST_AGE: u32 = 18;
/// Nobody is older.
pub const MOST_AGE: u32 = 120;

/// Why a text is not somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing, or nothing but spaces and marks.
    #[error("A name (họ và tên) has at least one letter.")]
    Empty,
    /// More characters than any name has.
    #[error("A name (họ và tên) has at most {MAX_NAME} characters, and this one has {0}.")]
    Long(usize),
    /// Something that is in no name.
    #[error("A name (họ và tên) has no \"{0}\" in it.")]
    Character(char),
}

/// A name as it is kept: composed (NFC), with single spaces.
///
/// # Errors
/// What is no name.
pub fn full_name(text: &str) -> Result<String, BadName> {
    let name = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let is_usual = |letter: char| letter.is_alphabetic() || " '’.-".contains(letter) || is_mark(letter);
    match name.chars().find(|letter| !is_usual(*letter)) {
        _ if name.chars().count() > MAX_NAME => Err(BadName::Long(name.chars().count())),
        Some(other) => Err(BadName::Character(if other.is_control() { '\u{fffd}' } else { other })),
        None if !name.chars().any(char::is_alphabetic) => Err(BadName::Empty),
        None => Ok(name),
    }
}

/// Not every letter with a mark is composed.
fn is_mark(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
}

/// A name that is in capitals or in small letters only, as names are written: `NGUYỄN VĂN AN` as `Nguyễn Văn An`; none if it
/// is written so already.
pub fn as_names_are_written(name: &str) -> Option<String> {
    let (upper, lower) = (name.chars().any(char::is_uppercase), name.chars().any(char::is_lowercase));
    // Capitals and small letters are not always one letter for one.
    let titled = name.split(' ').map(titled).collect::<Vec<_>>().join(" ").nfc().collect::<String>();
    (upper != lower && titled != name).then_some(titled)
}

fn titled(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().to_lowercase().chars()).collect()
}

/// Why a day is not the birthday of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBirthDate {
    /// It is to come.
    #[error("The date of birth (ngày sinh) is in the future.")]
    Future,
    /// So many years before the other day.
    #[error("Members are at least {LEAST_AGE} years old (từ đủ {LEAST_AGE} tuổi), and this would be {0}.")]
    Young(u32),
    /// More years ago than people live.
    #[error("Nobody is {0} years old: people are at most {MOST_AGE}.")]
    Old(u32),
}

/// The date of birth of somebody who serves on a day, which may be today.
///
/// # Errors
/// Whoever is too young then, or too old.
pub fn birth_date(born: NaiveDate, serves_on: NaiveDate) -> Result<NaiveDate, BadBirthDate> {
    match serves_on.years_since(born) {
        None => Err(BadBirthDate::Future),
        Some(age) if age < LEAST_AGE => Err(BadBirthDate::Young(age)),
        Some(age) if age > MOST_AGE => Err(BadBirthDate::Old(age)),
        Some(_) => Ok(born),
    }
}

/// Whether somebody who was born on a day may have joined on another.
///
/// # Errors
/// Why not, as a sentence.
pub fn joined_on(born: NaiveDate, joined: NaiveDate) -> Result<(), String> {
    match birth_date(born, joined) {
        Ok(_) => Ok(()),
        Err(BadBirthDate::Future) => Err("The person would have joined before birth.".to_owned()),
        Err(bad) => Err(format!("{bad} That is on the day of joining (ngày tham gia).")),
    }
}

/// The first day on which somebody may serve.
pub fn of_age_on(born: NaiveDate) -> Option<NaiveDate> {
    born.checked_add_months(Months::new(12 * LEAST_AGE)).filter(|day| day.year() < 10_000)
}

/// The digits of a number as people write it, without what they divide them by; none if anything else is in it.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|letter| !letter.is_whitespace() && !".-()".contains(*letter)).collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
    }

    #[test]
    fn names_are_composed_and_have_single_spaces() {
        let decomposed = "Nguye\u{302}\u{303}n  Va\u{306}n\u{a0}A\u{301}nh ";
        assert_eq!(full_name(decomposed).as_deref(), Ok("Nguyễn Văn Ánh"));
        assert_eq!(full_name("H'Hen Niê").as_deref(), Ok("H'Hen Niê"));
        assert_eq!(full_name("Thạch Sươl").as_deref(), Ok("Thạch Sươl"));
        assert_eq!(full_name(" . "), Err(BadName::Empty));
        assert_eq!(full_name(""), Err(BadName::Empty));
        assert_eq!(full_name("Trần Văn 8"), Err(BadName::Character('8')));
        assert_eq!(full_name("Trần\u{0}"), Err(BadName::Character('\u{fffd}')));
        assert_eq!(full_name(&"a".repeat(101)), Err(BadName::Long(101)));
    }

    #[test]
    fn capitals_are_seen_through() {
        assert_eq!(as_names_are_written("NGUYỄN THỊ ÁNH").as_deref(), Some("Nguyễn Thị Ánh"));
        assert_eq!(as_names_are_written("đặng văn út").as_deref(), Some("Đặng Văn Út"));
        for good in ["Nguyễn Thị Ánh", "Y Moan", "Nguyễn Văn A", "Y"] {
            assert_eq!(as_names_are_written(good), None, "{good}");
        }
    }

    #[test]
    fn members_are_of_age_when_they_serve() {
        let today = day(2026, 11, 26);
        assert!(birth_date(day(2008, 11, 26), today).is_ok());
        assert_eq!(birth_date(day(2008, 11, 27), today), Err(BadBirthDate::Young(17)));
        assert_eq!(birth_date(day(2062, 1, 1), today), Err(BadBirthDate::Future));
        assert_eq!(birth_date(day(1890, 1, 1), today), Err(BadBirthDate::Old(136)));
        assert_eq!(of_age_on(day(2008, 2, 29)), Some(day(2026, 2, 28)));
    }
}
