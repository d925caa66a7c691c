//! `antq import`: what a roster would do on standard output, what was done on standard error.

mod shown;

use std::io::{BufRead, IsTerminal, Read, Write};

use super::{BY, Failure, say};
use crate::{
    config::{ImportCommand, RosterArgs},
    domain::today,
    progress::Progress,
    roster::{self, MAX_BYTES, Roster},
    store::{
        Store,
        roster::{Plan, RosterOptions, commit, plan},
        write::analyse,
    },
};

/// Members from which on the database counts its rows anew.
const MANY: usize = 1_000;

/// Runs one of its commands.
pub(super) async fn import(store: &Store, command: ImportCommand) -> Result<(), Failure> {
    let ImportCommand::Roster(args) = command;
    let roster = read(&args)?;
    let plan = planned(store, &roster, &args).await?;
    shown::write(&plan, &mut std::io::stdout().lock())?;
    let errors = plan.problems.errors();
    if errors > 0 {
        let those = if errors == 1 { "is 1 problem" } else { &format!("are {errors} problems") };
        return Err(Failure(format!("there {those} to be solved first; nothing was written")));
    }
    if plan.is_empty() {
        let nobody = roster.lines.is_empty();
        let why = if nobody { "Nobody is in the file" } else { "The register is as the file says" };
        say(&format!("{why}; nothing was written."));
        return Ok(());
    }
    if args.dry_run {
        say(&format!("Nothing was written. `--plan {}` writes just this.", plan.token));
        return Ok(());
    }
    agreed(&plan, &args)?;
    write(store, &plan).await
}

/// The roster in the file; of one that is too large no more than shows that.
fn read(args: &RosterArgs) -> Result<Roster, Failure> {
    let file = args.file.display();
    let name = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy();
    let mut bytes = Vec::new();
    std::fs::File::open(&args.file)
        .and_then(|open| open.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure(format!("cannot read {file}: {error}")))?;
    roster::read(&name, &bytes, today()).map_err(|error| Failure(format!("{file}: {error}")))
}

async fn planned(store: &Store, roster: &Roster, args: &RosterArgs) -> Result<Plan, Failure> {
    let options = RosterOptions {
        ward: args.ward.clone(),
        within: None,
        retire_missing: args.retire_missing,
        by_names_alone: false,
        dataset: args.dataset.clone(),
    };
    let mut progress = Progress::start("Comparing the roster with the register", roster.lines.len() as u64);
    let plan = plan(store, roster, &options, &mut |lines| progress.advance(lines as u64)).await?;
    progress.finish();
    Ok(plan)
}

/// Whether the plan may be written: because it is the one that was seen before, or by a word now.
fn agreed(plan: &Plan, args: &RosterArgs) -> Result<(), Failure> {
    match &args.plan {
        Some(seen) if *seen == plan.token => return Ok(()),
        Some(_) => {
            return Err(Failure(format!(
                "this is the plan {}, as the file, the options or the register have changed; nothing was written",
                plan.token
            )));
        }
        None if args.yes => return Ok(()),
        None => {}
    }
    let nothing = || Failure("nothing was written; --yes writes it".to_owned());
    let mut input = std::io::stdin().lock();
    if !std::io::stdin().is_terminal() {
        return Err(nothing());
    }
    let mut answer = String::new();
    let _ = write!(std::io::stderr(), "Write this? [y/N] ");
    input.read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" | "c" | "có" => Ok(()),
        _ => Err(nothing()),
    }
}

async fn write(store: &Store, plan: &Plan) -> Result<(), Failure> {
    let members = plan.added.len() + plan.changed.len() + plan.retired();
    let mut progress = Progress::start("Writing the roster", members as u64);
    let written = commit(store, BY, plan, &mut |members| progress.advance(members as u64)).await?;
    progress.finish();
    if members >= MANY {
        analyse(store).await?;
    }
    say(&format!(
        "{} members added, {} changed, {} retired; {} teams added.",
        written.added, written.changed, written.retired, written.teams
    ));
    Ok(())
}
