//! The sample that the documents walk through: Phường Phú Lợi as the demo invents it, with changes, newcomers and ten planted
//! mistakes. `UPDATE_RECORDED=1` writes it anew.

use std::path::PathBuf;

use antq::{
    domain::MemberRole,
    entities::team,
    roster::{Column, Entry, filled, read},
    store::{
        Store,
        roster::{Committed, commit},
    },
};

use super::{Cells, PHU_LOI, Person, day, for_phu_loi, found, newcomer, people, planned, text, today, with};
use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(every_planted_mistake_is_named, the_fixed_sample_is_written, the_samples_are_what_is_invented);

/// Somebody new, in a team for each: the name, whether it is a woman, and the day of birth.
type Newcomer = (&'static str, bool, (i32, u32, u32));
const NEWCOMERS: [Newcomer; 7] = [
    ("Lâm Thị Ngọc Ánh", true, (1980, 2, 28)),
    ("Trần Quốc Bảo", false, (1991, 11, 3)),
    ("Thạch Sơn", false, (1988, 4, 17)),
    ("Nguyễn Hữu Phước", false, (1979, 8, 21)),
    ("Lý Thị Kim Hoa", true, (1984, 12, 9)),
    ("Đặng Minh Khôi", false, (1995, 1, 30)),
    ("Huỳnh Văn Lộc", false, (1976, 6, 5)),
];

/// The row of the first newcomer, and those of members in whose rows something is.
struct Rows {
    all: Vec<Cells>,
    newcomers: usize,
}

/// The teams of the ward, in the order of their codes.
fn teams(people: &[Person]) -> Vec<team::Model> {
    let mut teams: Vec<team::Model> = people.iter().map(|person| person.team.clone()).collect();
    teams.sort_by(|one, other| one.code.cmp(&other.code));
    teams.dedup_by_key(|team| team.id);
    teams
}

/// The index of the first member of a team who is not its leader.
fn follower(people: &[Person], team: &team::Model) -> usize {
    people.iter().position(|person| person.team.id == team.id && person.row.role == MemberRole::Member).unwrap()
}

/// The roster as it should be: everybody whom the register has, two with new numbers, one who has left, and seven newcomers.
/// One team still has its address of before 2025-07-01.
fn fixed(people: &[Person]) -> Rows {
    let teams = teams(people);
    // It is called as another ward of the country is: which one is meant, `--ward` says.
    let here = |cells: Cells| with(cells, Column::Ward, text("Phường Phú Lợi"));
    let mut all: Vec<Cells> = people.iter().map(|person| here(person.cells())).collect();
    for (index, person) in people.iter().enumerate().filter(|(_, person)| person.team.id == teams[0].id) {
        all[index] = with(person.cells(), Column::Ward, text("Phường 2, TP Sóc Trăng"));
    }
    for (team, phone) in [(7, "0199 000 0101"), (8, "0199.000.0102")] {
        let index = follower(people, &teams[team]);
        all[index] = with(all[index].clone(), Column::Phone, text(phone));
    }
    let left = follower(people, &teams[9]);
    all[left] = with(all[left].clone(), Column::Status, text("Đã thôi tham gia"));
    all[left] = with(all[left].clone(), Column::LeftOn, Entry::Day(day(2026, 11, 15)));
    let newcomers = all.len();
    for (number, (team, (name, is_woman, (year, month, of_month)))) in (1..).zip(teams.iter().zip(NEWCOMERS)) {
        let cells = here(newcomer(team, name, 9_000_000 + number));
        let cells = with(cells, Column::Gender, text(if is_woman { "Nữ" } else { "Nam" }));
        let cells = with(cells, Column::BirthDate, Entry::Day(day(year, month, of_month)));
        let id = format!("000{}{:02}{:06}", u8::from(is_woman), year % 100, 900_000 + number);
        all.push(with(cells, Column::NationalId, text(&id)));
    }
    Rows { all, newcomers }
}

/// The same with ten mistakes of ten kinds, and where each is.
fn planted(people: &[Person]) -> (Vec<Cells>, Vec<(String, &'static str)>) {
    use unicode_normalization::UnicodeNormalization;
    let Rows { mut all, newcomers } = fixed(people);
    let teams = teams(people);
    let (elsewhere, left) = (follower(people, &teams[2]), follower(people, &teams[9]));
    let mut mistakes = Vec::new();
    let mut plant = |all: &mut Vec<Cells>, row: usize, column: Column, entry: Entry, code: &'static str| {
        all[row] = with(all[row].clone(), column, entry);
        mistakes.push((cell(row, column), code));
    };
    plant(&mut all, elsewhere, Column::Ward, text("Phường Sóc Trăng"), "WARD_OTHER");
    plant(&mut all, left, Column::LeftOn, Entry::Day(day(2023, 11, 15)), "DATES");
    plant(&mut all, newcomers, Column::BirthDate, text("30/02/1980"), "BIRTH_DATE");
    plant(&mut all, newcomers + 1, Column::Gender, text("Nma"), "GENDER");
    plant(&mut all, newcomers + 2, Column::Role, text("Tổ viện trưởng"), "ROLE");
    plant(&mut all, newcomers + 3, Column::Phone, text("091234567"), "PHONE");
    plant(&mut all, newcomers + 4, Column::NationalId, text("000084900005"), "NATIONAL_ID");
    plant(&mut all, newcomers + 5, Column::TeamCode, text("99"), "TEAM_UNKNOWN");
    plant(&mut all, newcomers + 6, Column::Role, text("Tổ trưởng"), "LEADERS");
    // Somebody is there twice, the second time as a Mac writes names.
    let twice = people.iter().find(|person| person.team.id == teams[1].id).unwrap();
    let name: String = twice.row.full_name.nfd().collect();
    all.push(with(twice.cells(), Column::FullName, text(&name)));
    mistakes.push((cell(all.len() - 1, Column::FullName), "DUPLICATE"));
    mistakes.sort_by_key(|(cell, _)| (cell[1..].trim_start_matches(char::is_alphabetic).to_owned(), cell.clone()));
    (all, mistakes)
}

/// A cell of the template, by the index of its row below the headings.
fn cell(row: usize, column: Column) -> String {
    let at = Column::ALL.iter().position(|other| *other == column).unwrap();
    format!("Danh sách!{}{}", char::from(b'A' + u8::try_from(at).unwrap()), row + 2)
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/samples").join(name)
}

fn shipped(name: &str) -> Vec<u8> {
    let path = path(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; UPDATE_RECORDED=1 writes it", path.display()))
}

async fn the_samples_are_what_is_invented(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let files = [("roster-phu-loi.xlsx", planted(&people).0), ("roster-phu-loi-fixed.xlsx", fixed(&people).all)];
    for (name, rows) in files {
        let expected = filled(&rows).unwrap();
        if engine == Engine::Sqlite && std::env::var_os("UPDATE_RECORDED").is_some() {
            std::fs::create_dir_all(path("")).unwrap();
            std::fs::write(path(name), &expected).unwrap();
        }
        let lines = |bytes: &[u8]| {
            let roster = read(name, bytes, today()).unwrap();
            (roster.lines, roster.problems)
        };
        assert_eq!(lines(&shipped(name)), lines(&expected), "{name}");
    }
}

async fn plan_of(store: &Store, name: &str) -> antq::store::roster::Plan {
    let roster = read(name, &shipped(name), today()).unwrap();
    planned(store, &roster, &for_phu_loi()).await
}

async fn every_planted_mistake_is_named(engine: Engine) {
    let app = TestApp::full(engine).await;
    let (_, mut mistakes) = planted(&people(&app.store, PHU_LOI).await);
    let plan = plan_of(&app.store, "roster-phu-loi.xlsx").await;
    let mut errors = found(&plan);
    let is_error = |(_, code): &(String, &'static str)| *code != "WARD_FORMER";
    assert_eq!(errors.iter().filter(|problem| !is_error(problem)).count(), 1);
    errors.retain(is_error);
    errors.sort();
    mistakes.sort();
    assert_eq!(errors, mistakes);
    assert_eq!((mistakes.len(), plan.problems.errors()), (10, 10));
    let mut kinds: Vec<_> = mistakes.iter().map(|(_, code)| *code).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 10, "each is of another kind");
    let suggested = |code: &str| {
        let of_kind = plan.problems.list().iter().find(|problem| problem.code.as_str() == code);
        of_kind.unwrap().suggestion.clone().unwrap_or_default()
    };
    assert_eq!(suggested("BIRTH_DATE"), "29/02/1980");
    assert_eq!(suggested("GENDER"), "\"Nam\"");
    assert_eq!(suggested("WARD_OTHER"), "\"Phường Phú Lợi\"");
    assert_eq!(suggested("TEAM_UNKNOWN"), "\"06\"");
}

async fn the_fixed_sample_is_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let before = people(&app.store, PHU_LOI).await.len();
    let count = async || {
        let query = "{ ward(code: \"31510\") { members { totalCount } active: members(filter: { status: { eq: ACTIVE } }) { totalCount } } }";
        let data = app.data(query).await;
        let of = |list: &str| data["ward"][list]["totalCount"].as_u64().unwrap() as usize;
        (of("members"), of("active"))
    };
    assert_eq!(count().await, (before, before));
    let plan = plan_of(&app.store, "roster-phu-loi-fixed.xlsx").await;
    assert_eq!(plan.problems.errors(), 0, "{:#?}", plan.problems);
    assert_eq!((plan.unchanged, plan.absent.len()), (before - 3, 0));
    let done = commit(&app.store, "test", &plan, &mut |_| {}).await.unwrap();
    assert_eq!(done, Committed { added: 7, changed: 3, ..Committed::default() });
    assert_eq!(count().await, (before + 7, before + 6));
    // Whoever is invented is of the data set that says so.
    let roster = read("a.xlsx", &shipped("roster-phu-loi-fixed.xlsx"), today()).unwrap();
    let again = planned(&app.store, &roster, &for_phu_loi()).await;
    assert_eq!((again.unchanged, again.is_empty()), (before + 7, true));
    let data =
        app.data("{ members(filter: { fullName: { eq: \"Thạch Sơn\" } }) { nodes { dataset { slug } } } }").await;
    assert_eq!(data["members"]["nodes"].as_array().unwrap().last().unwrap()["dataset"]["slug"], "demo");
}
