//! Taking away who a member is, as a writer asks for it.

use sea_orm::DatabaseTransaction;

use super::{Failure, Target, row::hold};
use crate::store::{Places, redact::one};

/// Takes away who a member is.
///
/// # Errors
/// It is not there, or has another version; the database's own.
pub async fn redact(transaction: &DatabaseTransaction, target: Target, within: Option<&Places>) -> Result<(), Failure> {
    hold(transaction, target, within).await?;
    one(transaction, target.row).await?;
    Ok(())
}
