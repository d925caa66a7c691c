//! What a roster would do, and what is wrong with it.

use antq::{
    roster::Column,
    store::{
        Places,
        roster::{RosterError, RosterOptions, plan},
    },
};

use super::{csv, for_phu_loi, found, newcomer, people, planned, roster, text, with};
use crate::support::{Engine, TestApp, on_both_engines};

on_both_engines!(
    what_the_register_has_is_unchanged,
    names_are_the_same_however_they_are_written,
    headings_may_be_in_any_order_and_language,
    wards_are_found_by_old_names,
    teams_are_found_or_something_is_suggested,
    a_new_team_is_planned_if_all_is_said_of_it,
    people_are_told_apart,
    changes_are_named,
    a_team_has_one_leader,
    values_of_the_file_agree_with_the_register,
    a_clerk_writes_within_places,
    many_of_one_name_take_no_longer,
);

async fn what_the_register_has_is_unchanged(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, super::PHU_LOI).await;
    let rows: Vec<_> = people.iter().map(|person| person.cells()).collect();
    let plan = planned(&app.store, &roster(&rows), &RosterOptions::default()).await;
    assert_eq!(found(&plan), []);
    assert_eq!((plan.unchanged, plan.added.len(), plan.changed.len(), plan.absent.len()), (people.len(), 0, 0, 0));
    assert!(plan.is_empty());
    // The same file, options and register make the same plan.
    let again = planned(&app.store, &roster(&rows), &RosterOptions::default()).await;
    assert_eq!(plan.token, again.token);
    let other = planned(&app.store, &roster(&rows[1..]), &RosterOptions::default()).await;
    assert_ne!(plan.token, other.token);
    assert_eq!(other.absent.len(), 1);
    let retiring = RosterOptions { retire_missing: true, ..RosterOptions::default() };
    let retired = planned(&app.store, &roster(&rows[1..]), &retiring).await;
    assert_ne!(retired.token, other.token);
    assert_eq!((other.retired(), retired.retired()), (0, 1));
}

async fn names_are_the_same_however_they_are_written(engine: Engine) {
    use unicode_normalization::UnicodeNormalization;
    let app = TestApp::full(engine).await;
    let people = people(&app.store, super::PHU_LOI).await;
    let writings: [fn(&str) -> String; 4] = [
        |name| name.nfd().collect(),
        |name| name.to_uppercase(),
        |name| format!("  {}  ", name.replace(' ', "   ")),
        // Without marks: they were left out, and are not taken out of the register.
        |name| name.nfd().filter(char::is_ascii).collect(),
    ];
    for writing in writings {
        let rows: Vec<_> = people
            .iter()
            .filter(|person| !person.row.full_name.to_lowercase().contains('đ'))
            .map(|person| with(person.cells(), Column::FullName, text(&writing(&person.row.full_name))))
            .collect();
        let plan = planned(&app.store, &roster(&rows), &RosterOptions::default()).await;
        assert_eq!(plan.problems.errors(), 0, "{:#?}", plan.problems);
        assert_eq!((plan.unchanged, plan.added.len()), (rows.len(), 0));
    }
}

