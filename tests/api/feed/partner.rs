//! A partner's program that keeps a copy, and crashes now and then; and writers that change the register meanwhile.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::Value;

use crate::support::TestApp;

/// The lists that are copied, each with its type and what is copied of its rows.
const LISTS: [(&str, &str, &str); 4] = [
    ("teams", "Team", "code name status version ward { id }"),
    ("members", "Member", "fullName role status version team { id }"),
    ("festivals", "Festival", "title version hosts(first: 50) { nodes { id } }"),
    ("awards", "Award", "title version recipientCount team { id } member { id }"),
];

/// Numbers that look random and are the same for the same seed: SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }
}

type List = (&'static str, &'static str, &'static str);

/// How far a copy is.
#[derive(Clone)]
struct Place {
    token: String,
    /// The lists that are not copied yet, and how far the first of them is.
    lists: Vec<List>,
    cursor: Option<String>,
}

pub struct Partner<'a> {
    app: &'a TestApp,
    random: Random,
    /// What is on the disk, and how far that is.
    pub rows: BTreeMap<String, Value>,
    saved: Place,
    /// What is lost by a crash: rows that are there or gone, in their order.
    unsaved: Vec<(String, Option<Value>)>,
    place: Place,
    pub crashes: u32,
    pub followed: u32,
}

impl<'a> Partner<'a> {
    /// One with an empty copy.
    pub async fn new(app: &'a TestApp, seed: u64) -> Self {
        let token = app.data("{ changes { token } }").await["changes"]["token"].as_str().unwrap().to_owned();
        let place = Place { token, lists: LISTS.to_vec(), cursor: None };
        Self {
            app,
            random: Random::new(seed),
            rows: BTreeMap::new(),
            saved: place.clone(),
            unsaved: Vec::new(),
            place,
            crashes: 0,
            followed: 0,
        }
    }

    /// Copies a page, or follows for one; saves what it has, or loses what it did since.
    pub async fn step(&mut self) {
        match self.place.lists.first() {
            Some(list) => self.copy(*list).await,
            None => {
                self.follow().await;
            }
        }
        match self.random.below(4) {
            0 => {
                self.unsaved.clear();
                self.place = self.saved.clone();
                self.crashes += 1;
            }
            _ => self.save(),
        }
    }

    fn save(&mut self) {
        self.saved = self.place.clone();
        for (id, node) in self.unsaved.drain(..) {
            match node {
                Some(node) => self.rows.insert(id, node),
                None => self.rows.remove(&id),
            };
        }
    }

    async fn copy(&mut self, (list, _, fields): List) {
        let after = self.place.cursor.as_ref().map_or("null".to_owned(), |cursor| format!("\"{cursor}\""));
        let page = self.app.data(&format!("{{ {list}(first: 200, after: {after}) {{ nodes {{ __typename id {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}")).await[list].take();
        for node in page["nodes"].as_array().unwrap() {
            self.unsaved.push((node["id"].as_str().unwrap().to_owned(), Some(node.clone())));
        }
        self.place.cursor = page["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        if page["pageInfo"]["hasNextPage"] == false {
            self.place.lists.remove(0);
            self.place.cursor = None;
        }
    }

    /// Applies a page of changes; whether there are more.
    async fn follow(&mut self) -> bool {
        let token = &self.place.token;
        let fields: String = LISTS.iter().map(|(_, of, fields)| format!(" ... on {of} {{ {fields} }}")).collect();
        let page = self
            .app
            .data(&format!(
                r#"{{ changes(after: "{token}", first: 50, types: [TEAM, MEMBER, FESTIVAL, AWARD]) {{ token hasMore changes {{ operation id node {{ __typename id{fields} }} }} }} }}"#
            ))
            .await["changes"]
            .take();
        for change in page["changes"].as_array().unwrap() {
            let id = change["id"].as_str().unwrap().to_owned();
            self.unsaved.push((id, Some(change["node"].clone()).filter(|node| !node.is_null())));
            self.followed += 1;
        }
        self.place.token = page["token"].as_str().unwrap().to_owned();
        page["hasMore"] == true
    }

