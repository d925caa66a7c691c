//! Values as answers have them, however hard they are: written from cells the same bytes as by ordinary execution, and on
//! both engines the same.

mod pages;
mod quartet;

use std::fmt::Write;

use antq::secrets::Purpose;
use chrono::NaiveDate;
use proptest::{
    num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO},
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use sea_orm::sea_query::Value as Stored;
use serde_json::Value;

use crate::support::secrets;
use quartet::{Quartet, parsed};

/// Samples, the same in each run.
fn samples<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn hard_texts() -> Vec<String> {
    let mut texts: Vec<String> = ('\u{1}'..='\u{1f}').map(|control| format!("a{control}b{control}")).collect();
    texts.push(('\u{1}'..='\u{a0}').collect());
    let plain = [
        "",
        " ",
        "  both ends  ",
        "null",
        "true",
        "1",
        "-0",
        "1e5",
        "[1,2]",
        "]",
        "[",
        ",",
        "\"",
        "\\",
        "\\\\",
        "\\\"",
        "\"]]",
        "\"],[\"",
        "\\u0041",
        "\\n",
        "'",
        "''",
        "%s %d %!.17g",
        "?",
        "$1",
        "/",
        "</script>",
        "<!--",
        "&amp;",
        "{\"a\": [null]}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}\u{2029}",
        "\u{feff}",
        "\u{fffd}",
        "\u{fffe}\u{ffff}",
        "\u{d7ff}\u{e000}",
        "\u{10ffff}",
        "👩‍👩‍👧‍👦 🇻🇳 👍🏽",
        "𝄞",
        "e\u{301}\u{323}",
        "Ấp Phú Lợi",
        "A\u{302}\u{301}p Phu\u{301} Lơ\u{323}i",
        "\u{202e}txet\u{202c}",
        "z̷̢̛a̸l̴g̵o̶",
        "שלום",
        "ไทย",
    ];
    texts.extend(plain.map(str::to_owned));
    texts.push("Ấ\"\\\n\u{1}👍".repeat(20_000));
    texts.push("x".repeat(300_000));
    texts.extend(samples("[^\u{0}]{0,40}", 120));
    texts.extend(samples("[\"\\\\\\[\\],\u{1}-\u{1f}a]{0,12}", 120));
    texts
}

/// Each in texts of its own row, of a row joined to others, and of the row that a key finds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_any_characters() {
    let quartet = Quartet::new().await;
    let (members, teams) = (quartet.ids("member").await, quartet.ids("team").await);
    let texts = hard_texts();
    for part in texts.chunks(100) {
        let changed = |ids: &[i64], columns: &[&'static str]| -> Vec<_> {
            let text = |(index, id): (usize, &i64)| {
                let text = |shift: usize| part[(index + shift) % part.len()].as_str();
                (*id, columns.iter().enumerate().map(|(shift, name)| (*name, stored(name, text(shift)))).collect())
            };
            ids.iter().enumerate().map(text).collect()
        };
        quartet.update("member", &changed(&members, &["full_name", "phone", "national_id"])).await;
        quartet.update("team", &changed(&teams, &["name", "locality"])).await;
        let data = quartet
            .data(
                "{ members(first: 100) { nodes { fullName phone nationalId team { name locality } } } \
             teams(first: 100) { nodes { name locality } } }",
            )
            .await;
        let rows = data["members"]["nodes"].as_array().unwrap();
        for (row, text) in rows.iter().zip(part) {
            assert_eq!(row["fullName"], text.as_str());
        }
    }
    quartet
        .update(
            "city",
            &[(quartet.ids("city").await[0], vec![("name", texts[31].as_str().into()), ("code", "\"\\\n".into())])],
        )
        .await;
    let data = quartet.data(r#"{ city(code: "\"\\\n") { name code } }"#).await;
    assert_eq!(data["city"]["name"], texts[31].as_str());
}

