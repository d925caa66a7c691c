//! What the cells of a line mean: words of closed lists, and numbers as texts.

use super::file::Cell;
use crate::{
    domain::{Gender, MemberRole, MemberStatus},
    text::words,
};

/// A closed list of values, as clerks write them.
pub(crate) trait Written: Copy + PartialEq + 'static {
    /// The values, each with what it is called in the template and what else it is called, as [`words`] makes it.
    const VALUES: &'static [(Self, &'static str, &'static [&'static str])];

    /// The value that a text means.
    fn read(text: &str) -> Option<Self> {
        let typed = words(text).join(" ");
        let means = |(_, title, others): &&(Self, &str, &[&str])| {
            words(title).join(" ") == typed || others.contains(&typed.as_str())
        };
        Self::VALUES.iter().find(means).map(|(value, ..)| *value)
    }

    /// What the values are called.
    fn titles() -> impl Iterator<Item = &'static str> {
        Self::VALUES.iter().map(|(_, title, _)| *title)
    }

    /// What this one is called.
    fn title(self) -> &'static str {
        Self::VALUES.iter().find(|(value, ..)| *value == self).map_or("", |(_, title, _)| title)
    }
}

/// What a value is called in a roster.
pub(crate) fn titled<V: Written>(value: V) -> String {
    value.title().to_owned()
}

impl Written for Gender {
    const VALUES: &'static [(Self, &'static str, &'static [&'static str])] =
        &[(Self::Male, "Nam", &["male", "m", "man", "trai"]), (Self::Female, "Nữ", &["female", "f", "woman", "gai"])];
}

impl Written for MemberRole {
    const VALUES: &'static [(Self, &'static str, &'static [&'static str])] = &[
        (Self::Leader, "Tổ trưởng", &["leader", "team leader"]),
        (Self::Deputy, "Tổ phó", &["deputy", "deputy leader", "pho to truong"]),
        (Self::Member, "Tổ viên", &["member", "team member", "thanh vien"]),
    ];
}

impl Written for MemberStatus {
    const VALUES: &'static [(Self, &'static str, &'static [&'static str])] = &[
        (Self::Active, "Đang tham gia", &["active", "serving", "dang hoat dong", "con tham gia", "dang cong tac"]),
        (Self::Left, "Đã thôi tham gia", &["left", "da thoi", "thoi tham gia", "da nghi", "nghi", "thoi"]),
    ];
}

/// A cell's text. A number is written out; with `digits`, filled up with the zeros before it that Excel does not keep.
pub(super) fn text(cell: &Cell, fill: impl Fn(String) -> String) -> String {
    match cell {
        Cell::Text(text) | Cell::Formula(text) | Cell::Other(text) => text.clone(),
        Cell::Number(number) => fill(whole(*number)),
        Cell::Date(day) => super::dates::written(*day),
    }
}

/// A number without a fraction as its digits; another one as it is.
fn whole(number: f64) -> String {
    format!("{number}")
}

/// A telephone number from which Excel took the 0 before it.
pub(super) fn phone_digits(number: String) -> String {
    if number.starts_with('0') || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        number
    } else {
        format!("0{number}")
    }
}

/// An identity number from which Excel took the zeros before it: at most two, for every code of a province but that of
/// invented ones has two digits that are not both 0.
pub(super) fn id_digits(number: String) -> String {
    const DIGITS: usize = 12;
    const LEAST: usize = 10;
    let is_short = number.len() >= LEAST && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_short { format!("{number:0>DIGITS$}") } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_known_however_they_are_written() {
        assert_eq!(Gender::read("NAM"), Some(Gender::Male));
        assert_eq!(Gender::read("nu"), Some(Gender::Female));
        assert_eq!(Gender::read("Nữ."), Some(Gender::Female));
        assert_eq!(Gender::read("x"), None);
        assert_eq!(MemberRole::read("tổ  trưởng"), Some(MemberRole::Leader));
        assert_eq!(MemberRole::read("Deputy"), Some(MemberRole::Deputy));
        assert_eq!(MemberStatus::read("Đã thôi tham gia"), Some(MemberStatus::Left));
        assert_eq!(MemberRole::Member.title(), "Tổ viên");
    }

    #[test]
    fn zeros_that_excel_does_not_keep_are_put_back() {
        let cell = |number: f64| Cell::Number(number);
        assert_eq!(text(&cell(912_345_678.0), phone_digits), "0912345678");
        assert_eq!(text(&cell(92_072_123_456.0), id_digits), "092072123456");
        assert_eq!(text(&cell(1_072_123_456.0), id_digits), "001072123456");
        assert_eq!(text(&cell(361_234_567.0), id_digits), "361234567");
        assert_eq!(text(&cell(1.5), phone_digits), "1.5");
        assert_eq!(text(&cell(3.0), |digits| digits), "3");
        assert_eq!(text(&cell(f64::NAN), id_digits), "NaN");
        assert_eq!(text(&Cell::Text("0912".to_owned()), phone_digits), "0912");
    }
}
