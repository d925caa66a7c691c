//! `antq members`.

use super::{BY, Failure, say};
use crate::{
    config::MembersCommand,
    error::shown,
    ids::NodeId,
    store::{Store, redact::redact},
};

/// Runs one of its commands.
pub(super) async fn members(store: &Store, command: MembersCommand) -> Result<(), Failure> {
    let MembersCommand::Redact(args) = command;
    let members = args.ids.iter().map(|id| member(id)).collect::<Result<Vec<i64>, Failure>>()?;
    let missing = redact(store, BY, &members).await?;
    let missing: Vec<&str> =
        args.ids.iter().zip(&members).filter(|(_, row)| missing.contains(row)).map(|(id, _)| id.as_str()).collect();
    match missing.is_empty() {
        true => say(&format!(
            "Taken away for good: who the members are (members: {}). They are counted as before.",
            members.len()
        )),
        false => return Err(Failure(format!("there is no member {}; nothing was changed", missing.join(", ")))),
    }
    Ok(())
}

/// The number of the member with this id.
fn member(id: &str) -> Result<i64, Failure> {
    match NodeId::decode(id) {
        Ok(NodeId { table, row }) if table == "member" => Ok(row),
        _ => Err(Failure(format!("\"{}\" is not the id of a member, as the API gives it", shown(id)))),
    }
}
