//! The workbook that clerks fill: headings, drop-downs, and a sheet that says in Vietnamese how it is filled.

use chrono::{NaiveDate, NaiveTime};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format, Formula,
    Workbook, Worksheet, XlsxError,
};

use super::{cells::Written, headings::Column};
use crate::domain::{Gender, MemberRole, MemberStatus};

/// The sheet that is filled.
const ROSTER: &str = "Danh sách";
/// The sheet that says how.
const INSTRUCTIONS: &str = "Hướng dẫn";
/// The sheet with the teams to choose from.
const TEAMS: &str = "Các tổ";
/// Rows below the headings that have drop-downs.
const ROWS: u32 = 5_000;

/// What a cell is filled with.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Text.
    Text(String),
    /// A day, as Excel keeps it.
    Day(NaiveDate),
    /// A formula, with the equals sign.
    Formula(String),
}

/// A team, to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamChoice {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its hamlet or quarter.
    pub locality: String,
}

/// The template, with nobody in it; with these teams to choose from, if there are any.
///
/// # Errors
/// The library's own, for a workbook that Excel would not take.
pub fn template(teams: &[TeamChoice]) -> Result<Vec<u8>, XlsxError> {
    made(&[], teams)
}

/// The template, filled: a row for each list of cells.
///
/// # Errors
/// As [`template`].
pub fn filled(rows: &[Vec<(Column, Entry)>]) -> Result<Vec<u8>, XlsxError> {
    made(rows, &[])
}

fn made(rows: &[Vec<(Column, Entry)>], teams: &[TeamChoice]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A fixed day, so that the same content is the same file.
    let day = ExcelDateTime::from_ymd(2025, 7, 1)?;
    book.set_properties(&DocProperties::new().set_title("ANTQ roster").set_creation_datetime(&day));
    let sheet = book.add_worksheet().set_name(ROSTER)?;
    headings(sheet)?;
    for (row, cells) in (1..).zip(rows) {
        for (column, entry) in cells {
            fill(sheet, row, *column, entry)?;
        }
    }
    if !teams.is_empty() {
        let last = teams.len() + 1;
        let rule = DataValidation::new().allow_list_formula(Formula::new(format!("='{TEAMS}'!$A$2:$A${last}")));
        // A team that is not there yet may be typed.
        let rule = rule.set_error_style(DataValidationErrorStyle::Warning);
        sheet.add_data_validation(1, place(Column::TeamCode), ROWS, place(Column::TeamCode), &rule)?;
    }
    instructions(book.add_worksheet().set_name(INSTRUCTIONS)?)?;
    if !teams.is_empty() {
        choices_of_teams(book.add_worksheet().set_name(TEAMS)?, teams)?;
    }
    book.save_to_buffer()
}

/// The teams of the ward, under headings that are not those of a roster.
fn choices_of_teams(sheet: &mut Worksheet, teams: &[TeamChoice]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (at, (title, width)) in (0..).zip([("Mã", 10), ("Tên gọi", 40), ("Nơi hoạt động", 30)]) {
        sheet.write_string_with_format(0, at, title, &bold)?.set_column_width(at, width)?;
    }
    for (row, team) in (1..).zip(teams) {
        for (at, text) in (0..).zip([&team.code, &team.name, &team.locality]) {
            sheet.write_string_with_format(row, at, text, &text_format())?;
        }
    }
    Ok(())
}

fn place(column: Column) -> u16 {
    let index = Column::ALL.iter().position(|other| *other == column);
    index.and_then(|index| u16::try_from(index).ok()).unwrap_or_default()
}

fn fill(sheet: &mut Worksheet, row: u32, column: Column, entry: &Entry) -> Result<(), XlsxError> {
    let at = place(column);
    match entry {
        Entry::Text(text) => sheet.write_string_with_format(row, at, text, &text_format())?,
        Entry::Day(day) => sheet.write_datetime_with_format(row, at, day.and_time(NaiveTime::MIN), &day_format())?,
        Entry::Formula(formula) => sheet.write_formula(row, at, Formula::new(formula))?,
    };
    Ok(())
}

fn text_format() -> Format {
    Format::new().set_num_format("@")
}

fn day_format() -> Format {
    Format::new().set_num_format("dd/mm/yyyy")
}

