use super::*;

/// The day on which the tests look.
const TODAY: &str = "2026-12-01";

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// What is said of a change of a schema that begins with a query.
fn said(before: &str, now: &str, today: &str) -> Vec<String> {
    let schema = |rest: &str| format!("schema {{ query: Query }} {rest}");
    let changes = changes(&schema(before), &schema(now), day(today)).expect("schemas");
    changes.iter().map(Change::to_string).collect()
}

/// A change, what is said of it, and what is said of its reverse.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const CASES: [Case; 30] = [
    // Fields.
    ("type Query { a: Int b: Int }", "type Query { a: Int }", &["breaking: `Query.b` is gone."], &[]),
    ("type Query { a: Int }", "type Query { a: Int! }", &[], &["breaking: `Query.a` was `Int!`, and is `Int`."]),
    (
        "type Query { a: Int }",
        "type Query { a: String }",
        &["breaking: `Query.a` was `Int`, and is `String`."],
        &["breaking: `Query.a` was `String`, and is `Int`."],
    ),
    (
        "type Query { a: [Int] }",
        "type Query { a: [Int!] }",
        &[],
        &["breaking: `Query.a` was `[Int!]`, and is `[Int]`."],
    ),
    (
        "type Query { a: [Int]! }",
        "type Query { a: Int! }",
        &["breaking: `Query.a` was `[Int]!`, and is `Int!`."],
        &["breaking: `Query.a` was `Int!`, and is `[Int]!`."],
    ),
    // Arguments.
    ("type Query { a(b: Int): Int }", "type Query { a: Int }", &["breaking: `Query.a(b:)` is gone."], &[]),
    (
        "type Query { a: Int }",
        "type Query { a(b: Int!): Int }",
        &["breaking: `Query.a(b:)` is new, and must be given."],
        &["breaking: `Query.a(b:)` is gone."],
    ),
    ("type Query { a: Int }", "type Query { a(b: Int! = 1): Int }", &[], &["breaking: `Query.a(b:)` is gone."]),
    (
        "type Query { a(b: Int!): Int }",
        "type Query { a(b: Int): Int }",
        &[],
        &["breaking: `Query.a(b:)` took `Int`, and takes `Int!`."],
    ),
    (
        "type Query { a(b: [Int!]): Int }",
        "type Query { a(b: [Int]): Int }",
        &[],
        &["breaking: `Query.a(b:)` took `[Int]`, and takes `[Int!]`."],
    ),
    (
        "type Query { a(b: Int): Int }",
        "type Query { a(b: [Int]): Int }",
        &["breaking: `Query.a(b:)` took `Int`, and takes `[Int]`."],
        &["breaking: `Query.a(b:)` took `[Int]`, and takes `Int`."],
    ),
    (
        "type Query { a(b: Int = 1): Int }",
        "type Query { a(b: Int = 2): Int }",
        &["dangerous: The default of `Query.a(b:)` was `1`, and is `2`."],
        &["dangerous: The default of `Query.a(b:)` was `2`, and is `1`."],
    ),
    (
        "type Query { a(b: Int = 1): Int }",
        "type Query { a(b: Int): Int }",
        &["dangerous: The default of `Query.a(b:)` was `1`, and is none."],
        &["dangerous: The default of `Query.a(b:)` was none, and is `1`."],
    ),
    (
        "type Query { a(b: Int! = 1): Int }",
        "type Query { a(b: Int!): Int }",
        &["breaking: `Query.a(b:)` had a default, and must be given."],
        &["dangerous: The default of `Query.a(b:)` was none, and is `1`."],
    ),
    // Input objects.
    (
        "type Query { a(b: I): Int } input I { c: Int d: Int }",
        "type Query { a(b: I): Int } input I { c: Int }",
        &["breaking: `I.d` is gone."],
        &[],
    ),
    (
        "type Query { a(b: I): Int } input I { c: Int }",
        "type Query { a(b: I): Int } input I { c: Int d: Int! }",
        &["breaking: `I.d` is new, and must be given."],
        &["breaking: `I.d` is gone."],
    ),
    (
        "type Query { a(b: I): Int } input I { c: Int! }",
        "type Query { a(b: I): Int } input I { c: Int }",
        &[],
        &["breaking: `I.c` took `Int`, and takes `Int!`."],
    ),
    (
        "type Query { a(b: I): Int } input I { c: Int = 1 }",
        "type Query { a(b: I): Int } input I { c: Int = 2 }",
        &["dangerous: The default of `I.c` was `1`, and is `2`."],
        &["dangerous: The default of `I.c` was `2`, and is `1`."],
    ),
    (
        "type Query { a(b: I): Int } input I { c: Int }",
        "type Query { a(b: I): Int } input I @oneOf { c: Int }",
        &["breaking: `I @oneOf` is new: one field of it must be given, and no more."],
        &[],
    ),
    // Values.
    (
        "type Query { a: E } enum E { B C }",
        "type Query { a: E } enum E { B }",
        &["breaking: `E.C` is gone."],
        &["dangerous: `E.C` is new."],
    ),
    // Unions and interfaces.
    (
        "type Query { a: U b: T c: V } union U = T | V type T { d: Int } type V { d: Int }",
        "type Query { a: U b: T c: V } union U = T type T { d: Int } type V { d: Int }",
        &["breaking: `U = V` is gone."],
        &["dangerous: `U = V` is new."],
    ),
    (
        "type Query { a: N b: T } interface N { c: Int } type T implements N { c: Int }",
        "type Query { a: N b: T } interface N { c: Int } type T { c: Int }",
        &["breaking: `T implements N` is gone."],
        &["dangerous: `T implements N` is new."],
    ),
    (
        "type Query { a: N } interface N { c: Int d: Int }",
        "type Query { a: N } interface N { c: Int }",
        &["breaking: `N.d` is gone."],
        &[],
    ),
    // A new type can come where its interface is known; one with an interface of its own cannot.
    (
        "type Query { a: N } interface N { c: Int }",
        "type Query { a: N } interface N { c: Int } type T implements N & M { c: Int } interface M { c: Int }",
        &["dangerous: `T implements N` is new."],
        &[],
    ),
    // Types. What belongs to one that is gone is not said apart.
    (
        "type Query { a: Int b: T } type T { c: Int }",
        "type Query { a: Int b: Int }",
        &["breaking: `Query.b` was `T`, and is `Int`.", "breaking: `T` is gone."],
        &["breaking: `Query.b` was `Int`, and is `T`."],
    ),
    // Nobody can have used it.
    ("type Query { a: Int } type T { c: Int }", "type Query { a: Int }", &[], &[]),
    (
        "type Query { a: T } enum T { C }",
        "type Query { a: T } type T { c: Int }",
        &["breaking: `T` was declared as `enum`, and is as `type`."],
        &["breaking: `T` was declared as `type`, and is as `enum`."],
    ),
    // Directives.
    (
        "type Query { a: Int } directive @d(b: Int) on FIELD | QUERY",
        "type Query { a: Int }",
        &["breaking: `@d` is gone."],
        &[],
    ),
    (
        "type Query { a: Int } directive @d(b: Int) on FIELD | QUERY",
        "type Query { a: Int } directive @d on FIELD",
        &["breaking: `@d on Query` is gone.", "breaking: `@d(b:)` is gone."],
        &[],
    ),
    // What is said about things is no part of the contract, nor the order in which they stand.
    ("type Query { \"One.\" a: Int b: Int }", "type Query { b: Int \"Two.\" a: Int }", &[], &[]),
];

