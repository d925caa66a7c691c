use async_graphql::Value;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use proptest::{collection::vec, prelude::*, sample::select};

use super::scan::scan;
use super::*;

/// Limits that no test document passes, but the parser's stack still bears.
const ROOMY: DocumentLimits = DocumentLimits {
    bytes: 10_000_000,
    tokens: 1_000_000,
    nesting: 64,
    depth: 1_000_000,
    introspection_depth: 1_000_000,
    selections: u64::MAX,
    aliases: 1_000_000,
    root_fields: 1_000_000,
    directives: 1_000_000,
    operations: 1_000_000,
};

/// The query that `getIntrospectionQuery` of graphql-js gives, with every option on.
const INTROSPECTION: &str = "
query IntrospectionQuery {
  __schema {
    description
    queryType { name kind }
    mutationType { name kind }
    subscriptionType { name kind }
    types { ...FullType }
    directives {
      name
      description
      isRepeatable
      locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}
fragment FullType on __Type {
  kind
  name
  description
  specifiedByURL
  isOneOf
  fields(includeDeprecated: true) {
    name
    description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef }
    isDeprecated
    deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name
  description
  type { ...TypeRef }
  defaultValue
  isDeprecated
  deprecationReason
}
fragment TypeRef on __Type {
  kind
  name
  ofType { kind name
    ofType { kind name
      ofType { kind name
        ofType { kind name
          ofType { kind name
            ofType { kind name
              ofType { kind name
                ofType { kind name
                  ofType { kind name }
                }
              }
            }
          }
        }
      }
    }
  }
}";

fn limit(name: &'static str, limit: u64, actual: u64) -> Refusal {
    Refusal::Limit { name, limit, actual }
}

/// Runs `test` on a stack of 512 KiB, a quarter of what a worker of the server has.
fn on_a_small_stack<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test).expect("a thread");
    thread.join().expect("the test's thread ends well")
}

/// `count` fragments `F0`, `F1` and on, each of which spreads the next `times` times; the last selects a field.
fn chain(count: usize, times: usize) -> String {
    let fragment = |i| format!("fragment F{i} on T {{ {} }}\n", format!("...F{} ", i + 1).repeat(times));
    let chain: String = (0..count - 1).map(fragment).collect();
    format!("{chain}fragment F{} on T {{ a }}\n", count - 1)
}

/// `count` fragments, each of which spreads the next and the last the first.
fn ring(count: usize) -> String {
    (0..count).map(|i| format!("fragment F{i} on T {{ a ...F{} }}\n", (i + 1) % count)).collect()
}

