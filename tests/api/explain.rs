//! What both engines make of every statement: an index serves it, or the table below says why none does.
//!
//! Explained where the tables are empty and were never counted: there an engine knows of nothing but the indexes, and
//! PostgreSQL is told to do without whatever else it has. So a scan that is left has no index to serve it. On the rows of Cần
//! Thơ, counted, SQLite may scan a small table as a whole; that it does so once, and not once a row, is a test of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use antq::store::{Store, schema::migrate};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};

use crate::support::{Engine, TestApp, empty_database, full_database, on_both_engines, query_files};

on_both_engines!(
    an_index_finds_members_where_one_can,
    an_index_counts_people_for_who_may_not_see_them,
    an_index_serves_every_statement,
    a_row_of_the_past_is_found_by_indexes,
    texts_are_the_same_whatever_the_page_and_the_rows,
    words_are_looked_up_and_not_looked_for
);

/// A statement that may read or sort more than an index hands over.
struct Exception {
    engine: Engine,
    /// Which statements.
    of: fn(&str) -> bool,
    /// What may stand in the lines of the plan.
    lines: &'static [&'static str],
    /// Why it may.
    because: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        engine: Engine::Sqlite,
        of: counts_all,
        lines: &["USING COVERING INDEX"],
        because: "a table is counted row by row, in its smallest index",
    },
    Exception {
        engine: Engine::Postgres,
        of: counts_all,
        lines: &["Index Only Scan using"],
        because: "a table is counted row by row, in its smallest index",
    },
    Exception {
        engine: Engine::Sqlite,
        of: begins_at_an_end,
        lines: &["SCAN candidate"],
        because: "a list without a cursor begins at an end of its index, and LIMIT ends it",
    },
    Exception {
        engine: Engine::Postgres,
        of: begins_at_an_end,
        lines: &["Index Scan", "Index Only Scan"],
        because: "a list without a cursor begins at an end of its index, and LIMIT ends it",
    },
    Exception {
        engine: Engine::Sqlite,
        of: goes_by_pairs,
        lines: &["USE TEMP B-TREE FOR ORDER BY"],
        because: "the few rows that a parent's pairs lead to are put in the order of the list",
    },
    Exception {
        engine: Engine::Postgres,
        of: goes_by_pairs,
        lines: &["Sort Key:", "(ROW(held_on, id)"],
        because: "the few rows that a parent's pairs lead to are put in the order of the list, and cut there",
    },
    Exception {
        engine: Engine::Postgres,
        of: goes_by_pairs,
        lines: &["using ix_festival_held_on_id"],
        because: "the newest festivals are looked at one after the other where a parent has most of them",
    },
    Exception {
        engine: Engine::Postgres,
        of: goes_by_a_view,
        lines: &[
            "Join Filter:",
            "Sort Key: former_ward",
            "using ix_former_ward_successor_ward_id",
            "using ix_former_ward_former_city_id",
            "using ix_former_ward_former_district_id",
        ],
        because: "of the few former wards of one ward the view takes the first of each unit above them",
    },
    Exception {
        engine: Engine::Sqlite,
        of: goes_by_one_place,
        lines: &["USE TEMP B-TREE FOR ORDER BY"],
        because: "an indicator's figures for one place are few, and put in the order of time",
    },
    Exception {
        engine: Engine::Postgres,
        of: goes_by_one_place,
        lines: &["Filter:", "Sort Key:"],
        because: "an indicator's figures for one place are few, and put in the order of time",
    },
    Exception {
        engine: Engine::Postgres,
        of: goes_by_figures,
        lines: &["Filter:", "Sort Key:"],
        because: "of an indicator's figures few are not of the same place and time",
    },
    Exception {
        engine: Engine::Sqlite,
        of: goes_by_a_view,
        lines: &["SCAN former_ward", "USE TEMP B-TREE FOR DISTINCT", "USE TEMP B-TREE FOR GROUP BY", "AUTOMATIC"],
        because: "SQLite does not look into a view with DISTINCT for one parent: it makes the whole of it",
    },
    Exception {
        engine: Engine::Sqlite,
        of: says_of_many,
        lines: &["SCAN ", "USE TEMP B-TREE", "AUTOMATIC"],
        because: "what is said of a list is said of all its rows, and groups are put in order",
    },
    Exception {
        engine: Engine::Postgres,
        of: says_of_many,
        lines: &["Scan", "Sort Key:", "Filter:"],
        because: "what is said of a list is said of all its rows, and groups are put in order",
    },
];

