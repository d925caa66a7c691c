//! How many people there are, told to everyone: by no way of adding and subtracting do the counts tell of fewer than five.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::roles::Role;
use crate::{
    asking::Random,
    support::{Engine, TestApp, full_database, on_both_engines},
};

on_both_engines!(counts_of_people_tell_of_nobody, all_ways_to_count_people_tell_the_same);

/// Registers that are made up, on each engine.
const REGISTERS: usize = 16;

/// A team, and how many people are in it.
struct Team {
    id: i64,
    ward: i64,
    city: i64,
    former_city: Option<i64>,
    people: i64,
}

async fn counts_of_people_tell_of_nobody(engine: Engine) {
    let mut random = Random(7);
    // How many counts of each level are shown and hidden.
    let mut shown: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for number in 0..REGISTERS {
        let app = TestApp::guarded(&full_database(engine).await).await;
        gather(&app).await;
        lessen(&app, &mut random, number).await;
        let teams = teams(&app).await;
        let published = published(&app, &teams).await;
        for ((level, unit), (members_of, count)) in &published {
            let people: i64 = members_of.iter().map(|index| teams[*index].people).sum();
            assert!(count.is_none_or(|count| count == people && !(1..5).contains(&people)), "{level} {unit}: {people}");
            if people > 0 {
                *shown.entry((level, count.is_some())).or_default() += 1;
            }
        }
        // Whatever is added and subtracted is a number of these parts: those teams that no published count tells apart.
        let counted: Vec<&BTreeSet<usize>> =
            published.values().filter(|(_, count)| count.is_some()).map(|(teams, _)| teams).collect();
        let mut parts: BTreeMap<Vec<bool>, i64> = BTreeMap::new();
        for (index, team) in teams.iter().enumerate() {
            *parts.entry(counted.iter().map(|teams| teams.contains(&index)).collect()).or_default() += team.people;
        }
        // In no published count at all there may be any number of people.
        parts.retain(|signature, _| signature.contains(&true));
        let few: Vec<_> = parts.values().filter(|people| (1..5).contains(*people)).collect();
        assert!(few.is_empty(), "register {number} tells of {few:?}");
    }
    for level in ["teams", "wards", "formerCities"] {
        let count = |is_shown| shown.get(&(level, is_shown)).copied().unwrap_or_default();
        assert!(count(true) > 2 && count(false) > 2, "{level}: {shown:?}");
    }
}

/// Puts the people of a ward into two of its teams: otherwise there is a small one in each ward, and no team is counted.
async fn gather(app: &TestApp) {
    let team = |end: &str| {
        format!(
            "SELECT {end}(team.id) FROM team WHERE team.ward_id = member.ward_id \
             AND team.former_city_id IS NOT DISTINCT FROM member.former_city_id"
        )
    };
    for statement in [
        "UPDATE award SET member_id = NULL".to_owned(),
        format!(
            "UPDATE member SET role = 'MEMBER', team_id = CASE id % 2 WHEN 0 THEN ({}) ELSE ({}) END",
            team("MIN"),
            team("MAX")
        ),
    ] {
        app.store.writer().execute_unprepared(&statement).await.unwrap();
    }
}

/// Leaves few people, or none, in some teams, wards and former cities.
async fn lessen(app: &TestApp, random: &mut Random, number: usize) {
    let rows = teams(app).await;
    let inhabited: Vec<&Team> = rows.iter().filter(|team| team.people > 0).collect();
    let mut units = ["team_id", "team_id", "ward_id", "former_city_id"];
    units.rotate_left(number % 4);
    for unit in &units[..number % 3] {
        let team = random.one(&inhabited);
        let id = match *unit {
            "team_id" => team.id,
            "ward_id" => team.ward,
            _ => team.former_city.unwrap_or_default(),
        };
        let keep = random.below(7);
        let statement = format!(
            "DELETE FROM member WHERE {unit} = {id} AND id NOT IN \
             (SELECT id FROM member AS kept WHERE kept.{unit} = {id} ORDER BY id LIMIT {keep})"
        );
        app.store.writer().execute_unprepared(&statement).await.unwrap();
    }
}

async fn teams(app: &TestApp) -> Vec<Team> {
    let reader = app.store.reader();
    let sql = "SELECT team.id, team.ward_id, team.city_id, team.former_city_id, COUNT(member.id) AS people \
               FROM team LEFT JOIN member ON member.team_id = team.id \
               GROUP BY team.id, team.ward_id, team.city_id, team.former_city_id ORDER BY team.id";
    let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.unwrap();
    let team = |row: sea_orm::QueryResult| Team {
        id: row.try_get("", "id").unwrap(),
        ward: row.try_get("", "ward_id").unwrap(),
        city: row.try_get("", "city_id").unwrap(),
        former_city: row.try_get("", "former_city_id").unwrap(),
        people: row.try_get("", "people").unwrap(),
    };
    rows.into_iter().map(team).collect()
}

