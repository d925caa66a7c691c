//! Making a plan.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{DbErr, EntityTrait, QueryOrder, QuerySelect};

use super::{
    Places, RosterError, RosterOptions, changes, fingerprint, leaders,
    matching::{self, Placed},
    plan::{Absent, Added, Changed, Plan, PlannedWard, TeamKey},
    register::Register,
    teams::Teams,
    wards::{Meaning, Wards},
};
use crate::{
    domain::MemberStatus,
    entities::dataset,
    roster::{At, Column, Line, Problem, ProblemCode, Problems, Roster, nearest},
    secrets::SecretError,
    store::Store,
};

/// Makes the plan of a roster; nothing is written. `progress` is told of lines as they are done.
///
/// # Errors
/// A ward or data set that is none, personal data without secrets, the database's own. What is wrong with the roster is in
/// [`Plan::problems`].
pub async fn plan(
    store: &Store,
    roster: &Roster,
    options: &RosterOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Plan, RosterError> {
    check_dataset(options.dataset.as_deref())?;
    if store.secrets().is_empty() && roster.has_personal() {
        return Err(SecretError::Missing.into());
    }
    let mut problems = roster.problems.clone();
    if let Some(slug) = &options.dataset {
        new_dataset(store, roster, slug).await?.into_iter().for_each(|warning| problems.add(warning));
    }
    let mut wards = Wards::read(store).await?;
    let expected = expected(&mut wards, options.ward.as_deref())?;
    let of_line = wards_of(&mut wards, expected, roster, options.within.as_ref(), &mut problems);
    let used: BTreeSet<usize> = of_line.iter().flatten().copied().collect();
    let mut planned: Vec<PlannedWard> = used.iter().map(|ward| wards.all[*ward].clone()).collect();
    planned.sort_by_key(|ward| ward.id);
    let index_of: HashMap<i64, usize> = planned.iter().enumerate().map(|(index, ward)| (ward.id, index)).collect();
    let ids: Vec<i64> = planned.iter().map(|ward| ward.id).collect();

    let register = Register::read(store, &ids, options.by_names_alone).await?;
    let mut teams = Teams::of(&register);
    let mut lines = Vec::with_capacity(roster.lines.len());
    for (line, ward) in roster.lines.iter().zip(&of_line) {
        progress(1);
        let Some(index) = ward.and_then(|ward| index_of.get(&wards.all[ward].id)) else { continue };
        match teams.find(line, (*index, &planned[*index])) {
            Ok((team, warning)) => {
                warning.into_iter().for_each(|warning| problems.add(warning));
                lines.push(Placed::new(line, planned[*index].id, team));
            }
            Err(problem) => problems.add(problem),
        }
    }
    matching::refuse_duplicates(&mut lines, &mut problems);
    matching::match_members(&register, &mut lines, &mut problems);
    leaders::refuse_second(&register, &teams, &lines, options.retire_missing, &mut problems);

    let described =
        format!("{:?} {:?} {}", expected.map(|ward| wards.all[ward].id), options.dataset, options.retire_missing);
    let mut plan = Plan {
        file: roster.file.clone(),
        wards: planned,
        teams: Vec::new(),
        added: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
        absent: absent(&register, &lines),
        retires: options.retire_missing,
        problems,
        not_read: roster.not_read.clone(),
        token: fingerprint::token(&register.fingerprint, &roster.digest, &described),
        dataset: options.dataset.clone(),
        fingerprint: register.fingerprint,
    };
    let no_role = |problem: &&Problem| problem.code == ProblemCode::Role;
    let wrong_roles: HashSet<At> =
        plan.problems.list().iter().filter(no_role).map(|problem| problem.at.clone()).collect();
    for placed in lines.iter().filter(|placed| !placed.wrong) {
        if placed.member.is_none() && placed.line.role.is_none() && !wrong_roles.contains(&placed.line.at(Column::Role))
        {
            let message = "Somebody new needs a role (chức danh): Tổ trưởng, Tổ phó or Tổ viên.";
            plan.problems.add(Problem::new(ProblemCode::RoleMissing, placed.line.at(Column::Role), "", message));
        }
        add_line(&mut plan, &register, &teams, placed);
    }
    plan.teams = teams.new;
    plan.problems.sort();
    Ok(plan)
}

/// A slug as data sets have them.
fn check_dataset(slug: Option<&str>) -> Result<(), RosterError> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match slug {
        Some(slug) if !(1..=64).contains(&slug.len()) || !slug.bytes().all(is_letter) => {
            Err(RosterError::dataset(slug))
        }
        _ => Ok(()),
    }
}

