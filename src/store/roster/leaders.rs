//! One leader a team.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    matching::Placed,
    plan::TeamKey,
    register::{Known, Register},
    teams::Teams,
};
use crate::{
    domain::{MemberRole, MemberStatus},
    roster::{Column, Problem, ProblemCode, Problems, titled},
    store::redact,
};

/// Whether a line makes somebody the leader, or leaves the leader as such: and whether that is new.
fn leads(placed: &Placed<'_>, member: Option<&Known>) -> Option<bool> {
    let (role, status) = (placed.line.role, placed.line.status);
    let role = role.or(member.map(|member| member.row.role))?;
    let status = status.or(member.map(|member| member.row.status)).unwrap_or(MemberStatus::Active);
    let led = |member: &Known| member.leads() && placed.team == TeamKey::Known(member.row.team_id);
    (role == MemberRole::Leader && status == MemberStatus::Active).then(|| !member.is_some_and(led))
}

/// Names the lines that would give a team a second leader.
pub(super) fn refuse_second(
    register: &Register,
    teams: &Teams<'_>,
    lines: &[Placed<'_>],
    retires: bool,
    problems: &mut Problems,
) {
    let member = |placed: &Placed<'_>| placed.member.map(|index| &register.members[index]);
    let mut leaders: BTreeMap<TeamKey, Vec<(&Placed<'_>, bool)>> = BTreeMap::new();
    for placed in lines.iter().filter(|placed| !placed.wrong) {
        if let Some(is_new) = leads(placed, member(placed)) {
            leaders.entry(placed.team).or_default().push((placed, is_new));
        }
    }
    let in_file: HashSet<i64> = lines.iter().filter_map(member).map(|member| member.row.id).collect();
    let stays = |known: &&Known| known.leads() && !retires && !in_file.contains(&known.row.id);
    let staying = register.members.iter().filter(stays);
    let staying = staying.map(|known| (TeamKey::Known(known.row.team_id), known.row.full_name.as_str()));
    let of_nobody = register.led_by_nobody.iter().map(|team| (TeamKey::Known(*team), redact::NAME));
    let staying: HashMap<TeamKey, &str> = staying.chain(of_nobody).collect();
    for (team, of_team) in leaders {
        let label = teams.label(team);
        let first = of_team.first().map(|(first, _)| first.line.at(Column::Role).to_string());
        let staying = staying.get(&team);
        for (index, (placed, is_new)) in of_team.iter().enumerate() {
            let other = match (staying, index) {
                (Some(name), _) if *is_new => format!("{name} in the register, who is not in this file"),
                (_, 1..) if of_team.iter().any(|(_, is_new)| *is_new) => {
                    format!("the one in {}", first.as_deref().unwrap_or_default())
                }
                _ => continue,
            };
            let message = format!("The team {label} has another leader (tổ trưởng): {other}.");
            let problem =
                Problem::new(ProblemCode::Leaders, placed.line.at(Column::Role), &titled(MemberRole::Leader), message);
            problems.add(problem.suggesting(Some("\"Tổ phó\" or \"Tổ viên\"")));
        }
    }
}
