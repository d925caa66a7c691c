use super::*;

/// The limits with one at `n`, and a document that has `n` of what it counts.
type Edge = (&'static str, fn(usize) -> DocumentLimits, fn(usize) -> String);

fn lists(n: usize) -> DocumentLimits {
    DocumentLimits { introspection_lists: n, ..ROOMY }
}

fn introspected(n: usize) -> DocumentLimits {
    DocumentLimits { introspection_selections: n as u64, ..ROOMY }
}

fn repeated(n: usize) -> DocumentLimits {
    DocumentLimits { duplicates: n as u64, ..ROOMY }
}

const EDGES: [Edge; 28] = [
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
    ("introspectionLists", lists, |n| format!("{{__schema{}{}}}", "{fields".repeat(n), "}".repeat(n))),
    // Of several paths the one with the most, by names and not by aliases, whatever is in between.
    ("introspectionLists", lists, |n| {
        let path = "{x:possibleTypes{... on T".repeat(n - 1);
        format!("{{__type{{...{{fields:a {path}{{interfaces}}{}}} fields}}}}", "}}".repeat(n - 1))
    }),
    // One in each of a chain of fragments.
    ("introspectionLists", lists, |n| {
        let next = |i| format!("fragment F{i} on T{{ofType{{inputFields{{...F{}}}}}}}", i + 1);
        let chain: String = (2..n).map(next).collect();
        format!("{{__type{{fields{{...F2}}}}}} {chain} fragment F{n} on T{{fields}}")
    }),
    // Some above a spread and some below, with `__schema` itself in a fragment.
    ("introspectionLists", lists, |n| {
        let (open, close) = ("{fields".repeat(n - 2), "}".repeat(n - 2));
        let root = "{...Q} fragment Q on Q{__schema{fields{...F}}}";
        format!("{root} fragment F on T{open}{{x ...G}}{close} fragment G on T{{interfaces}}")
    }),
    ("introspectionSelections", introspected, |n| format!("{{a{{b c}} __schema{{{}}}}}", "a ".repeat(n - 1))),
    ("introspectionSelections", introspected, |n| format!("{{__schema{{a}} ...{{__type{{{}}}}}}}", "a ".repeat(n - 3))),
    // Three of Q, twice; F in data is not counted.
    ("introspectionSelections", introspected, |n| {
        let root = format!("{{...Q ...{{...Q}} b{{...F}} __type{{{}}}}}", "a ".repeat(n - 7));
        format!("{root} fragment Q on Q{{__schema{{...F}}}} fragment F on T{{a}}")
    }),
    ("duplicates", repeated, |n| format!("{{a{{b {}}}}}", "a ".repeat(n))),
    ("duplicates", repeated, |n| format!("{{a{{{}}} b{{{}}}}}", "x:a ".repeat(n), "x:a y:a ".repeat(n - 1))),
    ("duplicates", repeated, |n| format!("{{...F a{{b}} {}}} fragment F on T{{a{{b}}}}", "...{a{b}}".repeat(n - 2))),
    ("duplicates", repeated, |n| format!("{{a{{{}}}}} fragment F on T{{b c}}", "...F ".repeat(n))),
    // Each `b` is resolved, although they are in two selections of `a`.
    ("duplicates", repeated, |n| {
        let (first, second) = ("b ".repeat(n / 2), "b ".repeat(n - n / 2));
        format!("{{a{{{first}}} ... on T{{a{{...F}}}}}} fragment F on T{{{second}}}")
    }),
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
