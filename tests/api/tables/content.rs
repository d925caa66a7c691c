//! What stands in the cells: texts to the letter, no formulas, and in XLSX values of their types.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{CSV, NDJSON, XLSX, rows, table, text};
use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(texts_are_kept_and_formulas_are_not, workbooks_have_types);

/// As they are stored, and as CSV has them.
const HARD: [(&str, &str); 16] = [
    ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
    ("+84 292", "'+84 292"),
    ("-5", "'-5"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\tx", "'\tx"),
    ("\rx", "\"'\rx\""),
    ("\nx", "\"'\nx\""),
    ("a = b", "a = b"),
    ("hai, ba", "\"hai, ba\""),
    ("\"tổ\"", "\"\"\"tổ\"\"\""),
    ("một\nhai\r\nba", "\"một\nhai\r\nba\""),
    // Decomposed, as some keyboards write it: it stays so.
    ("Ca\u{302}\u{300}n Tho\u{31b}", "Ca\u{302}\u{300}n Tho\u{31b}"),
    ("Cần Thơ", "Cần Thơ"),
    ("01", "01"),
    ("'", "'"),
    ("_x0041_", "_x0041_"),
];

/// Gives the first teams hard names.
async fn harden(app: &TestApp) {
    for (id, (name, _)) in (1..).zip(HARD) {
        let mut update = Query::update();
        update.table("team").value("name", name).and_where(Expr::col("id").eq(id));
        assert_eq!(app.store.writer().execute(&update).await.unwrap().rows_affected(), 1);
    }
}

async fn texts_are_kept_and_formulas_are_not(engine: Engine) {
    let app = TestApp::full(engine).await;
    harden(&app).await;
    let query = format!("{{ teams(first: {}) {{ nodes {{ name code }} }} }}", HARD.len());

    let csv = text(&app, &query, CSV).await;
    let mut expected = "name,code\r\n".to_owned();
    let codes: Vec<String> =
        rows(&app, &query).await.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect();
    for ((_, name), code) in HARD.iter().zip(&codes) {
        expected.push_str(&format!("{name},{code}\r\n"));
    }
    assert_eq!(csv, expected);
    // What reads RFC 4180 reads the texts back, but for the apostrophe.
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for ((stored, _), record) in HARD.iter().zip(reader.records()) {
        let read = record.unwrap()[0].to_owned();
        assert!(read == *stored || read == format!("'{stored}"), "{stored:?} {read:?}");
    }
    // Programs get texts as they are.
    let stored: Vec<serde_json::Value> = HARD.iter().map(|(stored, _)| (*stored).into()).collect();
    let names: Vec<_> = rows(&app, &query).await.into_iter().map(|mut row| row["name"].take()).collect();
    assert_eq!(names, stored);
    // A cell of text in a workbook is no formula, whatever it begins with. XML has one end of a line.
    let reply = table(&app, &query, XLSX).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(reply.body)).unwrap();
    assert_eq!(book.worksheet_formula("teams").unwrap().cells().count(), 0);
    let sheet = book.worksheet_range("teams").unwrap();
    for (row, (stored, _)) in (1..).zip(HARD) {
        let Some(Data::String(read)) = sheet.get_value((row, 0)) else { panic!("{stored:?}") };
        assert_eq!(read.replace('\r', ""), stored.replace('\r', ""));
    }
    // Numbers below zero are numbers.
    let mut update = Query::update();
    update.table("ward").value("latitude", -1.5).and_where(Expr::col("id").eq(1));
    app.store.writer().execute(&update).await.unwrap();
    let wards = "{ wards(first: 2) { nodes { latitude } } }";
    assert_eq!(text(&app, wards, CSV).await.lines().nth(1), Some("-1.5"));
    assert_eq!(text(&app, wards, NDJSON).await.lines().next(), Some("{\"latitude\":-1.5}"));
}

async fn workbooks_have_types(engine: Engine) {
    let app = TestApp::full(engine).await;
    let query = "query CanTho { cities(filter: {code: {eq: \"92\"}}) { nodes { code } } }";
    let reply = table(&app, query, XLSX).await;
    assert_eq!(super::name(&reply.headers, "content-disposition"), "attachment; filename=\"CanTho.xlsx\"");
    assert_eq!(super::name(&reply.headers, "content-length"), reply.body.len().to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(reply.body)).unwrap();
    assert_eq!(book.sheet_names(), ["CanTho"]);
    assert_eq!(book.worksheet_range("CanTho").unwrap().get_value((1, 0)), Some(&Data::String("92".into())));

    let query = "{ members(first: 5000) { nodes { fullName joinedOn leftOn version updatedAt team { code } ward { areaKm2 } dataset { synthetic } } } }";
    let (expected, reply) = (rows(&app, query).await, table(&app, query, XLSX).await);
    let bytes = reply.body.clone();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(reply.body)).unwrap();
    let sheet = book.worksheet_range("members").unwrap();
    assert_eq!(sheet.get_size(), (5_001, 8));
    let names =
        ["fullName", "joinedOn", "leftOn", "version", "updatedAt", "team.code", "ward.areaKm2", "dataset.synthetic"];
    for (column, name) in (0..).zip(names) {
        assert_eq!(sheet.get_value((0, column)), Some(&Data::String(name.into())));
    }
    for (row, expected) in (1..).zip(&expected) {
        for (column, name) in (0..).zip(names) {
            let (cell, json) = (sheet.get_value((row, column)).unwrap(), &expected[name]);
            let same = match (name, cell) {
                (_, Data::Empty) => json.is_null(),
                ("fullName" | "team.code", Data::String(text)) => json == text,
                ("joinedOn" | "leftOn", Data::DateTime(time)) => {
                    time.as_datetime().unwrap().format("%F").to_string() == json.as_str().unwrap()
                }
                ("updatedAt", Data::DateTime(time)) => {
                    let read = time.as_datetime().unwrap().and_utc().timestamp_millis();
                    read.abs_diff(
                        json.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis(),
                    ) < 2
                }
                ("version" | "ward.areaKm2", Data::Float(number)) => json.as_f64() == Some(*number),
                ("dataset.synthetic", Data::Bool(value)) => json.as_bool() == Some(*value),
                _ => false,
            };
            assert!(same, "{row} {name}: {cell:?} {json}");
        }
    }
    // The names stay in sight, and each can be filtered by.
    let mut sheet = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"));
    assert!(sheet.contains("<autoFilter ref=\"A1:H5001\"/>"));
}
