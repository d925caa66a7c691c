use super::*;

#[test]
fn syntax_errors_are_one_plain_line() {
    for (text, message, line, column) in [
        ("", "Unexpected end of the document, expected an operation or a fragment.", 1, 1),
        ("# nothing\n", "Unexpected end of the document, expected an operation or a fragment.", 2, 1),
        ("{ a( }", "Unexpected \"}\", expected a name.", 1, 6),
        ("{ a }\n\n  }", "Unexpected \"}\", expected the end of the document or an operation or a fragment.", 3, 3),
        ("{}", "Unexpected \"}\", expected a field or a spread.", 1, 2),
        ("{ á }", "Unexpected \"á\", expected a field or a spread.", 1, 3),
        ("{a(b:\"é😀\" c d)}", "Unexpected \"c\", expected an argument.", 1, 11),
        (
            "subscription {a",
            "Unexpected end of the document, expected \"{\", a field or a spread, a directive, or \"(\".",
            1,
            16,
        ),
        ("query($a: [ Int ]) { a }", "Unexpected \"[\", expected a type.", 1, 11),
        ("{ a(b: 12x_) }", "Unexpected \"12x_\", expected a value.", 1, 8),
        ("{ a(b: 12x", "Unexpected \"12x\", expected a value.", 1, 8),
        ("{ a(b: 1e999) }", "The number \"1e999\" is out of range.", 1, 8),
        ("{ a(b: \"\\q\") }", "The string \"\\q\" has an escape that is not allowed.", 1, 8),
        ("{a}\n{b}", "An operation without a name must be the only one in its document.", 2, 1),
        ("query A {a} query A {a}", "There are two operations with the name \"A\".", 1, 13),
        ("{...F} fragment F on T {a} fragment F on T {a}", "There are two fragments with the name \"F\".", 1, 28),
        ("fragment F on T { a }", "The document has no operation.", 1, 1),
    ] {
        assert_eq!(
            parse(text, &ROOMY).err(),
            Some(Refusal::Syntax { message: message.to_owned(), line, column }),
            "{text}"
        );
    }
}

#[test]
fn messages_do_not_repeat_the_document() {
    let long = format!("{{ a(\"{}\\n\u{7}\") }}", "x\u{7}".repeat(1_000));
    let Err(refusal @ Refusal::Syntax { .. }) = parse(&long, &ROOMY) else { panic!("{long} should be refused") };
    let message = refusal.to_string();
    assert!(message.chars().count() < 100 && !message.contains(char::is_control), "{message}");
}