#[test]
fn every_rule_holds_both_ways() {
    for (before, now, expected, reverse) in CASES {
        assert_eq!(said(before, now, TODAY), expected, "from {before}\n  to {now}");
        assert_eq!(said(now, before, TODAY), reverse, "from {now}\n  to {before}");
        assert_eq!(said(before, before, TODAY), Vec::<String>::new(), "{before}");
    }
}

#[test]
fn what_operations_begin_with_stays() {
    let (one, two) = ("schema { query: A } type A { c: Int } type B { c: Int }", "type A { c: Int } type B { c: Int }");
    let two = format!("schema {{ query: B }} {two}");
    let changes = changes(one, &two, day(TODAY)).expect("schemas");
    let said: Vec<_> = changes.iter().map(Change::to_string).collect();
    assert_eq!(said, ["breaking: `schema.query` was `A`, and is `B`."]);
}

/// As other programs write a schema whose operations begin with types of the usual names.
#[test]
fn what_operations_begin_with_need_not_be_said() {
    let said = |before: &str, now: &str| {
        let changes = changes(before, now, day(TODAY)).expect("schemas");
        changes.iter().map(Change::to_string).collect::<Vec<_>>()
    };
    let usual = "type Query { a: T } type T { b: Int }";
    let expected = ["breaking: `Query.a` was `T`, and is `Int`.", "breaking: `T` is gone."];
    assert_eq!(said(usual, "type Query { a: Int }"), expected);
    assert_eq!(said(usual, &format!("schema {{ query: Query }} {usual}")), Vec::<String>::new());
    assert_eq!(said(&format!("schema {{ query: Query }} {usual}"), usual), Vec::<String>::new());
}

/// Everything that can be deprecated may go from its day on, and not a day before.
#[test]
fn what_was_deprecated_goes_on_its_day() {
    let gone = r#"@deprecated(reason: "Use a. Removal on 2026-12-01.")"#;
    let cases = [
        (format!("type Query {{ a: Int b: Int {gone} }}"), "type Query { a: Int }", "Query.b"),
        (format!("type Query {{ a(b: Int {gone}): Int }}"), "type Query { a: Int }", "Query.a(b:)"),
        (
            format!("type Query {{ a(b: I): Int }} input I {{ c: Int d: Int {gone} }}"),
            "type Query { a(b: I): Int } input I { c: Int }",
            "I.d",
        ),
        (format!("type Query {{ a: E }} enum E {{ B C {gone} }}"), "type Query { a: E } enum E { B }", "E.C"),
    ];
    for (before, now, path) in cases {
        let breaking = [format!("breaking: `{path}` is gone.")];
        assert_eq!(said(&before, now, "2026-11-30"), breaking, "{before}");
        assert_eq!(said(&before, now, "2026-12-01"), Vec::<String>::new(), "{before}");
        assert_eq!(said(&before, now, "2026-12-02"), Vec::<String>::new(), "{before}");
    }
}