/// Says that there is no data set with a slug yet: it may be mistyped, and is made.
async fn new_dataset(store: &Store, roster: &Roster, slug: &str) -> Result<Option<Problem>, DbErr> {
    let slugs = dataset::Entity::find().select_only().column(dataset::Column::Slug);
    let slugs: Vec<String> = slugs.order_by_asc(dataset::Column::Slug).into_tuple().all(store.reader()).await?;
    if slugs.iter().any(|known| known == slug) {
        return Ok(None);
    }
    let message = "There is no data set (bộ dữ liệu) of this name: it is made anew, as one of real data.";
    let at = At::sheet(0, &roster.file.as_str().into());
    let suggestion = nearest(slug, slugs.iter().map(String::as_str)).map(|known| format!("\"{known}\""));
    Ok(Some(Problem::new(ProblemCode::DatasetNew, at, slug, message).suggesting(suggestion)))
}

/// The only ward that the roster is said to be about.
pub(super) fn expected(wards: &mut Wards, text: Option<&str>) -> Result<Option<usize>, RosterError> {
    let Some(text) = text else { return Ok(None) };
    let shown = crate::error::shown(text);
    match wards.meaning(text, None) {
        Meaning::Ward(ward) | Meaning::Former(ward, _) => Ok(Some(ward)),
        Meaning::Split(_, choices) | Meaning::Ambiguous(choices) => {
            Err(RosterError::Ward(format!("\"{shown}\" may be one of several wards: {}.", wards.choices(&choices))))
        }
        Meaning::Unknown(_) => Err(RosterError::Ward(format!("There is no ward \"{shown}\"."))),
    }
}

/// The ward of each line, as far as there is one.
fn wards_of(
    wards: &mut Wards,
    expected: Option<usize>,
    roster: &Roster,
    within: Option<&Places>,
    problems: &mut Problems,
) -> Vec<Option<usize>> {
    let mut told = HashSet::new();
    let mut all = Vec::with_capacity(roster.lines.len());
    for line in &roster.lines {
        let found = ward_of(wards, expected, line).and_then(|(ward, former)| {
            let of = &wards.all[ward];
            let is_within = |places: &Places| places.wards.contains(&of.id) || places.cities.contains(&of.city_id);
            match within.is_none_or(is_within) {
                true => Ok((ward, former)),
                false => {
                    let message = format!("{} is none of the places that you may write.", of.name);
                    Err(ward_problem(ProblemCode::WardOther, line, message))
                }
            }
        });
        match found {
            Ok((ward, former)) => {
                if let Some(former) = former
                    && told.insert(line.ward.clone())
                {
                    let message =
                        format!("{former} is part of {} since 2025-07-01, and is taken for it.", wards.shown(ward));
                    problems.add(ward_problem(ProblemCode::WardFormer, line, message));
                }
                all.push(Some(ward));
            }
            Err(problem) => {
                problems.add(problem);
                all.push(None);
            }
        }
    }
    all
}

fn ward_problem(code: ProblemCode, line: &Line, message: String) -> Problem {
    Problem::new(code, line.at(Column::Ward), line.ward.as_deref().unwrap_or_default(), message)
}