/// The number of the unit that a team is in.
type UnitOf = fn(&Team) -> Option<i64>;

/// What is counted of each unit, by its list and its number, with the teams that are in it.
type Published = BTreeMap<(&'static str, i64), (BTreeSet<usize>, Option<i64>)>;

async fn published(app: &TestApp, teams: &[Team]) -> Published {
    let nobody = Role::anonymous();
    let mut published = Published::new();
    let units: [(&'static str, UnitOf); 4] = [
        ("teams", |team| Some(team.id)),
        ("wards", |team| Some(team.ward)),
        ("cities", |team| Some(team.city)),
        ("formerCities", |team| team.former_city),
    ];
    for (list, unit) in units {
        for (id, count) in counts(app, &nobody, list).await {
            let of = (0..teams.len()).filter(|index| unit(&teams[*index]) == Some(id)).collect();
            published.insert((list, id), (of, count));
        }
    }
    let all = nobody.data(app, "{ members { totalCount aggregate { count } } }").await["members"].take();
    assert_eq!(all["totalCount"], all["aggregate"]["count"]);
    published.insert(("all", 0), ((0..teams.len()).collect(), all["totalCount"].as_i64()));
    published
}

/// How many people are told to be in each unit of a list, by the number of its row.
async fn counts(app: &TestApp, role: &Role, list: &str) -> Vec<(i64, Option<i64>)> {
    let (mut counts, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = format!(
            "{{ {list}(first: 200, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ id members {{ totalCount }} }} }} }}"
        );
        let page = role.data(app, &page).await[list].take();
        for unit in page["nodes"].as_array().unwrap() {
            let id = antq::ids::NodeId::decode(unit["id"].as_str().unwrap()).unwrap().row;
            counts.push((id, unit["members"]["totalCount"].as_i64()));
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return counts;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// One ward is asked for in every way that there is, alone and among others: no way tells what another does not.
async fn all_ways_to_count_people_tell_the_same(engine: Engine) {
    let url = full_database(engine).await;
    let app = TestApp::guarded(&url).await;
    let roles = Role::all(&url);
    let writer = app.store.writer();
    for statement in [
        "UPDATE award SET member_id = NULL",
        "DELETE FROM member WHERE ward_id = (SELECT id FROM ward WHERE code = '31135') AND id NOT IN \
         (SELECT id FROM member WHERE ward_id = (SELECT id FROM ward WHERE code = '31135') ORDER BY id LIMIT 3)",
    ] {
        writer.execute_unprepared(statement).await.unwrap();
    }
    let reader = Role::named(&roles, "members");
    let there = reader
        .data(&app, "{ ward(code: \"31135\") { id members { totalCount } city { members { totalCount } } } }")
        .await;
    assert_eq!(there["ward"]["members"]["totalCount"], 3);
    let id = &there["ward"]["id"];
    let ways = [
        "{ ward(code: \"31135\") { members { totalCount } } }".to_owned(),
        "{ ward(code: \"31135\") { members { aggregate { count } } } }".to_owned(),
        "{ ward(code: \"31135\") { members(first: 0) { totalCount nodes { id } } } }".to_owned(),
        format!("{{ node(id: {id}) {{ ... on Ward {{ members {{ totalCount }} }} }} }}"),
        format!("{{ nodes(ids: [{id}]) {{ ... on Ward {{ members {{ totalCount }} }} }} }}"),
        "{ wards(filter: { code: { eq: \"31135\" } }) { nodes { members { totalCount } } } }".to_owned(),
        "{ teams(first: 1, filter: { ward: { code: { eq: \"31135\" } } }) { nodes { ward { members { totalCount } } } } }".to_owned(),
    ];
    for query in &ways {
        let nobody = Role::named(&roles, "anonymous").data(&app, query).await.to_string();
        assert!(!nobody.contains(":3") && nobody.contains(":null"), "{query} {nobody}");
        assert!(reader.data(&app, query).await.to_string().contains(":3"), "{query}");
    }
    // Its neighbours are not counted either: with the count of the city they would tell.
    let city = Role::named(&roles, "anonymous")
        .data(&app, "{ ward(code: \"31135\") { city { members { totalCount } wards(first: 200) { nodes { members { totalCount } } } } } }")
        .await["ward"]["city"]
        .take();
    assert_eq!(city["members"]["totalCount"], there["ward"]["city"]["members"]["totalCount"]);
    assert!(city["wards"]["nodes"].as_array().unwrap().iter().all(|ward| ward["members"]["totalCount"].is_null()));
    // Nor by an id that a filter names, a table, or a question with two counts.
    let table =
        "{ wards(first: 200, filter: { city: { code: { eq: \"92\" } } }) { nodes { code members { totalCount } } } }";
    let rows = Role::named(&roles, "anonymous").ask_for(&app, "text/csv", table, &Value::Null).await.text();
    assert!(rows.lines().any(|row| row == "31135,"), "{rows}");
}
