//! Everything that reads what strangers send, each as a function of any bytes that panics where a promise is broken.
//!
//! Only for the programs in `fuzz/`, which look for such bytes, behind the feature `fuzzing`; and for the tests, which
//! replay what was found worth keeping in `tests/corpus/`.

use crate::{
    api,
    domain::people,
    ids,
    limits::{self, DocumentLimits, Refusal},
    roster, server,
    text::{Name, Stand, Typed, alphabetical, parts, place_words, spelled, words},
};

/// Something that bytes are given to, under the name of its program and of its folder of the corpus.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 8] = [
    ("cursor", cursor),
    ("document", document),
    ("filter", filter),
    ("id", id),
    ("plan", plan),
    ("request", request),
    ("roster", roster),
    ("text", text),
];

/// A list's order as JSON and, in the next line, a cursor: as clients send it, or before it is written in base64.
pub fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (order, cursor) = text.split_once('\n').unwrap_or(("", text));
    api::fuzzing::cursor(order, cursor);
}

/// The filter of a list or, as a list, its order: as JSON, or as a document has it.
pub fn filter(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        api::fuzzing::filter(text);
    }
}

/// A document, validated and planned.
pub fn plan(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        api::fuzzing::plan(text);
    }
}

/// An HTTP request: what follows `?` in its URL, its `Accept`, and its body, a line each.
pub fn request(bytes: &[u8]) {
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    server::fuzzing::request(line(), line(), line());
}

/// An id: as clients send it, or before it is written in base64.
pub fn id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for id in [text.to_owned(), base64(text)] {
        match ids::NodeId::decode(&id) {
            Ok(node) => assert_eq!(ids::NodeId::encode(&node.table, node.row), id, "one row has one id"),
            Err(error) => is_told(&error.message()),
        }
    }
}

/// A document, as the guard before the schema reads it.
pub fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let limits = DocumentLimits::default();
    let Err(refusal) = limits::parse(text, &limits) else {
        assert!(text.len() <= limits.bytes);
        return;
    };
    match &refusal {
        Refusal::Limit { limit, actual, .. } => assert!(actual > limit),
        Refusal::Syntax { line, column, .. } | Refusal::Invalid { line, column, .. } => {
            assert!(*line > 0 && *column > 0 && *line <= text.lines().count() + 1);
        }
        Refusal::FragmentCycle { .. } => return,
    }
    is_told(&refusal.to_string());
}

/// A roster: a CSV file, or the package that a workbook is.
pub fn roster(bytes: &[u8]) {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 26).unwrap_or_default();
    let Ok(roster) = roster::read("roster.csv", bytes, today).map_err(|error| is_told(&error.to_string())) else {
        return;
    };
    let problems = &roster.problems;
    assert!(problems.list().len() <= problems.errors() + problems.warnings());
    for problem in problems.list() {
        is_told(&problem.to_string());
        assert!(!problem.to_string().contains(['\n', '\r']), "{problem}");
    }
    for line in &roster.lines {
        let again = people::full_name(&line.full_name);
        assert_eq!(again.as_deref(), Ok(line.full_name.as_str()), "a name that is kept is kept as it is");
        for (kept, again) in [
            (&line.phone, line.phone.as_deref().map(people::phone).and_then(Result::ok)),
            (&line.national_id, line.national_id.as_deref().and_then(|id| people::national_id(id, None, None).ok())),
        ] {
            assert_eq!(*kept, again);
        }
        assert!(line.birth_date.is_none_or(|born| people::birth_date(born, today).is_ok()));
    }
}

/// Words as people type them and, in the next line, the name of a place.
pub fn text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let folded = words(text);
    let is_plain = |word: &String| word.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    assert!(folded.iter().all(|word| !word.is_empty() && is_plain(word)), "{folded:?}");
    assert_eq!(words(&folded.join(" ")), folded, "folding once is folding for good");
    assert!(folded.ends_with(&place_words(text)));
    assert!(parts(text).iter().all(|part| !words(part).is_empty() && text.contains(part)));
    assert!(alphabetical(&spelled(text), &spelled(text)).is_eq());
    let (typed, name) = text.split_once('\n').unwrap_or((text, text));
    assert_eq!(alphabetical(&spelled(typed), &spelled(name)), alphabetical(&spelled(name), &spelled(typed)).reverse(),);
    for place in [false, true] {
        let (typed, name) = (Typed::new(typed, place), Name::new(name, place));
        if typed.fit(&name).is_some() {
            assert!(typed.words().iter().all(|word| name.words().iter().any(|of| of.plain().starts_with(word))));
        }
        let own = Typed::new(text, place).fit(&Name::new(text, place));
        let is_whole = own.is_some_and(|fit| fit.stand == Stand::Whole && !fit.apart && !fit.otherwise_written);
        assert!(is_whole || folded.is_empty(), "a name fits itself: {own:?}");
    }
}

/// A text in base64, as ids and cursors are written.
pub(crate) fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// What a client is told: something, in one line, and no more than a little of what it sent.
pub(crate) fn is_told(message: &str) {
    const MOST: usize = 1_000;
    assert!(!message.is_empty() && message.len() < MOST, "{} bytes: {message}", message.len());
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }

    fn corpus() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
    }

    #[test]
    fn what_was_worth_keeping_is_read_or_refused() {
        for (name, run) in TARGETS {
            let files = files(&corpus().join(name));
            assert!(files.len() > 1, "{name} has a corpus");
            for file in files {
                let bytes = fs::read(&file).expect("a file");
                let outcome = std::panic::catch_unwind(|| run(&bytes));
                assert!(outcome.is_ok(), "{} is no longer read or refused", file.display());
            }
        }
    }

    /// Each target has its program and its corpus, and nothing else has.
    #[test]
    fn every_target_has_a_program() {
        let names = |folder: &Path| -> BTreeSet<String> {
            let stem = |file: &PathBuf| file.file_stem().expect("a name").to_string_lossy().into_owned();
            files(folder).iter().map(stem).collect()
        };
        let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names(&corpus()), targets);
        assert_eq!(names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets")), targets);
    }
}
