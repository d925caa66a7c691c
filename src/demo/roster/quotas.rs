//! How many teams and members each ward gets: the published totals, spread so that they stay exact.

use std::fmt;
use std::str::FromStr;

use super::WardSite;
use crate::demo::random::{Random, label};
use crate::domain::WardKind;

/// Published for 2025-07-01, by the code of the province before the merger: teams and members.
const CAN_THO: [(&str, Totals); 3] = [
    ("92", Totals { teams: 599, members: 2_796 }),
    ("93", Totals { teams: 525, members: 1_715 }),
    ("94", Totals { teams: 764, members: 2_273 }),
];
const CAN_THO_CITY: &str = "92";
const NATION: Totals = Totals { teams: 84_721, members: 300_688 };
/// About 1.7 million teams and 6 million members: enough to see what a database does under load.
const LARGEST_FACTOR: f64 = 20.0;
const SMALLEST_TEAM: u64 = 2;

/// How large a demo to invent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// Cần Thơ after the merger as published: 1,888 teams and 6,784 members.
    CanTho,
    /// The country: 84,721 teams and 300,688 members, with Cần Thơ as published.
    Nation,
    /// So many times the country, spread over all wards, Cần Thơ's like the others.
    Factor(f64),
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse::<f64>()) {
            ("cantho", _) => Ok(Self::CanTho),
            ("nation", _) => Ok(Self::Nation),
            (_, Ok(factor)) if factor > 0.0 && factor <= LARGEST_FACTOR => Ok(Self::Factor(factor)),
            _ => Err(format!(
                "“{text}” is no scale: say cantho, nation, or how many times the country, such as \
                 0.1 or 10 (over 0, at most {LARGEST_FACTOR})"
            )),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CanTho => out.write_str("cantho"),
            Self::Nation => out.write_str("nation"),
            Self::Factor(factor) => write!(out, "{factor}"),
        }
    }
}

/// What one ward gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// The ward's place in the list that was given to [`quotas`].
    pub(crate) ward_index: usize,
    /// Teams, at least 1.
    pub(crate) teams: usize,
    /// Members of all its teams together, at least 2 a team.
    pub(crate) members: usize,
}

#[derive(Debug, Clone, Copy)]
struct Totals {
    teams: u64,
    members: u64,
}

/// The quotas of the wards that get a team at all, in the order of `wards`.
///
/// They add up to the totals of the scale exactly; but a part of the totals that belongs to wards
/// which are not in the list (Cần Thơ's, if none is given) is nobody's and left out.
pub(crate) fn quotas(wards: &[WardSite], scale: Scale, seed: u64) -> Vec<Quota> {
    let random = Random::seeded(seed).fork(label("quotas"));
    let mut given = Vec::new();
    for (totals, indexes) in shares(wards, scale) {
        given.extend(spread(totals, &indexes, wards, &random));
    }
    given.sort_by_key(|quota: &Quota| quota.ward_index);
    given
}

/// The totals to be spread, each with the indexes of the wards it is spread over.
fn shares(wards: &[WardSite], scale: Scale) -> Vec<(Totals, Vec<usize>)> {
    let which = |wanted: &dyn Fn(&WardSite) -> bool| -> Vec<usize> {
        (0..wards.len()).filter(|index| wanted(&wards[*index])).collect()
    };
    if let Scale::Factor(factor) = scale {
        return vec![(times(factor), which(&|_| true))];
    }
    let mut shares: Vec<(Totals, Vec<usize>)> = CAN_THO
        .iter()
        .map(|(former, totals)| {
            let in_former =
                |ward: &WardSite| ward.city_code == CAN_THO_CITY && ward.former_city_code.as_deref() == Some(former);
            (*totals, which(&in_former))
        })
        .collect();
    if scale == Scale::Nation {
        let rest = CAN_THO.iter().fold(NATION, |rest, (_, part)| Totals {
            teams: rest.teams - part.teams,
            members: rest.members - part.members,
        });
        shares.push((rest, which(&|ward| ward.city_code != CAN_THO_CITY)));
    }
    shares
}

fn times(factor: f64) -> Totals {
    let scaled = |count: u64| (count as f64 * factor).round() as u64;
    let teams = scaled(NATION.teams);
    // Rounding alone could leave a tiny demo a team of one, or members without a team.
    let members = if teams == 0 { 0 } else { scaled(NATION.members).max(SMALLEST_TEAM * teams) };
    Totals { teams, members }
}

