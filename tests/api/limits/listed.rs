//! The list of limits: what the schema serves and the documentation says is what the code has.

use std::{fmt::Write, path::Path};

use antq::{commands, config, server::limits};
use clap::Parser;
use serde_json::json;

use crate::support::{Engine, SETTINGS, TestApp};

const BEGIN: &str = "<!-- limits: written from the code -->\n";
const END: &str = "<!-- limits: end -->";

#[tokio::test]
async fn the_schema_serves_the_limits_in_force() {
    let app = TestApp::full(Engine::Sqlite).await;
    let data = app.data("{ serviceConfig { version limits { name value unit description code } } }").await;
    let listed = limits(&SETTINGS);
    let listed: Vec<_> = listed
        .iter()
        .map(|limit| {
            json!({
                "name": limit.name, "value": limit.value, "unit": limit.unit,
                "description": limit.description, "code": limit.code.as_str(),
            })
        })
        .collect();
    assert_eq!(data["serviceConfig"]["limits"], json!(listed));
    assert_eq!(data["serviceConfig"]["version"], env!("CARGO_PKG_VERSION"));
    // Without budgets there is no number that could be one.
    assert_eq!(listed.last().unwrap()["value"], json!(null));
    assert_eq!(app.statements(), Vec::<String>::new());
}

#[test]
fn each_limit_has_a_name_of_its_own_and_a_description_in_both_languages() {
    let listed = limits(&SETTINGS);
    for (index, limit) in listed.iter().enumerate() {
        assert!(listed[..index].iter().all(|other| other.name != limit.name), "{}", limit.name);
        assert!(limit.description.contains('(') && !limit.description.is_ascii(), "{}", limit.name);
    }
}

/// `UPDATE_RECORDED=1` writes the documentation anew.
#[test]
fn the_documentation_is_written_from_the_code() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for path in ["CONTRACT.md", "LIMITS.md"].map(|name| docs.join(name)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let now = format!("{before}{BEGIN}{}{END}{after}", table());
        if std::env::var_os("UPDATE_RECORDED").is_some_and(|value| !value.is_empty() && value != "0") {
            std::fs::write(&path, now).unwrap();
        } else {
            assert!(text == now, "{} differs from the code: UPDATE_RECORDED=1 writes it anew", path.display());
        }
    }
}

/// The limits as they are if no option is given.
fn table() -> String {
    let cli = config::Cli::parse_from(["antq", "serve"]);
    let config::Command::Serve(args) = cli.command else { unreachable!() };
    let mut table = "| name | at most | what | refused as |\n|---|---|---|---|\n".to_owned();
    for limit in limits(&commands::settings(&args)) {
        let value = limit.value.map_or("no limit".to_owned(), |value| format!("{} {}", grouped(value), limit.unit));
        let (name, what, code, status) = (limit.name, limit.description, limit.code.as_str(), limit.status);
        writeln!(table, "| `{name}` | {value} | {what} | {status} `{code}` |").unwrap();
    }
    table
}

/// With commas between the thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    parts.join(",")
}
