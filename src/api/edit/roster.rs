//! Taking a roster: its plan first, and then just that plan.

use std::sync::Arc;

use async_graphql::Context;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::{UserError, Writer, at};
use crate::{
    api::{
        context::answered,
        object::Record,
        types::Member,
        upload::{SentFile, Upload},
    },
    domain::{RefusalCode, today},
    error::Error,
    roster::{self, FileError},
    store::{
        Store,
        roster::{Committed, Plan, RosterError, RosterOptions, commit_as, plan},
    },
};

/// A roster that is to be taken.
#[derive(Debug)]
pub struct Importing {
    /// The file.
    pub file: Upload,
    /// The only ward that it is about.
    pub ward: Option<String>,
    /// Whether members who serve, and are not in it, have left.
    pub retire_missing: bool,
    /// The plan that is to be written; nothing is written without one.
    pub plan: Option<String>,
}

/// What became of a roster.
#[derive(Debug, Default)]
pub struct Imported {
    /// What it would do, or has done; none if the file cannot be read.
    pub plan: Option<Plan>,
    /// What was written.
    pub written: Option<Committed>,
    /// Why it was not.
    pub user_errors: Vec<UserError>,
}

/// Why there is no plan.
enum Unplanned {
    File(FileError),
    Roster(RosterError),
}

/// Makes the plan of a roster, and writes it if it is the one that is wanted.
///
/// # Errors
/// Whoever asks may not write, there is no file, the database's own, and what is ours.
pub async fn import_roster(ctx: &Context<'_>, importing: Importing) -> Result<Imported, Error> {
    let writer = Writer::of(ctx, Member::shape())?;
    let Importing { file, ward, retire_missing, plan: wanted } = importing;
    let options = RosterOptions { ward, within: writer.within().cloned(), retire_missing, dataset: None };
    let plan = match planned(writer.store, file.file(ctx)?, options).await? {
        Ok(plan) => plan,
        Err(unplanned) => return Ok(Imported { user_errors: vec![unplanned.told()?], ..Imported::default() }),
    };
    answered(ctx, plan.added.len() + plan.changed.len() + plan.unchanged);
    let outcome = match wanted {
        None => Ok(None),
        Some(token) if token != plan.token => Err(another_plan(&plan)),
        Some(_) if plan.problems.errors() == 0 && plan.is_empty() => Ok(Some(Committed::default())),
        Some(_) => match commit_as(writer.store, &plan, &writer.viewer.name()).await {
            Ok(committed) => Ok(Some(committed)),
            Err(error) => Err(told(error)?),
        },
    };
    let (written, user_errors) = match outcome {
        Ok(written) => (written, Vec::new()),
        Err(refused) => (None, vec![refused]),
    };
    Ok(Imported { plan: Some(plan), written, user_errors })
}

/// Reads the file and compares it with the register. Both take time of the processor, which others do not wait for.
async fn planned(store: &Store, file: Arc<SentFile>, options: RosterOptions) -> Result<Result<Plan, Unplanned>, Error> {
    let (store, runtime) = (store.clone(), Handle::current());
    let planning = spawn_blocking(move || {
        let roster = roster::read(&file.name, &file.bytes, today()).map_err(Unplanned::File)?;
        runtime.block_on(plan(&store, &roster, &options, &mut |_| {})).map_err(Unplanned::Roster)
    });
    planning.await.map_err(Error::internal)
}

impl Unplanned {
    fn told(self) -> Result<UserError, Error> {
        match self {
            Self::File(error) => Ok(refused(RefusalCode::Invalid, error.to_string(), "file")),
            Self::Roster(error) => told(error),
        }
    }
}

fn another_plan(plan: &Plan) -> UserError {
    let message = format!(
        "This is the plan {}, as the file, the input or the register have changed. Look at it, and send it with that name.",
        plan.token
    );
    refused(RefusalCode::Conflict, message, "plan")
}

/// Why a roster is not planned or written, for whoever sent it.
///
/// # Errors
/// What is not theirs.
fn told(error: RosterError) -> Result<UserError, Error> {
    Ok(match error {
        RosterError::Ward(message) => refused(RefusalCode::Invalid, message, "wardCode"),
        RosterError::Problems(1) => {
            refused(RefusalCode::Invalid, "There is 1 problem to be solved first.".to_owned(), "file")
        }
        RosterError::Problems(_) => refused(RefusalCode::Invalid, error.to_string(), "file"),
        RosterError::Moved => refused(RefusalCode::Conflict, error.to_string(), "plan"),
        RosterError::Database(error) => return Err(error.into()),
        RosterError::Dataset(_) | RosterError::Secret(_) => return Err(Error::internal(error)),
    })
}

fn refused(code: RefusalCode, message: String, field: &str) -> UserError {
    UserError { code, message, path: at(&["input", field]), present_version: None }
}
