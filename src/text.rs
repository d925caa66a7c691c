//! Vietnamese text as people type it: without tones, with any spelling of a unit's kind.

mod fit;
mod spelling;

pub use fit::{Fit, Name, Stand, Typed};
pub use spelling::{Word, alphabetical, spelled};

/// The words of a text: small letters of ASCII and digits, without tones and marks, `đ` as `d`. The database makes the same of
/// the texts in its rows (`migrations/src/vietnamese.rs`).
pub fn words(text: &str) -> Vec<String> {
    spelled(text).iter().map(|word| word.plain().to_owned()).collect()
}

/// A kind of unit, as names begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Phường.
    Ward,
    /// Xã.
    Commune,
    /// Thị trấn.
    Township,
    /// Đặc khu.
    SpecialZone,
    /// Quận.
    UrbanDistrict,
    /// Huyện.
    RuralDistrict,
    /// Thị xã.
    Town,
    /// Thành phố: of the first level, or within a province.
    City,
    /// Tỉnh.
    Province,
}

/// How the kind of a unit is written before its name, the longest first.
const UNITS: [(&[&str], Unit); 22] = [
    (&["thanh", "pho"], Unit::City),
    (&["thi", "tran"], Unit::Township),
    (&["thi", "xa"], Unit::Town),
    (&["dac", "khu"], Unit::SpecialZone),
    (&["t", "p"], Unit::City),
    (&["t", "t"], Unit::Township),
    (&["t", "x"], Unit::Town),
    (&["d", "k"], Unit::SpecialZone),
    (&["phuong"], Unit::Ward),
    (&["tinh"], Unit::Province),
    (&["quan"], Unit::UrbanDistrict),
    (&["huyen"], Unit::RuralDistrict),
    (&["xa"], Unit::Commune),
    (&["tp"], Unit::City),
    (&["tt"], Unit::Township),
    (&["tx"], Unit::Town),
    (&["dk"], Unit::SpecialZone),
    (&["p"], Unit::Ward),
    (&["x"], Unit::Commune),
    (&["q"], Unit::UrbanDistrict),
    (&["h"], Unit::RuralDistrict),
    (&["t"], Unit::Province),
];

/// The kind of unit that words begin with, and how many of them it is; none if nothing is left behind it.
fn unit(words: &[impl AsRef<str>]) -> Option<(Unit, usize)> {
    let begins =
        |unit: &[&str]| words.len() > unit.len() && words.iter().zip(unit).all(|(word, of)| word.as_ref() == *of);
    UNITS.iter().find(|(unit, _)| begins(unit)).map(|(words, unit)| (*unit, words.len()))
}

/// As [`words`], for the name of a place: without the kind of unit before it, if anything is left then.
pub fn place_words(text: &str) -> Vec<String> {
    let mut words = words(text);
    if let Some((_, length)) = unit(&words) {
        words.drain(..length);
    }
    words
}

/// The parts of an address, from the smallest unit to the largest, as commas divide them: those that have words.
pub fn parts(text: &str) -> Vec<&str> {
    text.split(',').filter(|part| !words(part).is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_capitals_marks_and_units_do_not_matter() {
        for (text, expected) in [
            ("Phường Ninh Kiều", "ninh kieu"),
            ("ninh kieu", "ninh kieu"),
            ("P. An Hoà", "an hoa"),
            ("p.an hòa", "an hoa"),
            ("TP.Cần Thơ", "can tho"),
            ("T.P. Cần Thơ", "can tho"),
            ("thành phố  CẦN  THƠ", "can tho"),
            ("Đặc khu Phú Quốc", "phu quoc"),
            ("Ấp Đông Thắng", "ap dong thang"),
            ("A\u{302}\u{301}p", "ap"),
            ("Phường", "phuong"),
            ("Phường 12", "12"),
            ("Thị xã", "thi xa"),
            ("!?", ""),
        ] {
            assert_eq!(place_words(text).join(" "), expected, "{text}");
        }
        assert_eq!(words("Phường Ninh Kiều").join(" "), "phuong ninh kieu");
    }
}
