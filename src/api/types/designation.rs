//! Designation.

use async_graphql::Union;

use super::{super::object::object, FormerWard, Organisation, Ward};

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
    choice {
        /// Who holds it (đơn vị giữ danh hiệu). A title earned before 2025-07-01 stays with the former ward; its present wards show it too.
        holder: DesignationHolder of Ward by ward_id, FormerWard by former_ward_id, Organisation by organisation_id;
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