async fn headings_may_be_in_any_order_and_language(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let (name, team, born) = (&person.row.full_name, &person.team.code, person.birth_date.format("%-d/%-m/%Y"));
    for file in [
        format!("STT;Ngày sinh;Họ và tên;Mã tổ\n1;{born};{name};{team}\n"),
        format!("team code,full name,date of birth,remarks\n{team},{name},{},x\n", person.birth_date),
        format!("DANH SÁCH TỔ BẢO VỆ\t\t\n\nHỌ TÊN\tTỔ SỐ\tNgày, tháng, năm sinh\n{name}\t{team}\t{born}\n"),
        // Excel writes 1 for 01.
        format!("Họ tên;Số tổ;Sinh ngày\n{name};{};{born}\n", team.trim_start_matches('0')),
    ] {
        let plan = planned(&app.store, &csv(&file), &for_phu_loi()).await;
        assert_eq!((found(&plan), plan.unchanged), (vec![], 1), "{file}");
    }
    let plan =
        planned(&app.store, &csv("Họ tên;Mã tổ;Ngày sinh;Lương;Họ và tên\nA;01;1/1/1980;5;B\n"), &for_phu_loi()).await;
    assert_eq!(
        found(&plan)[..2],
        [("roster.csv!D1".to_owned(), "UNKNOWN_COLUMN"), ("roster.csv!E1".to_owned(), "COLUMN_TWICE")]
    );
    let plan = planned(&app.store, &csv("Họ tên;Ngày sinh;Giới tính\nTrần A;1/1/1980;Nam\n"), &for_phu_loi()).await;
    assert_eq!(
        found(&plan),
        [("roster.csv!1:1".to_owned(), "COLUMN_MISSING"), ("roster.csv!2:2".to_owned(), "TEAM_MISSING")]
    );
}

async fn wards_are_found_by_old_names(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let row =
        |ward: &str| format!("Phường/xã;Mã tổ;Họ và tên\n\"{ward}\";{};{}\n", person.team.code, person.row.full_name);
    let of = async |ward: &str, options: &RosterOptions| planned(&app.store, &csv(&row(ward)), options).await;
    let anywhere = RosterOptions::default();
    for ward in ["31510", "phu loi, can tho", "P. Phú Lợi, TP Cần Thơ, Việt Nam"] {
        let plan = of(ward, &anywhere).await;
        assert_eq!((found(&plan), plan.unchanged), (vec![], 1), "{ward}");
    }
    // Of before, and a part of one ward of today: whichever city it is said to be in.
    for ward in ["Phường 2, Thành phố Sóc Trăng", "phường 4, tp sóc trăng, tỉnh sóc trăng"] {
        let plan = of(ward, &anywhere).await;
        assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_FORMER")], "{ward}");
        assert_eq!((plan.unchanged, plan.wards[0].code.as_str()), (1, "31510"));
    }
    // Two are called so today.
    let plan = of("Phường Phú Lợi", &anywhere).await;
    assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_AMBIGUOUS")]);
    let suggestion = plan.problems.list()[0].suggestion.as_deref().unwrap();
    assert!(suggestion.contains("31510 (Phường Phú Lợi, Thành phố Cần Thơ)"), "{suggestion}");
    assert_eq!(found(&of("Phường Phú Lợi", &for_phu_loi()).await), []);
    // Hundreds were called so; it is clear where the ward of the file is.
    let plan = of("Phường 2", &anywhere).await;
    assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_AMBIGUOUS")]);
    assert!(plan.problems.list()[0].suggestion.is_some());
    assert_eq!(found(&of("Phường 2", &for_phu_loi()).await), [("roster.csv!A2".to_owned(), "WARD_FORMER")]);
    // A code of which Excel took the zeros.
    assert_eq!(planned(&app.store, &csv(&row("4")), &anywhere).await.wards[0].code, "00004");
    // Another ward than that of the file.
    let plan = of("Phường Sóc Trăng", &for_phu_loi()).await;
    assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_OTHER")]);
    assert_eq!(plan.problems.list()[0].suggestion.as_deref(), Some("\"Phường Phú Lợi\""));
    let plan = of("Phường Phú Lội Sông", &anywhere).await;
    assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_UNKNOWN")]);
    assert_eq!(found(&of("", &anywhere).await), [("roster.csv!A2".to_owned(), "WARD_MISSING")]);
    // Divided between several wards: which of them is for the clerk to say.
    let split = "SELECT former_ward.name || ', ' || former_district.name || ', ' || former_city.name AS name FROM former_ward \
        JOIN former_district ON former_district.id = former_ward.former_district_id \
        JOIN former_city ON former_city.id = former_ward.former_city_id \
        WHERE (SELECT COUNT(*) FROM former_ward_successor WHERE former_ward_id = former_ward.id) > 1 ORDER BY former_ward.id LIMIT 1";
    let statement = sea_orm::Statement::from_string(app.store.engine(), split);
    let row = sea_orm::ConnectionTrait::query_one_raw(app.store.reader(), statement).await.unwrap().unwrap();
    let plan = of(&row.try_get::<String>("", "name").unwrap(), &anywhere).await;
    assert_eq!(found(&plan), [("roster.csv!A2".to_owned(), "WARD_SPLIT")]);
    assert!(plan.problems.list()[0].suggestion.as_deref().unwrap().contains(" or "));
    // The ward of the file itself.
    for (ward, says) in [("Phường 2", "several wards"), ("99999", "no ward")] {
        let options = RosterOptions { ward: Some(ward.to_owned()), ..RosterOptions::default() };
        let refused = plan_error(&app, &options).await;
        assert!(matches!(&refused, RosterError::Ward(text) if text.contains(says)), "{refused:?}");
    }
    let options = RosterOptions { dataset: Some("Số 1".to_owned()), ..RosterOptions::default() };
    assert!(matches!(plan_error(&app, &options).await, RosterError::Dataset(_)));
}

