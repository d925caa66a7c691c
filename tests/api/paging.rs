//! Walking a list gives every row once, in order, from the front as from the back.

use serde_json::Value;

use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(
    every_row_once_in_both_directions,
    nested_pages_go_on_where_they_stopped,
    rows_added_while_paging_shift_nothing
);

/// The ids of a whole list, page by page.
async fn walk(app: &TestApp, list: &str, page: u32, backward: bool) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (size, position) = if backward { ("last", "before") } else { ("first", "after") };
        let from = cursor.map_or(String::new(), |cursor| format!(", {position}: \"{cursor}\""));
        let fields = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        let data = app.data(&format!("{{ {list}({size}: {page}{from}) {{ {fields} }} }}")).await;
        let (rows, info) = (&data[list]["nodes"], &data[list]["pageInfo"]);
        let mut of_page: Vec<String> = rows.as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
        if backward {
            of_page.reverse();
        }
        ids.extend(of_page);
        let (more, next) = if backward { ("hasPreviousPage", "startCursor") } else { ("hasNextPage", "endCursor") };
        if info[more] == false {
            break;
        }
        cursor = Some(text(&info[next]));
    }
    if backward {
        ids.reverse();
    }
    ids
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn every_row_once_in_both_directions(engine: Engine) {
    let app = TestApp::full(engine).await;
    // Festivals are ordered by a day that many share, newest first; the others by id.
    for (list, page, rows) in
        [("festivals", 7, 415), ("festivals", 100, 415), ("wards", 100, 3_321), ("indicators", 1, 11)]
    {
        let forward = walk(&app, list, page, false).await;
        assert_eq!(forward.len(), rows, "{list} by {page}");
        let mut distinct = forward.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), rows, "{list} by {page}: a row came twice");
        assert_eq!(walk(&app, list, page, true).await, forward, "{list} by {page}, backward");
    }
}

async fn nested_pages_go_on_where_they_stopped(engine: Engine) {
    let app = TestApp::full(engine).await;
    let whole = app.data("{ ward(code: \"31120\") { teams(first: 100) { nodes { code } } } }").await;
    let whole: Vec<String> =
        whole["ward"]["teams"]["nodes"].as_array().unwrap().iter().map(|team| text(&team["code"])).collect();
    let mut parts = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ ward(code: \"31120\") {{ teams(first: 5{after}) {{ nodes {{ code }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        let teams = app.data(&query).await["ward"]["teams"].take();
        parts.extend(teams["nodes"].as_array().unwrap().iter().map(|team| text(&team["code"])));
        if teams["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: \"{}\"", text(&teams["pageInfo"]["endCursor"]));
    }
    assert_eq!(parts, whole);
    assert_eq!(parts.len(), 24);
}

/// A cursor names a position and not a number of rows: what is added before it does not push a row into the next page.
async fn rows_added_while_paging_shift_nothing(engine: Engine) {
    use sea_orm::ConnectionTrait;

    let app = TestApp::full(engine).await;
    let page = "nodes { slug } pageInfo { endCursor }";
    let first = app.data(&format!("{{ festivals(first: 3) {{ {page} }} }}")).await;
    let cursor = text(&first["festivals"]["pageInfo"]["endCursor"]);
    let rest = format!("{{ festivals(first: 3, after: \"{cursor}\") {{ {page} }} }}");
    let before = app.data(&rest).await;
    let newer = "INSERT INTO festival (city_id, dataset_id, slug, kind, edition_year, held_on, title) \
                 SELECT city_id, dataset_id, 'newest', kind, 2027, '2027-08-19', title FROM festival WHERE slug = 'can-tho-2025'";
    app.store.writer().execute_unprepared(newer).await.unwrap();
    assert_eq!(app.data(&rest).await, before);
    let now_first = app.data("{ festivals(first: 1) { nodes { slug } } }").await;
    assert_eq!(now_first["festivals"]["nodes"][0]["slug"], "newest");
}
