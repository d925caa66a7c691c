//! What is wrong with a roster, and where.

use std::{fmt, sync::Arc};

use async_graphql::Enum;

use crate::{error::shown, text::words};

/// Problems that are kept one by one; the others are only counted.
pub const MAX_LISTED: usize = 1_000;

/// A place in a file: a sheet, a row of it, a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// The place of the sheet among those of the file.
    sheet_number: usize,
    /// The name of the sheet; that of the file if it has no sheets.
    pub sheet: Arc<str>,
    /// The row, from 1; 0 if the whole sheet is meant.
    pub row: u32,
    /// The column, from 0, if one cell is meant.
    pub column: Option<u32>,
}

impl At {
    /// A whole sheet.
    pub fn sheet(number: usize, name: &Arc<str>) -> Self {
        Self { sheet_number: number, sheet: name.clone(), row: 0, column: None }
    }

    /// A row of the sheet, counted from 0.
    #[must_use]
    pub fn row(&self, index: u32) -> Self {
        Self { row: index.saturating_add(1), column: None, ..self.clone() }
    }

    /// A cell of the row.
    #[must_use]
    pub fn cell(&self, column: Option<u32>) -> Self {
        Self { column, ..self.clone() }
    }

    /// The column as Excel calls it, if one cell is meant.
    pub fn column_letters(&self) -> Option<String> {
        self.column.map(letters)
    }
}

impl fmt::Display for At {
    /// As Excel writes it: `Sheet1!C7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.column) {
            (0, _) => f.write_str(&self.sheet),
            (row, None) => write!(f, "{}!{row}:{row}", self.sheet),
            (row, Some(column)) => write!(f, "{}!{}{row}", self.sheet, letters(column)),
        }
    }
}

/// A column as Excel calls it: A to Z, AA, and so on.
fn letters(column: u32) -> String {
    let mut name = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        name.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    name.iter().rev().collect()
}

/// Whether a problem must be solved before anything is written (mức độ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RosterSeverity")]
pub enum Severity {
    /// It must (lỗi).
    Error,
    /// It is said, and does not stand in the way (lưu ý).
    Warning,
}