async fn plan_error(app: &TestApp, options: &RosterOptions) -> RosterError {
    let empty = csv("Họ và tên;Mã tổ;Ngày sinh\n");
    plan(&app.store, &empty, options, &mut |_| {}).await.unwrap_err()
}

async fn teams_are_found_or_something_is_suggested(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let (team, name) = (&person.team, &person.row.full_name);
    let of = async |head: &str, cells: &str| {
        planned(&app.store, &csv(&format!("Họ và tên;Chức danh;{head}\n{name};Tổ viên;{cells}\n")), &for_phu_loi())
            .await
    };
    // By code, by name, by hamlet or quarter, whatever the column.
    for (head, cell) in [
        ("Mã tổ", team.code.clone()),
        ("Tổ", team.name.clone()),
        ("Tổ", team.locality.to_uppercase()),
        ("Tên tổ", format!("Tổ {}", team.locality)),
        ("Khu vực", team.locality.clone()),
    ] {
        let plan = of(head, &cell).await;
        assert_eq!(plan.changed.len() + plan.unchanged, 1, "{head} {cell}: {:#?}", plan.problems);
    }
    let plan = of("Mã tổ;Tên tổ", &format!("99;{}", team.name)).await;
    assert_eq!(found(&plan), [("roster.csv!C2".to_owned(), "TEAM_UNKNOWN")]);
    let problem = &plan.problems.list()[0];
    assert_eq!(problem.suggestion, Some(format!("\"{}\"", team.code)));
    assert!(problem.message.contains("codes 01 to"), "{problem}");
    let plan = of("Tên tổ", &format!("{}x", team.name)).await;
    assert_eq!(found(&plan), [("roster.csv!C2".to_owned(), "TEAM_UNKNOWN")]);
    assert_eq!(plan.problems.list()[0].suggestion, Some(format!("\"{}\"", team.name)));
    assert_eq!(found(&of("Mã tổ", "").await), [("roster.csv!C2".to_owned(), "TEAM_MISSING")]);
    // The name of another team, and one that no team has.
    let plan = of("Mã tổ;Tên tổ", &format!("02;{}", team.name)).await;
    assert_eq!(found(&plan), [("roster.csv!D2".to_owned(), "TEAM_CONFLICT")]);
    let plan = of("Mã tổ;Tên tổ", &format!("{};Tổ Bình Minh", team.code)).await;
    assert_eq!(found(&plan), [("roster.csv!D2".to_owned(), "TEAM_NAME")]);
    let dissolved = format!("UPDATE team SET status = 'DISSOLVED' WHERE id = {}", team.id);
    sea_orm::ConnectionTrait::execute_unprepared(app.store.writer(), &dissolved).await.unwrap();
    assert_eq!(found(&of("Mã tổ", &team.code).await), [("roster.csv!C2".to_owned(), "TEAM_DISSOLVED")]);
}

