use super::*;
use crate::limits::scan::scan;

#[test]
fn no_depth_of_brackets_reaches_the_parser() {
    let ladders = [
        ("{a(b:", "[", "]", ")}"),
        ("{a(b:", "{a:", "}", ")}"),
        ("{a@d(b:", "[", "]", ")}"),
        ("{a@d(b:", "{a:", "}", ")}"),
        ("query($v:T=", "[", "]", "){a}"),
        ("query($v:T=", "{a:", "}", "){a}"),
        ("query($v:", "[", "]", "=1){a}"),
        ("{a", "{a", "}", "}"),
        ("{a", "...{a", "}", "}"),
        // Without the closing brackets, and with the wrong ones.
        ("{a(b:", "[", "", ""),
        ("{a(b:", "[(", ")]", ")}"),
        // After comments that are over sooner than they look.
        ("{a(b:#\r", "[", "]", ")}"),
        ("{a(b:#\"\n", "#\"\"\"\r[", "]", ")}"),
    ];
    for (before, open, close, after) in ladders {
        for depth in [30, 60, 63, 64, 65, 100, 1_000, 1_250, 2_000, 2_400, 5_000, 7_000, 20_000, 100_000] {
            let text = format!("{before}{}1{}{after}", open.repeat(depth), close.repeat(depth));
            let refusal = parse(&text, &ROOMY).err();
            if depth > 64 {
                assert_eq!(refusal, Some(limit("documentNesting", 64, 65)), "{before}{open}, {depth} deep");
            }
            assert!(parse(&text, &DocumentLimits::default()).is_err() || depth < 65, "{before}{open}, {depth} deep");
        }
    }
}

#[test]
fn the_parsers_own_nesting_limit_is_a_limit() {
    let text = format!("{}{}", "{a".repeat(70), "}".repeat(70));
    let refusal = parse(&text, &DocumentLimits { nesting: 100, ..ROOMY }).err();
    assert_eq!(refusal, Some(limit("documentNesting", 64, 65)));
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let many = "[({".repeat(100);
    for text in [
        format!("{{ a(b: \"{many}\") }}"),
        format!("{{ a(b: \"\\\"{many}\\\\\") }}"),
        format!("{{ a(b: \"\"\"{many}\n \" \"\" \\\"\"\" {many}\"\"\") }}"),
        format!("# {many} \"\n{{ a # {many} \"\"\"\r}} # {many}"),
    ] {
        assert!(parse(&text, &DocumentLimits { tokens: 9, ..ROOMY }).is_ok(), "{text}");
    }
}

#[test]
fn tokens_are_those_of_the_parser() {
    for (text, tokens) in [
        ("", 0),
        (" ,\t\r\n\u{feff}# comment", 0),
        ("{a}", 3),
        ("...a . ..", 5),
        ("$a:[T!]!=1@b", 12),
        ("1 -1 1.5 -1.5e+10 1E5 0.0", 6),
        ("1-1-1", 3),
        ("000", 3),
        ("1.5.5 1e 1. -", 8),
        ("\"a\"\"b\" \"\" \"\"\"\"\"\"", 4),
        ("truefalse nulls true null nul", 7),
        ("é ٣ 𝄞 & \0", 5),
    ] {
        assert_eq!(scan(text, &ROOMY), Ok(tokens), "{text}");
    }
}

#[test]
fn strings_without_an_end_are_refused_before_the_parser() {
    // The parser would read the string "" , then the string "x", and then the brackets.
    let hidden = format!("{{a(b:[\"\"\"x\" {}{}])}}", "[".repeat(3_000), "]".repeat(3_000));
    let starts = [
        "\"",
        "\"\"\"",
        "\"\"\"\"",
        "\"\"\"\"\"",
        "\"\\",
        "\"\"\"\\",
        "\"\"\"\\\"\"\"",
        "\"\\é",
        "\"a\\\n\"",
        "\"a\r\"",
    ];
    for text in starts.map(|start| format!("{{a(b:{start}")).into_iter().chain([hidden]) {
        let Err(Refusal::Syntax { message, line: 1, column: 6.. }) = parse(&text, &ROOMY) else {
            panic!("{text} should be refused at its string");
        };
        assert!(message.contains("string has no end"), "{text}: {message}");
    }
}
