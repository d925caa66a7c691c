//! Whoever may see some members sees a register of these alone: whatever is asked, the answer is that of a register from
//! which the others were taken away.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{
    roles::{Role, WARD},
    schema::Offered,
};
use crate::{
    asking::{Random, Register},
    support::{Engine, TestApp, full_database, on_both_engines},
};

on_both_engines!(a_wards_key_sees_a_register_of_its_members_alone, who_may_see_no_member_sees_a_register_without_any,);

/// Questions on each engine, unless `VISIBILITY_CASES` says otherwise.
const CASES: usize = 400;

/// Two registers that differ in nothing but the members that there are.
struct Registers {
    full: TestApp,
    roles: Vec<Role>,
    /// From which members were taken away.
    less: TestApp,
    everything: Vec<Role>,
    register: Register,
    offered: Offered,
    random: Random,
}

/// What is asked of a list, and whether the question itself has to do with members.
struct Question {
    query: String,
    variables: Value,
    names_members: bool,
}

impl Registers {
    /// A register as it is, and one without the members of whom this is true.
    async fn without(engine: Engine, gone: &str, seed: u64) -> Self {
        let (full_url, less_url) = (full_database(engine).await, full_database(engine).await);
        let all = TestApp::over(&full_url).await;
        let (register, offered) = (Register::read(&all).await, Offered::of(&all).await);
        let less = TestApp::guarded(&less_url).await;
        for statement in [
            format!("UPDATE award SET member_id = NULL WHERE member_id IN (SELECT id FROM member WHERE {gone})"),
            format!("DELETE FROM member WHERE {gone}"),
        ] {
            less.store.writer().execute_unprepared(&statement).await.unwrap();
        }
        let full = TestApp::guarded(&full_url).await;
        let (roles, everything) = (Role::all(&full_url), Role::all(&less_url));
        Self { full, roles, less, everything, register, offered, random: Random(seed) }
    }

    /// A list at the root or below a row: a page of it by some filter and order, how long it is, what is said of it, and
    /// groups of it.
    fn question(&mut self) -> Question {
        loop {
            let question = self.any_question();
            // Rows of which a member was taken away were written to.
            let asked = question.variables.to_string();
            if !asked.contains("updatedAt") && !asked.contains("\"version\"") {
                return question;
            }
        }
    }

    fn any_question(&mut self) -> Question {
        let (register, random) = (&self.register, &mut self.random);
        let (of, list, around) = loop {
            let of = random.below(register.0.len());
            let from = &register.0[of];
            let field = random.one(&from.fields);
            let list = field.of.filter(|_| matches!(field.kind, crate::asking::Kind::Many));
            match (list, &from.list) {
                (Some(to), _) if random.happens(50) => {
                    let row = random.one(&from.rows);
                    break (to, field.name.clone(), Some((row.node.clone(), from.name.clone())));
                }
                (_, Some(list)) => break (of, list.clone(), None),
                _ => {}
            }
        };
        let (ask, order) = (register.ask(random, of, 3), register.order(random, of));
        let (filter, order) = (register.filter_json(of, &ask), register.order_json(of, &order));
        let name = &register.0[of].name;
        // Whom a row names is told by no group and no statistic to who may not see all of them.
        let by: Vec<&String> =
            self.offered.enums[&format!("{name}GroupBy")].iter().filter(|by| *by != "MEMBER").collect();
        let by = (*random.one(&by)).clone();
        let names_members = format!("{filter}{order}{by}").to_lowercase().contains("member") || name == "Member";
        let people = |count: &'static str| if name == "Member" { "" } else { count };
        let page = format!(
            "{list}(first: 20, filter: $f, orderBy: $o) {{ {} nodes {{ {} }} \
             groupBy(by: [{by}], first: 10) {{ totalCount nodes {{ count }} }} pageInfo {{ hasNextPage }} }}",
            people("totalCount aggregate { count }"),
            self.selected(name),
        );
        let list = match around {
            Some((id, of)) => format!("node(id: \"{id}\") {{ ... on {of} {{ {page} }} }}"),
            None => page,
        };
        let query = format!("query($f: {name}Filter, $o: [{name}Order!]) {{ {list} }}");
        Question { query, variables: json!({ "f": filter, "o": order }), names_members }
    }

    /// Every value of a row that is the same in both registers, and what it leads to.
    fn selected(&self, of: &str) -> String {
        let mut selected = Vec::new();
        for field in &self.offered.types[of] {
            let name = &field.name;
            match (name.as_str(), field.kind.as_str()) {
                ("version" | "updatedAt" | "series", _) => {}
                (_, "SCALAR" | "ENUM") => selected.push(name.clone()),
                _ if field.of == "Member" => selected.push(format!("{name} {{ id fullName }}")),
                _ if field.of == "MemberConnection" => {
                    selected.push(format!("{name}(first: 2) {{ nodes {{ id fullName }} }}"))
                }
                _ if field.of.ends_with("Connection") => {
                    selected.push(format!("{name}(first: 2) {{ totalCount nodes {{ id }} }}"));
                }
                _ => {}
            }
        }
        selected.join(" ")
    }
}

