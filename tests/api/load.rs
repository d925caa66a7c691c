//! Loading: the numbers that must come out, twice the same, and nothing at all from a bad file.

use std::path::PathBuf;

use antq::{
    load::{Files, LoadError, Written, load},
    store::{Store, schema::migrate},
};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Engine, TestApp, empty_database, on_both_engines, unique};

on_both_engines!(
    every_row_of_the_files_is_there,
    loading_again_writes_nothing,
    a_changed_file_changes_its_rows_only,
    an_emptied_cell_removes_its_pairs,
    a_bad_file_is_named_and_nothing_is_loaded,
);

async fn migrated(engine: Engine) -> Store {
    let store = Store::connect_or_create(&empty_database(engine).await).await.unwrap();
    migrate(&store).await.unwrap();
    store
}

async fn number(store: &Store, query: &str) -> i64 {
    let row = store.writer().query_one_raw(Statement::from_string(store.engine(), query)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn every_row_of_the_files_is_there(engine: Engine) {
    let app = TestApp::full(engine).await;
    let counts = [
        ("cities", 34),
        ("wards", 3_321),
        ("formerCities", 63),
        ("formerDistricts", 696),
        ("formerWards", 10_035),
        ("sources", 5),
        ("organisations", 10),
        ("movementModels", 13),
        ("designations", 2),
        ("indicators", 11),
        ("observations", 19),
    ];
    for (list, count) in counts {
        assert_eq!(app.data(&format!("{{ {list} {{ totalCount }} }}")).await[list]["totalCount"], count, "{list}");
    }
    assert_eq!(number(&app.store, "SELECT COUNT(*) FROM former_ward WHERE is_split").await, 573);
    let split = "SELECT COUNT(*) FROM (SELECT former_ward_id FROM former_ward_successor GROUP BY former_ward_id HAVING COUNT(*) > 1) AS split";
    // The official table names a single successor for the other 132.
    assert_eq!(number(&app.store, split).await, 441);
}

async fn loading_again_writes_nothing(engine: Engine) {
    let store = migrated(engine).await;
    let first = load(&store, &Files::BuiltIn).await.unwrap();
    let changes = number(&store, "SELECT COUNT(*) FROM change_log").await;
    let again = load(&store, &Files::BuiltIn).await.unwrap();
    assert_eq!(again, Written { added: 0, changed: 0, unchanged: first.added });
    assert_eq!(number(&store, "SELECT COUNT(*) FROM change_log").await, changes);
}

/// The built-in files in a folder of the test's own, one of them changed.
fn changed(file: &str, from: &str, to: &str) -> Files {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique("data"));
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        // The samples are no tables.
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    std::fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
    Files::Folder(folder)
}

async fn a_changed_file_changes_its_rows_only(engine: Engine) {
    let store = migrated(engine).await;
    let first = load(&store, &Files::BuiltIn).await.unwrap();
    let files = changed("wards.csv", "31510,92,Phường Phú Lợi", "31510,92,Phường Phú Lợi Mới");
    let second = load(&store, &files).await.unwrap();
    assert_eq!(second, Written { added: 0, changed: 1, unchanged: first.added - 1 });
    assert_eq!(number(&store, "SELECT CAST(version AS BIGINT) FROM ward WHERE code = '31510'").await, 2);
    let logged =
        "SELECT COUNT(*) FROM change_log WHERE operation = 'UPDATE' AND table_name = 'ward' AND row_version = 2";
    assert_eq!(number(&store, logged).await, 1);
}

/// A cell that is emptied removes the pairs that it named.
async fn an_emptied_cell_removes_its_pairs(engine: Engine) {
    let store = migrated(engine).await;
    load(&store, &Files::BuiltIn).await.unwrap();
    let hosts =
        "SELECT COUNT(*) FROM festival_host JOIN festival ON festival.id = festival_id WHERE slug = 'phu-loi-2025'";
    assert_eq!(number(&store, hosts).await, 1);
    let files = changed("festivals.csv", "ubnd-phuong-phu-loi,,festival-phu-loi-2025", ",,festival-phu-loi-2025");
    assert_eq!(load(&store, &files).await.unwrap().changed, 1);
    assert_eq!(number(&store, hosts).await, 0);
}

async fn a_bad_file_is_named_and_nothing_is_loaded(engine: Engine) {
    let store = migrated(engine).await;
    let cases = [
        (
            "cities.csv",
            "04,Tỉnh Cao Bằng",
            "4,Tỉnh Cao Bằng",
            "cities.csv, line 3, column \"code\": \"4\" is not a code of 2 digits",
        ),
        ("cities.csv", "22.7456", "north", "cities.csv, line 3, column \"latitude\": \"north\" is not a number"),
        (
            "cities.csv",
            "22.7456",
            "122.7456",
            "cities.csv, line 3, column \"latitude\": 122.7456 is not between -90 and 90 degrees",
        ),
        ("cities.csv", "kind", "sort", "cities.csv, line 1, column \"sort\": unknown column"),
        ("wards.csv", "00008,01", "00004,01", "wards.csv, line 3, column \"code\": the same as in line 2"),
        ("wards.csv", "00008,01", "00008,99", "wards.csv, line 3, column \"city_code\": \"99\" is not in cities.csv"),
        (
            "wards.csv",
            "WARD",
            "TOWN",
            "wards.csv, line 2, column \"kind\": \"TOWN\" is not one of WARD, COMMUNE, SPECIAL_ZONE",
        ),
        (
            "former_wards.csv",
            "false,00097",
            "false,00097 99999",
            "former_wards.csv, line 2, column \"successor_codes\": \"99999\" is not in wards.csv",
        ),
        (
            "festivals.csv",
            "2022-08-18",
            "18/8/2022",
            "festivals.csv, line 3, column \"held_on\": \"18/8/2022\" is not a date such as 2025-07-01",
        ),
        (
            "awards.csv",
            "INDIVIDUAL,59",
            "INDIVIDUAL,0",
            "awards.csv, line 5, column \"recipient_count\": \"0\" is not a whole number from 1 up",
        ),
        (
            "observations.csv",
            "TEAMS,1888",
            "TEAMS,",
            "observations.csv, line 2, column \"value\": empty, and it must not be",
        ),
        ("observations.csv", "movement-50-years-cantho-2017", "rumour", "\"rumour\" is not in sources.csv"),
        ("sources.csv", "2025-07,2025-07-28", "July,2025-07-28", "sources.csv, line 2, column \"published\""),
        ("indicators.csv", ",team\n", "\n", "indicators.csv, line 2: 3 cells, and the heading has 4"),
    ];
    for (file, from, to, says) in cases {
        let error = load(&store, &changed(file, from, to)).await.unwrap_err();
        assert!(matches!(error, LoadError::BadData(_)), "{error}");
        assert!(error.to_string().contains(says), "{file}: {error}");
        assert_eq!(number(&store, "SELECT COUNT(*) FROM city").await, 0, "{file}");
        assert_eq!(number(&store, "SELECT COUNT(*) FROM change_log").await, 0, "{file}");
    }
    load(&store, &Files::BuiltIn).await.unwrap();
}
