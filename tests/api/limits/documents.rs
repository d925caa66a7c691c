//! For each limit a request that has `n` of what it counts.

use std::fmt::Write;

use serde_json::json;

/// A limit's name, and the body of a request.
pub type Case = (&'static str, fn(usize) -> String);

pub const CASES: [Case; 27] = [
    ("bodyBytes", body_bytes),
    ("documentBytes", |n| query(&format!("{{ __typename }}{}", " ".repeat(n - 14)))),
    ("documentTokens", |n| query(&tokens(n))),
    ("documentNesting", |n| query(&format!("{{a(b:{}{})}}", "[".repeat(n - 2), "]".repeat(n - 2)))),
    ("operations", operations),
    ("aliases", |n| query(&format!("{{ ward(code: \"31120\") {{ {} }} }}", list(n, |i| format!("a{i}: name"))))),
    ("directives", |n| query(&format!("{{ ward(code: \"31120\") {{ {} }} }}", directives(n)))),
    ("rootFields", |n| query(&format!("{{ {} }}", list(n, |i| format!("a{i}: __typename"))))),
    ("selections", |n| query(&selections(n))),
    ("duplicates", |n| query(&format!("{{ ward(code: \"31120\") {{ {} }} }}", "name ".repeat(n)))),
    ("depth", |n| query(&deep(n))),
    ("introspectionDepth", |n| {
        let (open, close) = ("{ ofType ".repeat(n - 2), "}".repeat(n - 2));
        query(&format!("{{ __type(name: \"City\") {open} {{ name }} {close} }}"))
    }),
    ("introspectionSelections", |n| query(&introspected(n))),
    ("introspectionLists", |n| {
        let (open, close) = ("{ fields { type ".repeat(n), "} }".repeat(n));
        query(&format!("{{ __type(name: \"PageInfo\") {open} {{ name }} {close} }}"))
    }),
    ("nodes", |n| query(&nodes(n))),
    ("pageRows", |n| query(&format!("{{ wards(first: {n}) {{ totalCount }} }}"))),
    ("historyRows", |n| query(&format!("{{ history(id: \"Y2l0eTox\", first: {n}) {{ older }} }}"))),
    ("changeRows", |n| query(&format!("{{ changes(first: {n}) {{ token }} }}"))),
    // The id of the row 1 of the table `city`.
    ("ids", |n| query(&format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"Y2l0eTox\" ".repeat(n)))),
    ("filterLevels", |n| {
        let (open, close) = ("not: { ".repeat(n), "} ".repeat(n));
        query(&format!("{{ wards(filter: {{ {open} code: {{ eq: \"1\" }} {close} }}) {{ totalCount }} }}"))
    }),
    ("filterConditions", |n| query(&format!("{{ wards(filter: {{ or: [{}] }}) {{ totalCount }} }}", "{} ".repeat(n)))),
    ("filterValues", |n| query(&filtered(&format!("in: [{}]", "\"1\" ".repeat(n))))),
    ("orderTerms", |n| {
        query(&format!("{{ wards(first: 0, orderBy: [{}]) {{ nodes {{ id }} }} }}", "{ code: {} } ".repeat(n)))
    }),
    ("groupKeys", |n| {
        let keys = ["WARD", "CITY", "STATUS", "FORMER_CITY", "DATASET"];
        query(&format!("{{ teams {{ groupBy(by: [{}]) {{ totalCount }} }} }}", keys[..n].join(" ")))
    }),
    ("groupStatistics", |n| query(&format!("{{ teams {{ aggregate {{ {} }} }} }}", statistics(n)))),
    ("searchCharacters", |n| query(&format!("{{ search(query: \"{}\") {{ hasMore }} }}", "a".repeat(n)))),
    ("addressParts", |n| query(&format!("{{ resolvePlace(text: \"{}\") {{ status }} }}", vec!["a"; n].join(", ")))),
];

fn query(text: &str) -> String {
    json!({ "query": text }).to_string()
}

fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(" ")
}

fn filtered(condition: &str) -> String {
    format!("{{ wards(filter: {{ code: {{ {condition} }} }}) {{ totalCount }} }}")
}

fn body_bytes(n: usize) -> String {
    let body = query("{ __typename }");
    let padding = " ".repeat(n - body.len());
    body + &padding
}

