//! Which rows and columns a table has: those of the answer in JSON, whatever its length.

use serde_json::{Map, Value};

use super::{NDJSON, capped, rows, table, text};
use crate::support::{ENGINES, Engine, TestApp, full_database, on_both_engines};

on_both_engines!(
    a_table_has_what_json_has,
    columns_are_named_by_their_way,
    what_is_no_table_is_refused,
    a_page_is_a_statement,
    rows_end_at_the_cap,
    pages_follow_each_other_in_any_order,
);

/// What a table makes of an object: a name for each value in it.
fn flat(prefix: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flat(&format!("{prefix}.{name}"), value, into));
        }
        value => drop(into.insert(prefix.trim_start_matches('.').to_owned(), value.clone())),
    }
}

/// The rows of a list of the root, read page by page as JSON.
async fn as_json(app: &TestApp, list: &str, arguments: &str, fields: &str) -> Vec<Map<String, Value>> {
    let (mut all, mut after) = (Vec::new(), "null".to_owned());
    loop {
        let arguments = format!("first: 200, after: {after}, {arguments}");
        let query =
            format!("{{ {list}({arguments}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}");
        let data = app.data(&query).await;
        for node in data[list]["nodes"].as_array().unwrap() {
            let mut row = Map::new();
            flat("", node, &mut row);
            all.push(row);
        }
        after = data[list]["pageInfo"]["endCursor"].to_string();
        if data[list]["pageInfo"]["hasNextPage"] == false {
            return all;
        }
    }
}

async fn a_table_has_what_json_has(engine: Engine) {
    let app = TestApp::full(engine).await;
    let lists = [
        (
            "wards",
            "id code name kind areaKm2 latitude city { name code } teams { totalCount } version updatedAt",
            3_321,
        ),
        ("members", "fullName gender joinedOn birthDate phone team { code ward { name teams { totalCount } } }", 6_784),
        ("awards", "ordinal recipientCount festival { slug heldOn } dataset { synthetic }", 100),
        ("observations", "value asOf indicator { code } source { published }", 4),
    ];
    for (list, fields, least) in lists {
        let expected = as_json(&app, list, "", fields).await;
        assert!(expected.len() >= least, "{list}: {}", expected.len());
        assert_eq!(rows(&app, &format!("{{ {list} {{ nodes {{ {fields} }} }} }}")).await, expected, "{list}");
    }
}

/// What is the same in each row, what a row names, and what differs by type.
async fn columns_are_named_by_their_way(engine: Engine) {
    let app = TestApp::full(engine).await;
    let cases = [
        // Aliases, and what stands above and beside the list.
        (
            "{ dataset(slug: \"demo\") { synthetic } c: city(code: \"92\") { name w: wards(first: 1) { totalCount nodes { t: name k: city { n: name } } } } }",
            "dataset.synthetic,c.name,c.w.totalCount,t,k.n\r\ntrue,Thành phố Cần Thơ,103,Phường Cái Khế,Thành phố Cần Thơ\r\n",
        ),
        // Edges are rows as nodes are.
        (
            "{ cities(first: 2) { nodes { code } edges { cursor node { name } } } }",
            "code,cursor,name\r\n01,WyJjaXR5IixbMV1d,Thành phố Hà Nội\r\n04,WyJjaXR5IixbMl1d,Tỉnh Cao Bằng\r\n",
        ),
        // Of several types, the columns of all.
        (
            "{ observations(filter: {indicator: {code: {eq: \"TEAMS\"}}}, first: 2) { nodes { value place { is: __typename name ... on City { kind } ... on FormerCity { code successors { totalCount } } } } } }",
            "value,place.is,place.name,place.kind,place.code,place.successors.totalCount\r\n1888,City,Thành phố Cần Thơ,CITY,,\r\n599,FormerCity,Thành phố Cần Thơ,,92,1\r\n",
        ),
        // A row that there is not, and what is counted below it.
        (
            "{ awards(first: 1) { nodes { ordinal team { name members { totalCount } } } } }",
            "ordinal,team.name,team.members.totalCount\r\n1,,\r\n",
        ),
        ("{ cities(first: 0) { nodes { code } } }", "code\r\n"),
        ("{ cities(last: 2) { nodes { code } } }", "code\r\n92\r\n96\r\n"),
    ];
    for (query, expected) in cases {
        let reply = table(&app, query, super::CSV).await;
        if reply.status != 200 || reply.text() != expected {
            panic!("{query}\n{}\n{expected}", reply.text())
        }
    }
    // A node that is gone has no list; its columns are there.
    let gone = antq::ids::NodeId::encode("city", 999_999);
    let query = format!("{{ node(id: \"{gone}\") {{ ... on City {{ name wards {{ nodes {{ code }} }} }} }} }}");
    assert_eq!(text(&app, &query, super::CSV).await, "node.name,code\r\n");
}

