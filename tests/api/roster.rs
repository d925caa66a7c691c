//! Rosters from Excel and CSV: every problem at its cell, a plan, and the writing of exactly that plan or of nothing.

mod commits;
mod files;
mod plans;
mod program;
mod sample;

use antq::{
    domain::{Gender, MemberRole, MemberStatus},
    entities::{member, team, ward},
    roster::{Column, Entry, Roster, filled, read},
    secrets::Purpose,
    store::{
        Store,
        roster::{Plan, RosterOptions, plan},
    },
};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::support::{folder, secrets, unique};

/// The ward that most of it is about.
pub const PHU_LOI: &str = "31510";

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The day on which the rosters are read.
fn today() -> NaiveDate {
    day(2026, 11, 26)
}

/// The cells of a row, by their columns.
type Cells = Vec<(Column, Entry)>;

fn text(text: &str) -> Entry {
    Entry::Text(text.to_owned())
}

/// Somebody in the register, with what is sealed opened.
#[derive(Clone, Debug)]
struct Person {
    row: member::Model,
    team: team::Model,
    birth_date: NaiveDate,
    phone: String,
    national_id: String,
}

/// The members of a ward, team by team.
async fn people(store: &Store, code: &str) -> Vec<Person> {
    let ward = ward::Entity::find().filter(ward::Column::Code.eq(code)).one(store.reader()).await.unwrap().unwrap();
    let of_ward = member::Column::WardId.eq(ward.id);
    let rows = member::Entity::find().filter(of_ward).order_by_asc(member::Column::Id).all(store.reader());
    let teams = team::Entity::find().filter(team::Column::WardId.eq(ward.id)).all(store.reader()).await.unwrap();
    let open = |purpose, sealed: &Option<String>| secrets().open(purpose, sealed.as_deref().unwrap()).unwrap();
    let person = |row: member::Model| Person {
        team: teams.iter().find(|team| team.id == row.team_id).unwrap().clone(),
        birth_date: open(Purpose::BirthDate, &row.birth_date).parse().unwrap(),
        phone: open(Purpose::Phone, &row.phone),
        national_id: open(Purpose::NationalId, &row.national_id),
        row,
    };
    rows.await.unwrap().into_iter().map(person).collect()
}

fn gender(gender: Gender) -> Entry {
    text(if gender == Gender::Male { "Nam" } else { "Nữ" })
}

fn role(role: MemberRole) -> Entry {
    text(match role {
        MemberRole::Leader => "Tổ trưởng",
        MemberRole::Deputy => "Tổ phó",
        MemberRole::Member => "Tổ viên",
    })
}

impl Person {
    /// Their row in a roster that says what the register says.
    fn cells(&self) -> Cells {
        let mut cells = vec![
            (Column::Ward, text("Phường Phú Lợi, TP Cần Thơ")),
            (Column::TeamCode, text(&self.team.code)),
            (Column::TeamName, text(&self.team.name)),
            (Column::FullName, text(&self.row.full_name)),
            (Column::BirthDate, Entry::Day(self.birth_date)),
            (Column::Role, role(self.row.role)),
            (Column::Phone, text(&self.phone)),
            (Column::NationalId, text(&self.national_id)),
            (
                Column::Status,
                text(if self.row.status == MemberStatus::Active { "Đang tham gia" } else { "Đã thôi tham gia" }),
            ),
        ];
        cells.extend(self.row.gender.map(|of| (Column::Gender, gender(of))));
        cells.extend(self.row.joined_on.map(|day| (Column::JoinedOn, Entry::Day(day.0))));
        cells
    }
}

/// The same cells, with another value in one column.
fn with(mut cells: Cells, column: Column, entry: Entry) -> Cells {
    cells.retain(|(of, _)| *of != column);
    cells.push((column, entry));
    cells
}

/// Somebody new, whom nothing is wrong with.
fn newcomer(team: &team::Model, name: &str, number: u32) -> Cells {
    vec![
        (Column::Ward, text("Phường Phú Lợi, TP Cần Thơ")),
        (Column::TeamCode, text(&team.code)),
        (Column::TeamName, text(&team.name)),
        (Column::FullName, text(name)),
        (Column::Gender, text("Nam")),
        (Column::BirthDate, Entry::Day(day(1985, 6, 15))),
        (Column::Role, text("Tổ viên")),
        (Column::Phone, text(&format!("0199{number:07}"))),
        (Column::NationalId, text(&format!("000085{number:06}"))),
        (Column::JoinedOn, Entry::Day(day(2026, 11, 1))),
    ]
}

fn roster(rows: &[Cells]) -> Roster {
    read("roster.xlsx", &filled(rows).unwrap(), today()).unwrap()
}

/// A file with a roster of Phường Phú Lợi that takes a while to write: 900 newcomers, in teams that there are and in new ones.
pub fn large() -> String {
    let mut text = "Mã tổ,Tên tổ,Địa bàn,Họ và tên,Ngày sinh,Giới tính,Chức danh,Số điện thoại\n".to_owned();
    for number in 0..900 {
        // Of the register are those from 01 to 19.
        let code = 1 + number % 30;
        let team =
            if code > 19 { format!("Tổ bảo vệ ANTT khu vực {code},Khu vực {code}") } else { ",".to_owned() };
        let born = day(1970, 1, 1) + chrono::Days::new(number * 7);
        text += &format!("{code:02},{team},Trần Ngọc Lan,{born},Nữ,Tổ viên,0199{number:07}\n");
    }
    let file = folder().join(format!("{}.csv", unique("roster")));
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn csv(text: &str) -> Roster {
    read("roster.csv", text.as_bytes(), today()).unwrap()
}

fn for_phu_loi() -> RosterOptions {
    RosterOptions { ward: Some(PHU_LOI.to_owned()), ..RosterOptions::default() }
}

async fn planned(store: &Store, roster: &Roster, options: &RosterOptions) -> Plan {
    plan(store, roster, options, &mut |_| {}).await.unwrap()
}

/// The places and codes of all problems.
fn found(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.problems.list().iter().map(|problem| (problem.at.to_string(), problem.code.as_str())).collect()
}

/// How many rows the members of a ward have, and how many versions and changes everything has had: whatever is written shows.
async fn state(store: &Store) -> (usize, String) {
    use sea_orm::{ConnectionTrait, Statement};
    let members = people(store, PHU_LOI).await.len();
    let sql = "SELECT CAST(MAX(seq) AS TEXT) AS last FROM change_log";
    let row = store.reader().query_one_raw(Statement::from_string(store.engine(), sql)).await.unwrap().unwrap();
    (members, row.try_get::<Option<String>>("", "last").unwrap().unwrap_or_default())
}