/// Numbers of any size have the digits that read back as they are; so have those of 15 and more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_with_fractions() {
    let quartet = Quartet::new().await;
    let wards = quartet.ids("ward").await;
    let hard = [
        0.0,
        -0.0,
        0.1,
        0.2,
        0.3,
        -0.1,
        1.0 / 3.0,
        2.0 / 3.0,
        1.0,
        100.0,
        1e15,
        1e16,
        1e17,
        123_456_789.123_456_78,
        10.033_333_333_333_333,
        105.787_777_777_777_79,
        9_007_199_254_740_991.0,
        9_007_199_254_740_992.0,
        9_007_199_254_740_993.0,
        -9_007_199_254_740_992.0,
        1e21,
        1e22,
        1e23,
        1e-4,
        1e-5,
        1e-6,
        1e-7,
        9.5e-7,
        4.35,
        0.000_1,
        5e-20,
        1.797e18,
        9.223_372_036_854_775e18,
        1e-80,
        1e99,
        f64::EPSILON,
        1.0 + f64::EPSILON,
        1.0 - f64::EPSILON / 2.0,
        4_294_967_296.5,
        0.5,
        1.5,
        2.5,
        1e-9,
        999_999_999_999_999.9,
    ];
    let extreme = [
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        1e308,
        1e-308,
        3.025_137_338_155_139_2e240,
        1e119,
        1e-90,
    ];
    let within = |number: &f64| (1e-80..1e100).contains(&number.abs());
    let random = samples((POSITIVE | NEGATIVE | NORMAL | ZERO).prop_filter("size", within), 900);
    // As much as a place on Earth is known by.
    let places = samples(-180_000_000_000_i64..180_000_000_000, 300).into_iter().map(|place| place as f64 / 1e9);
    let usual: Vec<f64> = hard.into_iter().chain(random).chain(places).collect();
    let any = extreme.into_iter().chain(samples(POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO, 590)).collect();
    let query = "{ wards(first: 100) { nodes { latitude longitude areaKm2 } } observations(first: 100) { nodes { value } } \
                 teams(first: 5) { nodes { ward { latitude longitude areaKm2 } } } }";
    for (numbers, planned) in [(usual, true), (any, false)] {
        for part in numbers.chunks(300) {
            let number = |index: usize| Stored::from(part[index % part.len()]);
            let rows: Vec<_> = wards
                .iter()
                .enumerate()
                .map(|(index, id)| {
                    let columns = ["latitude", "longitude", "area_km2"].into_iter().enumerate();
                    (*id, columns.map(|(column, name)| (name, number(index * 3 + column))).collect())
                })
                .collect();
            quartet.update("ward", &rows).await;
            let observations = quartet.ids("observation").await;
            let rows: Vec<_> =
                observations.iter().enumerate().map(|(index, id)| (*id, vec![("value", number(index))])).collect();
            quartet.update("observation", &rows).await;
            let answer = quartet.agreed(query, planned).await;
            // Not read as JSON, which may round the last digit.
            let latitudes = answer.split("\"latitude\":").skip(1).map(|rest| rest.split(',').next().unwrap());
            for (index, latitude) in latitudes.take(wards.len()).enumerate() {
                assert_eq!(latitude.parse::<f64>().unwrap(), part[(index * 3) % part.len()]);
            }
        }
    }
}

/// Days from the first to the last that both engines take, also where they order a list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days() {
    let quartet = Quartet::new().await;
    let mut days: Vec<NaiveDate> = [
        (1, 1, 1),
        (1, 12, 31),
        (4, 2, 29),
        (99, 12, 31),
        (100, 1, 1),
        (999, 12, 31),
        (1000, 1, 1),
        (1582, 10, 4),
        (1582, 10, 15),
        (1899, 12, 31),
        (1900, 2, 28),
        (1969, 12, 31),
        (1970, 1, 1),
        (1999, 12, 31),
        (2000, 1, 1),
        (2000, 1, 2),
        (2000, 2, 29),
        (2038, 1, 19),
        (2100, 3, 1),
        (9999, 12, 31),
    ]
    .map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap())
    .into();
    days.extend(
        samples(1_i32..3_652_059, 200).into_iter().map(|day| NaiveDate::from_num_days_from_ce_opt(day).unwrap()),
    );
    let (members, festivals) = (quartet.ids("member").await, quartet.ids("festival").await);
    let day = |index: usize| Stored::from(days[index % days.len()]);
    for shift in [0, 70, 140] {
        let of_member = |(index, id): (usize, &i64)| {
            let mut served = [days[(index + shift) % days.len()], days[(index + shift + 7) % days.len()]];
            served.sort();
            (
                *id,
                vec![
                    ("birth_date", stored("birth_date", &days[(index + shift) % days.len()].to_string())),
                    ("joined_on", served[0].into()),
                    ("left_on", served[1].into()),
                    ("status", Stored::from("LEFT")),
                ],
            )
        };
        quartet.update("member", &members.iter().enumerate().map(of_member).collect::<Vec<_>>()).await;
        let of_festival = |(index, id): (usize, &i64)| (*id, vec![("held_on", day(index / 2 + shift))]);
        quartet.update("festival", &festivals.iter().enumerate().map(of_festival).collect::<Vec<_>>()).await;
        quartet.data("{ members(first: 100) { nodes { birthDate joinedOn leftOn } } }").await;
        for position in ["first: 100", "last: 100"] {
            quartet.data(&format!("{{ festivals({position}) {{ edges {{ cursor node {{ heldOn }} }} }} }}")).await;
        }
    }
}