async fn what_is_no_table_is_refused(engine: Engine) {
    let app = TestApp::full(engine).await;
    let cases = [
        (
            "{ wards { nodes { name teams { nodes { name } } } } }",
            400,
            "CSV_AMBIGUOUS",
            "A table has the rows of one list, and there are two: `wards` and `wards.nodes.teams`. Ask for one of them, or count the other by its `totalCount`.",
        ),
        (
            "{ a: wards { edges { node { name } } } cities { nodes { name } } }",
            400,
            "CSV_AMBIGUOUS",
            "`a` and `cities`",
        ),
        (
            "{ city(code: \"92\") { w: wards { nodes { name } } teams { nodes { name } } } }",
            400,
            "CSV_AMBIGUOUS",
            "`city.w` and `city.teams`",
        ),
        ("{ city(code: \"92\") { name } }", 400, "NOT_A_TABLE", "asks for none"),
        ("{ wards { totalCount } }", 400, "NOT_A_TABLE", "asks for none"),
        ("{ __schema { types { name } } }", 400, "NOT_A_TABLE", "`__schema` cannot stand in a table"),
        ("{ nodes(ids: []) { id } wards { nodes { id } } }", 400, "NOT_A_TABLE", "`nodes` cannot stand in a table"),
        (
            "{ wards { nodes { id } pageInfo { hasNextPage } } }",
            400,
            "NOT_A_TABLE",
            "`wards.pageInfo` describes a page",
        ),
        (
            "{ city(code: \"92\") { name wards { nodes { city { name } } } } }",
            400,
            "NOT_A_TABLE",
            "Two columns would be called `city.name`. Give one of the fields an alias.",
        ),
        (
            "{ city(code: \"x\") { wards { nodes { name } } } }",
            404,
            "NOT_FOUND",
            "There is no city with the code \"x\".",
        ),
        ("{ wards { nodes { nam } } }", 400, "GRAPHQL_VALIDATION_FAILED", "Did you mean \"name\"?"),
        ("{ wards { nodes { name } ", 400, "GRAPHQL_PARSE_FAILED", ""),
        ("{ wards(first: -1) { nodes { name } } }", 400, "BAD_USER_INPUT", "`first` is -1"),
        ("{ wards(first: 1, last: 1) { nodes { name } } }", 400, "BAD_USER_INPUT", "not both"),
        ("{ wards(last: 201) { nodes { name } } }", 400, "PAGE_SIZE_EXCEEDED", "`last` is 201"),
        ("{ wards(first: 500, after: \"x\") { nodes { name } } }", 400, "INVALID_CURSOR", "it cannot be read"),
        ("{ wards(filter: {code: {eq: null}}) { nodes { name } } }", 400, "BAD_USER_INPUT", "null"),
        ("{ node(id: \"x\") { ... on City { wards { nodes { name } } } } }", 400, "BAD_USER_INPUT", "is not an id"),
    ];
    for (query, status, code, says) in cases {
        let reply = table(&app, query, NDJSON).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{query}: {}", reply.text());
        assert!(reply.message().contains(says), "{query}: {}", reply.message());
        assert!(reply.json().get("data").is_none(), "{query}");
        assert_eq!(super::name(&reply.headers, "content-type"), "application/graphql-response+json; charset=utf-8");
        assert_eq!(super::name(&reply.headers, "content-disposition"), "none");
    }
}

