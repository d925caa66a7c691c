//! Invents the festivals of a ward and who was honoured there.

mod awards;

use chrono::{Days, NaiveDate};

use super::random::{Random, label};
use super::roster::{InventedTeam, WardSite, day};
use crate::domain::WardKind;
pub(crate) use awards::{InventedAward, Recipient};

/// The editions that are invented.
const YEARS: [i32; 4] = [2023, 2024, 2025, 2026];
/// The present wards began on this day.
const MERGERS: NaiveDate = day(2025, 7, 1);

/// A ward's “Ngày hội toàn dân bảo vệ ANTQ” of one year.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InventedFestival {
    /// [`WardSite::id`] of its ward.
    pub(crate) ward_id: i64,
    /// `demo-{code of the ward}-{year}`.
    pub(crate) slug: String,
    /// The year it is held in.
    pub(crate) edition_year: i32,
    /// In the five weeks up to 19 August, the movement's day.
    pub(crate) held_on: NaiveDate,
    /// The title on the banner; it says so if the ward was not there yet, before the mergers.
    pub(crate) title: String,
    /// Where it is held, such as “Nhà văn hóa khu vực 3”.
    pub(crate) venue: String,
    /// Ten, the highest first.
    pub(crate) awards: Vec<InventedAward>,
}

/// The festivals of a ward from 2023 to 2026, but for the years in `skip_years` (those of which the
/// real festival is known). `teams` are the ward's, all of them or none.
pub(crate) fn festivals_of(
    ward: &WardSite,
    teams: &[InventedTeam],
    seed: u64,
    skip_years: &[i32],
) -> Vec<InventedFestival> {
    let random = Random::seeded(seed).fork(label("festivals")).fork(label(&ward.code));
    YEARS
        .into_iter()
        .filter(|year| !skip_years.contains(year))
        .map(|year| festival(ward, teams, year, &mut random.fork(year as u64)))
        .collect()
}

fn festival(ward: &WardSite, teams: &[InventedTeam], year: i32, random: &mut Random) -> InventedFestival {
    let held_on = day(year, 7, 15) + Days::new(random.between(0, 35));
    InventedFestival {
        ward_id: ward.id,
        slug: format!("demo-{}-{year}", ward.code),
        edition_year: year,
        held_on,
        title: if held_on < MERGERS {
            format!("Ngày hội toàn dân bảo vệ ANTQ năm {year} (địa bàn nay là {})", ward.name)
        } else {
            format!("Ngày hội toàn dân bảo vệ ANTQ {} năm {year}", ward.name)
        },
        venue: venue(ward, teams, held_on, random),
        awards: awards::awards(teams, held_on, random),
    }
}

fn venue(ward: &WardSite, teams: &[InventedTeam], held_on: NaiveDate, random: &mut Random) -> String {
    let (kind, name) = match ward.kind {
        WardKind::Ward => ("phường", ward.name.trim_start_matches("Phường ")),
        WardKind::Commune => ("xã", ward.name.trim_start_matches("Xã ")),
        WardKind::SpecialZone => ("đặc khu", ward.name.trim_start_matches("Đặc khu ")),
    };
    match random.below(10) {
        0..4 if !teams.is_empty() => format!("Nhà văn hóa {}", random.pick(teams).locality),
        // Nothing had the ward's name and rank before there was the ward.
        4..6 if held_on >= MERGERS => format!("Hội trường UBND {kind} {name}"),
        6 if held_on >= MERGERS => format!("Trung tâm Văn hóa - Thể thao {kind} {name}"),
        7 => format!("Trường THCS {name}"),
        8 => format!("Sân vận động {name}"),
        _ => format!("Trường Tiểu học {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::roster::fixtures::{ward, wards};
    use super::super::roster::{Quota, teams_of};
    use super::*;

    const TODAY: NaiveDate = day(2026, 11, 23);

    fn teams(ward: &WardSite, teams: usize) -> Vec<InventedTeam> {
        teams_of(ward, &Quota { ward_index: 0, teams, members: 3 * teams }, 1, TODAY)
    }

    #[test]
    fn a_year_to_skip_changes_no_other() {
        let (ward, teams) = (ward("31120"), teams(&ward("31120"), 9));
        let all = festivals_of(&ward, &teams, 1, &[]);
        let some = festivals_of(&ward, &teams, 1, &[2025, 1999]);
        assert_eq!(all.iter().map(|festival| festival.edition_year).collect::<Vec<_>>(), YEARS);
        assert_eq!(some, [all[0].clone(), all[1].clone(), all[3].clone()]);
        assert_ne!(all, festivals_of(&ward, &teams, 2, &[]));
    }

    #[test]
    fn titles_do_not_claim_a_ward_before_there_was_one() {
        let all = festivals_of(&ward("31120"), &[], 1, &[]);
        assert_eq!(all[0].slug, "demo-31120-2023");
        assert_eq!(all[0].title, "Ngày hội toàn dân bảo vệ ANTQ năm 2023 (địa bàn nay là Phường Cái Khế)");
        assert_eq!(all[3].title, "Ngày hội toàn dân bảo vệ ANTQ Phường Cái Khế năm 2026");
    }

    #[test]
    fn days_and_awards_are_in_order() {
        for ward in wards().iter().step_by(10) {
            for festival in festivals_of(ward, &teams(ward, 4), 1, &[]) {
                let year = festival.edition_year;
                assert!((day(year, 7, 15)..=day(year, 8, 19)).contains(&festival.held_on));
                assert!(festival.awards.iter().map(|award| award.ordinal).eq(1..=10));
                assert!(festival.awards.is_sorted_by_key(|award| award.kind));
            }
        }
    }
}
