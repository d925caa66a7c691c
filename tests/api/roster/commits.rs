//! What is written of a plan: all of it, or nothing.

use antq::{
    domain::{MemberRole, MemberStatus, TeamStatus},
    entities::{dataset, member, team},
    roster::Column,
    secrets::{Purpose, SecretError},
    store::{
        Store,
        roster::{Committed, RosterError, RosterOptions, commit, plan},
        write::begin,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{PHU_LOI, csv, day, for_phu_loi, found, newcomer, people, planned, roster, state, text, with};
use crate::support::{Engine, TestApp, full_database, on_both_engines, secrets};

on_both_engines!(
    who_is_added_is_there_with_sealed_values,
    changes_are_written_and_nothing_else,
    teams_are_added_with_their_members,
    what_is_absent_is_retired_if_that_is_wanted,
    a_team_has_one_leader_at_every_moment,
    a_register_that_moved_is_not_written,
    a_register_that_is_being_written_is_waited_for,
    a_failure_in_the_middle_leaves_nothing,
    problems_are_not_written,
    ten_thousand_rows_are_one_transaction,
);

async fn written(store: &Store, rows: &[super::Cells], options: &RosterOptions) -> Committed {
    let plan = planned(store, &roster(rows), options).await;
    assert_eq!(plan.problems.errors(), 0, "{:#?}", plan.problems);
    commit(store, "test", &plan, &mut |_| {}).await.unwrap()
}

async fn member_called(store: &Store, name: &str) -> member::Model {
    let named = member::Entity::find().filter(member::Column::FullName.eq(name));
    let rows = named.all(store.reader()).await.unwrap();
    assert_eq!(rows.len(), 1, "{name}");
    rows.into_iter().next().unwrap()
}

async fn count(app: &TestApp) -> i64 {
    let data = app.data(&format!("{{ ward(code: \"{PHU_LOI}\") {{ members {{ totalCount }} }} }}")).await;
    data["ward"]["members"]["totalCount"].as_i64().unwrap()
}

async fn who_is_added_is_there_with_sealed_values(engine: Engine) {
    let app = TestApp::full(engine).await;
    let before = count(&app).await;
    let team = people(&app.store, PHU_LOI).await.swap_remove(0).team;
    let new = newcomer(&team, "Trâ\u{300}n Văn Mơ\u{301}i", 7);
    let done = written(&app.store, std::slice::from_ref(&new), &for_phu_loi()).await;
    assert_eq!(done, Committed { added: 1, ..Committed::default() });
    assert_eq!(count(&app).await, before + 1);

    let row = member_called(&app.store, "Trần Văn Mới").await;
    let open = |purpose, sealed: &Option<String>| secrets().open(purpose, sealed.as_deref().unwrap());
    assert_eq!(open(Purpose::BirthDate, &row.birth_date).as_deref(), Ok("1985-06-15"));
    assert_eq!(open(Purpose::Phone, &row.phone).as_deref(), Ok("01990000007"));
    assert_eq!(open(Purpose::NationalId, &row.national_id).as_deref(), Ok("000085000007"));
    assert_eq!(row.phone_hash, secrets().hashes(Purpose::Phone, "01990000007").into_iter().next());
    assert_eq!(row.national_id_hash, secrets().hashes(Purpose::NationalId, "000085000007").into_iter().next());
    assert_eq!((row.team_id, row.ward_id, row.city_id), (team.id, team.ward_id, team.city_id));
    assert_eq!((row.former_city_id, row.dataset_id), (team.former_city_id, team.dataset_id));
    assert_eq!((row.role, row.status, row.version), (MemberRole::Member, MemberStatus::Active, 1));
    // Found by what is sealed, through the API.
    let data =
        app.data("{ members(filter: { phone: { eq: \"01990000007\" } }) { nodes { fullName birthDate } } }").await;
    assert_eq!(data["members"]["nodes"][0]["fullName"], "Trần Văn Mới");
    assert_eq!(data["members"]["nodes"][0]["birthDate"], "1985-06-15");
    // The same again is no change.
    let plan = planned(&app.store, &roster(&[new]), &for_phu_loi()).await;
    assert_eq!((plan.unchanged, plan.is_empty()), (1, true));
}

async fn changes_are_written_and_nothing_else(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let (person, other) = (&people[1], people.iter().find(|other| other.team.id != people[1].team.id).unwrap());
    let cells = with(person.cells(), Column::Phone, text("0199 765 4321"));
    let cells = with(with(cells, Column::TeamCode, text(&other.team.code)), Column::TeamName, text(&other.team.name));
    let done = written(&app.store, &[with(cells, Column::Role, text("Tổ viên"))], &RosterOptions::default()).await;
    assert_eq!(done, Committed { changed: 1, ..Committed::default() });
    let row = member::Entity::find_by_id(person.row.id).one(app.store.reader()).await.unwrap().unwrap();
    assert_eq!(secrets().open(Purpose::Phone, row.phone.as_deref().unwrap()).as_deref(), Ok("01997654321"));
    assert_eq!(row.phone_hash, secrets().hashes(Purpose::Phone, "01997654321").into_iter().next());
    assert_eq!((row.team_id, row.role, row.version), (other.team.id, MemberRole::Member, person.row.version + 1));
    let same = |row: &member::Model| {
        let kept = (row.full_name.clone(), row.birth_date.clone(), row.national_id.clone(), row.gender);
        (kept, row.status, row.joined_on, row.left_on, row.dataset_id)
    };
    assert_eq!(same(&row), same(&person.row));
    // Who left, and serves again.
    let left = with(with(other.cells(), Column::Status, text("Đã thôi")), Column::LeftOn, text("01/11/2026"));
    written(&app.store, &[left], &RosterOptions::default()).await;
    let status = async || {
        let row = member::Entity::find_by_id(other.row.id).one(app.store.reader()).await.unwrap().unwrap();
        (row.status, row.left_on.map(|day| day.0))
    };
    assert_eq!(status().await, (MemberStatus::Left, Some(day(2026, 11, 1))));
    written(&app.store, &[other.cells()], &RosterOptions::default()).await;
    assert_eq!(status().await, (MemberStatus::Active, None));
}

async fn teams_are_added_with_their_members(engine: Engine) {
    let app = TestApp::full(engine).await;
    let known = people(&app.store, PHU_LOI).await.swap_remove(0).team;
    let file = "Mã tổ;Tên tổ;Địa bàn;Họ và tên;Chức danh\n\
        A1;Tổ bảo vệ ANTT khóm Mới;khóm Mới;Trần Văn Một;Tổ trưởng\n\
        A1;Tổ bảo vệ ANTT khóm Mới;khóm Mới;Trần Văn Hai;Tổ viên\n";
    let plan = planned(&app.store, &csv(file), &for_phu_loi()).await;
    let done = commit(&app.store, "test", &plan, &mut |_| {}).await.unwrap();
    assert_eq!(done, Committed { teams: 1, added: 2, ..Committed::default() });
    let code = team::Entity::find().filter(team::Column::Code.eq("A1"));
    let team = code.one(app.store.reader()).await.unwrap().unwrap();
    assert_eq!((team.ward_id, team.city_id, team.former_city_id), (known.ward_id, known.city_id, known.former_city_id));
    assert_eq!((team.locality.as_str(), team.status), ("khóm Mới", TeamStatus::Active));
    let one = member_called(&app.store, "Trần Văn Một").await;
    assert_eq!((one.team_id, one.dataset_id, one.birth_date), (team.id, team.dataset_id, None));
    let dataset = dataset::Entity::find_by_id(team.dataset_id).one(app.store.reader()).await.unwrap().unwrap();
    assert_eq!((dataset.slug.as_str(), dataset.synthetic), ("roster", false));
    // A data set of its own, if one is named; the next time it is there.
    for (name, number) in [("Trần Văn Ba", 1), ("Trần Văn Bốn", 2)] {
        let options = RosterOptions { dataset: Some("phu-loi-2026".to_owned()), ..for_phu_loi() };
        written(&app.store, &[newcomer(&known, name, number)], &options).await;
    }
    let named = dataset::Entity::find().filter(dataset::Column::Slug.eq("phu-loi-2026"));
    let named = named.one(app.store.reader()).await.unwrap().unwrap();
    assert_eq!(member_called(&app.store, "Trần Văn Bốn").await.dataset_id, named.id);
}

async fn what_is_absent_is_retired_if_that_is_wanted(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let team = &people[0].team;
    let of_team: Vec<_> = people.iter().filter(|person| person.team.id == team.id).collect();
    let rows: Vec<_> = of_team[..1].iter().map(|person| person.cells()).collect();
    let retiring = RosterOptions { retire_missing: true, ..RosterOptions::default() };
    let done = written(&app.store, &rows, &retiring).await;
    assert_eq!(done, Committed { retired: of_team.len() - 1, ..Committed::default() });
    let left = member::Entity::find().filter(member::Column::Status.eq(MemberStatus::Left));
    let left = left.all(app.store.reader()).await.unwrap();
    assert_eq!(left.len(), of_team.len() - 1);
    // Nobody knows since when.
    assert!(left.iter().all(|member| member.team_id == team.id && member.left_on.is_none()));
}

async fn a_team_has_one_leader_at_every_moment(engine: Engine) {
    let app = TestApp::full(engine).await;
    // What the database itself demands.
    let rule = "CREATE UNIQUE INDEX IF NOT EXISTS uq_member_leader ON member (team_id) WHERE role = 'LEADER' AND status = 'ACTIVE'";
    app.store.writer().execute_unprepared(rule).await.unwrap();
    let people = people(&app.store, PHU_LOI).await;
    let leaders: Vec<_> = people.iter().filter(|person| person.row.role == MemberRole::Leader).collect();
    let follower =
        |team: i64| people.iter().find(|of| of.team.id == team && of.row.role == MemberRole::Member).unwrap();
    let into = |cells, team: &team::Model| {
        with(with(cells, Column::TeamCode, text(&team.code)), Column::TeamName, text(&team.name))
    };
    let leader_of = async |team: i64| {
        let of_team = member::Entity::find().filter(member::Column::TeamId.eq(team));
        let leads = of_team.filter(member::Column::Role.eq(MemberRole::Leader));
        let rows = leads.filter(member::Column::Status.eq(MemberStatus::Active)).all(app.store.reader()).await.unwrap();
        assert_eq!(rows.len(), 1);
        rows[0].full_name.clone()
    };
    // A member takes the place of the leader, who stays; two leaders change places.
    let (one, two, three) = (leaders[0], leaders[1], leaders[2]);
    let heir = people.iter().find(|of| of.team.id == one.team.id && of.row.id != one.row.id).unwrap();
    let rows = [
        with(heir.cells(), Column::Role, text("Tổ trưởng")),
        with(one.cells(), Column::Role, text("Tổ viên")),
        into(two.cells(), &three.team),
        into(three.cells(), &two.team),
    ];
    let done = written(&app.store, &rows, &RosterOptions::default()).await;
    assert_eq!(done, Committed { changed: 4, ..Committed::default() });
    assert_eq!(leader_of(one.team.id).await, heir.row.full_name);
    assert_eq!(leader_of(two.team.id).await, three.row.full_name);
    assert_eq!(leader_of(three.team.id).await, two.row.full_name);
    // Somebody new leads, and the leader has left or is not in the file.
    let (four, five) = (leaders[3], leaders[4]);
    let new = |team: &team::Model, name, number| with(newcomer(team, name, number), Column::Role, text("Tổ trưởng"));
    let rows = [
        new(&four.team, "Trần Văn Một", 1),
        with(four.cells(), Column::Status, text("Đã thôi")),
        new(&five.team, "Trần Văn Hai", 2),
        follower(five.team.id).cells(),
    ];
    let retiring = RosterOptions { retire_missing: true, ..RosterOptions::default() };
    written(&app.store, &rows, &retiring).await;
    assert_eq!(leader_of(four.team.id).await, "Trần Văn Một");
    assert_eq!(leader_of(five.team.id).await, "Trần Văn Hai");
    let left = member::Entity::find_by_id(five.row.id).one(app.store.reader()).await.unwrap().unwrap();
    assert_eq!((left.status, left.role), (MemberStatus::Left, MemberRole::Leader));
    // Nobody knows any more who leads; but somebody does.
    let nobody = format!("UPDATE member SET full_name = 'Đã xóa thông tin' WHERE id = {}", leaders[5].row.id);
    app.store.writer().execute_unprepared(&nobody).await.unwrap();
    let plan = planned(&app.store, &roster(&[new(&leaders[5].team, "Trần Văn Ba", 3)]), &retiring).await;
    assert_eq!(found(&plan), [("Danh sách!H2".to_owned(), "LEADERS")]);
}

async fn a_register_that_moved_is_not_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let team = &people[0].team;
    for moved in [
        format!("UPDATE member SET full_name = 'Trần Văn Khác' WHERE id = {}", people[3].row.id),
        format!("UPDATE team SET locality = 'ấp Khác' WHERE id = {}", people[5].team.id),
        format!(
            "INSERT INTO member (team_id, ward_id, city_id, former_city_id, dataset_id, full_name, role, status) \
             SELECT team_id, ward_id, city_id, former_city_id, dataset_id, 'Ai đó', 'MEMBER', 'ACTIVE' FROM member WHERE id = {}",
            people[0].row.id
        ),
        "DELETE FROM member WHERE full_name = 'Ai đó'".to_owned(),
    ] {
        let plan = planned(&app.store, &roster(&[newcomer(team, "Trần Văn Mới", 1)]), &for_phu_loi()).await;
        app.store.writer().execute_unprepared(&moved).await.unwrap();
        let before = last_change(&app.store).await;
        let refused = commit(&app.store, "test", &plan, &mut |_| {}).await.unwrap_err();
        assert!(matches!(refused, RosterError::Moved), "{moved}: {refused}");
        assert_eq!(last_change(&app.store).await, before, "{moved}");
    }
    // What moves elsewhere does not matter.
    let plan = planned(&app.store, &roster(&[newcomer(team, "Trần Văn Mới", 1)]), &for_phu_loi()).await;
    let elsewhere = format!(
        "UPDATE member SET full_name = 'Ai' WHERE id = (SELECT MIN(id) FROM member WHERE ward_id <> {})",
        team.ward_id
    );
    app.store.writer().execute_unprepared(&elsewhere).await.unwrap();
    commit(&app.store, "test", &plan, &mut |_| {}).await.unwrap();
    // A plan is written once.
    assert!(matches!(commit(&app.store, "test", &plan, &mut |_| {}).await, Err(RosterError::Moved)));
}

/// Somebody else is in the middle of a write when the plan is to be written: what they write counts.
async fn a_register_that_is_being_written_is_waited_for(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let plan = planned(&app.store, &roster(&[newcomer(&people[0].team, "Trần Văn Mới", 1)]), &for_phu_loi()).await;
    let other = begin(app.store.writer()).await.unwrap();
    let write = format!("UPDATE member SET full_name = 'Trần Văn Khác' WHERE id = {}", people[3].row.id);
    other.execute_unprepared(&write).await.unwrap();
    let store = app.store.clone();
    let writing = tokio::spawn(async move { commit(&store, "test", &plan, &mut |_| {}).await });
    // SQLite has one connection that writes: there is nothing to be seen of whoever waits for it.
    if engine == Engine::Postgres {
        while waiting(&app.store).await == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert!(!writing.is_finished());
    other.commit().await.unwrap();
    assert!(matches!(writing.await.unwrap(), Err(RosterError::Moved)));
}

/// How many wait to write teams and members.
async fn waiting(store: &Store) -> i64 {
    let sql = "SELECT COUNT(*) AS waiting FROM pg_locks WHERE NOT granted AND relation IN ('team'::regclass, 'member'::regclass)";
    let statement = sea_orm::Statement::from_string(store.engine(), sql);
    let row = store.reader().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "waiting").unwrap()
}

async fn last_change(store: &Store) -> String {
    let sql = "SELECT CAST(MAX(seq) AS TEXT) AS last FROM change_log";
    let statement = sea_orm::Statement::from_string(store.engine(), sql);
    let row = store.reader().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get::<Option<String>>("", "last").unwrap().unwrap_or_default()
}

async fn a_failure_in_the_middle_leaves_nothing(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, PHU_LOI).await;
    let fails = match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER fails BEFORE UPDATE ON member WHEN NEW.full_name = 'Trần Văn Lỗi' BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Engine::Postgres => "ALTER TABLE member ADD CONSTRAINT fails CHECK (full_name <> 'Trần Văn Lỗi')",
    };
    app.store.writer().execute_unprepared(fails).await.unwrap();
    let mut rows = vec![with(people[0].cells(), Column::FullName, text("Trần Văn Lỗi"))];
    rows.extend(
        (0..20).map(|number| {
            newcomer(&people[0].team, &format!("Trần Văn {}", "M".repeat(number + 1)), 1 + number as u32)
        }),
    );
    let plan = planned(&app.store, &roster(&rows), &RosterOptions::default()).await;
    assert_eq!((plan.added.len(), plan.changed.len()), (20, 1), "{:#?}", plan.problems);
    let before = state(&app.store).await;
    let mut done = 0;
    let failed = commit(&app.store, "test", &plan, &mut |some| done += some).await.unwrap_err();
    assert!(matches!(failed, RosterError::Database(_)), "{failed}");
    assert_eq!(done, 20, "it failed in the middle");
    assert_eq!(state(&app.store).await, before);
    // Whatever stood in its way is gone: it is written.
    let works = match engine {
        Engine::Sqlite => "DROP TRIGGER fails",
        Engine::Postgres => "ALTER TABLE member DROP CONSTRAINT fails",
    };
    app.store.writer().execute_unprepared(works).await.unwrap();
    let done = commit(&app.store, "test", &plan, &mut |_| {}).await.unwrap();
    assert_eq!(done, Committed { added: 20, changed: 1, ..Committed::default() });
}

