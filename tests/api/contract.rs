//! `docs/CONTRACT.md`: what it says of the code is written from the code. `UPDATE_RECORDED=1` writes it anew.

use antq::error::Code;

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONTRACT.md");

/// What stands between two marks of the page must be this.
fn is_written(mark: &str, expected: &str) {
    let page = std::fs::read_to_string(CONTRACT).unwrap();
    let (begin, end) = (format!("<!-- {mark}: written from the code -->\n"), format!("<!-- {mark}: end -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("UPDATE_RECORDED").is_some() {
        std::fs::write(CONTRACT, [before, &begin, expected, &end, after].concat()).unwrap();
        return;
    }
    assert_eq!(written, expected, "docs/CONTRACT.md differs from the code: UPDATE_RECORDED=1 make test");
}

#[test]
fn the_error_codes_are_those_of_the_code() {
    let mut table = "| code | means | status | example |\n|---|---|---|---|\n".to_owned();
    for code in Code::ALL {
        let (meaning, status) = (code.meaning(), code.status());
        // As the message has it, backticks included.
        let example = code.example().replace('`', "\\`");
        table.push_str(&format!("| `{}` | {meaning} | {status} | {example} |\n", code.as_str()));
    }
    is_written("errors", &table);
}
