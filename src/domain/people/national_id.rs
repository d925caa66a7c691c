//! Identity numbers of citizens (Law 26/2023/QH15; Decree 137/2015/NĐ-CP, article 13): 3 digits for the province or the
//! country of birth, 1 for century and sex, 2 for the year of birth, 6 by chance.

use chrono::{Datelike, NaiveDate};

use super::digits;
use crate::domain::Gender;

/// How many digits one has.
const LENGTH: usize = 12;
/// How many the identity cards had that are valid no longer (CMND).
const OLD_CARD: usize = 9;
/// What numbers that are invented begin with: the code of no province.
const INVENTED: u32 = 0;
/// The first code of a country; those below are of provinces.
const FIRST_COUNTRY: u32 = 100;
/// The codes of the provinces, of which there were 63 until 2025-07-01.
const PROVINCES: [u32; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
    46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
    93, 94, 95, 96,
];

/// Why a text is nobody's identity number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNationalId {
    /// Other characters than digits and what divides them.
    #[error("An identity number (số định danh cá nhân) has digits only.")]
    NotDigits,
    /// Another number of digits.
    #[error("An identity number (số định danh cá nhân) has {LENGTH} digits, and this one has {0}.")]
    Length(usize),
    /// The number of a card of before.
    #[error(
        "This is the number of an old identity card (CMND, {OLD_CARD} digits), and the identity number (số định danh cá nhân) has {LENGTH}."
    )]
    OldCard,
    /// Neither of a province nor of a country.
    #[error("An identity number begins with the code of a province or country, and {0} is none.")]
    Province(String),
    /// For the other sex.
    #[error("The 4th digit of this identity number is that of a {}, and the gender (giới tính) is another.", of_sex(.0))]
    Gender(Gender),
    /// For somebody born in another year.
    #[error("This identity number is of somebody born in {says}, and the date of birth (ngày sinh) is in {born}.")]
    BirthYear {
        /// The year in the number.
        says: i32,
        /// The year of birth.
        born: i32,
    },
}

fn of_sex(gender: &Gender) -> &'static str {
    match gender {
        Gender::Male => "man (nam)",
        Gender::Female => "woman (nữ)",
    }
}

/// An identity number as it is kept: 12 digits.
///
/// # Errors
/// What is no such number, or that of somebody of another gender or year of birth, as far as these are known. Numbers that are
/// invented begin with 000.
pub fn national_id(text: &str, gender: Option<Gender>, born: Option<NaiveDate>) -> Result<String, BadNationalId> {
    let number = digits(text.trim()).filter(|number| !number.is_empty()).ok_or(BadNationalId::NotDigits)?;
    match number.len() {
        LENGTH => {}
        OLD_CARD => return Err(BadNationalId::OldCard),
        length => return Err(BadNationalId::Length(length)),
    }
    let part = |of: std::ops::Range<usize>| number[of].parse::<u32>().map_err(|_| BadNationalId::NotDigits);
    let place = part(0..3)?;
    if place != INVENTED && place < FIRST_COUNTRY && !PROVINCES.contains(&place) {
        return Err(BadNationalId::Province(number[..3].to_owned()));
    }
    let (century_and_sex, year) = (part(3..4)?, part(4..6)?);
    let of = if century_and_sex % 2 == 0 { Gender::Male } else { Gender::Female };
    if gender.is_some_and(|gender| gender != of) {
        return Err(BadNationalId::Gender(of));
    }
    let says = i32::try_from(1900 + century_and_sex / 2 * 100 + year).unwrap_or_default();
    match born.map(|born| born.year()) {
        Some(born) if born != says => Err(BadNationalId::BirthYear { says, born }),
        _ => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn born(year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, 5, 6)
    }

    #[test]
    fn numbers_agree_with_who_they_are_of() {
        for (text, gender, year) in [
            ("000072123456", Gender::Male, 1972),
            ("000 172 123 456", Gender::Female, 1972),
            ("092205123456", Gender::Male, 2005),
            ("101305123456", Gender::Female, 2005),
        ] {
            let kept = national_id(text, Some(gender), born(year));
            assert_eq!(kept.as_deref(), Ok(text.replace(' ', "").as_str()), "{text}");
            assert!(national_id(text, None, None).is_ok());
        }
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        let of_man = |text| national_id(text, Some(Gender::Male), born(1972)).expect_err(text);
        assert_eq!(of_man("09207212345x"), BadNationalId::NotDigits);
        assert_eq!(of_man(""), BadNationalId::NotDigits);
        assert_eq!(of_man("09207212345"), BadNationalId::Length(11));
        assert_eq!(of_man("361234567"), BadNationalId::OldCard);
        assert_eq!(of_man("003072123456"), BadNationalId::Province("003".to_owned()));
        assert_eq!(of_man("092172123456"), BadNationalId::Gender(Gender::Female));
        assert_eq!(of_man("092073123456"), BadNationalId::BirthYear { says: 1973, born: 1972 });
        assert_eq!(of_man("092272123456"), BadNationalId::BirthYear { says: 2072, born: 1972 });
        assert!(of_man("092172123456").to_string().contains("woman (nữ)"));
    }

    #[test]
    fn the_provinces_are_those_of_before() {
        let file = include_str!("../../../data/former_cities.csv");
        let codes: Vec<u32> = file.lines().skip(1).filter_map(|line| line.split(',').next()?.parse().ok()).collect();
        assert_eq!(codes, PROVINCES);
    }
}