async fn a_new_team_is_planned_if_all_is_said_of_it(engine: Engine) {
    let app = TestApp::full(engine).await;
    let file = |second: &str| {
        format!(
            "Mã tổ;Tên tổ;Địa bàn;Họ và tên;Chức danh\n\
             A1;Tổ bảo vệ ANTT khóm Mới;khóm Mới;Trần Văn Một;Tổ trưởng\n\
             {second};Trần Văn Hai;Tổ viên\n"
        )
    };
    let plan = planned(&app.store, &csv(&file("a1;tổ bảo vệ antt khóm mới;Khóm Mới")), &for_phu_loi()).await;
    assert_eq!((found(&plan), plan.teams.len(), plan.added.len()), (vec![], 1, 2));
    assert_eq!(plan.teams[0].label.to_string(), "A1 (Tổ bảo vệ ANTT khóm Mới)");
    let plan = planned(&app.store, &csv(&file("A1;Tổ khác;khóm Mới")), &for_phu_loi()).await;
    assert_eq!(found(&plan), [("roster.csv!B3".to_owned(), "TEAM_CONFLICT")]);
    let plan = planned(&app.store, &csv(&file("A2;;khóm Kia")), &for_phu_loi()).await;
    assert_eq!(found(&plan), [("roster.csv!A3".to_owned(), "TEAM_UNKNOWN")]);
}

async fn people_are_told_apart(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let (team, name) = (&person.team.code, person.row.full_name.as_str());
    let born = person.birth_date.format("%d/%m/%Y").to_string();
    let other = (person.birth_date + chrono::Days::new(1)).format("%d/%m/%Y").to_string();
    let of = async |lines: &[(&str, &str)]| {
        let lines: Vec<String> = lines.iter().map(|(name, born)| format!("{team};{name};{born};Tổ viên")).collect();
        let file = format!("Mã tổ;Họ và tên;Ngày sinh;Chức danh\n{}\n", lines.join("\n"));
        planned(&app.store, &csv(&file), &for_phu_loi()).await
    };
    // The same day, or no day at all: the same person.
    for day in [born.as_str(), ""] {
        let plan = of(&[(name, day)]).await;
        assert_eq!(plan.changed.len() + plan.unchanged, 1, "{:#?}", plan.problems);
        assert_eq!(plan.added.len(), 0);
    }
    // No day, and another identity number: somebody else.
    let file = format!("Mã tổ;Họ và tên;CCCD;Chức danh\n{team};{name};000175999999;Tổ viên\n");
    let plan = planned(&app.store, &csv(&file), &for_phu_loi()).await;
    assert_eq!((found(&plan), plan.added.len()), (vec![("roster.csv!B2".to_owned(), "SAME_NAME")], 1));
    // Another day: somebody else, which is said.
    let plan = of(&[(name, &other)]).await;
    assert_eq!((found(&plan), plan.added.len()), (vec![("roster.csv!B2".to_owned(), "SAME_NAME")], 1));
    // Twice in the file, whatever the marks.
    let unmarked: String = unicode_normalization::UnicodeNormalization::nfd(name).filter(char::is_ascii).collect();
    let plan = of(&[(name, &born), (&unmarked, &born)]).await;
    let duplicate = vec![("roster.csv!B3".to_owned(), "DUPLICATE")];
    if !name.to_lowercase().contains('đ') {
        assert_eq!(found(&plan), duplicate);
    }
    assert_eq!(found(&of(&[(name, &born), (name, "")]).await), duplicate);
    let plan = of(&[(name, &born), (name, &other)]).await;
    assert_eq!((plan.problems.errors(), plan.added.len()), (0, 1));
}

