//! Invents the teams of a ward and who serves in them.
//!
//! Everybody invented serves at present, so counting members gives the published figures. Phone
//! numbers and national ids are made so that they can belong to nobody.

#[cfg(test)]
pub(crate) mod fixtures;
mod members;
mod quotas;

use chrono::{Days, NaiveDate};

use super::{
    names::Residents,
    random::{Random, label},
};
use crate::domain::WardKind;
pub(crate) use members::InventedMember;
use members::Recruiter;
pub use quotas::Scale;
pub(crate) use quotas::{Quota, quotas};

/// The law on the forces that take part in protecting security and order at the grassroots
/// (30/2023/QH15) took effect: there was no such team before.
const LAW_IN_FORCE: NaiveDate = day(2024, 7, 1);
/// The last day that an invented team is set up on.
const LAST_SET_UP: NaiveDate = day(2025, 9, 30);
/// Only a hint to keep teams natural; a quota that needs more gets more.
const LARGEST_TEAM: usize = 12;

/// A ward of today, as far as inventing needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WardSite {
    /// The row it has in the database; only handed on.
    pub(crate) id: i64,
    /// The row of its city or province; only handed on.
    pub(crate) city_id: i64,
    /// The row of the city or province that it, or most of it, was in before 2025-07-01; only handed on.
    pub(crate) former_city_id: Option<i64>,
    /// Its GSO code, such as “31120”: with the seed, all that its random numbers depend on.
    pub(crate) code: String,
    /// With its kind, such as “Phường Cái Khế”.
    pub(crate) name: String,
    /// The GSO code of its city or province.
    pub(crate) city_code: String,
    /// Ward, commune or special zone.
    pub(crate) kind: WardKind,
    /// The GSO code of the city or province that it, or most of it, was in before 2025-07-01.
    pub(crate) former_city_code: Option<String>,
}

/// A team, with its members: the leader first, then the deputy if there is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InventedTeam {
    /// [`WardSite::id`] of its ward.
    pub(crate) ward_id: i64,
    /// From 1, without gaps, in its ward.
    pub(crate) ordinal: i32,
    /// The ordinal with leading zeros, two digits or as many as the ward needs; unique in its ward.
    pub(crate) code: String,
    /// Such as “Tổ bảo vệ ANTT ấp Tân Thạnh”.
    pub(crate) name: String,
    /// The hamlet or quarter, such as “ấp Tân Thạnh”; unique in its ward.
    pub(crate) locality: String,
    /// The day it was set up.
    pub(crate) established_on: NaiveDate,
    /// At least two.
    pub(crate) members: Vec<InventedMember>,
}

/// The teams of a ward, as of `today`: `quota.teams` of them with `quota.members` members in all.
pub(crate) fn teams_of(ward: &WardSite, quota: &Quota, seed: u64, today: NaiveDate) -> Vec<InventedTeam> {
    let stream = Random::seeded(seed).fork(label("teams")).fork(label(&ward.code));
    let residents = Residents::of(&ward.city_code, ward.former_city_code.as_deref());
    let urban = ward.kind == WardKind::Ward;
    let mut random = stream.fork(label("localities"));
    let localities = residents.localities(&mut random, urban, quota.teams);
    let sizes = sizes(quota, &mut stream.fork(label("sizes")));
    let mut recruiter = Recruiter::new(residents, today, &mut stream.fork(label("numbers")));
    let width = quota.teams.to_string().len().max(2);
    let mut teams = Vec::with_capacity(quota.teams);
    for ((locality, size), ordinal) in localities.into_iter().zip(sizes).zip(1..) {
        let mut random = stream.fork(ordinal as u64);
        let established_on = established_on(&mut random).min(today);
        teams.push(InventedTeam {
            ward_id: ward.id,
            ordinal,
            code: format!("{ordinal:0width$}"),
            name: format!("Tổ bảo vệ ANTT {locality}"),
            locality,
            established_on,
            members: recruiter.members(size, established_on, &mut random),
        });
    }
    teams
}

/// Sizes of the ward's teams: two each, then one more at a time to a team drawn from an urn, where
/// it leaves a ticket more. That makes many small teams and a few large ones, as in life.
fn sizes(quota: &Quota, random: &mut Random) -> Vec<usize> {
    let mut sizes = vec![2; quota.teams];
    let mut urn: Vec<usize> = (0..quota.teams).cycle().take(3 * quota.teams).collect();
    for _ in 2 * quota.teams..quota.members {
        let mut lucky = *random.pick(&urn);
        if sizes[lucky] >= LARGEST_TEAM {
            lucky = (0..quota.teams).min_by_key(|index| sizes[*index]).unwrap_or(lucky);
        }
        sizes[lucky] += 1;
        urn.push(lucky);
    }
    sizes
}

/// Most teams were set up the day the law took effect, some on the day of the mergers.
fn established_on(random: &mut Random) -> NaiveDate {
    let span = (LAST_SET_UP - LAW_IN_FORCE).num_days() as u64;
    match random.below(100) {
        0..72 => LAW_IN_FORCE,
        72..82 => day(2025, 7, 1),
        _ => LAW_IN_FORCE + Days::new(random.between(1, span)),
    }
}