/// The limits with one at `n`, and a document that has `n` of what it counts.
type Edge = (&'static str, fn(usize) -> DocumentLimits, fn(usize) -> String);

const EDGES: [Edge; 16] = [
    ("documentBytes", |n| DocumentLimits { bytes: n, ..ROOMY }, |n| format!("{{a{}}}", " ".repeat(n - 3))),
    ("documentTokens", |n| DocumentLimits { tokens: n, ..ROOMY }, |n| format!("{{{}}}", "a ".repeat(n - 2))),
    (
        "documentNesting",
        |n| DocumentLimits { nesting: n, ..ROOMY },
        |n| format!("{{a(b:{}{})}}", "[".repeat(n - 2), "]".repeat(n - 2)),
    ),
    ("documentNesting", |n| DocumentLimits { nesting: n, ..ROOMY }, |n| format!("{}{}", "{a".repeat(n), "}".repeat(n))),
    ("depth", |n| DocumentLimits { depth: n, ..ROOMY }, |n| format!("{}{}", "{a".repeat(n), "}".repeat(n))),
    (
        "depth",
        |n| DocumentLimits { depth: n, ..ROOMY },
        |n| format!("{{a{{...F ...{{b}}}}}} fragment F on T{}{}", "{a".repeat(n - 1), "}".repeat(n - 1)),
    ),
    (
        "introspectionDepth",
        |n| DocumentLimits { introspection_depth: n, depth: 1, ..ROOMY },
        |n| format!("{{a x:__schema{}{}}}", "{a".repeat(n - 1), "}".repeat(n - 1)),
    ),
    (
        "introspectionDepth",
        |n| DocumentLimits { introspection_depth: n, depth: 1, ..ROOMY },
        |n| {
            format!(
                "{{...{{...Q}}}} fragment Q on Q{{__type{{...T}}}} fragment T on T{}{}",
                "{a".repeat(n - 1),
                "}".repeat(n - 1)
            )
        },
    ),
    ("selections", |n| DocumentLimits { selections: n as u64, ..ROOMY }, |n| format!("{{{}}}", "a ".repeat(n))),
    (
        "selections",
        |n| DocumentLimits { selections: n as u64, ..ROOMY },
        |n| format!("{{...F b{{...F}} {}}} fragment F on T{{a ...{{a}}}}", "a ".repeat(n - 9)),
    ),
    (
        "selections",
        |n| DocumentLimits { selections: n as u64, ..ROOMY },
        |n| format!("{{a}} fragment Unused on T{{{}}}", "a ".repeat(n)),
    ),
    (
        "aliases",
        |n| DocumentLimits { aliases: n, ..ROOMY },
        |n| format!("{{{} ...F}} fragment F on T{{b:c}}", "a:__typename ".repeat(n - 1)),
    ),
    ("rootFields", |n| DocumentLimits { root_fields: n, ..ROOMY }, |n| format!("{{{}}}", "a{b c} ".repeat(n))),
    (
        "rootFields",
        |n| DocumentLimits { root_fields: n, ..ROOMY },
        |n| format!("query A{{...F ...F ...{{{}}}}} query B{{a}} fragment F on T{{b}}", "a ".repeat(n - 2)),
    ),
    (
        "directives",
        |n| DocumentLimits { directives: n, ..ROOMY },
        |n| format!("query($v:T@a)@a{{b@a{{...F@a ...@a{{c{}}}}}}} fragment F on T@a{{d}}", "@a".repeat(n - 6)),
    ),
    (
        "operations",
        |n| DocumentLimits { operations: n, ..ROOMY },
        |n| (0..n).map(|i| format!("query Q{i} {{ a }} ")).collect(),
    ),
];

#[test]
fn each_limit_lets_through_what_is_at_it_and_not_one_more() {
    const N: usize = 20;
    for (name, limits, document) in EDGES {
        for n in [N - 1, N] {
            assert!(parse(&document(n), &limits(N)).is_ok(), "{name}: {n} of {N} in {}", document(n));
        }
        let refusal = parse(&document(N + 1), &limits(N)).err();
        assert_eq!(refusal, Some(limit(name, N as u64, N as u64 + 1)), "{}", document(N + 1));
    }
}

#[test]
fn the_standard_introspection_query_passes() {
    let document = parse(INTROSPECTION, &DocumentLimits::default());
    assert_eq!(document.map(|document| document.fragments.len()), Ok(3));
    let anonymous =
        DocumentLimits { tokens: 1_000, depth: 10, selections: 300, aliases: 15, ..DocumentLimits::default() };
    assert!(parse(INTROSPECTION, &anonymous).is_ok(), "with the smallest limits that are published");
    let shallow = DocumentLimits { introspection_depth: 14, ..ROOMY };
    assert_eq!(parse(INTROSPECTION, &shallow).err(), Some(limit("introspectionDepth", 14, 15)));
}

#[test]
fn schema_below_the_root_is_data() {
    let limits = DocumentLimits { depth: 2, ..ROOMY };
    for query in ["{a{__schema{b}}}", "{a{...F}} fragment F on T{__schema{b}}"] {
        assert_eq!(parse(query, &limits).err(), Some(limit("depth", 2, 3)), "{query}");
    }
}

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
fn doubling_fragments_are_summed_and_not_expanded() {
    let spread = |count| format!("{{ ...F0 }} {}", chain(count, 2));
    let unused = |count| format!("{{ a }} {}", chain(count, 2));
    // One selection in the last fragment, and twice "a spread and the next fragment" in each other.
    let selections = (1..30).fold(1, |next, _| 2 + 2 * next);
    let limits = DocumentLimits::default();
    assert_eq!(parse(&spread(30), &limits).err(), Some(limit("selections", 2_000, selections + 1)));
    assert_eq!(parse(&unused(30), &limits).err(), Some(limit("selections", 2_000, selections)));
    assert_eq!(parse(&spread(200), &limits).err(), Some(limit("selections", 2_000, u64::MAX)));
    let roots = DocumentLimits { root_fields: 20, ..ROOMY };
    assert_eq!(parse(&spread(200), &roots).err(), Some(limit("rootFields", 20, u64::MAX)));
}

#[test]
fn chains_of_fragments_do_not_use_the_stack() {
    assert!(parse(&format!("{{ ...F0 }} {}", chain(40, 1)), &DocumentLimits::default()).is_ok());
    let parsed = on_a_small_stack(|| parse(&format!("{{ ...F0 }} {}", chain(2_000, 1)), &ROOMY).map(drop));
    assert_eq!(parsed, Ok(()));
    // As many as the default limits let in.
    let parsed =
        on_a_small_stack(|| parse(&format!("{{ ...F0 }} {}", chain(495, 1)), &DocumentLimits::default()).map(drop));
    assert_eq!(parsed, Ok(()));
}

#[test]
fn fragment_cycles_are_refused() {
    let named = |name: &str| Some(Refusal::FragmentCycle { name: name.to_owned() });
    for (text, name) in [
        (format!("{{ ...F0 }} {}", ring(1)), "F0"),
        (format!("{{ ...F3 }} {}", ring(7)), "F0"),
        (format!("{{ unused }} {}", ring(2)), "F0"),
        (
            "{ ...Before } fragment Before on T { ...Loop } fragment Loop on T { a { ...{ ...Loop } } }".to_owned(),
            "Loop",
        ),
    ] {
        assert_eq!(parse(&text, &DocumentLimits::default()).err(), named(name), "{text}");
    }
    let refusal = on_a_small_stack(|| parse(&format!("{{ ...F9 }} {}", ring(500)), &ROOMY).err());
    assert_eq!(refusal, named("F0"));
}

#[test]
fn undefined_fragments_are_left_to_validation() {
    assert!(parse("{ a { ...Nowhere } }", &DocumentLimits { selections: 2, ..ROOMY }).is_ok());
    assert_eq!(
        parse("{ a { ...Nowhere } }", &DocumentLimits { selections: 1, ..ROOMY }).err(),
        Some(limit("selections", 1, 2))
    );
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

/// What the parser made of a document: the fewest tokens that it can have been, and the brackets around the innermost.
fn made(document: &ExecutableDocument) -> (usize, usize) {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    total(operations.chain(fragments).map(made_of_selections))
}

fn made_of_selections(set: &SelectionSet) -> (usize, usize) {
    if set.items.is_empty() {
        return (0, 0);
    }
    in_brackets(total(set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let name = (1 + 2 * usize::from(field.node.alias.is_some()), 0);
            let selections = made_of_selections(&field.node.selection_set.node);
            total([name, made_of_arguments(&field.node), selections].into_iter())
        }
        Selection::InlineFragment(fragment) => {
            let dots = (1 + 2 * usize::from(fragment.node.type_condition.is_some()), 0);
            total([dots, made_of_selections(&fragment.node.selection_set.node)].into_iter())
        }
        Selection::FragmentSpread(_) => (2, 0),
    })))
}