async fn changes_are_named(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, super::PHU_LOI).await;
    let (person, other) = (&people[0], people.iter().find(|other| other.team.id != people[0].team.id).unwrap());
    let of = async |cells| planned(&app.store, &roster(&[cells]), &RosterOptions::default()).await;
    let changes = async |cells| {
        let plan = of(cells).await;
        assert_eq!(plan.problems.errors(), 0, "{:#?}", plan.problems);
        plan.changed[0].changes.iter().map(|change| (change.column, change.to.clone())).collect::<Vec<_>>()
    };
    let to = |text: &str| Some(text.to_owned());
    let changed = with(person.cells(), Column::Phone, text("+84 199 000 0001"));
    assert_eq!(changes(changed).await, [(Column::Phone, to("01990000001"))]);
    let left = with(with(person.cells(), Column::Status, text("đã thôi")), Column::LeftOn, text("25/11/2026"));
    let expected = vec![(Column::Status, to("Đã thôi tham gia")), (Column::LeftOn, to("25/11/2026"))];
    assert_eq!(changes(left).await, expected);
    // To another team of the ward, by the identity number or by name and date of birth.
    let moved = with(with(person.cells(), Column::TeamCode, text(&other.team.code)), Column::Role, text("Tổ viên"));
    let moved: Vec<_> = moved.into_iter().filter(|(column, _)| *column != Column::TeamName).collect();
    let anonymous: Vec<_> = moved.iter().filter(|(column, _)| *column != Column::NationalId).cloned().collect();
    for cells in [moved, anonymous] {
        let changes = changes(cells).await;
        let team = format!("{} ({})", other.team.code, other.team.name);
        assert!(changes.contains(&(Column::TeamCode, Some(team))), "{changes:?}");
    }
    // The number of somebody else.
    let taken = with(other.cells(), Column::NationalId, text(&person.national_id));
    let taken: Vec<_> =
        taken.into_iter().filter(|(column, _)| ![Column::Gender, Column::BirthDate].contains(column)).collect();
    let plan = of(taken).await;
    assert_eq!(found(&plan), [("Danh sách!J2".to_owned(), "NATIONAL_ID_TAKEN")]);
}

async fn a_team_has_one_leader(engine: Engine) {
    let app = TestApp::full(engine).await;
    let people = people(&app.store, super::PHU_LOI).await;
    let leader = &people[0];
    assert_eq!(leader.row.role, antq::domain::MemberRole::Leader);
    let second = with(newcomer(&leader.team, "Trần Văn Mới", 1), Column::Role, text("Tổ trưởng"));
    let of = async |rows: &[super::Cells], retire_missing| {
        let options = RosterOptions { retire_missing, ..RosterOptions::default() };
        planned(&app.store, &roster(rows), &options).await
    };
    let places = [("Danh sách!H3".to_owned(), "LEADERS")];
    assert_eq!(found(&of(&[leader.cells(), second.clone()], false).await), places);
    // The leader of the register is not in the file.
    assert_eq!(found(&of(std::slice::from_ref(&second), false).await), [("Danh sách!H2".to_owned(), "LEADERS")]);
    assert_eq!(found(&of(std::slice::from_ref(&second), true).await), []);
    // The leader of before becomes a member.
    let former = with(leader.cells(), Column::Role, text("Tổ viên"));
    assert_eq!(found(&of(&[former, second], false).await), []);
}

async fn values_of_the_file_agree_with_the_register(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let (team, name) = (&person.team.code, &person.row.full_name);
    let joined = person.row.joined_on.unwrap().0;
    let before = (joined - chrono::Days::new(1)).format("%d/%m/%Y");
    let plan =
        planned(&app.store, &csv(&format!("Mã tổ;Họ và tên;Ngày thôi\n{team};{name};{before}\n")), &for_phu_loi())
            .await;
    assert_eq!(found(&plan), [("roster.csv!C2".to_owned(), "DATES")]);
    let other = if person.row.gender == Some(antq::domain::Gender::Male) { "Nữ" } else { "Nam" };
    let plan =
        planned(&app.store, &csv(&format!("Mã tổ;Họ và tên;Giới tính\n{team};{name};{other}\n")), &for_phu_loi()).await;
    assert_eq!(found(&plan), [("roster.csv!C2".to_owned(), "NATIONAL_ID")]);
    // Somebody new must have a role.
    let plan = planned(
        &app.store,
        &csv(&format!("Mã tổ;Họ và tên;Ngày sinh\n{team};Trần Văn Mới;1/2/1980\n")),
        &for_phu_loi(),
    )
    .await;
    assert_eq!(found(&plan), [("roster.csv!2:2".to_owned(), "ROLE_MISSING")]);
}