/// The ward of a line, and the name of the former one that it is named by.
fn ward_of(wards: &mut Wards, expected: Option<usize>, line: &Line) -> Result<(usize, Option<String>), Problem> {
    let Some(text) = line.ward.as_deref() else {
        let message =
            "It is not said which ward (phường/xã) this is about. Fill the column, or name the ward of the file.";
        return expected
            .map(|ward| (ward, None))
            .ok_or_else(|| ward_problem(ProblemCode::WardMissing, line, message.to_owned()));
    };
    let other = |wards: &Wards, ward: usize| {
        let only = expected.map(|ward| wards.shown(ward)).unwrap_or_default();
        let message = format!("This is {}, and the file is about {only}.", wards.shown(ward));
        let suggestion = expected.map(|ward| format!("\"{}\"", wards.all[ward].name));
        ward_problem(ProblemCode::WardOther, line, message).suggesting(suggestion)
    };
    let is_expected = |ward: usize| expected.is_none_or(|expected| expected == ward);
    match wards.meaning(text, expected) {
        Meaning::Ward(ward) if is_expected(ward) => Ok((ward, None)),
        Meaning::Former(ward, name) if is_expected(ward) => Ok((ward, Some(name))),
        Meaning::Ward(ward) | Meaning::Former(ward, _) => Err(other(wards, ward)),
        Meaning::Split(name, choices) => {
            let message = format!("{name} was divided on 2025-07-01. Name the ward (phường/xã) of today.");
            let problem = ward_problem(ProblemCode::WardSplit, line, message);
            Err(problem.suggesting(Some(wards.choices(&choices))))
        }
        Meaning::Ambiguous(choices) => {
            let message = "Several wards (phường/xã) have or had this name. Give the code, or the city behind a comma.";
            let problem = ward_problem(ProblemCode::WardAmbiguous, line, message.to_owned());
            Err(problem.suggesting(Some(wards.choices(&choices))))
        }
        Meaning::Unknown(alike) => {
            let suggestion = expected.or(alike).map(|ward| wards.shown(ward));
            let message = "No ward (phường/xã) has or had this name or code.".to_owned();
            Err(ward_problem(ProblemCode::WardUnknown, line, message).suggesting(suggestion))
        }
    }
}

/// What one line would do.
fn add_line(plan: &mut Plan, register: &Register, teams: &Teams<'_>, placed: &Placed<'_>) {
    let (line, key) = (placed.line, placed.team);
    let Some(member) = placed.member.map(|index| &register.members[index]) else {
        plan.added.push(Added { team: teams.label(key), line: line.clone(), key });
        return;
    };
    let changes = changes::changes(placed, member, teams);
    if changes.is_empty() {
        plan.unchanged += 1;
        return;
    }
    changes::disagreements(line, member).into_iter().for_each(|problem| plan.problems.add(problem));
    plan.changed.push(Changed {
        member: member.row.id,
        full_name: member.row.full_name.clone(),
        team: teams.label(key),
        line: line.clone(),
        changes,
        key,
        led: member.leads(),
    });
}

/// Those who serve in a team of the file, and are not in it.
fn absent(register: &Register, lines: &[Placed<'_>]) -> Vec<Absent> {
    let teams: HashSet<TeamKey> = lines.iter().map(|placed| placed.team).collect();
    let present: HashSet<usize> = lines.iter().filter_map(|placed| placed.member).collect();
    let is_absent = |(index, member): &(usize, &super::register::Known)| {
        member.row.status == MemberStatus::Active
            && teams.contains(&TeamKey::Known(member.row.team_id))
            && !present.contains(index)
    };
    let absent = register.members.iter().enumerate().filter(is_absent).map(|(_, member)| Absent {
        member: member.row.id,
        full_name: member.row.full_name.clone(),
        team: register.label(member.row.team_id),
        led: member.leads(),
    });
    absent.collect()
}
