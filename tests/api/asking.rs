//! Lists asked by filters and orders made up by chance answer what a model answers over all rows, read once: page by page,
//! forwards and backwards, at the root and at depth, and while somebody writes between the pages.

mod model;
mod question;
mod random;
mod reference;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Map, Value, json};

use crate::support::{Engine, TestApp, on_both_engines};
use model::{Cell, Row};
use question::{Ask, By};

pub use model::{Kind, Register};
pub use random::Random;

on_both_engines!(
    lists_answer_what_a_model_answers,
    pages_hold_while_somebody_writes,
    texts_stand_in_the_order_of_the_alphabet_and_are_found_by_their_words
);

/// Lists that are asked on each engine, unless `ASKING_CASES` says otherwise: 5,000 and more before a release.
const CASES: usize = 400;
/// Lists of one document.
const TOGETHER: usize = 8;
/// Pages after which nobody goes on.
const PAGES: usize = 5;

/// A list that is walked through.
struct Walk<'a> {
    /// The list as a document has it, and what stands around it.
    list: String,
    around: Option<(String, String)>,
    of: usize,
    filter: Value,
    order: Value,
    size: usize,
    backward: bool,
    /// What the model says: in the direction of the walk.
    expected: Vec<&'a str>,
    seen: usize,
    cursor: Option<String>,
    done: bool,
    /// How many rows there are that no filter leaves out.
    all: usize,
}

async fn lists_answer_what_a_model_answers(engine: Engine) {
    let app = TestApp::full(engine).await;
    let register = Register::read(&app).await;
    let mut random = Random(if engine == Engine::Sqlite { 1 } else { 2 });
    let wanted = std::env::var("ASKING_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let mut cases = 0;
    while cases < wanted {
        let mut walks: Vec<Walk<'_>> = (0..TOGETHER).map(|_| walk(&register, &mut random)).collect();
        for page in 0..PAGES {
            step(&app, &register, &mut walks, page == 0).await;
        }
        cases += walks.len();
        cases += pages_of_many(&app, &register, &mut random).await;
    }
}

/// Something to ask of a list that may be any of the schema.
fn walk<'a>(register: &'a Register, random: &mut Random) -> Walk<'a> {
    loop {
        let of = random.below(register.0.len());
        let from = &register.0[of];
        if !question::is_quick(from) && random.happens(80) {
            continue;
        }
        let field = random.one(&from.fields);
        if let (Kind::Many, true) = (&field.kind, random.happens(40)) {
            let row = random.one(&from.rows);
            let around = (format!("node(id: \"{}\") {{ ... on {}", row.node, from.name), "}".to_owned());
            let rows = below(register, row, from.field(&field.name).unwrap());
            return walk_of(register, random, field.of.unwrap(), &field.name, rows, Some(around));
        }
        if let Some(list) = &from.list {
            return walk_of(register, random, of, list, from.rows.iter().collect(), None);
        }
    }
}

/// The rows that a row leads to.
fn below<'a>(register: &'a Register, row: &Row, field: usize) -> Vec<&'a Row> {
    match &row.cells[field] {
        Cell::Many(links) => links.iter().map(|(of, link)| &register.0[*of].rows[*link]).collect(),
        _ => Vec::new(),
    }
}

fn walk_of<'a>(
    register: &'a Register,
    random: &mut Random,
    of: usize,
    list: &str,
    rows: Vec<&'a Row>,
    around: Option<(String, String)>,
) -> Walk<'a> {
    let (ask, order) = (register.ask(random, of, 3), register.order(random, of));
    let all = rows.len();
    let mut expected: Vec<&str> =
        register.answer(of, rows.into_iter(), &ask, &order).into_iter().map(|row| row.node.as_str()).collect();
    let backward = random.happens(50);
    if backward {
        expected.reverse();
    }
    let size = (expected.len() / (1 + random.below(PAGES - 1)) + random.below(3)).clamp(1, 200);
    let (filter, order) = (register.filter_json(of, &ask), register.order_json(of, &order));
    let list = list.to_owned();
    Walk { list, around, of, filter, order, size, backward, expected, seen: 0, cursor: None, done: false, all }
}