async fn a_clerk_writes_within_places(engine: Engine) {
    let app = TestApp::full(engine).await;
    let person = people(&app.store, super::PHU_LOI).await.swap_remove(0);
    let of = async |places: Places| {
        let options = RosterOptions { within: Some(places), ..RosterOptions::default() };
        planned(&app.store, &roster(&[person.cells()]), &options).await
    };
    let plan = of(Places { cities: vec![], wards: vec![person.row.ward_id] }).await;
    assert_eq!((found(&plan), plan.unchanged), (vec![], 1));
    let plan = of(Places { cities: vec![person.row.city_id], wards: vec![] }).await;
    assert_eq!((found(&plan), plan.unchanged), (vec![], 1));
    let plan = of(Places { cities: vec![], wards: vec![person.row.ward_id + 1] }).await;
    assert_eq!(found(&plan), [("Danh sách!A2".to_owned(), "WARD_OTHER")]);
    // Nothing of what is there is told.
    assert_eq!((plan.wards.len(), plan.absent.len()), (0, 0));
}

/// A file is compared line by line, and not each line with all others of its name.
async fn many_of_one_name_take_no_longer(engine: Engine) {
    const LINES: u64 = 30_000;
    let app = TestApp::full(engine).await;
    let born = |line: u64| super::day(1920, 1, 1) + chrono::Days::new(line);
    let lines = |count: u64, heading: &str, line: &dyn Fn(u64) -> String| {
        let lines: String = (0..count).map(|index| format!("01;Tổ viên;{}\n", line(index))).collect();
        csv(&format!("Mã tổ;Chức danh;Họ và tên;{heading}\n{lines}"))
    };
    let other = |mut line: u64| {
        let mut name = String::from("Trần ");
        for _ in 0..4 {
            name.push(char::from(b'a' + u8::try_from(line % 16).unwrap()));
            line /= 16;
        }
        name
    };
    let same = |line: u64| format!("Trần Ngọc Lan;{}", born(line));
    // Some are there already.
    let some = planned(&app.store, &lines(2_000, "Ngày sinh", &same), &for_phu_loi()).await;
    antq::store::roster::commit(&app.store, "test", &some, &mut |_| {}).await.unwrap();
    let timed = async |roster: &antq::roster::Roster| {
        let begun = std::time::Instant::now();
        let plan = planned(&app.store, roster, &for_phu_loi()).await;
        (plan, begun.elapsed())
    };
    let different = lines(LINES, "Ngày sinh", &|line| format!("{};{}", other(line), born(line)));
    let (plan, usual) = timed(&different).await;
    assert_eq!((plan.added.len() as u64, plan.problems.errors()), (LINES, 0));
    let (plan, took) = timed(&lines(LINES, "Ngày sinh", &same)).await;
    assert_eq!((plan.unchanged as u64, plan.added.len() as u64, plan.problems.errors()), (2_000, LINES - 2_000, 0));
    assert!(took < usual * 4, "{took:?} for one name, {usual:?} for many");
    let (plan, took) = timed(&lines(LINES, "CCCD", &|line| format!("Trần Ngọc Lan;000175{line:06}"))).await;
    assert_eq!((plan.problems.errors() as u64, plan.problems.list()[0].code.as_str()), (LINES, "MEMBER_AMBIGUOUS"));
    assert!(took < usual * 4, "{took:?} for one name, {usual:?} for many");
}