/// Each page is read by the statements of one page, whatever the number of rows; what stands above is read once.
async fn a_page_is_a_statement(engine: Engine) {
    let app = TestApp::full(engine).await;
    let cases = [
        // One page: the list. More: the list, its count, and the list again.
        ("{ cities { nodes { name } } }", 1),
        ("{ wards(first: 2000) { nodes { name } } }", 1),
        ("{ wards { nodes { name } } }", 3),
        ("{ wards(first: 3321) { nodes { name } } }", 2),
        ("{ members { nodes { fullName team { name ward { name } } } } }", 5),
        // A count below a joined row is a statement more for each page.
        ("{ members { nodes { team { members { totalCount } } } } }", 9),
        // The city and its count, once.
        ("{ city(code: \"92\") { name teams { totalCount } members { nodes { fullName } } } }", 6),
    ];
    for (query, statements) in cases {
        app.statements();
        text(&app, query, NDJSON).await;
        let sent = app.statements();
        assert_eq!(sent.len(), statements, "{query}\n{}", sent.join("\n"));
        // A page is the same statement each time, but for the first one, which has no row to be behind.
        let mut different = sent.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() <= 5, "{query}\n{}", different.join("\n"));
    }
}

async fn rows_end_at_the_cap(engine: Engine) {
    let cities = "{ cities { nodes { name } } }";
    for (cap, status) in [(33, 400), (34, 200), (35, 200)] {
        let reply = table(&capped(engine, cap).await, cities, NDJSON).await;
        assert_eq!(reply.status, status, "{cap}");
        match status {
            200 => assert_eq!(reply.text().lines().count(), 34),
            _ => {
                assert_eq!(reply.code(), "LIMIT_EXCEEDED");
                assert_eq!(
                    reply.message(),
                    "The table would have 34 rows, and at most 33 are sent. Ask for fewer by `filter` or `first`."
                );
                let extensions = &reply.json()["errors"][0]["extensions"];
                assert_eq!((&extensions["limit"], &extensions["actual"]), (&33.into(), &34.into()));
            }
        }
    }
    // What is asked for by number is known before anything is read.
    let app = capped(engine, 2_500).await;
    for (first, status) in [(2_499, 200), (2_500, 200), (2_501, 400)] {
        let reply = table(&app, &format!("{{ wards(first: {first}) {{ nodes {{ name }} }} }}"), NDJSON).await;
        assert_eq!(reply.status, status, "{first}");
        if status == 200 {
            assert_eq!(reply.text().lines().count(), first);
        }
    }
    // So is what is counted, of one parent's list and of a filter's too.
    for query in [
        "{ wards { nodes { name } } }",
        "{ members(filter: {role: {eq: MEMBER}}) { nodes { role } } }",
        "{ city(code: \"92\") { members { nodes { role } } } }",
    ] {
        assert_eq!(table(&app, query, NDJSON).await.code(), "LIMIT_EXCEEDED", "{query}");
    }
    let few = text(&app, "{ members(filter: {role: {eq: LEADER}}) { nodes { role } } }", NDJSON).await;
    assert!((1_001..2_500).contains(&few.lines().count()), "{}", few.lines().count());
    // What lies behind a cursor is not: the answer is broken off where it is too long.
    let cursor = app.data("{ wards(first: 1) { pageInfo { endCursor } } }").await;
    let cursor = cursor["wards"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let query = format!("{{ wards(after: \"{cursor}\") {{ nodes {{ name }} }} }}");
    let (status, broken) = app.begun(&super::link(&query, "&format=csv")).await;
    assert_eq!((status.as_u16(), broken.is_err()), (200, true));
}

/// In every order all rows come once, in the order of JSON's pages.
async fn pages_follow_each_other_in_any_order(engine: Engine) {
    let app = TestApp::full(engine).await;
    let orders = [
        "{fullName: {direction: DESC}}",
        "[{role: {}}, {joinedOn: {nulls: FIRST}}]",
        "[{ward: {name: {}}}, {awardCount: {direction: DESC}}]",
    ];
    for order in orders {
        let arguments = format!("orderBy: {order}");
        let expected = as_json(&app, "members", &arguments, "id fullName").await;
        let query = format!("{{ members({arguments}) {{ nodes {{ id fullName }} }} }}");
        assert_eq!(rows(&app, &query).await, expected, "{order}");
    }
}

/// The same bytes on both engines.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engines_agree() {
    let mut answers = Vec::new();
    for engine in ENGINES {
        let app = TestApp::over(&full_database(engine).await).await;
        let query = "{ members(orderBy: {fullName: {}}) { nodes { id fullName joinedOn phone ward { areaKm2 } formerCity { name } awards { totalCount } } } }";
        answers.push((text(&app, query, super::CSV).await, text(&app, query, NDJSON).await));
    }
    assert!(answers[0] == answers[1]);
}