async fn problems_are_not_written(engine: Engine) {
    let app = TestApp::full(engine).await;
    let team = people(&app.store, PHU_LOI).await.swap_remove(0).team;
    let good = newcomer(&team, "Trần Văn Mới", 1);
    let bad = with(newcomer(&team, "Trần Văn Cũ", 2), Column::BirthDate, text("30/02/1980"));
    let plan = planned(&app.store, &roster(&[good, bad]), &RosterOptions::default()).await;
    assert_eq!(found(&plan), [("Danh sách!G3".to_owned(), "BIRTH_DATE")]);
    let before = state(&app.store).await;
    assert!(matches!(commit(&app.store, "test", &plan, &mut |_| {}).await, Err(RosterError::Problems(1))));
    assert_eq!(state(&app.store).await, before);
    // Without secrets there is nothing to seal personal data by.
    let store = Store::connect(&full_database(engine).await).await.unwrap();
    let refused = plan_without_secrets(&store, &team).await;
    assert!(matches!(refused, RosterError::Secret(SecretError::Missing)), "{refused}");
}

async fn plan_without_secrets(store: &Store, team: &team::Model) -> RosterError {
    let roster = roster(&[newcomer(team, "Trần Văn Mới", 1)]);
    plan(store, &roster, &RosterOptions::default(), &mut |_| {}).await.unwrap_err()
}

