//! `antq import roster` and `antq template roster`, as a clerk runs them.

use std::process::Output;

use super::people;
use crate::support::{Engine, antq, folder, full_database, secrets, unique};
use antq::store::Store;

const SAMPLE: &str = "data/samples/roster-phu-loi.xlsx";
const FIXED: &str = "data/samples/roster-phu-loi-fixed.xlsx";

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

async fn members(url: &str) -> usize {
    let store = Store::connect(url).await.unwrap().with_secrets(secrets());
    let count = people(&store, super::PHU_LOI).await.len();
    store.close().await;
    count
}

#[tokio::test]
async fn the_sample_is_named_fixed_and_written() {
    let url = full_database(Engine::Sqlite).await;
    let before = members(&url).await;
    let import = |file: &str, more: &[&str]| {
        texts(&antq(&[&["import", "roster", file, "--ward", "31510", "--database-url", &url], more].concat()))
    };
    let (code, out, err) = import(SAMPLE, &["--dry-run"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(out.contains("10  problems (lỗi)"), "{out}");
    let line = out.lines().find(|line| line.contains("BIRTH_DATE")).unwrap();
    assert!(line.starts_with("Danh sách!G"), "{line}");
    assert!(line.ends_with("\"30/02/1980\": 2/1980 has 29 days. Did you mean 29/02/1980?"), "{line}");
    assert!(err.ends_with("antq: there are 10 problems to be solved first; nothing was written\n"), "{err}");
    // Nor without a dry run, whatever is agreed to.
    assert_eq!(import(SAMPLE, &["--yes"]).0, Some(1));
    assert_eq!(members(&url).await, before);

    let (code, out, err) = import(FIXED, &["--dry-run"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("7  members added") && out.contains("+ Thạch Sơn, team 03"), "{out}");
    // Personal data are on no screen.
    assert!(out.contains("Số điện thoại changes") && !out.contains("0199"), "{out}");
    let token = err.split("--plan ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    // Nobody is there to be asked.
    let (code, _, err) = import(FIXED, &[]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("nothing was written; --yes writes it"), "{err}");
    let (code, _, err) = import(FIXED, &["--plan", "0123456789abcdef"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains(&format!("this is the plan {token}")), "{err}");
    assert_eq!(members(&url).await, before);
    let (code, _, err) = import(FIXED, &["--plan", &token]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.ends_with("7 members added, 3 changed, 0 retired; 0 teams added.\n"), "{err}");
    assert_eq!(members(&url).await, before + 7);
    let (code, _, err) = import(FIXED, &["--yes"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("The register is as the file says"), "{err}");
}

#[tokio::test]
async fn what_is_no_roster_is_one_line() {
    let url = full_database(Engine::Sqlite).await;
    for (arguments, says) in [
        (["no-such-file.xlsx", "--ward", "31510"], "cannot read no-such-file.xlsx"),
        (["Cargo.toml", "--ward", "31510"], "No sheet has the headings"),
        ([FIXED, "--ward", "Phường Không Có"], "There is no ward"),
        ([FIXED, "--dataset", "Số 1"], "is no name of a data set"),
    ] {
        let (code, out, err) = texts(&antq(&[&["import", "roster", "--database-url", &url], &arguments[..]].concat()));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains(says), "{err}");
        assert_eq!(err.lines().filter(|line| line.starts_with("antq: ")).count(), 1, "{err}");
    }
}

#[tokio::test]
async fn a_data_set_that_is_not_there_yet_is_named() {
    let url = full_database(Engine::Sqlite).await;
    let import = |dataset: &str| {
        let arguments = ["import", "roster", FIXED, "--ward", "31510", "--dry-run", "--dataset", dataset];
        texts(&antq(&[&arguments[..], &["--database-url", &url]].concat()))
    };
    let (code, out, err) = import("demos");
    assert_eq!(code, Some(0), "{err}");
    let line = out.lines().find(|line| line.contains("DATASET_NEW")).unwrap();
    assert!(line.contains("\"demos\": There is no data set (bộ dữ liệu) of this name: it is made anew"), "{line}");
    assert!(line.ends_with("Did you mean \"demo\"?"), "{line}");
    let (code, out, err) = import("demo");
    assert_eq!((code, out.contains("DATASET_NEW")), (Some(0), false), "{out} {err}");
}

#[tokio::test]
async fn a_file_of_nobody_writes_nothing_and_says_so() {
    let url = full_database(Engine::Sqlite).await;
    let file = format!("{}/{}.csv", env!("CARGO_TARGET_TMPDIR"), unique("nobody"));
    std::fs::write(&file, "Mã tổ;Họ và tên;Ngày sinh;Chức danh\n;;;\n").unwrap();
    for more in ["--dry-run", "--yes"] {
        let arguments = ["import", "roster", &file, "--ward", "31510", more, "--database-url", &url];
        let (code, out, err) = texts(&antq(&arguments));
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains("NO_ROWS") && out.contains("1  warnings"), "{out}");
        assert!(err.contains("Nobody is in the file; nothing was written.") && !err.contains("--plan"), "{err}");
    }
}

#[tokio::test]
async fn a_template_is_called_what_it_is() {
    for name in ["template.csv", "template", "template.xlsx.txt", ".xlsx"] {
        let folder = folder();
        let file = folder.join(name);
        let (code, _, err) = texts(&antq(&["template", "roster", file.to_str().unwrap(), "--force"]));
        assert_eq!((code, file.exists()), (Some(1), false), "{err}");
        assert!(err.contains("does not end in .xlsx"), "{err}");
    }
}

#[tokio::test]
async fn a_template_is_written_once() {
    let url = full_database(Engine::Sqlite).await;
    let file = format!("{}/{}.xlsx", env!("CARGO_TARGET_TMPDIR"), unique("template"));
    let (code, _, err) = texts(&antq(&["template", "roster", &file]));
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(std::fs::read(&file).unwrap(), antq::roster::template(&[]).unwrap());
    std::fs::write(&file, "mine").unwrap();
    let (code, _, err) = texts(&antq(&["template", "roster", &file]));
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("is there already; --force writes over it"), "{err}");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert_eq!(texts(&antq(&["template", "roster", &file, "--force"])).0, Some(0));
    // With the teams of a ward to choose from.
    let ward = ["--ward", "31510", "--force", "--database-url", &url];
    let (code, _, err) = texts(&antq(&[&["template", "roster", &file], &ward[..]].concat()));
    assert_eq!(code, Some(0), "{err}");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&file).unwrap();
    let teams = calamine::Reader::worksheet_range(&mut book, "Các tổ").unwrap();
    assert_eq!((teams.height(), teams.get_value((1, 0))), (20, Some(&calamine::Data::String("01".to_owned()))));
    assert!(antq::roster::read("a.xlsx", &std::fs::read(&file).unwrap(), super::today()).is_ok());
}