fn spread(totals: Totals, indexes: &[usize], wards: &[WardSite], random: &Random) -> Vec<Quota> {
    // One team for every ward before anybody gets a second one, if there are as many.
    let certain = u64::from(totals.teams >= indexes.len() as u64);
    let (mut weights, mut busyness) = (Vec::new(), Vec::new());
    for ward in indexes.iter().map(|index| &wards[*index]) {
        let mut random = random.fork(label(&ward.code));
        weights.push(weight(ward.kind) * random.between(500, 1_500));
        busyness.push(random.between(600, 1_400));
    }
    let more = apportion(totals.teams - certain * indexes.len() as u64, &weights);
    let teams: Vec<u64> = more.into_iter().map(|more| certain + more).collect();
    let weights: Vec<u64> = teams.iter().zip(busyness).map(|(teams, busy)| teams * busy).collect();
    let extra = apportion(totals.members - SMALLEST_TEAM * totals.teams, &weights);
    let quota = |(index, (teams, extra)): (&usize, (u64, u64))| Quota {
        ward_index: *index,
        teams: teams as usize,
        members: (SMALLEST_TEAM * teams + extra) as usize,
    };
    let quotas = indexes.iter().zip(teams.into_iter().zip(extra)).map(quota);
    quotas.filter(|quota| quota.teams > 0).collect()
}

/// Towns have a few more teams than the country, the islands of a special zone far fewer.
fn weight(kind: WardKind) -> u64 {
    match kind {
        WardKind::Ward => 12,
        WardKind::Commune => 10,
        WardKind::SpecialZone => 4,
    }
}

/// `total` spread by the weights, by the method of the largest remainder; among equal remainders
/// the first wins. All zero if there is no weight to go by.
fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u64 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<u64> = weights.iter().map(|weight| total * weight / sum).collect();
    let left = total - parts.iter().sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(total * weights[*index] % sum));
    for index in by_remainder.into_iter().take(left as usize) {
        parts[index] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::wards;
    use super::*;

    /// Teams and members of the wards of a former province; of all wards if it is empty.
    fn totals(wards: &[WardSite], quotas: &[Quota], former: &str) -> (usize, usize) {
        quotas
            .iter()
            .filter(|quota| {
                let ward = &wards[quota.ward_index];
                former.is_empty() || ward.city_code == "92" && ward.former_city_code.as_deref() == Some(former)
            })
            .fold((0, 0), |sum, quota| (sum.0 + quota.teams, sum.1 + quota.members))
    }

    #[test]
    fn can_tho_is_as_published() {
        let wards = wards();
        for (scale, all) in [(Scale::CanTho, (1_888, 6_784)), (Scale::Nation, (84_721, 300_688))] {
            for seed in [1, 2] {
                let quotas = quotas(&wards, scale, seed);
                assert_eq!(totals(&wards, &quotas, ""), all);
                assert_eq!(totals(&wards, &quotas, "92"), (599, 2_796));
                assert_eq!(totals(&wards, &quotas, "93"), (525, 1_715));
                assert_eq!(totals(&wards, &quotas, "94"), (764, 2_273));
                assert_eq!(quotas.len(), if scale == Scale::CanTho { 103 } else { 3_321 });
            }
        }
    }

    #[test]
    fn factors_are_exact_and_teams_are_never_too_small() {
        let wards = wards();
        let cases = [(10.0, 847_210, 3_006_880), (0.1, 8_472, 30_069), (0.001, 85, 301), (0.000_006, 1, 2)];
        for (factor, teams, members) in cases {
            let quotas = quotas(&wards, Scale::Factor(factor), 1);
            assert_eq!(totals(&wards, &quotas, ""), (teams, members));
            assert_eq!(quotas.len(), teams.min(wards.len()));
            assert!(quotas.iter().all(|quota| quota.teams > 0 && quota.members >= 2 * quota.teams));
            assert!(quotas.is_sorted_by_key(|quota| quota.ward_index));
        }
        assert_eq!(quotas(&wards, Scale::Factor(0.000_005), 1), []);
    }

    #[test]
    fn without_wards_nobody_gets_anything() {
        for scale in [Scale::CanTho, Scale::Nation, Scale::Factor(1.0)] {
            assert_eq!(quotas(&[], scale, 1), []);
        }
    }

    #[test]
    fn only_the_seed_decides() {
        let wards = wards();
        assert_eq!(quotas(&wards, Scale::Nation, 1), quotas(&wards, Scale::Nation, 1));
        assert_ne!(quotas(&wards, Scale::Nation, 1), quotas(&wards, Scale::Nation, 2));
    }

    #[test]
    fn the_largest_remainders_win() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[50, 30, 20]), [4, 2, 1]);
        assert!(apportion(7, &[]).is_empty());
    }

    #[test]
    fn scales_are_read_and_shown() {
        for text in ["cantho", "nation", "0.1", "10"] {
            assert_eq!(text.parse::<Scale>().map(|scale| scale.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "CANTHO", "0", "-1", "20.1", "NaN", "inf", "ten"] {
            assert!(text.parse::<Scale>().is_err_and(|error| error.contains("cantho, nation")));
        }
    }
}