/// Moments, which answers give to the millisecond.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moments() {
    let quartet = Quartet::new().await;
    let moments = [
        "0001-01-01T00:00:00+00:00",
        "1899-12-31T23:59:59.999999+00:00",
        "1969-12-31T23:59:59.999999+00:00",
        "1970-01-01T00:00:00+00:00",
        "1999-12-31T23:59:59.999999+00:00",
        "1999-12-31T23:59:59.000001+00:00",
        "2000-01-01T00:00:00+00:00",
        "2000-01-01T00:00:00.000001+00:00",
        "2026-08-19T07:30:00.1+00:00",
        "2026-08-19T07:30:00.12+00:00",
        "2026-08-19T07:30:00.123+00:00",
        "2026-08-19T07:30:00.1239+00:00",
        "2026-08-19T07:30:00.999999+00:00",
        "9999-12-31T23:59:59.999999+00:00",
    ];
    for (index, moment) in moments.iter().enumerate() {
        let insert = format!(
            "INSERT INTO dataset (slug, title, description, synthetic, updated_at) VALUES ('m{index}', 't', 'd', \
             FALSE, '{moment}')"
        );
        quartet.run(&insert).await;
    }
    let data = quartet.data("{ datasets(last: 14) { nodes { slug updatedAt synthetic version } } }").await;
    let rows = data["datasets"]["nodes"].as_array().unwrap();
    for (row, moment) in rows.iter().zip(moments) {
        let (seconds, fraction) = moment.split_at(19);
        let fraction: String =
            fraction.trim_end_matches("+00:00").trim_start_matches('.').chars().chain("000".chars()).take(3).collect();
        assert_eq!(row["updatedAt"], format!("{seconds}.{fraction}Z"));
    }
    // As people write it by hand, and with the zone of somewhere else.
    for moment in ["2026-08-19 07:30:00+00:00", "2026-08-19 14:30:00+07:00"] {
        let slug = moment.replace([' ', ':', '+'], "-");
        let insert = format!(
            "INSERT INTO dataset (slug, title, description, synthetic, updated_at) VALUES ('{slug}', 't', 'd', \
             TRUE, '{moment}')"
        );
        quartet.run(&insert).await;
        let data = parsed(&quartet.agreed(&format!("{{ dataset(slug: \"{slug}\") {{ updatedAt }} }}"), false).await);
        assert_eq!(data["dataset"]["updatedAt"], "2026-08-19T07:30:00.000Z");
    }
}

/// Whole numbers up to their ends, and null wherever it may stand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_numbers_and_nulls() {
    let quartet = Quartet::new().await;
    let hard = [
        i32::MIN,
        i32::MIN + 1,
        -65_536,
        -32_769,
        -256,
        -1,
        0,
        1,
        127,
        128,
        255,
        256,
        32_768,
        65_536,
        i32::MAX - 1,
        i32::MAX,
    ];
    let rows = |ids: Vec<i64>, columns: &[&'static str], numbers: &[i32]| -> Vec<_> {
        let row = |(index, id)| {
            (id, columns.iter().map(|name| (*name, Stored::from(numbers[index % numbers.len()]))).collect())
        };
        ids.into_iter().enumerate().map(row).collect()
    };
    quartet.update("festival", &rows(quartet.ids("festival").await, &["edition_year"], &hard)).await;
    quartet
        .update("award", &rows(quartet.ids("award").await, &["recipient_count"], &[1, 255, 256, 65_536, i32::MAX]))
        .await;
    quartet.update("movement_model", &rows(quartet.ids("movement_model").await, &["years_running"], &hard)).await;
    let wide = every_field(&quartet).await;
    for query in &wide {
        quartet.data(query).await;
    }
    let nullable = [
        ("ward", "area_km2 = NULL"),
        ("source", "publisher = NULL, author = NULL, published = NULL, event_on = NULL, note = NULL"),
        ("organisation", "city_id = NULL, ward_id = NULL"),
        ("team", "former_city_id = NULL, established_on = NULL"),
        (
            "member",
            "former_city_id = NULL, gender = NULL, birth_date = NULL, phone = NULL, national_id = NULL, \
             joined_on = NULL, left_on = NULL",
        ),
        ("festival", "ward_id = NULL, venue_organisation_id = NULL, host_former_district_id = NULL, venue = NULL"),
        (
            "award",
            "grantor_id = NULL, team_id = NULL, member_id = NULL, source_id = NULL, recipient_count = NULL, \
             recipient_description = NULL",
        ),
        ("movement_model", "organisation_id = NULL, recognised_by_id = NULL, topic = NULL, years_running = NULL"),
        ("designation", "awarded_by_id = NULL, note = NULL"),
        ("observation", "period_start = NULL, scope = NULL"),
    ];
    for (table, nulls) in nullable {
        quartet.run(&format!("UPDATE {table} SET {nulls} WHERE id % 2 = 0")).await;
    }
    for query in &wide {
        quartet.data(query).await;
    }
    for (table, nulls) in nullable {
        quartet.run(&format!("UPDATE {table} SET {nulls}")).await;
    }
    for query in &wide {
        quartet.data(query).await;
    }
}