/// Declares the kinds of problems.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $text:literal $severity:ident,)+) => {
        /// What kind of problem of a roster it is (mã lỗi trong danh sách).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
        #[graphql(name = "RosterProblemCode")]
        pub enum ProblemCode { $($(#[$doc])* $name,)+ }

        impl ProblemCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As it is written.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Whether it must be solved first.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// A heading that says nothing here: the column is not read (cột không nhận ra).
    UnknownColumn "UNKNOWN_COLUMN" Warning,
    /// Two columns have the same heading (trùng tiêu đề cột).
    ColumnTwice "COLUMN_TWICE" Error,
    /// A column that must be there is not (thiếu cột).
    ColumnMissing "COLUMN_MISSING" Error,
    /// A cell that is a formula (ô là công thức).
    Formula "FORMULA" Error,
    /// Cells of the table are merged (ô bị gộp).
    Merged "MERGED" Error,
    /// A cell that shows an error of Excel, or holds something else than text, a number or a date (ô không đọc được).
    Cell "CELL" Error,
    /// More text than any value has (giá trị quá dài).
    TooLong "TOO_LONG" Error,
    /// There is no name (thiếu họ và tên).
    NameMissing "NAME_MISSING" Error,
    /// It is no name (họ và tên không hợp lệ).
    Name "NAME" Error,
    /// The name is in capitals or in small letters only (họ và tên viết hoa hoặc viết thường toàn bộ).
    NameCase "NAME_CASE" Warning,
    /// It is no gender (giới tính không hợp lệ).
    Gender "GENDER" Error,
    /// It is no date of birth (ngày sinh không hợp lệ).
    BirthDate "BIRTH_DATE" Error,
    /// It is no role (chức danh không hợp lệ).
    Role "ROLE" Error,
    /// Somebody new has no role (thiếu chức danh).
    RoleMissing "ROLE_MISSING" Error,
    /// It is no status (tình trạng không hợp lệ).
    Status "STATUS" Error,
    /// It is no telephone number (số điện thoại không hợp lệ).
    Phone "PHONE" Error,
    /// It is no identity number, or that of somebody else (số định danh không hợp lệ).
    NationalId "NATIONAL_ID" Error,
    /// It is no day on which somebody joined (ngày tham gia không hợp lệ).
    JoinedOn "JOINED_ON" Error,
    /// It is no day on which somebody left (ngày thôi tham gia không hợp lệ).
    LeftOn "LEFT_ON" Error,
    /// Somebody left before joining, or has left and serves (các ngày mâu thuẫn).
    Dates "DATES" Error,
    /// It is not said which ward it is about (thiếu phường, xã).
    WardMissing "WARD_MISSING" Error,
    /// No ward is called so (không có phường, xã này).
    WardUnknown "WARD_UNKNOWN" Error,
    /// Several wards are called so (nhiều phường, xã trùng tên).
    WardAmbiguous "WARD_AMBIGUOUS" Error,
    /// A ward of before that was divided (phường, xã cũ đã chia).
    WardSplit "WARD_SPLIT" Error,
    /// A ward of before, which is part of one ward of today (phường, xã cũ).
    WardFormer "WARD_FORMER" Warning,
    /// Another ward than the one that the file is for, or than the caller may write (phường, xã khác).
    WardOther "WARD_OTHER" Error,
    /// It is not said which team it is about (thiếu tổ).
    TeamMissing "TEAM_MISSING" Error,
    /// The ward has no such team (không có tổ này).
    TeamUnknown "TEAM_UNKNOWN" Error,
    /// Several teams are called so (nhiều tổ trùng tên).
    TeamAmbiguous "TEAM_AMBIGUOUS" Error,
    /// The code is that of one team, and the name that of another (mã tổ và tên tổ mâu thuẫn).
    TeamConflict "TEAM_CONFLICT" Error,
    /// The team is called otherwise in the register (tên tổ khác trong sổ).
    TeamName "TEAM_NAME" Warning,
    /// The team has been dissolved (tổ đã giải thể).
    TeamDissolved "TEAM_DISSOLVED" Error,
    /// The same person or identity number is there twice (trùng dòng).
    Duplicate "DUPLICATE" Error,
    /// Several members of the team may be meant (nhiều thành viên trùng tên).
    MemberAmbiguous "MEMBER_AMBIGUOUS" Error,
    /// Another member has the identity number (số định danh đã có).
    NationalIdTaken "NATIONAL_ID_TAKEN" Error,
    /// Somebody of the same name, but another date of birth, is in the team (trùng họ tên).
    SameName "SAME_NAME" Warning,
    /// The team would have two leaders (hai tổ trưởng).
    Leaders "LEADERS" Error,
    /// There are headings, and nobody below them (danh sách không có dòng nào).
    NoRows "NO_ROWS" Warning,
    /// The data set that was named is not there yet, and is made; only the command line names one (bộ dữ liệu mới).
    DatasetNew "DATASET_NEW" Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub code: ProblemCode,
    /// Where it is.
    pub at: At,
    /// What stands there, or its beginning; nothing if nothing does.
    pub value: String,
    /// What is wrong with it, as a sentence.
    pub message: String,
    /// What is perhaps meant.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A problem with a value.
    pub fn new(code: ProblemCode, at: At, value: &str, message: impl Into<String>) -> Self {
        // What is shown is one line, whatever was in the cell.
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let value = value.replace(|letter: char| letter.is_control(), "\u{fffd}");
        Self { code, at, value: shown(&value), message: message.into(), suggestion: None }
    }

    /// The same, with what is perhaps meant.
    #[must_use]
    pub fn suggesting(self, suggestion: Option<impl Into<String>>) -> Self {
        Self { suggestion: suggestion.map(Into::into), ..self }
    }

    /// The same for who may not see personal data: whatever a cell with some holds, or may hold, is left out.
    #[must_use]
    pub fn without_personal(self) -> Self {
        use ProblemCode::{BirthDate, Cell, Duplicate, Formula, NationalId, NationalIdTaken, Phone, TooLong};
        let message = match self.code {
            BirthDate => "This is no date of birth (ngày sinh) of a member who serves.",
            Phone => "This is no telephone number (số điện thoại).",
            NationalId => {
                "This is no identity number (số định danh cá nhân), or not one of this gender and year of birth."
            }
            NationalIdTaken => "Another member has this identity number (số định danh cá nhân) in the register.",
            // What these say of a cell is the same whatever it holds.
            Cell | Duplicate | Formula | TooLong => return Self { value: String::new(), ..self },
            _ => return self,
        };
        Self { value: String::new(), message: message.to_owned(), suggestion: None, ..self }
    }

    /// Whether it must be solved before anything is written.
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }
}

impl fmt::Display for Problem {
    /// The value, what is wrong with it and what is perhaps meant: what stands behind place and code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.value.is_empty() {
            write!(f, "\"{}\": ", self.value)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " Did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

/// All that is wrong: one by one as far as that helps, and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    errors: usize,
    warnings: usize,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, problem: Problem) {
        let is_error = problem.is_error();
        *if is_error { &mut self.errors } else { &mut self.warnings } += 1;
        if self.list.len() < MAX_LISTED {
            self.list.push(problem);
        } else if is_error && let Some(last) = self.list.iter().rposition(|other| !other.is_error()) {
            // What must be solved is named before what need not be.
            self.list[last] = problem;
        }
    }

    /// Those that are kept, in the order of the file.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// Puts them in the order of the file.
    pub fn sort(&mut self) {
        self.list.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.code.cmp(&other.code)));
    }

    /// How many must be solved before anything is written.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many need not be.
    pub fn warnings(&self) -> usize {
        self.warnings
    }
}

