//! Telephone numbers of Vietnam (Circular 22/2014/TT-BTTTT and the plan of 2017–2018).

use super::digits;

/// Digits of a mobile number.
const MOBILE: usize = 10;
/// Digits of a landline number with its area code, in the largest cities and elsewhere.
const LANDLINE: std::ops::RangeInclusive<usize> = 10..=11;
/// What numbers that are invented begin with: the mobile range that ended in 2018, in which nobody has a number.
const INVENTED: &str = "0199";
/// What the mobile numbers of 11 digits began with until 2018, and what the same numbers begin with now.
const FORMER: [(&str, &str); 21] = [
    ("0120", "070"),
    ("0121", "079"),
    ("0122", "077"),
    ("0123", "083"),
    ("0124", "084"),
    ("0125", "085"),
    ("0126", "076"),
    ("0127", "081"),
    ("0128", "078"),
    ("0129", "082"),
    ("0162", "032"),
    ("0163", "033"),
    ("0164", "034"),
    ("0165", "035"),
    ("0166", "036"),
    ("0167", "037"),
    ("0168", "038"),
    ("0169", "039"),
    ("0186", "056"),
    ("0188", "058"),
    (INVENTED, "059"),
];

/// Why a text is no telephone number of Vietnam.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    /// Other characters than digits and what divides them.
    #[error("A telephone number (số điện thoại) has digits only.")]
    NotDigits,
    /// It does not begin with 0 or +84.
    #[error("A telephone number (số điện thoại) begins with 0, or with +84 in place of it.")]
    NoZero,
    /// Begins as no number does.
    #[error("No telephone number begins with {0}: mobile numbers begin with 03, 05, 07, 08 or 09, landlines with 02.")]
    Beginning(String),
    /// Another number of digits.
    #[error("A {kind} number has {expected} digits, and this one has {actual}.")]
    Length {
        /// `mobile` or `landline`.
        kind: &'static str,
        /// How many it has.
        expected: &'static str,
        /// How many there are.
        actual: usize,
    },
    /// A mobile number of 11 digits; with what it is now.
    #[error("Mobile numbers of 11 digits ended in 2018.")]
    Former(String),
}

impl BadPhone {
    /// What is perhaps meant.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::Former(now) => Some(now),
            _ => None,
        }
    }
}

/// A telephone number as it is kept: its digits as they were entered, with 0 in place of +84.
///
/// # Errors
/// What is no number of Vietnam. Numbers that are invented begin with 0199 and have 11 digits.
pub fn phone(text: &str) -> Result<String, BadPhone> {
    let text = text.trim();
    let number = match text.strip_prefix("+84").or_else(|| text.strip_prefix("0084")) {
        // +84 (0)9… is written too.
        Some(rest) => digits(rest).map(|rest| format!("0{}", rest.strip_prefix('0').unwrap_or(&rest))),
        None => digits(text),
    };
    let number = number.filter(|number| !number.is_empty()).ok_or(BadPhone::NotDigits)?;
    let length = |kind, expected| Err(BadPhone::Length { kind, expected, actual: number.len() });
    match number.get(..2) {
        _ if !number.starts_with('0') => Err(BadPhone::NoZero),
        Some("02") if LANDLINE.contains(&number.len()) => Ok(number),
        Some("02") => length("landline", "10 or 11"),
        Some("03" | "05" | "07" | "08" | "09") if number.len() == MOBILE => Ok(number),
        Some("03" | "05" | "07" | "08" | "09") => length("mobile", "10"),
        _ if number.starts_with(INVENTED) && number.len() == MOBILE + 1 => Ok(number),
        _ => Err(former(&number).unwrap_or_else(|| BadPhone::Beginning(number.chars().take(4).collect()))),
    }
}

/// Why a number of 11 digits is none any more, if it was one.
fn former(number: &str) -> Option<BadPhone> {
    let (_, now, rest) = FORMER
        .iter()
        .find_map(|(then, now)| Some((then, now, number.strip_prefix(then)?)))
        .filter(|(.., rest)| rest.len() == 7)?;
    Some(BadPhone::Former(format!("{now}{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_by_their_digits() {
        for (text, kept) in [
            ("0912345678", "0912345678"),
            (" 0912 345.678 ", "0912345678"),
            ("(0292) 3-812-345", "02923812345"),
            ("0243 825 1234", "02438251234"),
            ("+84 912 345 678", "0912345678"),
            ("+84 (0) 912345678", "0912345678"),
            ("0084912345678", "0912345678"),
            ("01991234567", "01991234567"),
        ] {
            assert_eq!(phone(text).as_deref(), Ok(kept), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        assert_eq!(phone("0912 345 67x"), Err(BadPhone::NotDigits));
        assert_eq!(phone(""), Err(BadPhone::NotDigits));
        assert_eq!(phone("912345678"), Err(BadPhone::NoZero));
        assert_eq!(phone("091234567"), Err(BadPhone::Length { kind: "mobile", expected: "10", actual: 9 }));
        assert_eq!(phone("029238123"), Err(BadPhone::Length { kind: "landline", expected: "10 or 11", actual: 9 }));
        assert_eq!(phone("0412345678"), Err(BadPhone::Beginning("0412".to_owned())));
        assert_eq!(phone("0199123456"), Err(BadPhone::Beginning("0199".to_owned())));
        let former = phone("0168 123 4567").expect_err("it has 11 digits");
        assert_eq!(former.suggestion(), Some("0381234567"));
        assert!(phone("0381234567").is_ok());
    }
}