/// Asks for the next page of each walk, all in one document.
async fn step(app: &TestApp, register: &Register, walks: &mut [Walk<'_>], is_first: bool) {
    let (mut declared, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (index, walk) in walks.iter().enumerate().filter(|(_, walk)| !walk.done) {
        let name = &register.0[walk.of].name;
        declared += &format!(
            "$f{index}: {name}Filter, $g{index}: {name}Filter, $o{index}: [{name}Order!], $c{index}: String, $n{index}: Int, "
        );
        variables.insert(format!("f{index}"), walk.filter.clone());
        variables.insert(format!("g{index}"), json!({ "not": walk.filter }));
        variables.insert(format!("o{index}"), walk.order.clone());
        variables.insert(format!("c{index}"), json!(walk.cursor));
        variables.insert(format!("n{index}"), json!(walk.size));
        let (size, position) = if walk.backward { ("last", "before") } else { ("first", "after") };
        let list = &walk.list;
        let total = if is_first { "totalCount" } else { "" };
        let page = format!(
            "page: {list}({size}: $n{index}, {position}: $c{index}, filter: $f{index}, orderBy: $o{index}) {{ {total} \
             nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} "
        );
        // Both are asked each time, so that every variable is used.
        let others = format!("others: {list}(first: 0, filter: $g{index}) {{ {total} pageInfo {{ hasNextPage }} }}");
        let both = format!("{page} {others}");
        fields += &match &walk.around {
            Some((before, behind)) => format!("a{index}: {before} {{ {both} }} {behind} "),
            None => {
                both.replacen("page:", &format!("page{index}:"), 1).replacen("others:", &format!("others{index}:"), 1)
            }
        };
    }
    if fields.is_empty() {
        return;
    }
    let reply = app.query_with(&format!("query({declared}) {{ {fields} }}"), Value::Object(variables)).await.json();
    assert!(reply.get("errors").is_none(), "{}\n{}", reply["errors"], asked(walks));
    let data = &reply["data"];
    for (index, walk) in walks.iter_mut().enumerate().filter(|(_, walk)| !walk.done) {
        let (page, others) = match walk.around {
            Some(_) => (&data[format!("a{index}")]["page"], &data[format!("a{index}")]["others"]),
            None => (&data[format!("page{index}")], &data[format!("others{index}")]),
        };
        taken(walk, page, others, is_first);
    }
}

fn asked(walks: &[Walk<'_>]) -> String {
    let asked = |(index, walk): (usize, &Walk<'_>)| format!("{index} {}: {}, {}\n", walk.list, walk.filter, walk.order);
    walks.iter().enumerate().map(asked).collect()
}

/// Compares a page with the model, and goes on behind it.
fn taken(walk: &mut Walk<'_>, page: &Value, others: &Value, is_first: bool) {
    let asked = format!("{} {} by {} filter {} order {}", walk.list, walk.backward, walk.size, walk.filter, walk.order);
    let mut rows: Vec<&str> = page["nodes"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    if walk.backward {
        rows.reverse();
    }
    let end = walk.expected.len().min(walk.seen + walk.size);
    assert!(
        rows == walk.expected[walk.seen..end],
        "{asked}, from {}: {}",
        walk.seen,
        first_differing(&rows, &walk.expected[walk.seen..end])
    );
    walk.seen = end;
    let (more, next) = if walk.backward { ("hasPreviousPage", "startCursor") } else { ("hasNextPage", "endCursor") };
    assert_eq!(page["pageInfo"][more], end < walk.expected.len(), "{asked}");
    walk.done = end == walk.expected.len();
    walk.cursor = page["pageInfo"][next].as_str().map(str::to_owned);
    if is_first {
        assert_eq!(page["totalCount"], walk.expected.len(), "{asked}");
        assert_eq!(others["totalCount"], walk.all - walk.expected.len(), "not {asked}");
    }
}

fn first_differing<T: PartialEq + std::fmt::Debug>(here: &[T], there: &[T]) -> String {
    let index = here.iter().zip(there).position(|(one, other)| one != other).unwrap_or(here.len().min(there.len()));
    let around = |rows: &[T]| format!("{:?}", rows.iter().skip(index).take(3).collect::<Vec<_>>());
    format!("at {index} {} and not {}", around(here), around(there))
}

/// One page of the same list below each of several rows; the number of lists.
async fn pages_of_many(app: &TestApp, register: &Register, random: &mut Random) -> usize {
    let (from, field) = loop {
        let from = random.one(&register.0);
        let field = random.below(from.fields.len());
        if matches!(from.fields[field].kind, Kind::Many) {
            break (from, field);
        }
    };
    let of = from.fields[field].of.unwrap();
    let (ask, order) = (register.ask(random, of, 2), register.order(random, of));
    let mut parents: Vec<&Row> = (0..8).map(|_| random.one(&from.rows)).collect();
    parents.sort_by_key(|row| row.id);
    parents.dedup_by_key(|row| row.id);
    let size = 1 + random.below(5);
    let (backward, type_name) = (random.happens(50), &register.0[of].name);
    let end = if backward { "last" } else { "first" };
    let ids: Vec<&str> = parents.iter().map(|row| row.node.as_str()).collect();
    let list = &from.fields[field].name;
    let document = format!(
        "query($ids: [ID!]!, $f: {type_name}Filter, $o: [{type_name}Order!]) {{ nodes(ids: $ids) {{ ... on {} {{ \
         {list}({end}: {size}, filter: $f, orderBy: $o) {{ totalCount nodes {{ id }} }} }} }} }}",
        from.name
    );
    let (filter, by) = (register.filter_json(of, &ask), register.order_json(of, &order));
    let asked = format!("{document}\n{filter}\n{by}");
    let reply = app.query_with(&document, json!({ "ids": ids, "f": filter, "o": by })).await.json();
    assert!(reply.get("errors").is_none(), "{}\n{asked}", reply["errors"]);
    for (index, parent) in parents.iter().enumerate() {
        let answer = register.answer(of, below(register, parent, field).into_iter(), &ask, &order);
        let page = &reply["data"]["nodes"][index][list];
        assert_eq!(page["totalCount"], answer.len(), "{asked}");
        let from = if backward { answer.len().saturating_sub(size) } else { 0 };
        let expected: Vec<&str> = answer[from..].iter().take(size).map(|row| row.node.as_str()).collect();
        let rows: Vec<&str> = page["nodes"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(rows, expected, "{asked} of {}", parent.node);
    }
    parents.len()
}

/// Walks in which rows come, change and go between the pages, on each engine.
const DISTURBED: usize = 20;

/// A row that is there all the time and stays as it is comes once, in its place, whatever comes and goes around it.
async fn pages_hold_while_somebody_writes(engine: Engine) {
    let app = TestApp::full(engine).await;
    let register = Register::read(&app).await;
    let mut random = Random(3);
    let of = register.0.iter().position(|of| of.name == "Team").unwrap();
    let of_team = &register.0[of];
    // The rows of a third of the wards are written to; the others are those that must come.
    let ward = of_team.field("ward").unwrap();
    let is_calm = |row: &Row| matches!(row.cells[ward], Cell::One((_, link)) if register.0[of_team.fields[ward].of.unwrap()].rows[link].id % 3 != 0);
    for number in 0..DISTURBED {
        let (order, backward) = (register.order(&mut random, of), random.happens(50));
        let mut expected: Vec<&Row> =
            register.answer(of, of_team.rows.iter().filter(|row| is_calm(row)), &Ask::And(Vec::new()), &order);
        if backward {
            expected.reverse();
        }
        let order = register.order_json(of, &order);
        let mut seen = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let (size, position) = if backward { ("last", "before") } else { ("first", "after") };
            let page = format!(
                "query($c: String, $o: [TeamOrder!]) {{ teams({size}: 150, {position}: $c, orderBy: $o) {{ \
                 nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            let reply = app.query_with(&page, json!({ "c": cursor, "o": order })).await.json();
            assert!(reply.get("errors").is_none(), "{reply}");
            let (rows, info) = (&reply["data"]["teams"]["nodes"], &reply["data"]["teams"]["pageInfo"]);
            let mut rows: Vec<String> =
                rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            if backward {
                rows.reverse();
            }
            seen.append(&mut rows);
            let (more, next) = if backward { ("hasPreviousPage", "startCursor") } else { ("hasNextPage", "endCursor") };
            if info[more] == false {
                break;
            }
            cursor = info[next].clone();
            disturb(&app, &mut random, number).await;
        }
        let calm: std::collections::HashSet<&str> = expected.iter().map(|row| row.node.as_str()).collect();
        seen.retain(|id| calm.contains(id.as_str()));
        let expected: Vec<&str> = expected.iter().map(|row| row.node.as_str()).collect();
        assert!(
            seen == expected,
            "teams by {order}, backward {backward}: {}",
            first_differing(&seen.iter().map(String::as_str).collect::<Vec<_>>(), &expected)
        );
    }
}

/// Adds, changes or removes teams in every third ward.
async fn disturb(app: &TestApp, random: &mut Random, number: usize) {
    let chosen = format!("ward_id % 3 = 0 AND id % 17 = {}", random.below(17));
    let statement = match random.below(3) {
        0 => format!(
            "INSERT INTO team (ward_id, city_id, former_city_id, dataset_id, code, name, locality, status, established_on) \
             SELECT ward_id, city_id, former_city_id, dataset_id, code || '-{number}-{}', name || ' mới', locality, status, \
             established_on FROM team WHERE {chosen} AND code NOT LIKE '%-%-%-%'",
            random.below(1_000_000)
        ),
        1 => format!("UPDATE team SET name = 'Ă' || name, status = 'DISSOLVED', established_on = NULL WHERE {chosen}"),
        _ => format!(
            "DELETE FROM team WHERE {chosen} AND NOT EXISTS (SELECT 1 FROM member WHERE member.team_id = team.id)"
        ),
    };
    app.store.writer().execute_unprepared(&statement).await.unwrap();
}

/// Texts made up by chance, beside those of the data.
const INVENTED: usize = 1_500;

/// On each engine the database orders and cuts texts into words as the alphabet's definition has it.
async fn texts_stand_in_the_order_of_the_alphabet_and_are_found_by_their_words(engine: Engine) {
    let app = TestApp::full(engine).await;
    let writer = app.store.writer();
    let mut random = Random(4);
    for slug in (0..INVENTED).map(|number| format!("invented-{number}")) {
        let name = invented(&mut random);
        let values = [slug.into(), name.into()];
        let sql = match engine {
            Engine::Sqlite => "INSERT INTO organisation (slug, name, kind) VALUES (?, ?, 'POLICE')",
            Engine::Postgres => "INSERT INTO organisation (slug, name, kind) VALUES ($1, $2, 'POLICE')",
        };
        writer.execute_raw(Statement::from_sql_and_values(writer.get_database_backend(), sql, values)).await.unwrap();
    }
    let register = Register::read(&app).await;
    let mut texts = 0;
    for of in &register.0 {
        for (index, field) in of.fields.iter().enumerate() {
            let Cell::Text(..) = of.rows[0].cells[index] else { continue };
            let by = By { path: Vec::new(), field: index, descending: false, nulls_first: false };
            let number = register.0.iter().position(|other| other.name == of.name).unwrap();
            let expected: Vec<i64> = register
                .answer(number, of.rows.iter(), &Ask::And(Vec::new()), &[by])
                .iter()
                .map(|row| row.id)
                .collect();
            let rows = in_order(&app, engine, &of.name, &field.name).await;
            let text = |id: &i64| (*id, of.rows.iter().find(|row| row.id == *id).map(|row| &row.cells[index]));
            let (here, there): (Vec<_>, Vec<_>) =
                (rows.iter().map(text).collect(), expected.iter().map(text).collect());
            assert!(rows == expected, "{} by {}: {}", of.name, field.name, first_differing(&here, &there));
            texts += expected.len();
        }
    }
    assert!(texts > 20_000, "{texts} texts were compared");
    words_are_found(&app, &register, &mut random).await;
}

/// Some letters, capitals, digits and marks, and what else people type.
fn invented(random: &mut Random) -> String {
    let letters: Vec<char> = reference::letters().collect();
    let others: Vec<char> = "     .,-–()“”/'&+123fjwzFJWZ²½µ№{|~¡¥€Ạ\u{301}\u{323}ç😀".chars().collect();
    let longest = if random.happens(5) { 260 } else { 12 };
    let chars = 1 + random.below(longest);
    let few = random.happens(50);
    let chars: String = (0..chars)
        .map(|_| match random.below(10) {
            0..2 => *random.one(&others),
            // The same few letters, so that texts begin alike and only tones tell them apart.
            _ if few => *random.one(&['a', 'à', 'ả', 'ă', 'Ằ', 'â', 'đ', 'Đ', 'd', 'n']),
            _ => *random.one(&letters),
        })
        .collect();
    if chars.trim().is_empty() { "a".to_owned() } else { chars }
}

/// The ids of a table's rows, in the order of a text.
async fn in_order(app: &TestApp, engine: Engine, of: &str, field: &str) -> Vec<i64> {
    let snake = |name: &str| {
        let parts = name.chars().map(|char| {
            if char.is_ascii_uppercase() { format!("_{}", char.to_ascii_lowercase()) } else { char.into() }
        });
        parts.collect::<String>().trim_start_matches('_').to_owned()
    };
    let column = snake(field);
    let sql = format!("SELECT id FROM {} ORDER BY {column}_order IS NULL, {column}_order, id", snake(of));
    let engine = if engine == Engine::Sqlite { DbBackend::Sqlite } else { DbBackend::Postgres };
    let rows = app.store.reader().query_all_raw(Statement::from_string(engine, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "id").unwrap()).collect()
}

/// `matches` finds the rows in whose text the words stand, and no others.
async fn words_are_found(app: &TestApp, register: &Register, random: &mut Random) {
    let of = register.0.iter().position(|of| of.name == "Organisation").unwrap();
    let name = register.0[of].field("name").unwrap();
    let mut found = 0;
    for _ in 0..400 {
        let Cell::Text(_, _, words) = &random.one(&register.0[of].rows).cells[name] else { continue };
        let Some(from) = (!words.is_empty()).then(|| random.below(words.len())) else { continue };
        let ask = Ask::Value(name, "matches".to_owned(), json!(words[from..words.len().min(from + 2)].join(" ")));
        let expected = register.answer(of, register.0[of].rows.iter(), &ask, &[]).len();
        let document = "query($f: OrganisationFilter) { organisations(first: 0, filter: $f) { totalCount } }";
        let filter = register.filter_json(of, &ask);
        let reply = app.query_with(document, json!({ "f": filter })).await.json();
        assert_eq!(reply["data"]["organisations"]["totalCount"], expected, "{filter}");
        found += expected;
    }
    assert!(found > 400);
}

/// Words as a dictionary has them.
#[test]
fn the_reference_knows_the_order_of_a_dictionary() {
    let dictionary = [
        "12",
        "a",
        "à",
        "ả",
        "ã",
        "á",
        "ạ",
        "an",
        "án",
        "An Giang",
        "an khê",
        "ao",
        "ăn",
        "ắng",
        "âm",
        "ấp",
        "ba",
        "bà",
        "bá",
        "bạ",
        "Bạc Liêu",
        "Ban Mê",
        "bắc",
        "băng",
        "bấc",
        "Cà Mau",
        "Cao Bằng",
        "Cần Thơ",
        "dạ",
        "dọc",
        "dốc",
        "dộc",
        "dơ",
        "đa",
        "đá",
        "Đà Nẵng",
        "Đồng Nai",
        "hoa",
        "hoà",
        "hòa",
        "Hoa Lư",
        "tủ",
        "tú",
        "tư",
        "từ",
        "tứ",
        "xa",
        "ỷ",
        "ý",
    ];
    let mut sorted = dictionary;
    sorted.reverse();
    sorted.sort_by_key(|word| reference::place(word));
    assert_eq!(sorted, dictionary);
}