/// Values in the lists of conditions: they are most tokens by far.
fn tokens(n: usize) -> String {
    const BEFORE: &str = "{ wards ( filter : { or : [";
    const AFTER: &str = "] } ) { totalCount } }";
    const EACH: [&str; 2] = ["{ code : { in : [", "] } }"];
    const VALUES: usize = 200;
    let count = |text: &str| text.split(' ').count();
    let mut left = n - count(BEFORE) - count(AFTER);
    let mut text = BEFORE.to_owned();
    let around = count(EACH[0]) + count(EACH[1]);
    while left > around {
        let values = (left - around).min(VALUES);
        write!(text, " {} {} {}", EACH[0], vec!["\"1\""; values].join(" "), EACH[1]).unwrap();
        left -= around + values;
    }
    // What is left is too little for a condition more.
    let text = text + " " + AFTER;
    let names = vec!["totalCount"; left + 1].join(" ");
    text.replace("{ totalCount }", &format!("{{ {names} }}"))
}

fn operations(n: usize) -> String {
    let text = list(n, |i| format!("query Q{i} {{ __typename }}"));
    json!({ "query": text, "operationName": "Q0" }).to_string()
}

/// Two for each field, and one more where that does not come out.
fn directives(n: usize) -> String {
    let fields = list(n / 2, |i| format!("a{i}: name @include(if: true) @skip(if: false)"));
    if n.is_multiple_of(2) { fields } else { fields + " name @skip(if: false)" }
}

/// Wards, each with as many fields as may be repeated.
fn selections(n: usize) -> String {
    const FIELDS: [&str; 6] = ["code", "name", "kind", "areaKm2", "latitude", "longitude"];
    let mut text = String::from("{");
    let (mut left, mut ward) = (n, 0);
    while left > 0 {
        let fields = (left - 1).clamp(1, 120);
        let names: Vec<_> = (0..fields).map(|i| FIELDS[i % FIELDS.len()]).collect();
        write!(text, " w{ward}: ward(code: \"31120\") {{ {} }}", names.join(" ")).unwrap();
        // One that would be alone is never left: it could not be a ward with a field.
        left -= fields + 1;
        ward += 1;
    }
    text + " }"
}

/// A ward's city's wards' city, and so on, to so many fields inside each other.
fn deep(n: usize) -> String {
    const STEPS: [&str; 3] = ["city", "wards(first: 1)", "nodes"];
    let mut text = String::from("{ ward(code: \"31120\")");
    let steps = n - 2;
    for step in 0..steps {
        write!(text, " {{ {}", STEPS[step % 3]).unwrap();
    }
    let leaf = if steps % 3 == 2 { "totalCount" } else { "name" };
    write!(text, " {{ {leaf} }}{} }}", " }".repeat(steps)).unwrap();
    text
}

fn introspected(n: usize) -> String {
    let mut text = String::from("{");
    let (mut left, mut number) = (n, 0);
    while left > 0 {
        let fields = (left - 1).clamp(1, 60);
        let names: Vec<_> = (0..fields).map(|i| ["name", "kind", "description"][i % 3]).collect();
        write!(text, " t{number}: __type(name: \"City\") {{ {} }}", names.join(" ")).unwrap();
        left -= fields + 1;
        number += 1;
    }
    text + " }"
}

/// Wards with teams with members, and wards with teams, and single rows for what is left.
fn nodes(n: usize) -> String {
    let tree = |wards: usize, teams: usize, members: usize| wards + wards * teams + wards * teams * members;
    let rows = |wards: usize, teams: usize, below: &str| {
        format!("wards(first: {wards}) {{ nodes {{ teams(first: {teams}) {{ nodes {{ code {below} }} }} }} }}")
    };
    let members = (1..=200).rev().find(|members| tree(200, 200, *members) <= n).unwrap();
    let mut left = n - tree(200, 200, members);
    let mut text = format!("{{ {}", rows(200, 200, &format!("members(first: {members}) {{ nodes {{ role }} }}")));
    let mut number = 0;
    while left > 0 {
        let most = (1..=200).rev().find(|wards| tree(*wards, 200, 0) <= left);
        if let Some(wards) = most {
            write!(text, " a{number}: {}", rows(wards, 200, "")).unwrap();
            left -= tree(wards, 200, 0);
        } else {
            let wards = left.min(200);
            write!(text, " a{number}: wards(first: {wards}) {{ nodes {{ code }} }}").unwrap();
            left -= wards;
        }
        number += 1;
    }
    text + " }"
}

/// What is said of teams, in the order in which it is reckoned.
fn statistics(n: usize) -> String {
    let two = ["code", "name", "locality", "status", "ward", "city", "dataset", "formerCity"];
    let four = ["establishedOn", "updatedAt"];
    let mut all: Vec<_> = two.iter().flat_map(|of| ["count", "countDistinct"].map(|what| (*of, what))).collect();
    all.extend(four.iter().flat_map(|of| ["count", "countDistinct", "min", "max"].map(|what| (*of, what))));
    all.push(("memberCount", "count"));
    let said = all[..n].iter().map(|(of, what)| format!("{of} {{ {what} }}"));
    said.collect::<Vec<_>>().join(" ")
}
