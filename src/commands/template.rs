//! `antq template`.

use std::{fs::OpenOptions, io::Write};

use super::{Database, Failure, say};
use crate::{config::TemplateCommand, roster, store::roster::teams_of_ward};

/// Runs one of its commands. The database is asked only for the teams of a ward.
pub(super) async fn template(database: &Database, command: TemplateCommand) -> Result<(), Failure> {
    let TemplateCommand::Roster(args) = command;
    let file = args.file.display();
    if !args.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
        return Err(Failure(format!(
            "a template is a workbook of Excel, and the name of {file} does not end in .xlsx"
        )));
    }
    let teams = match &args.ward {
        Some(ward) => {
            let store = database.current().await?;
            let teams = teams_of_ward(&store, ward).await?;
            store.close().await;
            teams
        }
        None => Vec::new(),
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(args.force).create_new(!args.force);
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure(format!("{file} is there already; --force writes over it")),
        _ => Failure(format!("cannot write {file}: {error}")),
    };
    let bytes = roster::template(&teams)?;
    options.open(&args.file).and_then(|mut out| out.write_all(&bytes)).map_err(cannot)?;
    say(&format!("{file} is a roster of nobody yet. Its second sheet says how it is filled."));
    Ok(())
}