/// How alike words must be for one to be suggested in place of another, from 0 to 1.
const ALIKE: f64 = 0.6;

/// The choice that is written most like a text, marks and capitals apart; none if none is much like it.
pub fn nearest<'a>(text: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer texts are like nothing, and would take long to compare.
    const LONGEST: usize = 80;
    let typed = words(text).join(" ");
    if typed.is_empty() || typed.len() > LONGEST {
        return None;
    }
    let alike = |choice: &str| strsim::normalized_damerau_levenshtein(&typed, &words(choice).join(" "));
    let best = choices.into_iter().map(|choice| (alike(choice), choice)).filter(|(alike, _)| *alike >= ALIKE);
    // Of equals the first.
    best.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, choice)| choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_called_as_excel_calls_them() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), name);
        }
        let sheet = At::sheet(0, &"Sheet1".into());
        assert_eq!(sheet.row(6).cell(Some(2)).to_string(), "Sheet1!C7");
        assert_eq!(sheet.row(6).cell(Some(2)).column_letters().as_deref(), Some("C"));
        assert_eq!(sheet.row(6).to_string(), "Sheet1!7:7");
        assert_eq!(sheet.to_string(), "Sheet1");
    }

    #[test]
    fn a_problem_is_one_line() {
        let at = At::sheet(0, &"Sheet1".into()).row(6).cell(Some(2));
        let problem =
            Problem::new(ProblemCode::BirthDate, at, "30/02\n/1980", "It is no day.").suggesting(Some("29/02/1980"));
        assert_eq!(problem.to_string(), "\"30/02 /1980\": It is no day. Did you mean 29/02/1980?");
    }

    #[test]
    fn personal_data_are_left_out_where_they_may_be() {
        let at = At::sheet(0, &"Sheet1".into()).row(6).cell(Some(2));
        for code in ProblemCode::ALL.iter().copied() {
            let problem = Problem::new(code, at.clone(), "1980", "It is 1980.").suggesting(Some("1980"));
            let told = problem.clone().without_personal();
            let is_kept = match code.as_str() {
                "BIRTH_DATE" | "PHONE" | "NATIONAL_ID" | "NATIONAL_ID_TAKEN" => {
                    assert!(!told.to_string().contains("1980"), "{told}");
                    false
                }
                "CELL" | "DUPLICATE" | "FORMULA" | "TOO_LONG" => {
                    assert_eq!((told.value.as_str(), &told.message), ("", &problem.message));
                    false
                }
                _ => true,
            };
            assert_eq!(told == problem, is_kept, "{}", code.as_str());
            assert_eq!((told.code, &told.at), (code, &at));
        }
    }

    #[test]
    fn errors_are_kept_before_warnings() {
        let sheet = At::sheet(0, &"S".into());
        let mut problems = Problems::default();
        for row in 0..1_500 {
            problems.add(Problem::new(ProblemCode::NameCase, sheet.row(row), "", "x"));
        }
        problems.add(Problem::new(ProblemCode::Name, sheet.row(0), "", "y"));
        problems.sort();
        assert_eq!((problems.errors(), problems.warnings(), problems.list().len()), (1, 1_500, MAX_LISTED));
        assert!(problems.list().iter().any(Problem::is_error));
    }

    #[test]
    fn what_is_written_alike_is_suggested() {
        let roles = ["Tổ trưởng", "Tổ phó", "Tổ viên"];
        assert_eq!(nearest("To trưong", roles), Some("Tổ trưởng"));
        assert_eq!(nearest("Tổ vin", roles), Some("Tổ viên"));
        assert_eq!(nearest("kế toán", roles), None);
        assert_eq!(nearest("", roles), None);
    }
}
