//! Files that nobody should send, and those that Excel, LibreOffice and clerks do.

use std::io::{Cursor, Read, Write};

use antq::roster::{Column, FileError, MAX_BYTES, ProblemCode, filled, read, template};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Cells, text, today};

fn row(name: &str) -> Cells {
    vec![(Column::TeamCode, text("01")), (Column::FullName, text(name))]
}

fn error(name: &str, bytes: &[u8]) -> FileError {
    let error = read(name, bytes, today()).expect_err("it is refused");
    assert!(error.to_string().ends_with('.'), "{error}");
    error
}

/// The parts of a workbook, changed, with others behind them.
fn repacked(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>, others: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(&change(&name, content)).unwrap();
    }
    for (name, content) in others {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The template, with another sheet of cells.
fn with_sheet(data: &str) -> Vec<u8> {
    let head = r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
    let headings = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Mã tổ</t></is></c><c r="B1" t="inlineStr"><is><t>Họ và tên</t></is></c><c r="C1" t="inlineStr"><is><t>Ngày sinh</t></is></c></row>"#;
    let sheet = format!("{head}{headings}{data}</sheetData></worksheet>");
    let change =
        |name: &str, content| if name == "xl/worksheets/sheet1.xml" { sheet.clone().into_bytes() } else { content };
    repacked(&template(&[]).unwrap(), change, &[])
}

#[test]
fn other_kinds_of_files_are_named() {
    let compound = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more".to_vec();
    let encrypted: Vec<u8> =
        compound.iter().copied().chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let zip = |name: &str| {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap().into_inner()
    };
    assert_eq!(error("a.xlsx", b""), FileError::Empty);
    assert_eq!(error("a.csv", &vec![b' '; MAX_BYTES + 1]), FileError::Large(MAX_BYTES + 1));
    assert_eq!(error("a.xlsx", &encrypted), FileError::Password);
    assert_eq!(error("a.xls", &compound), FileError::Kind("an old workbook (.xls)"));
    assert_eq!(error("a.ods", &zip("content.xml")), FileError::Kind("an OpenDocument file"));
    assert_eq!(error("a.xlsb", &zip("xl/workbook.bin")), FileError::Kind("a binary workbook (.xlsb)"));
    assert_eq!(error("a.zip", &zip("a.txt")), FileError::Kind("an archive that is no workbook"));
    assert_eq!(error("a.xls", b"\n <html><table></table></html>"), FileError::Kind("a web page or XML"));
    assert_eq!(error("a.pdf", b"%PDF-1.7"), FileError::Kind("a PDF"));
    assert!(matches!(error("a.xlsx", b"Mot;hai"), FileError::Damaged(_)));
    assert_eq!(
        error("a.csv", "Họ tên".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice()),
        FileError::Encoding
    );
    assert!(matches!(error("a.csv", b"a;b\n1;2\n"), FileError::NoTable(_)));
    let macros = repacked(&template(&[]).unwrap(), |_, content| content, &[("xl/vbaProject.bin", b"x")]);
    assert_eq!(error("a.xlsm", &macros), FileError::Macros);
}

#[test]
fn what_is_cut_off_is_damaged() {
    let whole = filled(&vec![row("Trần Văn An"); 50]).unwrap();
    assert_eq!(read("a.xlsx", &whole, today()).unwrap().lines.len(), 50);
    for length in (4..whole.len()).step_by(97) {
        assert!(matches!(error("a.xlsx", &whole[..length]), FileError::Damaged(_)), "{length}");
    }
    // A sheet that ends in its middle.
    let broken = repacked(
        &whole,
        |name, content| if name.ends_with("sheet1.xml") { content[..content.len() / 2].to_vec() } else { content },
        &[],
    );
    assert!(matches!(error("a.xlsx", &broken), FileError::Damaged(_)));
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![b' '; 70 * 1_048_576];
    let bomb = repacked(&template(&[]).unwrap(), |_, content| content, &[("xl/bomb.xml", &zeros)]);
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    assert_eq!(error("a.xlsx", &bomb), FileError::Unpacks);
    // The directory says that it is small.
    let honest = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let mut lying = bomb;
    let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == honest).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
    }
    let refused = error("a.xlsx", &lying);
    assert!(matches!(refused, FileError::Unpacks | FileError::Damaged(_)), "{refused}");
    // One text that a million cells share.
    let long = "x".repeat(30_000);
    let many: String =
        (2..40_000).map(|row| format!(r#"<row r="{row}">{}</row>"#, r#"<c t="s"><v>0</v></c>"#.repeat(20))).collect();
    let shared = format!(
        r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{long}</t></si></sst>"#
    );
    let change =
        |name: &str, content| if name == "xl/sharedStrings.xml" { shared.clone().into_bytes() } else { content };
    assert_eq!(error("a.xlsx", &repacked(&with_sheet(&many), change, &[])), FileError::Unpacks);
    // More parts than a workbook has.
    let names: Vec<String> = (0..2_100).map(|number| format!("xl/{number}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(matches!(
        error("a.xlsx", &repacked(&template(&[]).unwrap(), |_, content| content, &parts)),
        FileError::Parts { .. }
    ));
}

#[test]
fn empty_rows_are_nobody() {
    let empty: String = (2..1_000_000).map(|row| format!(r#"<row r="{row}"/>"#)).collect();
    let roster = read("a.xlsx", &with_sheet(&empty), today()).unwrap();
    let problems: Vec<_> = roster.problems.list().iter().map(|problem| problem.code).collect();
    assert_eq!((roster.lines.len(), problems), (0, vec![ProblemCode::NoRows]));
    let styled: String = (2..300_000)
        .map(|row| format!(r#"<row r="{row}"><c r="A{row}" s="1"/><c r="B{row}" s="1"></c></row>"#))
        .collect();
    let last = r#"<row r="400000"><c r="A400000" t="inlineStr"><is><t>01</t></is></c><c r="B400000" t="inlineStr"><is><t>Trần Văn An</t></is></c></row>"#;
    let roster = read("a.xlsx", &with_sheet(&(styled + last)), today()).unwrap();
    assert_eq!(roster.lines[0].at(Column::FullName).to_string(), "Danh sách!B400000");
    let rows: String = (2..60_000).map(|row| format!(r#"<row r="{row}"><c r="A{row}"><v>1</v></c></row>"#)).collect();
    assert_eq!(error("a.xlsx", &with_sheet(&rows)), FileError::Rows);
}

#[test]
fn formulas_errors_and_merged_cells_are_named_at_their_cells() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Tổ 1").unwrap();
    // A title is merged in every roster, and numbers of rows are formulas.
    sheet.merge_range(0, 0, 0, 4, "DANH SÁCH THÀNH VIÊN", &Format::new()).unwrap();
    for (column, heading) in (0..).zip(["STT", "Mã tổ", "Họ và tên", "Ngày sinh", "Chức danh"]) {
        sheet.write_string(2, column, heading).unwrap();
    }
    for row in 3..8 {
        sheet.write_formula(row, 0, "=ROW()-3").unwrap().write_string(row, 2, "Trần Văn An").unwrap();
        sheet.write_string(row, 1, "01").unwrap();
    }
    sheet.write_formula(4, 3, "=TODAY()-15000").unwrap();
    sheet.write_boolean(5, 4, true).unwrap();
    sheet.merge_range(6, 1, 7, 1, "02", &Format::new()).unwrap();
    let roster = read("a.xlsx", &book.save_to_buffer().unwrap(), today()).unwrap();
    let mut problems = roster.problems;
    problems.sort();
    let found: Vec<_> = problems.list().iter().map(|problem| (problem.at.to_string(), problem.code)).collect();
    let expected = [("D5", ProblemCode::Formula), ("E6", ProblemCode::Cell), ("B7", ProblemCode::Merged)];
    assert_eq!(found, expected.map(|(cell, code)| (format!("Tổ 1!{cell}"), code)));
    assert_eq!(problems.list()[0].value, "=TODAY()-15000");
    assert!(problems.list()[2].message.contains("to B8"), "{}", problems.list()[2]);
}

#[test]
fn every_sheet_with_headings_is_read() {
    let mut book = Workbook::new();
    for (name, hidden) in [("Tổ 1", false), ("Tổ 2", false), ("Cũ", true), ("Ghi chú", false)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.set_hidden(hidden);
        if name == "Ghi chú" {
            sheet.write_string(0, 0, "Không có gì").unwrap();
            continue;
        }
        for (column, heading) in (0..).zip(["Họ và tên", "Mã tổ", "Ngày sinh"]) {
            sheet.write_string(0, column, heading).unwrap();
        }
        sheet.write_string(1, 0, "Trần Văn An").unwrap().write_string(1, 2, "30/02/1980").unwrap();
    }
    let roster = read("a.xlsx", &book.save_to_buffer().unwrap(), today()).unwrap();
    let cells: Vec<_> = roster.problems.list().iter().map(|problem| problem.at.to_string()).collect();
    assert_eq!((cells, roster.lines.len()), (vec!["Tổ 1!C2".to_owned(), "Tổ 2!C2".to_owned()], 2));
    assert_eq!(roster.not_read, ["Cũ", "Ghi chú"]);
}

/// What Excel makes of numbers and days that are typed into cells without a format.
#[test]
fn numbers_and_days_of_excel_are_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(["Họ và tên", "Mã tổ", "Ngày sinh", "Điện thoại", "CCCD", "Phường/xã"])
    {
        sheet.write_string(0, column, heading).unwrap();
    }
    sheet.write_string(1, 0, "Trần Văn An").unwrap().write_number(1, 1, 3).unwrap().write_number(1, 2, 27_460).unwrap();
    sheet.write_number(1, 3, 912_345_678).unwrap().write_number(1, 4, 92_075_123_456_f64).unwrap();
    sheet.write_number(1, 5, 4).unwrap();
    let roster = read("a.xlsx", &book.save_to_buffer().unwrap(), today()).unwrap();
    assert_eq!(roster.problems.list(), []);
    let line = &roster.lines[0];
    assert_eq!((line.team_code.as_deref(), line.ward.as_deref()), (Some("3"), Some("4")));
    assert_eq!(line.birth_date, Some(super::day(1975, 3, 7)));
    assert_eq!((line.phone.as_deref(), line.national_id.as_deref()), (Some("0912345678"), Some("092075123456")));
}

#[test]
fn what_may_be_wrong_is_documented() {
    let guide = include_str!("../../../docs/ROSTERS.md");
    for code in ProblemCode::ALL {
        assert!(guide.contains(&format!("`{}`", code.as_str())), "{}", code.as_str());
    }
    for column in Column::ALL {
        assert!(guide.contains(column.title()) && guide.contains(column.english()), "{column:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read("a.csv", &bytes, today());
        let _ = read("a.xlsx", &bytes, today());
        let package: Vec<u8> = b"PK\x03\x04".iter().copied().chain(bytes).collect();
        prop_assert!(read("a.xlsx", &package, today()).is_err());
    }

    #[test]
    fn texts_are_read_or_refused(text in "(Họ và tên|Mã tổ|Ngày sinh|[;,\t\n\"]|\\PC{0,12}|[0-9/]{1,10}){0,40}") {
        let text = format!("Họ và tên;Mã tổ;Ngày sinh;CCCD;SĐT;Giới tính\n{text}");
        if let Ok(roster) = read("a.csv", text.as_bytes(), today()) {
            for problem in roster.problems.list() {
                prop_assert!(!problem.to_string().contains('\n') && problem.to_string().len() < 1_000, "{}", problem);
            }
        }
    }

    /// Sheets that were written by nobody's Excel.
    #[test]
    fn sheets_are_read_or_refused(data in "(<row r=\"[0-9A-Z:]{1,12}\">|</row>|<c r=\"[A-Z]{0,9}[0-9]{0,11}\"( t=\"(s|b|e|d|n|str|inlineStr)\")?>|</c>|<v>[0-9a-z.-]{0,12}</v>|<f( t=\"shared\" si=\"[0-9]{1,12}\")?>[A-Z0-9]{0,5}</f>|<is><t>\\PC{0,8}</t></is>){0,40}") {
        let _ = read("a.xlsx", &with_sheet(&data), today());
    }

    #[test]
    fn a_workbook_with_other_bytes_in_it_is_read_or_refused(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = filled(&[row("Trần Văn An")]).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read("a.xlsx", &bytes, today());
    }
}