async fn a_wards_key_sees_a_register_of_its_members_alone(engine: Engine) {
    let gone = format!("ward_id <> (SELECT id FROM ward WHERE code = '{WARD}')");
    let mut registers = Registers::without(engine, &gone, 11).await;
    let mut about_members = 0;
    for _ in 0..cases() {
        let question = registers.question();
        about_members += usize::from(question.names_members);
        let Registers { full, roles, less, everything, .. } = &registers;
        let seen = ask(full, Role::named(roles, "a ward's personal"), &question).await;
        let there = ask(less, Role::named(everything, "personal"), &question).await;
        assert_eq!(seen, there, "{}\n{}", question.query, question.variables);
        assert!(seen.get("errors").is_none(), "{seen:#}\n{}\n{}", question.query, question.variables);
    }
    assert!(about_members > cases() / 10, "{about_members} questions had to do with members");
    said_of_people(&registers).await;
}

async fn who_may_see_no_member_sees_a_register_without_any(engine: Engine) {
    let mut registers = Registers::without(engine, "id > 0", 12).await;
    let mut refused = 0;
    for _ in 0..cases() {
        let question = registers.question();
        let Registers { full, roles, less, everything, .. } = &registers;
        let seen = ask(full, Role::named(roles, "anonymous"), &question).await;
        if seen["errors"][0]["extensions"]["code"] == "FORBIDDEN" {
            assert!(question.names_members, "{seen:#}\n{}\n{}", question.query, question.variables);
            refused += 1;
            continue;
        }
        let there = ask(less, Role::named(everything, "personal"), &question).await;
        assert_eq!(seen["data"], there["data"], "{}\n{}", question.query, question.variables);
        assert!(seen.get("errors").is_none(), "{seen:#}\n{}\n{}", question.query, question.variables);
    }
    assert!(refused > cases() / 20 && refused < cases() / 2, "{refused} were refused");
    let Registers { full, roles, less, everything, .. } = &registers;
    let (nobody, personal) = (Role::named(roles, "anonymous"), Role::named(everything, "personal"));
    for query in SEARCHES.map(search) {
        assert_eq!(nobody.data(full, &query).await, personal.data(less, &query).await, "{query}");
    }
}

fn cases() -> usize {
    std::env::var("VISIBILITY_CASES").map_or(CASES, |cases| cases.parse().unwrap())
}

/// What members are called, and other things too.
const SEARCHES: [&str; 4] = ["nguyễn", "tran van", "thi", "le"];

fn search(text: &str) -> String {
    format!("{{ search(query: \"{text}\", first: 100) {{ hasMore hits {{ type text exact node {{ id }} }} }} }}")
}

/// The answer, without what it says of itself.
async fn ask(app: &TestApp, role: &Role, question: &Question) -> Value {
    let accept = "application/graphql-response+json";
    let mut reply = role.ask_for(app, accept, &question.query, &question.variables).await.json();
    reply.as_object_mut().unwrap().remove("extensions");
    reply
}

/// Counts of people beside reports, tables and searches.
async fn said_of_people(registers: &Registers) {
    let Registers { full, roles, less, everything, .. } = registers;
    let (ward, personal) = (Role::named(roles, "a ward's personal"), Role::named(everything, "personal"));
    let questions = [
        "{ observations(first: 200) { nodes { id counted { value difference synthetic } } } }".to_owned(),
        "{ members(first: 200) { totalCount nodes { id fullName phone nationalId birthDate } } wards(first: 200) { nodes { members { totalCount } } } }".to_owned(),
        "{ wards(first: 200, filter: { members: { count: { gt: 0 } } }) { totalCount nodes { code } } }".to_owned(),
        "{ teams(first: 200, orderBy: [{ memberCount: { direction: DESC } }]) { nodes { id members { totalCount } } } }".to_owned(),
    ];
    let searches = SEARCHES.map(search);
    for query in questions.iter().chain(&searches) {
        assert_eq!(ward.data(full, query).await, personal.data(less, query).await, "{query}");
    }
    for query in [
        "{ awards { aggregate { member { countDistinct } } } }",
        "{ awards { groupBy(by: [MEMBER]) { totalCount } } }",
        "{ awards { groupBy(by: [KIND], having: { member: { countDistinct: { gt: 1 } } }) { totalCount } } }",
    ] {
        assert_eq!(ward.ask(full, query).await.code(), "FORBIDDEN", "{query}");
    }
    let table = "{ members { nodes { id fullName phone ward { code } team { name } } } }";
    for accept in ["text/csv", "application/x-ndjson"] {
        let rows = async |app, role: &Role| role.ask_for(app, accept, table, &json!({})).await.text();
        let seen = rows(full, ward).await;
        assert_eq!(seen, rows(less, personal).await);
        assert!(seen.lines().count() > 10, "{seen}");
    }
}
