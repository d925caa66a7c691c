//! `antq forget`.

use chrono::TimeDelta;

use super::{Failure, say};
use crate::{
    config::{ForgetArgs, ForgetCommand},
    domain::{beginning_of, today},
    store::{Store, forget},
};

/// Days that are kept in any case: a partner may have been away for some.
const DAYS_KEPT: i64 = 7;

/// Runs one of its commands.
pub(super) async fn forget(store: &Store, command: &ForgetCommand) -> Result<(), Failure> {
    let (ForgetCommand::Changes(ForgetArgs { before }) | ForgetCommand::Accesses(ForgetArgs { before })) = command;
    let last = today() - TimeDelta::days(DAYS_KEPT);
    if *before > last {
        return Err(Failure(format!(
            "--before is {before}; the last {DAYS_KEPT} days are kept, so that it can be {last} at the latest"
        )));
    }
    let moment =
        beginning_of(*before).ok_or_else(|| Failure(format!("--before is {before}, which no log goes back to")))?;
    match command {
        ForgetCommand::Changes(_) => {
            let gone = forget::changes(store, moment).await?;
            say(&format!("Taken away for good: what was changed before {before} (changes: {gone})."));
        }
        ForgetCommand::Accesses(_) => {
            let gone = forget::accesses(store, moment).await?;
            say(&format!("Taken away for good: who was shown personal data before {before} (entries: {gone})."));
        }
    }
    Ok(())
}