/// A day of the calendar that is known to exist.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("no such day"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::fixtures::{ward, wards};
    use super::*;
    use crate::domain::{Gender, MemberRole};
    use chrono::Months;

    const TODAY: NaiveDate = day(2026, 11, 23);

    /// All teams of a tenth of the wards, with their quotas; the tenth holds every kind of ward.
    fn tenth() -> Vec<(Quota, Vec<InventedTeam>)> {
        let wards = wards();
        let quotas = quotas(&wards, Scale::Nation, 1);
        let invent = |quota: Quota| (quota, teams_of(&wards[quota.ward_index], &quota, 1, TODAY));
        quotas.into_iter().step_by(10).map(invent).collect()
    }

    fn first_team(seed: u64) -> InventedTeam {
        let quota = Quota { ward_index: 0, teams: 12, members: 50 };
        teams_of(&WardSite { id: 1, ..ward("31120") }, &quota, seed, TODAY).swap_remove(0)
    }

    fn all_different<'a>(texts: impl Iterator<Item = &'a String> + Clone) -> bool {
        texts.clone().collect::<HashSet<_>>().len() == texts.count()
    }

    #[test]
    fn quotas_are_filled_exactly() {
        for (quota, teams) in tenth() {
            assert_eq!(teams.len(), quota.teams);
            assert_eq!(teams.iter().map(|team| team.members.len()).sum::<usize>(), quota.members);
            assert!(teams.iter().all(|team| (2..=14).contains(&team.members.len())));
        }
        let crowded = Quota { ward_index: 0, teams: 2, members: 100 };
        let sizes = sizes(&crowded, &mut Random::seeded(1));
        assert_eq!(sizes.iter().sum::<usize>(), 100);
    }

    #[test]
    fn every_team_has_one_leader_and_a_deputy_from_three_members_on() {
        for team in tenth().into_iter().flat_map(|(_, teams)| teams) {
            let count = |role| team.members.iter().filter(|member| member.role == role).count();
            assert_eq!(count(MemberRole::Leader), 1);
            assert_eq!(count(MemberRole::Deputy), usize::from(team.members.len() >= 3));
        }
    }

    #[test]
    fn days_are_in_order() {
        for team in tenth().into_iter().flat_map(|(_, teams)| teams) {
            assert!((LAW_IN_FORCE..=LAST_SET_UP).contains(&team.established_on));
            for member in &team.members {
                let age = TODAY.years_since(member.birth_date).unwrap_or_default();
                let ages = if member.role == MemberRole::Leader { 35..=62 } else { 20..=65 };
                assert!(ages.contains(&age), "{age}");
                assert!((team.established_on..=TODAY).contains(&member.joined_on));
                assert!(member.joined_on > member.birth_date + Months::new(12 * 18));
            }
        }
    }

    #[test]
    fn nothing_lies_after_the_reference_day() {
        let quota = Quota { ward_index: 0, teams: 40, members: 160 };
        for today in [day(2024, 2, 29), day(2024, 12, 31)] {
            for team in teams_of(&ward("31120"), &quota, 1, today) {
                assert!(team.established_on <= today);
                assert!(team.members.iter().all(|member| member.joined_on <= today));
            }
        }
    }

    #[test]
    fn nothing_comes_twice_in_a_ward() {
        let large = Quota { ward_index: 0, teams: 1_000, members: 3_600 };
        let large = teams_of(&ward("31120"), &large, 1, TODAY);
        assert_eq!((large[0].code.as_str(), large[999].code.as_str()), ("0001", "1000"));
        for teams in tenth().into_iter().map(|(_, teams)| teams).chain([large]) {
            let members = || teams.iter().flat_map(|team| &team.members);
            assert!(all_different(teams.iter().map(|team| &team.code)));
            assert!(all_different(teams.iter().map(|team| &team.locality)));
            assert!(all_different(members().map(|member| &member.phone)));
            assert!(all_different(members().map(|member| &member.national_id)));
        }
    }

    #[test]
    fn phones_and_national_ids_belong_to_nobody() {
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        for member in tenth().into_iter().flat_map(|(_, teams)| teams).flat_map(|team| team.members) {
            assert!(digits(&member.phone, 11) && member.phone.starts_with("0199"));
            assert!(digits(&member.national_id, 12) && member.national_id.starts_with("000"));
            assert_eq!(member.national_id[4..6], member.birth_date.format("%y").to_string());
        }
    }

    #[test]
    fn about_a_fifth_are_women() {
        let members: Vec<_> = tenth().into_iter().flat_map(|(_, teams)| teams).flat_map(|team| team.members).collect();
        let women = members.iter().filter(|member| member.gender == Gender::Female).count();
        assert!((18..=22).contains(&(women * 100 / members.len())));
    }

    #[test]
    fn only_the_seed_and_the_ward_decide() {
        assert_eq!(first_team(1), first_team(1));
        assert_ne!(first_team(1), first_team(2));
        // Pinned: a change here changes every demo that anybody has loaded and quoted.
        assert_eq!(label(&format!("{:?}", first_team(1))), 15_899_496_358_634_833_373, "{:#?}", first_team(1));
    }
}