fn headings(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_background_color(Color::RGB(0xDD_EB_F7)).set_text_wrap();
    for column in Column::ALL.iter().copied() {
        let at = place(column);
        let (width, format) = match column {
            Column::BirthDate | Column::JoinedOn | Column::LeftOn => (14, day_format()),
            Column::FullName | Column::TeamName => (30, text_format()),
            _ => (20, text_format()),
        };
        sheet.set_column_width(at, width)?.set_column_format(at, &format)?;
        sheet.write_string_with_format(0, at, column.title(), &bold)?;
        if let Some(rule) = validation(column)? {
            sheet.add_data_validation(1, at, ROWS, at, &rule)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// What may be chosen, or typed: Excel asks again for anything else.
fn validation(column: Column) -> Result<Option<DataValidation>, XlsxError> {
    let rule = match column {
        Column::Gender => choices::<Gender>()?,
        Column::Role => choices::<MemberRole>()?,
        Column::Status => choices::<MemberStatus>()?,
        Column::BirthDate | Column::JoinedOn | Column::LeftOn => {
            let first = ExcelDateTime::from_ymd(1900, 3, 1)?;
            let last = ExcelDateTime::from_ymd(2100, 12, 31)?;
            let rule = DataValidation::new().allow_date(DataValidationRule::Between(first, last));
            rule.set_error_message("Nhập đủ ngày, tháng, năm: 07/03/1975.")?
        }
        _ => return Ok(None),
    };
    Ok(Some(rule.set_error_title("Không hợp lệ")?.set_error_style(DataValidationErrorStyle::Stop)))
}

fn choices<V: Written>() -> Result<DataValidation, XlsxError> {
    let titles: Vec<&str> = V::titles().collect();
    let message = format!("Chọn một trong: {}.", titles.join(", "));
    DataValidation::new().allow_list_strings(&titles)?.set_error_message(message)
}

/// How a column is filled, and what stands in it for example.
fn how(column: Column) -> (&'static str, &'static str, &'static str) {
    match column {
        Column::Ward => (
            "Không",
            "Mã hoặc tên phường/xã hiện nay. Tên cũ (trước 01/7/2025) cũng được nhận nếu không bị chia tách. Có thể bỏ trống khi cả tệp thuộc một phường/xã.",
            "Phường Phú Lợi",
        ),
        Column::TeamCode => ("Có", "Mã tổ như trong hệ thống. Có thể thay bằng tên tổ hoặc địa bàn.", "03"),
        Column::TeamName => {
            ("Không", "Bắt buộc khi thêm tổ mới (cùng với mã tổ và địa bàn).", "Tổ bảo vệ ANTT khu vực 3")
        }
        Column::Locality => ("Không", "Ấp, khu vực, khóm của tổ.", "khu vực 3"),
        Column::FullName => ("Có", "Họ trước, tên sau, viết có dấu.", "Nguyễn Văn An"),
        Column::Gender => ("Không", "Nam hoặc Nữ.", "Nam"),
        Column::BirthDate => ("Nên có", "Đủ ngày/tháng/năm; dùng để phân biệt người trùng tên.", "07/03/1975"),
        Column::Role => ("Có khi thêm mới", "Tổ trưởng, Tổ phó hoặc Tổ viên. Mỗi tổ có một tổ trưởng.", "Tổ viên"),
        Column::Phone => {
            ("Không", "10 số bắt đầu bằng 03, 05, 07, 08, 09; máy bàn 10–11 số bắt đầu bằng 02.", "0912 345 678")
        }
        Column::NationalId => ("Không", "12 số trên thẻ căn cước; phải khớp giới tính và năm sinh.", "000075123456"),
        Column::Status => ("Không", "Đang tham gia hoặc Đã thôi tham gia.", "Đang tham gia"),
        Column::JoinedOn => ("Không", "Ngày/tháng/năm.", "01/07/2024"),
        Column::LeftOn => ("Không", "Ngày/tháng/năm, không trước ngày tham gia.", ""),
    }
}

fn instructions(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    let lines = [
        "Điền mỗi người một dòng vào trang \"Danh sách\". Không gộp ô, không dùng công thức.",
        "Có thể đổi thứ tự cột, bỏ cột không cần, hoặc dùng tiêu đề tiếng Anh.",
        "Ô bỏ trống giữ nguyên giá trị đang có trong hệ thống. Người trùng họ tên, ngày sinh và tổ được coi là một người.",
        "Kiểm tra trước: antq import roster TỆP.xlsx --dry-run. Không có gì được ghi khi còn lỗi.",
    ];
    sheet.write_string_with_format(0, 0, "Cách điền danh sách thành viên tổ bảo vệ an ninh, trật tự", &bold)?;
    for (row, line) in (1..).zip(lines) {
        sheet.write_string(row, 0, line)?;
    }
    const FIRST: u32 = 6;
    for (at, title) in (0..).zip(["Cột", "Tiếng Anh", "Bắt buộc", "Cách ghi", "Ví dụ"]) {
        sheet.write_string_with_format(FIRST, at, title, &bold)?;
    }
    for (row, column) in (FIRST + 1..).zip(Column::ALL.iter().copied()) {
        let (needed, how, example) = how(column);
        for (at, text) in (0..).zip([column.title(), column.english(), needed, how, example]) {
            sheet.write_string_with_format(row, at, text, &wrapped)?;
        }
    }
    for (at, width) in (0..).zip([24, 16, 16, 70, 28]) {
        sheet.set_column_width(at, width)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{ProblemCode, read};

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 26).unwrap_or_default()
    }

    #[test]
    fn the_template_is_a_roster_of_nobody() {
        let team = TeamChoice { code: "01".into(), name: "Tổ 1".into(), locality: "ấp 1".into() };
        for (teams, not_read) in [(vec![], vec![INSTRUCTIONS]), (vec![team; 70], vec![INSTRUCTIONS, TEAMS])] {
            let bytes = template(&teams).expect("a workbook");
            assert_eq!(bytes, template(&teams).expect("a workbook"), "the same content is the same file");
            let roster = read("t.xlsx", &bytes, today()).expect("it has the headings");
            let problems: Vec<_> = roster.problems.list().iter().map(|problem| problem.code).collect();
            assert_eq!((roster.lines.len(), problems), (0, vec![ProblemCode::NoRows]));
            assert_eq!(roster.not_read, not_read);
        }
    }

    /// What the instructions give for an example is read without a complaint.
    #[test]
    fn the_examples_are_right() {
        let entry = |column: Column| match how(column).2 {
            "" => None,
            example => Some((column, Entry::Text(example.to_owned()))),
        };
        let row: Vec<_> = Column::ALL.iter().copied().filter_map(entry).collect();
        let roster = read("t.xlsx", &filled(&[row]).expect("a workbook"), today()).expect("it has the headings");
        assert_eq!(roster.problems.list(), []);
        assert_eq!(roster.lines.len(), 1);
        assert_eq!(roster.lines[0].full_name, "Nguyễn Văn An");
        assert_eq!(roster.lines[0].gender, Some(Gender::Male));
    }
}
