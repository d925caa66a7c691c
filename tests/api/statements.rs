//! No N+1: the statements of a query depend on its shape, never on its rows.

use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(one_statement_a_level_however_many_rows, a_page_reads_one_row_a_parent_more, a_total_reads_no_rows);

/// City, wards, teams, members: the city comes with its wards, and each level below is a statement, for four rows or for ten
/// thousand.
async fn one_statement_a_level_however_many_rows(engine: Engine) {
    let app = TestApp::full(engine).await;
    let mut texts = Vec::new();
    for first in [1, 2, 20, 100] {
        let reply = app.query(&four_levels(first)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        texts.push(app.statements());
    }
    assert_eq!(texts[0].len(), 3, "{:#?}", texts[0]);
    for other in &texts[1..] {
        assert_eq!(&texts[0], other);
    }
}

/// The text of the statements does not even contain the page sizes: it is prepared once.
fn four_levels(first: u32) -> String {
    format!(
        "{{ city(code: \"92\") {{ wards(first: {first}) {{ nodes {{ name teams(first: {first}) {{ nodes {{ name \
         members(first: {first}) {{ nodes {{ fullName role }} }} }} }} }} }} }} }}"
    )
}

async fn a_page_reads_one_row_a_parent_more(engine: Engine) {
    let app = TestApp::full(engine).await;
    let data = app.data("{ city(code: \"92\") { wards(first: 100) { nodes { teams(first: 3) { nodes { id } pageInfo { hasNextPage } } } } } }").await;
    let wards = data["city"]["wards"]["nodes"].as_array().unwrap();
    assert_eq!(wards.len(), 100);
    for ward in wards {
        assert_eq!(ward["teams"]["nodes"].as_array().unwrap().len(), 3);
        assert_eq!(ward["teams"]["pageInfo"]["hasNextPage"], true);
    }
    // A hundred wards and one more, the city with each, and of each ward three teams and one more.
    assert_eq!(app.rows_read(), 101 + 100 * 4);
    app.data("{ formerCities { nodes { teams(first: 2) { nodes { id } } members(last: 1) { nodes { id } } } } }").await;
    assert!(app.rows_read() <= 21 + 20 * 3 + 20 * 2);
}

async fn a_total_reads_no_rows(engine: Engine) {
    let app = TestApp::full(engine).await;
    let data = app.data("{ teams { totalCount } members { totalCount } }").await;
    assert_eq!(data["teams"]["totalCount"], 1_888);
    assert_eq!(data["members"]["totalCount"], 6_784);
    assert_eq!(app.rows_read(), 2, "one row with each number");
    for statement in app.statements() {
        assert!(statement.contains("COUNT(*)"), "{statement}");
    }
}