async fn ten_thousand_rows_are_one_transaction(engine: Engine) {
    const ROWS: usize = 10_000;
    let app = TestApp::full(engine).await;
    let teams = team::Entity::find().all(app.store.reader()).await.unwrap();
    let wards = antq::entities::ward::Entity::find().all(app.store.reader()).await.unwrap();
    let code = |id: i64| &wards.iter().find(|ward| ward.id == id).unwrap().code;
    let mut file = "Phường/xã,Mã tổ,Họ và tên,Ngày sinh,Giới tính,Chức danh,Số điện thoại\n".to_owned();
    for number in 0..ROWS {
        let team = &teams[number % teams.len()];
        let born = day(1970, 1, 1) + chrono::Days::new(number as u64 % 9_000);
        let name = ["An", "Bình", "Châu", "Dũng", "Giang", "Hạnh"][number / teams.len()];
        file += &format!("{},{},Trần Ngọc {name},{born},Nữ,Tổ viên,0199{number:07}\n", code(team.ward_id), team.code);
    }
    let before = member::Entity::find().count(app.store.reader()).await.unwrap();
    let mut compared = 0;
    let plan = plan(&app.store, &csv(&file), &RosterOptions::default(), &mut |lines| compared += lines).await.unwrap();
    assert_eq!(plan.problems.errors(), 0, "{:#?}", plan.problems.list().first());
    assert_eq!((compared, plan.added.len() + plan.changed.len() + plan.unchanged), (ROWS, ROWS));
    let mut done = 0;
    commit(&app.store, "test", &plan, &mut |members| done += members).await.unwrap();
    assert_eq!(done, plan.added.len() + plan.changed.len());
    let after = member::Entity::find().count(app.store.reader()).await.unwrap();
    assert_eq!(after, before + plan.added.len() as u64);
    // And all of them once more, as changes.
    let changed = file.replace("Tổ viên", "Tổ phó");
    let second = planned(&app.store, &csv(&changed), &RosterOptions::default()).await;
    assert_eq!((second.added.len(), second.changed.len()), (0, ROWS));
    commit(&app.store, "test", &second, &mut |_| {}).await.unwrap();
    let deputies = member::Entity::find().filter(member::Column::Role.eq(MemberRole::Deputy));
    assert!(deputies.count(app.store.reader()).await.unwrap() >= ROWS as u64);
}