/// The tables of pairs.
const PAIRS: [&str; 4] = ["former_city_successor", "former_ward_successor", "festival_host", "festival_source"];

/// The views of pairs. A parent has at most some 170 rows there.
const VIEWS: [&str; 5] =
    ["former_city_ward", "former_district_ward", "ward_designation", "observation_alternative", "city_reconciliation"];

fn counts_all(text: &str) -> bool {
    text.contains("COUNT(*)") && !text.contains(" WHERE ")
}

/// Aggregates and groups: they read the rows of their lists, and no others.
fn says_of_many(text: &str) -> bool {
    let parts = [r#"AS "stat_1""#, r#"AS "key_1""#, r#"AS "data_version""#];
    text.contains(r#"COUNT(*) AS "total""#) && parts.iter().any(|part| text.contains(part))
}

fn begins_at_an_end(text: &str) -> bool {
    let of_parents = text.contains(r#" AS "parent""#) || text.contains(r#" AS "of_"#);
    text.contains(" LIMIT ") && !of_parents && !text.contains(" < ") && !text.contains(" > ")
}

fn goes_by_pairs(text: &str) -> bool {
    PAIRS.iter().chain(&VIEWS).any(|table| text.contains(&format!(r#"INNER JOIN "{table}""#)))
}

fn goes_by_figures(text: &str) -> bool {
    VIEWS[3..].iter().any(|view| text.contains(&format!(r#""{view}""#)))
}

/// The figures of an indicator's `series`.
fn goes_by_one_place(text: &str) -> bool {
    text.contains(r#""observation"."indicator_id""#) && text.contains(r#""asked_1""#)
}

fn goes_by_a_view(text: &str) -> bool {
    VIEWS.iter().any(|view| text.contains(&format!(r#""{view}""#)))
}

async fn an_index_serves_every_statement(engine: Engine) {
    let texts = every_text(&full_database(engine).await).await;
    let url = empty_database(engine).await;
    let store = Store::connect_or_create(&url).await.unwrap();
    migrate(&store).await.unwrap();
    let plans = explained(&store, engine, &texts).await;
    let mut wrong = String::new();
    let mut used = BTreeSet::new();
    for (text, plan) in &plans {
        let suspects = match engine {
            Engine::Sqlite => sqlite_suspects(plan),
            Engine::Postgres => postgres_suspects(plan),
        };
        for line in suspects {
            let fits = |known: &Exception| {
                known.engine == engine && (known.of)(text) && known.lines.iter().any(|part| line.contains(part))
            };
            match EXCEPTIONS.iter().position(fits) {
                Some(exception) => drop(used.insert(exception)),
                None => writeln!(wrong, "{line}\n  in {text}\n{}", shown(plan)).unwrap(),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    let unused = EXCEPTIONS.iter().enumerate().filter(|(index, known)| known.engine == engine && !used.contains(index));
    let unused: Vec<_> = unused.map(|(_, known)| (known.lines, known.because)).collect();
    assert!(unused.is_empty(), "no statement needs these exceptions any more: {unused:#?}");
}

/// Rows of the past are found by the indexes of their tables and of the log, and neither is gone through. SQLite does go through
/// a table for its lists; PostgreSQL finds those that belong to a row, too, be it by pairs.
async fn a_row_of_the_past_is_found_by_indexes(engine: Engine) {
    let app = TestApp::full(engine).await;
    for known in ["change_feed SET known_since", "change_log SET changed_at"] {
        let known = format!("UPDATE {known} = '2026-01-01T00:00:00.000+00:00'");
        app.store.writer().execute_unprepared(&known).await.unwrap();
    }
    app.statements();
    let lists = "predecessors { nodes { name } } teams { nodes { code members { nodes { fullName } } } }";
    let lists = if engine == Engine::Postgres { lists } else { "" };
    app.data(&format!(r#"{{ ward(code: "31510", asOf: "2026-01-01") {{ name areaKm2 {lists} }} }}"#)).await;
    let texts: BTreeSet<String> = app.statements().into_iter().filter(|text| text.starts_with("WITH ")).collect();
    assert_eq!(texts.len(), if engine == Engine::Postgres { 3 } else { 1 }, "{texts:#?}");
    for (text, plan) in explained(&app.store, engine, &texts).await {
        let mut lines = plan.iter().map(|line| line.text.trim().trim_start_matches("->").trim()).peekable();
        while let Some(line) = lines.next() {
            let of_log_or_table =
                ["present", "entry", "earlier"].iter().any(|alias| line.contains(&format!(" {alias}")));
            let whole = match engine {
                Engine::Sqlite => line.starts_with("SCAN "),
                Engine::Postgres => {
                    line.contains("Scan ") && !lines.peek().is_some_and(|below| below.starts_with("Index Cond:"))
                }
            };
            assert!(!(of_log_or_table && whole), "{line}\n  in {text}\n{}", shown(&plan));
        }
    }
}

/// The tables of which SQLite reads a row as fast by going through all.
const TINY: [&str; 2] = ["dataset", "designation"];

/// Where `ANALYZE` counted few rows, SQLite scans a table rather than look its rows up: sound once, ruinous once a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_scans_a_small_table_once_and_not_once_a_row() {
    let url = full_database(Engine::Sqlite).await;
    let texts = every_text(&url).await;
    let store = Store::connect(&url).await.unwrap();
    let mut wrong = String::new();
    for (text, plan) in explained(&store, Engine::Sqlite, &texts).await {
        if goes_by_a_view(&text) || says_of_many(&text) {
            continue;
        }
        for line in &plan {
            let is_tiny = TINY.iter().any(|table| line.text.starts_with(&format!("SCAN {table}")));
            if is_scan(line, &plan) && is_repeated(line, &plan) && !is_tiny {
                writeln!(wrong, "{}\n  in {text}\n{}", line.text, shown(&plan)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Whether a loop runs once for each row of another one.
fn is_repeated(line: &Line, plan: &[Line]) -> bool {
    let is_loop = |line: &Line| line.text.starts_with("SCAN ") || line.text.starts_with("SEARCH ");
    let beside = plan.iter().filter(|other| other.parent == line.parent && is_loop(other));
    // The loops beside one another are nested, the first the outermost; a row joined from the left adds no rows.
    let nested = beside.filter(|other| !other.text.ends_with("LEFT-JOIN") || other.number == line.number).count() > 1;
    let mut above = Some(line);
    while let Some(inner) = above {
        if inner.text.starts_with("CORRELATED") {
            return true;
        }
        above = plan.iter().find(|outer| outer.number == inner.parent);
    }
    nested
}

/// A page size, a cursor or an id is a value of the statement and not part of its text: it is prepared once.
async fn texts_are_the_same_whatever_the_page_and_the_rows(engine: Engine) {
    let url = full_database(engine).await;
    for planned in [true, false] {
        let app = TestApp::answering(&url, planned).await;
        let page =
            "nodes { slug guests(PAGE) { nodes { name } } sources(PAGE) { nodes { slug } } } pageInfo { endCursor }";
        let mut cursor = app.data("{ festivals(first: 1) { pageInfo { endCursor } } }").await["festivals"]["pageInfo"]
            ["endCursor"]
            .take();
        app.statements();
        let mut seen: Option<Vec<String>> = None;
        for (code, first) in [("92", 1), ("92", 2), ("92", 19), ("92", 100), ("01", 7), ("92", 7)] {
            let from = cursor.as_str().unwrap();
            let query = format!(
                "{{ city(code: \"{code}\") {{ name wards(first: {first}) {{ totalCount nodes {{ name teams(last: {first}) \
                 {{ nodes {{ name }} }} }} }} }} festivals(first: {first}, after: \"{from}\") {{ {} }} }}",
                page.replace("PAGE", &format!("first: {first}"))
            );
            let mut data = app.data(&query).await;
            cursor = data["festivals"]["pageInfo"]["endCursor"].take();
            let texts = app.statements();
            match &seen {
                Some(before) => assert_eq!(*before, texts, "{query}"),
                None => seen = Some(texts),
            }
        }
        let texts = seen.unwrap();
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{texts:#?}");
    }
}

/// The texts of all statements: those that the query files cause, and those of every list of the schema from both ends and
/// between cursors; from plans and by ordinary execution.
async fn every_text(url: &str) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for planned in [true, false] {
        let app = TestApp::answering(url, planned).await;
        let queries = query_files().into_iter().map(|file| std::fs::read_to_string(&file).unwrap());
        for query in queries.filter(|query| !asks(query)) {
            app.query_file(&query).await;
        }
        for query in lists(&app).await {
            app.data(&query).await;
        }
        texts.extend(app.statements());
    }
    assert!(texts.len() > 500, "only {} statements were found", texts.len());
    texts
}

/// Whether a query filters, orders or searches. It may ask for what no index has, such as a number of rows or the gender of
/// members; see [`an_index_finds_members_where_one_can`] and [`words_are_looked_up_and_not_looked_for`].
fn asks(query: &str) -> bool {
    ["filter:", "orderBy:", "search(", "resolvePlace("].iter().any(|part| query.contains(part))
}

/// The largest table is not scanned for what an index over it, or over what it refers to, can answer.
async fn an_index_finds_members_where_one_can(engine: Engine) {
    let app = TestApp::full(engine).await;
    let filters = [
        r#"id: { eq: "bWVtYmVyOjE" }"#,
        r#"id: { in: ["bWVtYmVyOjE"] }"#,
        r#"team: { code: { eq: "01" } }"#,
        r#"team: { ward: { city: { code: { eq: "92" } } } }"#,
        r#"ward: { code: { eq: "31120" } }"#,
        r#"city: { name: { eq: "Thành phố Cần Thơ" } }"#,
        r#"formerCity: { code: { eq: "92" } }"#,
        r#"dataset: { slug: { eq: "demo" } }"#,
        r#"fullName: { matches: "nguyen van" }"#,
        r#"awards: { some: { title: { contains: "a" } } }"#,
        r#"team: { ward: { code: { eq: "31120" } } }, role: { eq: LEADER }"#,
    ];
    let orders: &[&str] = match engine {
        Engine::Sqlite => &["fullName: {}", "fullName: { direction: DESC }", "formerCity: { name: {} }"],
        // What PostgreSQL is ordered by is stored in the rows, and quick to sort.
        Engine::Postgres => &["fullName: {}", "fullName: { direction: DESC }"],
    };
    app.statements();
    for filter in filters {
        app.data(&format!("{{ members(first: 1, filter: {{ {filter} }}) {{ totalCount nodes {{ fullName }} }} }}"))
            .await;
        app.data(&format!("{{ wards(first: 1, filter: {{ members: {{ some: {{ {filter} }} }} }}) {{ totalCount }} }}"))
            .await;
    }
    for order in orders {
        app.data(&format!("{{ members(first: 1, orderBy: [{{ {order} }}]) {{ nodes {{ fullName }} }} }}")).await;
    }
    let texts: BTreeSet<String> = app.statements().into_iter().collect();
    let store = Store::connect_or_create(&empty_database(engine).await).await.unwrap();
    migrate(&store).await.unwrap();
    let mut wrong = String::new();
    for (text, plan) in explained(&store, engine, &texts).await {
        for line in &plan {
            let of_members = ["member", "candidate"]
                .iter()
                .any(|name| line.text.trim_end().ends_with(name) || line.text.contains(&format!("{name} ")));
            let is_bad = match engine {
                Engine::Sqlite => {
                    of_members && is_scan(line, &plan) && !line.text.contains("ix_member_full_name_order")
                }
                Engine::Postgres => line.text.contains("Seq Scan on member"),
            };
            if is_bad {
                writeln!(wrong, "{}\n  in {text}\n{}", line.text, shown(&plan)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What is hidden of counts is found out by looking at a few rows of each unit, and at no unit's members one by one.
async fn an_index_counts_people_for_who_may_not_see_them(engine: Engine) {
    let app = TestApp::guarded(&full_database(engine).await).await;
    for list in ["cities", "wards", "teams", "formerCities"] {
        app.data(&format!("{{ {list}(first: 100) {{ nodes {{ members {{ totalCount }} }} }} }}")).await;
    }
    let texts: BTreeSet<String> = app.statements().into_iter().filter(|text| text.contains("FROM member")).collect();
    assert_eq!(texts.len(), 4);
    for (text, plan) in explained(&app.store, engine, &texts).await {
        let is_scan = |line: &Line| match engine {
            Engine::Sqlite => line.text == "SCAN member" || line.text.starts_with("SCAN member "),
            Engine::Postgres => line.text.contains("Seq Scan on member"),
        };
        assert!(!plan.iter().any(is_scan), "{text}\n{}", shown(&plan));
    }
}

/// A search and an address read of each table what its index of words leads to.
async fn words_are_looked_up_and_not_looked_for(engine: Engine) {
    let app = TestApp::full(engine).await;
    app.statements();
    for query in [
        r#"{ search(query: "nguyen van", first: 5) { hits { node { id } } } }"#,
        r#"{ resolvePlace(text: "An Bình, Ninh Kiều, Cần Thơ") { candidates { isSplit } } }"#,
        r#"{ resolvePlace(text: "An Bình", on: "2024-01-01") { candidates { isSplit present { __typename } } } }"#,
    ] {
        app.data(query).await;
    }
    let texts: BTreeSet<String> = app.statements().into_iter().filter(|text| text.contains("_words")).collect();
    assert_eq!(texts.len(), 3, "{texts:#?}");
    let store = Store::connect_or_create(&empty_database(engine).await).await.unwrap();
    migrate(&store).await.unwrap();
    // PostgreSQL's index of words hands over bitmaps only.
    for (text, plan) in explained_without(&store, engine, &texts, &[]).await {
        let scans = plan.iter().filter(|line| is_scan(line, &plan) || line.text.contains("Seq Scan"));
        assert_eq!(scans.count(), 0, "{text}\n{}", shown(&plan));
    }
}

/// A query for each list of the schema, with pages of every kind.
async fn lists(app: &TestApp) -> Vec<String> {
    let types = app.types().await;
    let lists_of = |name: &str| -> Vec<(&str, &str)> {
        // A series is a list of figures as others are, of the place that must be given.
        let fields = types[name].iter().filter(|field| field.name != "series");
        fields.filter_map(|field| Some((field.name.as_str(), field.of.strip_suffix("Connection")?))).collect()
    };
    let mut cursors = BTreeMap::new();
    for (list, of) in lists_of("Query") {
        let data = app.data(&format!("{{ {list}(first: 1) {{ pageInfo {{ endCursor }} }} }}")).await;
        cursors.insert(of, data[list]["pageInfo"]["endCursor"].as_str().unwrap().to_owned());
    }
    // Guests have no list of their own at the root.
    let data = app.data("{ festival(slug: \"can-tho-2022\") { guests { pageInfo { endCursor } } } }").await;
    cursors.insert("FestivalGuest", data["festival"]["guests"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned());
    let mut queries = Vec::new();
    for (list, of) in lists_of("Query") {
        queries.push(format!("{{ {} }}", pages(list, &cursors[of])));
        for (inner, of) in lists_of(of) {
            queries.push(format!("{{ {list}(first: 2) {{ nodes {{ {} }} }} }}", pages(inner, &cursors[of])));
        }
    }
    queries
}

/// The same list from both ends, in front of a cursor, behind it and between two.
fn pages(list: &str, cursor: &str) -> String {
    let positions = ["", "after: CURSOR", "before: CURSOR", "after: CURSOR, before: CURSOR"];
    let mut fields = format!("count: {list} {{ totalCount }}");
    for (index, position) in positions.iter().enumerate() {
        for end in ["first", "last"] {
            let position = position.replace("CURSOR", &format!("\"{cursor}\""));
            write!(fields, " {end}{index}: {list}({end}: 2, {position}) {{ nodes {{ id }} }}").unwrap();
        }
    }
    fields
}

/// A line of a plan. PostgreSQL's have no numbers.
#[derive(Debug)]
struct Line {
    number: i64,
    parent: i64,
    text: String,
}

fn shown(plan: &[Line]) -> String {
    plan.iter().map(|line| format!("    {}\n", line.text)).collect()
}

async fn explained(store: &Store, engine: Engine, texts: &BTreeSet<String>) -> Vec<(String, Vec<Line>)> {
    // Bitmaps lose an index's order.
    explained_without(store, engine, texts, &["enable_bitmapscan"]).await
}

async fn explained_without(
    store: &Store,
    engine: Engine,
    texts: &BTreeSet<String>,
    without: &[&str],
) -> Vec<(String, Vec<Line>)> {
    let transaction = store.reader().begin().await.unwrap();
    if engine == Engine::Postgres {
        // As the service plans; and without what would hide that an index is missing.
        let settings = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material"];
        for setting in settings.iter().chain(without).map(|name| format!("{name} = off")) {
            transaction.execute_unprepared(&format!("SET LOCAL {setting}")).await.unwrap();
        }
        for setting in ["plan_cache_mode = force_generic_plan", "jit = off"] {
            transaction.execute_unprepared(&format!("SET LOCAL {setting}")).await.unwrap();
        }
    }
    let mut plans = Vec::new();
    for text in texts {
        let plan = match engine {
            Engine::Sqlite => explained_by_sqlite(&transaction, text).await,
            Engine::Postgres => explained_by_postgres(&transaction, text).await,
        };
        plans.push((text.clone(), plan));
    }
    plans
}

async fn explained_by_sqlite(transaction: &DatabaseTransaction, text: &str) -> Vec<Line> {
    let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {text}"));
    let rows = transaction.query_all_raw(explain).await.unwrap();
    let line = |row: sea_orm::QueryResult| Line {
        number: row.try_get("", "id").unwrap(),
        parent: row.try_get("", "parent").unwrap(),
        text: row.try_get("", "detail").unwrap(),
    };
    rows.into_iter().map(line).collect()
}

async fn explained_by_postgres(transaction: &DatabaseTransaction, text: &str) -> Vec<Line> {
    // What the driver says of the values, where it cannot be seen from the statement: a function takes any array.
    let types = if text.contains("unnest($1)") { "(bigint[])" } else { "" };
    let values = (1..).take_while(|number| text.contains(&format!("${number}"))).map(|_| "NULL");
    let values = values.collect::<Vec<_>>().join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    transaction.execute_unprepared(&format!("PREPARE explained{types} AS {text}")).await.unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE explained{values}");
    let rows = transaction.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
    transaction.execute_unprepared("DEALLOCATE explained").await.unwrap();
    let line = |row: sea_orm::QueryResult| Line { number: 0, parent: 0, text: row.try_get_by_index(0).unwrap() };
    rows.into_iter().map(line).collect()
}

/// The lines that read more than an index hands over, or sort it.
fn sqlite_suspects(plan: &[Line]) -> Vec<&str> {
    let is_suspect = |line: &&Line| {
        is_scan(line, plan) || line.text.starts_with("USE TEMP B-TREE") || line.text.contains(" AUTOMATIC ")
    };
    plan.iter().filter(is_suspect).map(|line| line.text.as_str()).collect()
}

/// Whether a table is scanned, be it in one of its indexes: not a list of values, and not what a subquery hands over.
fn is_scan(line: &Line, plan: &[Line]) -> bool {
    let Some(scanned) = line.text.strip_prefix("SCAN ") else { return false };
    let name = scanned.split(' ').next().unwrap_or_default();
    let is_subquery =
        |line: &Line| line.text == format!("CO-ROUTINE {name}") || line.text == format!("MATERIALIZE {name}");
    !scanned.contains(" VIRTUAL TABLE ") && !name.starts_with('(') && !plan.iter().any(is_subquery)
}

/// The lines that read more than an index hands over, or sort it.
fn postgres_suspects(plan: &[Line]) -> Vec<&str> {
    let lines: Vec<&str> = plan.iter().map(|line| line.text.trim().trim_start_matches("->").trim()).collect();
    let is_suspect = |(index, line): &(usize, &&str)| {
        let below = lines.get(index + 1).copied().unwrap_or_default();
        let whole_index = line.contains("Index Scan") || line.contains("Index Only Scan");
        (whole_index && !below.starts_with("Index Cond:"))
            || ["Seq Scan", "Sort Key:", "Filter:", "Join Filter:"].iter().any(|start| line.starts_with(start))
    };
    lines.iter().enumerate().filter(is_suspect).map(|(_, line)| *line).collect()
}
