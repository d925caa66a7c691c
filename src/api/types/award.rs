//! Award.

use super::super::object::object;
use crate::domain::{AwardKind, RecipientKind};

object! {
    /// An honour given at a festival (khen thưởng), to one recipient or to several of one kind.
    Award over award
    columns {
        /// Its place among the awards of the festival, from 1, in the order of the report (thứ tự).
        ordinal: i32,
        /// What was given (hình thức khen thưởng).
        kind: AwardKind,
        /// What it is called (tên gọi).
        title: String,
        /// Who was honoured (loại đối tượng).
        recipient_kind: RecipientKind,
        /// How many were honoured; null where the report does not say, never 0 (số lượng).
        recipient_count: Option<i32>,
        /// The recipients in the words of the report (đối tượng khen thưởng).
        recipient_description: Option<String>,
    }
    one {
        /// The festival at which it was given (ngày hội).
        festival: Festival by festival_id,
        /// Where this row came from, and whether it is real (bộ dữ liệu).
        dataset: Dataset by dataset_id,
    }
    maybe {
        /// Who gave it, if the report says (đơn vị khen thưởng).
        grantor: Organisation by grantor_id,
        /// The team honoured, if it was one of the register (tổ được khen thưởng).
        team: Team by team_id,
        /// The member honoured, if it was one of the register (thành viên được khen thưởng).
        member: Member by member_id,
        /// The report of it; null for an invented award (nguồn).
        source: Source by source_id,
    }
}
