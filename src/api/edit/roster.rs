//! Taking a roster: its plan first, and then just that plan.

use std::sync::Arc;

use async_graphql::Context;
use tokio::{runtime::Handle, sync::oneshot, task::spawn_blocking};

use super::{UserError, Writer, at};
use crate::{
    api::{
        context::{answered, loads},
        object::Record,
        types::Member,
        upload::{SentFile, Upload},
    },
    auth::{Scope, Viewer},
    domain::{RefusalCode, today},
    error::Error,
    roster::{self, FileError, Roster},
    store::{
        Store,
        roster::{Committed, Plan, RosterError, RosterOptions, commit, plan},
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

/// What the log calls the personal data of members that those of a file are compared with.
const COMPARED: [&str; 3] = ["filter:Member.birthDate", "filter:Member.nationalId", "filter:Member.phone"];

/// Makes the plan of a roster, and writes it if it is the one that is wanted.
///
/// # Errors
/// Whoever asks may not write, or not compare what is in the file; there is no file, the database's own, and what is ours.
pub async fn import_roster(ctx: &Context<'_>, importing: Importing) -> Result<Imported, Error> {
    let writer = Writer::of(ctx, Member::shape())?;
    let Importing { file, ward, retire_missing, plan: wanted } = importing;
    let file = file.file(ctx)?;
    let roster = match read(file.clone()).await? {
        Ok(roster) => roster,
        Err(error) => return Ok(Imported::refused(RefusalCode::Invalid, error.to_string(), "file")),
    };
    let by_names_alone = !roster.has_personal();
    if !by_names_alone {
        compares(ctx, writer.viewer)?;
    }
    let within = writer.within().cloned();
    let options = RosterOptions { ward, within, retire_missing, by_names_alone, dataset: None };
    let plan = match planned(writer.store, file, roster, options).await? {
        Ok(plan) => plan,
        Err(error) => return Ok(Imported { user_errors: vec![told(error)?], ..Imported::default() }),
    };
    answered(ctx, plan.added.len() + plan.changed.len() + plan.unchanged);
    let outcome = match wanted {
        None => Ok(None),
        Some(token) if token != plan.token => Err(another_plan(&plan)),
        Some(_) if plan.problems.errors() == 0 && plan.is_empty() => Ok(Some(Committed::default())),
        Some(_) => match commit(writer.store, &writer.viewer.name(), &plan, &mut |_| {}).await {
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

/// Notes that a file's personal data are compared with those of the register: what a plan says then tells which are equal.
///
/// # Errors
/// Whoever asks may not see them, or does not say what for.
fn compares(ctx: &Context<'_>, viewer: &Viewer) -> Result<(), Error> {
    let what =
        "A roster with dates of birth (ngày sinh), telephone or identity numbers (số điện thoại, số định danh cá nhân)";
    let scope = Scope::MembersPersonal.as_str();
    if !viewer.may_see_personal() {
        return Err(Error::Forbidden { what: what.to_owned(), scope });
    }
    if viewer.purpose.is_none() {
        return Err(Error::Purpose);
    }
    COMPARED.iter().for_each(|field| loads(ctx).loader().asked(field));
    Ok(())
}

/// Reads a file, which takes time of the processor that others do not wait for.
async fn read(file: Arc<SentFile>) -> Result<Result<Roster, FileError>, Error> {
    let reading = spawn_blocking(move || roster::read(&file.name, &file.bytes, today()));
    reading.await.map_err(Error::internal)
}

/// Compares a roster with the register, likewise. Until that ends its file has its place, and it ends soon once nobody
/// waits for it.
async fn planned(
    store: &Store,
    file: Arc<SentFile>,
    roster: Roster,
    options: RosterOptions,
) -> Result<Result<Plan, RosterError>, Error> {
    let (store, runtime) = (store.clone(), Handle::current());
    let (waiting, nobody_waits) = oneshot::channel::<()>();
    let planning = spawn_blocking(move || {
        let (_place, mut progress) = (file, |_| {});
        runtime.block_on(async {
            tokio::select! {
                plan = plan(&store, &roster, &options, &mut progress) => Some(plan),
                _ = nobody_waits => None,
            }
        })
    });
    let planned = planning.await.map_err(Error::internal)?;
    drop(waiting);
    planned.ok_or_else(|| Error::internal("a roster was given up while it was waited for"))
}

impl Imported {
    fn refused(code: RefusalCode, message: String, field: &str) -> Self {
        Self { user_errors: vec![refused(code, message, field)], ..Self::default() }
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