/// Types cannot be deprecated: one goes with the last field that leads to it, and takes along what only it leads to.
#[test]
fn types_go_with_what_led_to_them() {
    let gone = r#"@deprecated(reason: "Use a. Removal on 2026-12-01.")"#;
    let types = "type T { c: T d(e: I): V } input I { f: I } enum V { G }";
    let before = format!("type Query {{ a: Int b: T {gone} }} {types}");
    assert_eq!(said(&before, "type Query { a: Int }", TODAY), Vec::<String>::new());
    let early = said(&before, "type Query { a: Int }", "2026-11-30");
    let expected = ["I", "Query.b", "T", "V"].map(|path| format!("breaking: `{path}` is gone."));
    assert_eq!(early, expected);
    // As long as something else leads there.
    let before = format!("type Query {{ a: V b: T {gone} }} {types}");
    assert_eq!(said(&before, "type Query { a: Int }", TODAY).len(), 2);
}

#[test]
fn deprecations_keep_their_promises() {
    let schema = |reason: &str| format!("type Query {{ a: Int b: Int @deprecated(reason: \"{reason}\") }}");
    let plain = "type Query { a: Int b: Int }";
    let undated = "deprecation: `Query.b` has no day on which it goes: end the reason with `Removal on 2027-06-30.`.";
    let soon =
        "deprecation: `Query.b` is newly deprecated and goes on 2027-05-31, and 6 months from today are 2027-06-01.";
    let earlier = "deprecation: `Query.b` was to go on 2027-06-30, and now is on 2027-06-29.";
    let late = "deprecation: `Query.b` was to go on 2026-11-30, and is still there.";
    let in_june = schema("Use a. Removal on 2027-06-30.");
    let overdue = schema("Removal on 2026-11-30.");
    let cases: [(&str, String, Option<&str>); 13] = [
        (plain, schema("Use a."), Some(undated)),
        (plain, schema("Use a. Removal on 30 June 2027."), Some(undated)),
        (plain, schema("Use a. Removal on 2027-6-30."), Some(undated)),
        (plain, schema("Use a. Removal on 2027-06-31."), Some(undated)),
        (plain, schema("Use a. Removal on 2027-06-30"), Some(undated)),
        (plain, "type Query { a: Int b: Int @deprecated }".to_owned(), Some(undated)),
        (plain, schema("Use a. Removal on 2027-05-31."), Some(soon)),
        (plain, schema("Use a. Removal on 2027-06-01."), None),
        (&in_june, schema("Use a. Removal on 2027-06-29."), Some(earlier)),
        (&in_june, schema("Use a. Removal on 2027-06-30."), None),
        (&in_june, plain.to_owned(), None),
        (&overdue, schema("Removal on 2026-11-30."), Some(late)),
        (
            plain,
            schema("Removal on 2026-12-01."),
            Some(
                "deprecation: `Query.b` is newly deprecated and goes on 2026-12-01, and 6 months from today are 2027-06-01.",
            ),
        ),
    ];
    for (before, now, expected) in cases {
        assert_eq!(said(before, &now, TODAY), Vec::from_iter(expected.map(str::to_owned)), "from {before}\n  to {now}");
    }
    // The last day counts, whenever it was promised.
    let promised = schema("Removal on 2026-12-01.");
    assert_eq!(said(&promised, &promised, TODAY), Vec::<String>::new());
}

#[test]
fn what_is_forbidden_stands_first() {
    let before = "type Query { a(b: Int = 1): Int c: Int }";
    let now = "type Query { a(b: Int = 2): Int d: Int @deprecated }";
    let changes = changes(before, now, day(TODAY)).expect("schemas");
    let weights: Vec<_> = changes.iter().map(|change| (change.weight, change.weight.is_forbidden())).collect();
    assert_eq!(weights, [(Weight::Breaking, true), (Weight::Deprecation, true), (Weight::Dangerous, false)]);
}

#[test]
fn what_is_no_schema_is_refused() {
    for text in ["", "type", "{ a }"] {
        assert!(changes(text, "type Query { a: Int }", day(TODAY)).is_err(), "{text}");
        assert!(changes("type Query { a: Int }", text, day(TODAY)).is_err(), "{text}");
    }
}

/// What is served is a schema that this reads whole.
#[test]
fn the_schema_keeps_the_contract_with_itself() {
    let sdl = crate::api::sdl();
    assert_eq!(changes(&sdl, &sdl, day(TODAY)).expect("a schema"), []);
    let without = sdl.replacen("\tname: String!\n", "\ttitle: String!\n", 1);
    let changes = changes(&sdl, &without, day(TODAY)).expect("a schema");
    assert!(changes.iter().any(|change| change.text == "`City.name` is gone."), "{changes:?}");
}
