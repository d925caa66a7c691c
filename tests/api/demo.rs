//! The invented roster: the published counts, the same on both engines, and never taken for real.

use antq::{
    demo::{Scale, demo},
    secrets::Purpose,
    store::Store,
};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{ENGINES, Engine, SEED, TestApp, full_database, on_both_engines, secrets};

on_both_engines!(counts_are_the_published_ones, invented_rows_say_so, the_same_demo_is_not_written_again);

async fn counts_are_the_published_ones(engine: Engine) {
    let app = TestApp::full(engine).await;
    let counted = "teams { totalCount } members { totalCount }";
    let data = app
        .data(&format!(
            "{{ city(code: \"92\") {{ {counted} formerCities {{ nodes {{ code {counted} }} }} wards(first: 100) {{ nodes {{ {counted} }} }} }} }}"
        ))
        .await;
    let counts = |place: &serde_json::Value| {
        (place["teams"]["totalCount"].as_i64().unwrap(), place["members"]["totalCount"].as_i64().unwrap())
    };
    assert_eq!(counts(&data["city"]), (1_888, 6_784));
    let former: Vec<_> = data["city"]["formerCities"]["nodes"].as_array().unwrap().iter().map(counts).collect();
    assert_eq!(former, [(599, 2_796), (525, 1_715), (764, 2_273)]);
    for ward in data["city"]["wards"]["nodes"].as_array().unwrap() {
        assert!(counts(ward).0 > 0);
    }
}

async fn invented_rows_say_so(engine: Engine) {
    let app = TestApp::full(engine).await;
    let synthetic = "dataset { synthetic }";
    let data = app
        .data(&format!(
            "{{ teams(first: 1) {{ nodes {{ {synthetic} }} }} members(first: 1) {{ nodes {{ {synthetic} birthDate phone nationalId }} }} \
             festivals {{ nodes {{ slug {synthetic} }} }} awards(last: 1) {{ nodes {{ {synthetic} source {{ id }} }} }} \
             festival(slug: \"can-tho-2022\") {{ {synthetic} }} }}"
        ))
        .await;
    assert_eq!(data["teams"]["nodes"][0]["dataset"]["synthetic"], true);
    let member = &data["members"]["nodes"][0];
    assert_eq!(member["dataset"]["synthetic"], true);
    assert!(
        member["phone"].as_str().unwrap().starts_with("0199")
            && member["nationalId"].as_str().unwrap().starts_with("000")
    );
    assert_eq!(data["awards"]["nodes"][0]["source"], serde_json::Value::Null);
    for festival in data["festivals"]["nodes"].as_array().unwrap() {
        let invented = festival["slug"].as_str().unwrap().starts_with("demo-");
        assert_eq!(festival["dataset"]["synthetic"], invented);
    }
    assert_eq!(data["festival"]["dataset"]["synthetic"], false);
}

async fn the_same_demo_is_not_written_again(engine: Engine) {
    let store = Store::connect(&full_database(engine).await).await.unwrap().with_secrets(secrets());
    assert_eq!(demo(&store, Scale::CanTho, SEED).await.unwrap(), None);
    let other = demo(&store, Scale::Factor(0.005), SEED + 1).await.unwrap().unwrap();
    assert_eq!((other.teams, other.members), (424, 1_503));
    // What was removed keeps its id for ever: none of the new rows is taken for it.
    let lowest = Statement::from_string(store.engine(), "SELECT MIN(id) FROM team");
    let row = store.reader().query_one_raw(lowest).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1_889);
    for (table, rows) in [("team", 424), ("member", 1_503)] {
        let count = Statement::from_string(store.engine(), format!("SELECT COUNT(*) FROM {table}"));
        let row = store.reader().query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), rows, "{table}");
    }
}

/// Every row of the roster, read straight from both databases.
#[tokio::test]
async fn both_engines_get_the_same_roster() {
    let mut rosters = Vec::new();
    for engine in ENGINES {
        let store = Store::connect(&full_database(engine).await).await.unwrap();
        let query = "SELECT team.ward_id, team.code, locality, full_name, role, gender, birth_date AS born, phone, national_id, CAST(joined_on AS TEXT) AS joined \
                     FROM member JOIN team ON team.id = member.team_id ORDER BY member.id";
        let rows = store.reader().query_all_raw(Statement::from_string(store.engine(), query)).await.unwrap();
        let roster: Vec<String> = rows
            .iter()
            .map(|row| {
                let text = |column| {
                    let text = row.try_get::<String>("", column).unwrap();
                    match column {
                        "born" => secrets().open(Purpose::BirthDate, &text).unwrap(),
                        "phone" => secrets().open(Purpose::Phone, &text).unwrap(),
                        "national_id" => secrets().open(Purpose::NationalId, &text).unwrap(),
                        _ => text,
                    }
                };
                let columns =
                    ["code", "locality", "full_name", "role", "gender", "born", "phone", "national_id", "joined"];
                format!("{} {}", row.try_get::<i64>("", "ward_id").unwrap(), columns.map(text).join("|"))
            })
            .collect();
        rosters.push(roster);
    }
    assert_eq!(rosters[0].len(), 6_784);
    assert!(rosters[0] == rosters[1], "the rosters differ");
}