/// A query for each list, with every field of its rows and of the rows that they name.
async fn every_field(quartet: &Quartet) -> Vec<String> {
    let types = quartet.apps[0].1.types().await;
    let scalars = |of: &str| {
        // Each engine's rows were loaded at a moment of their own.
        let fields = types[of].iter().filter(|field| field.name != "updatedAt");
        let fields = fields.filter(|field| ["SCALAR", "ENUM"].contains(&field.kind.as_str()));
        fields.fold(String::new(), |text, field| text + &field.name + " ")
    };
    let mut queries = Vec::new();
    for list in types["Query"].iter() {
        // The log grows by being asked.
        let Some(of) = list.of.strip_suffix("Connection").filter(|of| *of != "AccessLogEntry") else { continue };
        let mut fields = format!("__typename {}", scalars(of));
        for field in &types[of] {
            match field.kind.as_str() {
                // What is counted of other tables, and what became of a row, is no row, and left to ordinary execution.
                "OBJECT"
                    if !field.of.ends_with("Connection") && !["Counted", "History"].contains(&field.of.as_str()) =>
                {
                    write!(fields, "{} {{ __typename {}}} ", field.name, scalars(&field.of)).unwrap();
                }
                "INTERFACE" | "UNION" => {
                    write!(fields, "{} {{ __typename ... on Node {{ {}}} }} ", field.name, scalars("Node")).unwrap();
                }
                _ => {}
            }
        }
        queries.push(format!("{{ {}(first: 100) {{ nodes {{ {fields} }} edges {{ cursor }} }} }}", list.name));
    }
    assert_eq!(queries.len(), 16);
    queries
}

/// A text as a column has it: personal data are sealed.
fn stored(column: &str, text: &str) -> Stored {
    let purpose = match column {
        "birth_date" => Purpose::BirthDate,
        "phone" => Purpose::Phone,
        "national_id" => Purpose::NationalId,
        _ => return text.into(),
    };
    secrets().seal(purpose, text).unwrap().into()
}

/// Of members themselves, of joined ones, and in lists of a parent's: whichever way the answer is come by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_data_are_opened_wherever_they_stand() {
    let quartet = Quartet::new().await;
    quartet.run("UPDATE member SET phone = NULL, birth_date = NULL WHERE id % 3 = 0").await;
    let data = quartet.data("{ members(first: 100) { nodes { birthDate phone nationalId } } }").await;
    let (mut with, mut without) = (0, 0);
    for row in data["members"]["nodes"].as_array().unwrap() {
        assert!(row["nationalId"].as_str().unwrap().starts_with("000"), "{row}");
        assert_eq!(row["phone"] == Value::Null, row["birthDate"] == Value::Null);
        if row["phone"] == Value::Null { without += 1 } else { with += 1 }
    }
    assert!(with > 60 && without > 30, "{with} {without}");
    quartet.data("{ members(last: 100) { nodes { nationalId phone } } }").await;
    quartet.data("{ teams(first: 30) { nodes { members { nodes { phone birthDate } } } } }").await;
    quartet
        .run("UPDATE award SET member_id = (SELECT MIN(id) FROM member WHERE member.id % 3 = 0) WHERE id % 2 = 0")
        .await;
    quartet
        .run("UPDATE award SET member_id = (SELECT MIN(id) FROM member WHERE member.id % 3 = 1) WHERE id % 2 = 1")
        .await;
    quartet.data("{ awards(first: 100) { nodes { member { phone nationalId birthDate } } } }").await;
}