fn made_of_arguments(field: &Field) -> (usize, usize) {
    if field.arguments.is_empty() {
        return (0, 0);
    }
    in_brackets(total(field.arguments.iter().map(|(_, value)| {
        // async-graphql exports only the type of constant values.
        let constant = value.node.clone().into_const_with(|_| Ok::<_, ()>(Value::Null));
        let (tokens, depth) = constant.map_or((0, 0), |value| made_of_value(&value));
        (2 + tokens, depth)
    })))
}

fn made_of_value(value: &Value) -> (usize, usize) {
    match value {
        Value::List(items) => in_brackets(total(items.iter().map(made_of_value))),
        Value::Object(fields) => in_brackets(total(fields.values().map(|value| {
            let (tokens, depth) = made_of_value(value);
            (2 + tokens, depth)
        }))),
        _ => (1, 0),
    }
}

fn in_brackets((tokens, depth): (usize, usize)) -> (usize, usize) {
    (tokens + 2, depth + 1)
}

fn total(parts: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    parts.fold((0, 0), |(tokens, depth), part| (tokens + part.0, depth.max(part.1)))
}

/// Pieces of documents, among them all that the scan and the parser could read differently.
const PIECES: [&str; 54] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "{a",
    "{a:",
    "(b:",
    "...",
    "...F",
    "... on T",
    "on",
    "fragment F on T",
    "query",
    "mutation Q",
    "subscription",
    "$v",
    "$v:T",
    "=",
    ":",
    "!",
    "@d",
    "&",
    "|",
    ".",
    "-",
    "+",
    "a",
    "a:",
    "b: 1",
    "0",
    "1",
    "-1",
    "1.5",
    "1e",
    "e9",
    "true",
    "false",
    "null",
    "nullable",
    "_",
    "\"",
    "\"\"\"",
    "\\",
    "\\\"",
    "\\\"\"\"",
    "\\u00e9",
    "#",
    "\n",
    "\r",
    " ",
    ",",
    "é",
];

fn pieces(most: usize) -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..most).prop_map(|pieces| pieces.concat())
}

const FRAMES: [(&str, &str); 6] =
    [("{a(b:[", "])}"), ("{a(b:{c:", "})}"), ("{a ", "}"), ("query Q", "{a}"), ("{a}", ""), ("{a(b:\"", "\")}")];

/// Documents that are wrong in one place at most, so that many of them parse.
fn nearly_right() -> impl Strategy<Value = String> {
    let parts = (select(&FRAMES[..]), pieces(8), 1..6_usize);
    parts.prop_map(|((before, after), inside, times)| format!("{before}{}{after}", inside.repeat(times)))
}

fn check_parse(text: &str) -> Result<(), TestCaseError> {
    let limits = DocumentLimits { tokens: 40, nesting: 8, ..ROOMY };
    match parse(text, &limits) {
        Ok(document) => {
            let counted = scan(text, &limits).unwrap_or(0);
            let (tokens, depth) = made(&document);
            prop_assert!((tokens..=40).contains(&counted), "{tokens} tokens made of {counted}");
            prop_assert!(depth <= 8, "{depth} deep");
        }
        Err(Refusal::Syntax { message, line, column }) => {
            prop_assert!(line > 0 && column > 0 && line <= text.lines().count() + 1);
            prop_assert!(!message.contains(char::is_control) && message.len() < 400, "{message}");
        }
        Err(_) => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        check_parse(&text)?;
    }

    #[test]
    fn any_pieces_are_parsed_or_refused(text in pieces(60)) {
        check_parse(&text)?;
    }

    #[test]
    fn what_parses_is_no_more_than_was_counted(text in nearly_right()) {
        check_parse(&text)?;
    }
}
