//! A plan, as people like to read it.

use std::io::{self, Write};

use crate::{
    roster::{MAX_LISTED, Problem},
    store::roster::{Change, Plan},
};

/// Members that are named of each kind.
const NAMED: usize = 20;

/// Writes a plan: what it would do, and then every problem.
pub(super) fn write(plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let wards: Vec<String> = plan.wards.iter().map(|ward| format!("{} {}", ward.code, ward.name)).collect();
    writeln!(out, "Roster  {}", plan.file)?;
    writeln!(out, "Wards   {}", some(&wards, if wards.is_empty() { "none" } else { "" }))?;
    if !plan.not_read.is_empty() {
        writeln!(out, "Sheets that are not read: {}", some(&plan.not_read, ""))?;
    }
    writeln!(out)?;
    for (count, what) in counts(plan) {
        writeln!(out, "{count:>8}  {what}")?;
    }
    writeln!(out)?;
    if plan.problems.errors() == 0 {
        people(plan, out)?;
    }
    problems(plan, out)?;
    out.flush()
}

fn counts(plan: &Plan) -> Vec<(usize, &'static str)> {
    let absent = match plan.retires {
        true => "members retired (thôi tham gia): they serve, and are not in the file",
        false => "members serve and are not in the file; --retire-missing would retire them",
    };
    let mut counts = vec![
        (plan.added.len(), "members added (thêm mới)"),
        (plan.changed.len(), "members changed (thay đổi)"),
        (plan.unchanged, "members as they are (giữ nguyên)"),
        (plan.absent.len(), absent),
    ];
    if !plan.teams.is_empty() {
        counts.push((plan.teams.len(), "teams added (tổ mới)"));
    }
    counts.push((plan.problems.errors(), "problems (lỗi)"));
    if plan.problems.warnings() > 0 {
        counts.push((plan.problems.warnings(), "warnings (lưu ý)"));
    }
    counts
}

fn people(plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    for team in &plan.teams {
        writeln!(out, "+ team {}, {}", team.label, team.locality)?;
    }
    let added = plan.added.iter().map(|added| format!("+ {}, team {}", added.line.full_name, added.team));
    listed(added, plan.added.len(), out)?;
    let changed = plan.changed.iter().map(|changed| {
        let changes: Vec<String> = changed.changes.iter().map(change).collect();
        format!("~ {}, team {}: {}", changed.full_name, changed.team, changes.join("; "))
    });
    listed(changed, plan.changed.len(), out)?;
    let sign = if plan.retires { '-' } else { '?' };
    let absent = plan.absent.iter().map(|absent| format!("{sign} {}, team {}", absent.full_name, absent.team));
    listed(absent, plan.absent.len(), out)
}

fn listed(lines: impl Iterator<Item = String>, count: usize, out: &mut impl Write) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    for line in lines.take(NAMED) {
        writeln!(out, "{line}")?;
    }
    if count > NAMED {
        writeln!(out, "  … and {} more", count - NAMED)?;
    }
    writeln!(out)
}

/// Of personal data only that they change: what is on a screen is seen by others.
fn change(Change { column, from, to }: &Change) -> String {
    let none = || "-".to_owned();
    match column.is_personal() {
        true => format!("{} changes", column.title()),
        false => {
            let (from, to) = (from.clone().unwrap_or_else(none), to.clone().unwrap_or_else(none));
            format!("{} {from} → {to}", column.title())
        }
    }
}

fn problems(plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let list = plan.problems.list();
    let place = |problem: &Problem| problem.at.to_string();
    let widest = |text: &dyn Fn(&Problem) -> usize| list.iter().map(text).max().unwrap_or_default();
    let places = widest(&|problem| place(problem).chars().count());
    let codes = widest(&|problem| problem.code.as_str().len());
    for problem in list {
        let (at, code) = (place(problem), problem.code.as_str());
        writeln!(out, "{at:places$}  {code:codes$}  {problem}")?;
    }
    let more = (plan.problems.errors() + plan.problems.warnings()).saturating_sub(list.len());
    if more > 0 {
        writeln!(out, "… and {more} more: the first {MAX_LISTED} are shown")?;
    }
    Ok(())
}

/// The first of many.
fn some(all: &[String], none: &str) -> String {
    const SHOWN: usize = 5;
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => none.to_owned(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}