    /// Copies what is left, and follows to the end.
    pub async fn finish(&mut self) {
        while let Some(list) = self.place.lists.first() {
            self.copy(*list).await;
        }
        // What is told last may be held back while an older transaction of another database runs on the same server.
        loop {
            let all = self.is_all_told().await;
            if !self.follow().await && all {
                break;
            }
        }
        self.save();
    }

    /// Whether the feed holds nothing back any more.
    async fn is_all_told(&self) -> bool {
        let waiting = match self.app.store.engine() {
            sea_orm::DbBackend::Sqlite => "SELECT CAST(0 AS BIGINT) AS waiting",
            _ => {
                "SELECT COUNT(*) AS waiting FROM change_log WHERE xact >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            }
        };
        let statement = sea_orm::Statement::from_string(self.app.store.engine(), waiting);
        let row = self.app.store.writer().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "waiting").unwrap() == 0
    }

    /// All rows of these lists, as they are.
    pub async fn whole(app: &'a TestApp) -> BTreeMap<String, Value> {
        let mut partner = Self::new(app, 0).await;
        while let Some(list) = partner.place.lists.first() {
            partner.copy(*list).await;
        }
        partner.save();
        partner.rows
    }
}

/// Changes the register so many times, in transactions of one to four writes, some of which come to nothing.
pub async fn write(app: &TestApp, seed: u64, transactions: u64) {
    let mut random = Random::new(seed);
    for number in 0..transactions {
        let transaction = app.store.writer().begin().await.unwrap();
        let mut failed = false;
        for _ in 0..=random.below(3) {
            let statement = statement(&mut random, seed, number);
            // Two that lock each other out: one of them begins anew.
            if transaction.execute_unprepared(&statement).await.is_err() {
                failed = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        match failed || random.below(5) == 0 {
            true => transaction.rollback().await.unwrap(),
            false => transaction.commit().await.unwrap(),
        }
    }
}

fn statement(random: &mut Random, seed: u64, number: u64) -> String {
    let (member, team, festival) = (1 + random.below(6_784), 1 + random.below(1_888), 1 + random.below(411));
    let any = |what: &str, from: u64| format!("(SELECT id FROM {what} WHERE id >= {from} ORDER BY id LIMIT 1)");
    let (member, team, festival) = (any("member", member), any("team", team), any("festival", festival));
    match random.below(8) {
        0 => format!("UPDATE member SET full_name = 'Tên {seed} {number}' WHERE id = {member}"),
        1 => format!("UPDATE team SET name = 'Tổ {seed} {number}' WHERE id = {team}"),
        2 => format!(
            "INSERT INTO member (team_id, ward_id, city_id, former_city_id, dataset_id, full_name, role, status) \
             SELECT id, ward_id, city_id, former_city_id, dataset_id, 'Mới {seed} {number}', 'MEMBER', 'ACTIVE' FROM team WHERE id = {team}"
        ),
        3 => format!(
            "DELETE FROM member WHERE id = {member} AND NOT EXISTS (SELECT 1 FROM award WHERE award.member_id = member.id)"
        ),
        4 => format!(
            "UPDATE award SET recipient_count = {} WHERE id = {}",
            1 + number,
            any("award", 1 + random.below(4_110))
        ),
        5 => format!("DELETE FROM award WHERE id = {}", any("award", 1 + random.below(4_110))),
        6 => format!("DELETE FROM festival_host WHERE festival_id = {festival}"),
        _ => format!(
            "INSERT INTO team (ward_id, city_id, former_city_id, dataset_id, code, name, locality, status) \
             SELECT ward_id, city_id, former_city_id, dataset_id, 'n{seed}-{number}-{}', 'Mới', 'Mới', 'ACTIVE' FROM team WHERE id = {team}",
            random.below(1_000_000)
        ),
    }
}
