//! The kinds of writes that come over HTTP. Whoever adds one to the API adds it to [`kinds`]: it is then made while the program
//! and the database are killed, the disk is full and connections are ended.

use antq::{
    entities::{
        access_log::{Column, Entity},
        member,
    },
    ids::NodeId,
    store::Store,
};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use serde_json::{Value, json};

/// All of them.
pub fn kinds() -> Vec<Box<dyn Write>> {
    vec![Box::new(AccessLog), Box::new(NewMember)]
}

/// A kind of write over HTTP. Writes of a kind have numbers, by which they are told apart in the database.
pub trait Write: Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// A table that it writes to: who has it locked holds the write up in its middle.
    fn table(&self) -> &'static str;

    /// The body of the request that makes the write of this number. Its purpose is [`purpose`].
    fn body(&self, number: usize) -> Value;

    /// The status of an answer that says it could not be made.
    fn refused_with(&self) -> u16 {
        503
    }

    /// Whether an answer with status 200 says that it was made.
    fn acknowledged(&self, answer: &Value) -> bool;

    /// What the database has of it.
    fn found<'a>(&'a self, store: &'a Store, number: usize) -> BoxFuture<'a, Found>;
}

/// What the database has of a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    Whole,
    /// What is wrong with it.
    Half(String),
}

/// What the request of this number says in `X-Purpose`.
pub fn purpose(number: usize) -> String {
    format!("write {number}")
}

/// Personal data are shown, which is noted before.
struct AccessLog;

impl Write for AccessLog {
    fn name(&self) -> &'static str {
        "personal data shown"
    }

    fn table(&self) -> &'static str {
        "access_log"
    }

    fn body(&self, _: usize) -> Value {
        json!({ "query": "{ members(first: 3) { nodes { id phone } } }" })
    }

    fn acknowledged(&self, answer: &Value) -> bool {
        let nodes = answer["data"]["members"]["nodes"].as_array();
        nodes.is_some_and(|nodes| nodes.len() == 3 && nodes.iter().all(|node| node["phone"].is_string()))
    }

    fn found<'a>(&'a self, store: &'a Store, number: usize) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            let entries = Entity::find().filter(Column::Purpose.eq(purpose(number)));
            let entries = entries.all(store.writer()).await.unwrap();
            match entries.as_slice() {
                [] => Found::Nothing,
                [entry] if entry.member_count == 3 && entry.members.split(' ').count() == 3 => Found::Whole,
                other => Found::Half(format!("{other:?}")),
            }
        })
    }
}

/// A member is entered, and what was said of its writing is kept: both or neither.
struct NewMember;

impl NewMember {
    fn called(number: usize) -> String {
        // Names have no digits.
        let letter = |digit: char| char::from(b'a' + (digit as u8 - b'0'));
        format!("Người Mới {}", number.to_string().chars().map(letter).collect::<String>())
    }
}

impl Write for NewMember {
    fn name(&self) -> &'static str {
        "a new member"
    }

    fn table(&self) -> &'static str {
        "member"
    }

    fn body(&self, number: usize) -> Value {
        let (team, name) = (NodeId::encode("team", 1), Self::called(number));
        json!({
            "query": "mutation($input: MemberCreateInput!) { memberCreate(input: $input) { member { id version } userErrors { code } } }",
            "variables": { "input": { "teamId": team, "fullName": name, "phone": "0912345678", "idempotencyKey": name } },
        })
    }

    /// Other fields of the same request may have been carried out.
    fn refused_with(&self) -> u16 {
        200
    }

    fn acknowledged(&self, answer: &Value) -> bool {
        answer["data"]["memberCreate"]["member"]["version"] == 1
    }

    fn found<'a>(&'a self, store: &'a Store, number: usize) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            let named = member::Entity::find().filter(member::Column::FullName.eq(Self::called(number)));
            let members = named.all(store.writer()).await.unwrap();
            let logged = "SELECT COUNT(*) AS count FROM change_log JOIN write_once ON write_once.answer = '[{\"Written\":' || change_log.row_id || '}]' \
                          WHERE change_log.table_name = 'member' AND change_log.operation = 'INSERT' AND write_once.key = $1";
            let statement = Statement::from_sql_and_values(store.engine(), logged, [Self::called(number).into()]);
            let row = store.writer().query_one_raw(statement).await.unwrap().unwrap();
            match (members.as_slice(), row.try_get::<i64>("", "count").unwrap()) {
                ([], 0) => Found::Nothing,
                ([one], 1) if one.phone.is_some() && one.phone_hash.is_some() => Found::Whole,
                other => Found::Half(format!("{other:?}")),
            }
        })
    }
}
