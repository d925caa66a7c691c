//! Days as clerks write them and as Excel keeps them.

use chrono::{Datelike, Days, NaiveDate};

use super::file::Cell;
use crate::text::words;

/// Why a cell is no day, with what is perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadDate {
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
}

/// Years that a roster is about.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// Reads a day: one of Excel's, or a text such as 7/3/1975, 07-03-1975, 1975-03-07 or "ngày 7 tháng 3 năm 1975".
///
/// # Errors
/// What is no day, and what does not say which.
pub(super) fn day(cell: &Cell) -> Result<NaiveDate, BadDate> {
    match cell {
        Cell::Date(day) if YEARS.contains(&day.year()) => Ok(*day),
        Cell::Date(day) => Err(bad(format!("There is no day in the year {} in a roster.", day.year()), None)),
        Cell::Number(number) => number_day(*number),
        Cell::Text(text) => text_day(text),
        Cell::Formula(_) | Cell::Other(_) => Err(bad(unreadable(), None)),
    }
}

/// A day as Vietnam writes it.
pub(super) fn written(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

fn bad(message: impl Into<String>, suggestion: Option<String>) -> BadDate {
    BadDate { message: message.into(), suggestion }
}

fn unreadable() -> String {
    "A day is written as 07/03/1975 or 1975-03-07 (ngày/tháng/năm).".to_owned()
}

fn year_alone(year: impl std::fmt::Display) -> BadDate {
    bad(format!("A year alone is no day: write all of it (đủ ngày, tháng, năm), such as 07/03/{year}."), None)
}

/// A number in a cell that is not shown as a day: it is one of Excel's all the same, unless it is a year or eight digits.
fn number_day(number: f64) -> Result<NaiveDate, BadDate> {
    #[expect(clippy::cast_possible_truncation, reason = "a number that is no day is refused, whatever it becomes")]
    let whole = number as i64;
    if YEARS.contains(&i32::try_from(whole).unwrap_or_default()) {
        return Err(year_alone(whole));
    }
    let day = u64::try_from(whole).ok().and_then(|days| EXCEL_EPOCH.checked_add_days(Days::new(days)));
    match day.filter(|day| YEARS.contains(&day.year())) {
        Some(day) => Ok(day),
        None => text_day(&whole.to_string()),
    }
}

/// Day 0 of Excel, as it is since March 1900.
const EXCEL_EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

fn text_day(text: &str) -> Result<NaiveDate, BadDate> {
    let is_known = |word: &String| ["ngay", "thang", "nam"].contains(&word.as_str()) || is_digits(word);
    let known = words(text);
    let numbers: Vec<&str> = known.iter().map(String::as_str).filter(|word| is_digits(word)).collect();
    if !known.iter().all(is_known) {
        return Err(bad(unreadable(), None));
    }
    match numbers[..] {
        [year, month, day] if year.len() == 4 => date(year, month, day),
        [day, month, year] if year.len() == 4 => date(year, month, day),
        [day, month, year] if year.len() == 2 => Err(short_year(day, month, year)),
        [year] if year.len() == 4 => Err(year_alone(year)),
        [all] if all.len() == 8 => {
            let day = date(&all[4..], &all[2..4], &all[..2]).or_else(|_| date(&all[..4], &all[4..6], &all[6..]));
            Err(bad(unreadable(), day.ok().map(written)))
        }
        [month, year] if year.len() == 4 => {
            Err(bad(format!("Which day of {month}/{year} is not said: {}", unreadable()), None))
        }
        _ => Err(bad(unreadable(), None)),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn short_year(day: &str, month: &str, year: &str) -> BadDate {
    let day = date(&format!("19{year}"), month, day).ok();
    bad("The year is written with four digits.", day.map(written))
}

fn date(year: &str, month: &str, day: &str) -> Result<NaiveDate, BadDate> {
    let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let (of_year, of_month, of_day) = (year.parse::<i32>().unwrap_or_default(), number(month), number(day));
    if !YEARS.contains(&of_year) {
        return Err(bad(format!("There is no day in the year {year} in a roster."), None));
    }
    if let Some(day) = NaiveDate::from_ymd_opt(of_year, of_month, of_day) {
        return Ok(day);
    }
    // As Americans write it.
    if let Some(turned) = NaiveDate::from_ymd_opt(of_year, of_day, of_month) {
        return Err(bad("The day comes before the month, and there are twelve months.", Some(written(turned))));
    }
    match last_day(of_year, of_month) {
        Some(last) => Err(bad(format!("{}/{year} has {} days.", last.month(), last.day()), Some(written(last)))),
        None => Err(bad(format!("There are twelve months, and this is the {month}th."), None)),
    }
}

fn last_day(year: i32, month: u32) -> Option<NaiveDate> {
    let next = if month == 12 {
        NaiveDate::from_ymd_opt(year + 1, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(year, month.checked_add(1)?, 1)
    };
    next?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<String, BadDate> {
        day(&Cell::Text(text.to_owned())).map(|day| day.to_string())
    }

    fn suggested(of: &str) -> Option<String> {
        text(of).expect_err(of).suggestion
    }

    #[test]
    fn days_are_read_however_they_are_written() {
        for of in [
            "7/3/1975",
            "07/03/1975",
            "7-3-1975",
            "07.03.1975",
            "1975-03-07",
            "1975/3/7",
            "Ngày 7 tháng 3 năm 1975",
            " 7 / 3 / 1975 ",
        ] {
            assert_eq!(text(of).as_deref(), Ok("1975-03-07"), "{of}");
        }
        assert_eq!(day(&Cell::Number(27_460.0)).map(|day| day.to_string()).as_deref(), Ok("1975-03-07"));
        assert_eq!(day(&Cell::Number(27_460.75)).map(|day| day.to_string()).as_deref(), Ok("1975-03-07"));
        let of_excel = NaiveDate::from_ymd_opt(1975, 3, 7).unwrap_or_default();
        assert_eq!(day(&Cell::Date(of_excel)), Ok(of_excel));
    }

    #[test]
    fn what_is_no_day_is_told_why() {
        assert_eq!(suggested("30/02/1980").as_deref(), Some("29/02/1980"));
        assert_eq!(suggested("31/4/1981").as_deref(), Some("30/04/1981"));
        assert_eq!(suggested("06/25/1980").as_deref(), Some("25/06/1980"));
        assert_eq!(suggested("7/3/75").as_deref(), Some("07/03/1975"));
        assert_eq!(suggested("07031975").as_deref(), Some("07/03/1975"));
        assert_eq!(
            day(&Cell::Number(19_750_307.0)).expect_err("eight digits").suggestion.as_deref(),
            Some("07/03/1975")
        );
        for (of, says) in [
            ("1975", "year alone"),
            ("3/1975", "Which day"),
            ("7/13/1975", "twelve months"),
            ("45/45/1975", "twelve months"),
            ("7/3/3975", "in the year 3975"),
            ("hôm qua", "is written as"),
            ("7/3/1975 8:00", "is written as"),
            ("", "is written as"),
        ] {
            let message = text(of).expect_err(of).message;
            assert!(message.contains(says), "{of}: {message}");
        }
        assert!(day(&Cell::Number(1975.0)).expect_err("a year").message.contains("year alone"));
        for number in [f64::NAN, f64::INFINITY, -1.0, 1e300, 0.0] {
            assert!(day(&Cell::Number(number)).is_err(), "{number}");
        }
        assert!(day(&Cell::Other("#REF!".to_owned())).is_err());
    }
}
