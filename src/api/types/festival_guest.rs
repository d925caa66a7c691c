//! Guest of a festival.

use super::super::object::object;
use crate::domain::GuestRole;

object! {
    /// A person whom a report names as having taken part in a festival in office (đại biểu).
    FestivalGuest over festival_guest
    columns {
        /// The person's name (họ và tên).
        name: String,
        /// The person's rank and office at the time (cấp bậc, chức vụ).
        title: String,
        /// The person's part in the festival (vai trò).
        role: GuestRole,
    }
    one {
        /// The festival (ngày hội).
        festival: Festival by festival_id,
        /// The report that names the person (nguồn).
        source: Source by source_id,
    }
}
