//! Designation.

use async_graphql::{Context, Union};

use super::{super::context::one, super::object::object, FormerWard, Organisation, Ward};
use crate::error::Error;

object! {
    /// A title that a ward, a former ward or an organisation holds (danh hiệu).
    Designation over designation
    columns {
        /// The title (tên danh hiệu).
        title: String,
        /// The year for which it was awarded (năm).
        year: i32,
        /// A remark of the report (ghi chú).
        note: Option<String>,
    }
    one {
        /// The report of it (nguồn).
        source: Source by source_id,
    }
    maybe {
        /// Who awarded it, if the report says (đơn vị trao danh hiệu).
        awarded_by: Organisation by awarded_by_id,
    }
    fields {
        /// Who holds it (đơn vị giữ danh hiệu). A title earned before 2025-07-01 stays with the former ward; its present wards show it too.
        pub async fn holder(&self, ctx: &Context<'_>) -> Result<DesignationHolder, Error> {
            Ok(match (self.0.ward_id, self.0.former_ward_id, self.0.organisation_id) {
                (Some(id), _, _) => one::<Ward>(ctx, id).await?.into(),
                (_, Some(id), _) => one::<FormerWard>(ctx, id).await?.into(),
                (_, _, Some(id)) => one::<Organisation>(ctx, id).await?.into(),
                (None, None, None) => return Err(Error::internal("a designation has no holder")),
            })
        }
    }
}

/// Who may hold a title: a ward, a former ward or an organisation (đơn vị giữ danh hiệu).
#[derive(Clone, Debug, Union)]
pub enum DesignationHolder {
    /// A present ward.
    Ward(Ward),
    /// A former ward.
    FormerWard(FormerWard),
    /// An organisation.
    Organisation(Organisation),
}
