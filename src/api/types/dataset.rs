//! Data set.

use super::super::object::object;
use crate::store::{award, festival, member, team};

object! {
    /// Where a row of the register came from (bộ dữ liệu), and whether it is real.
    Dataset over dataset
    columns {
        /// A short name in plain letters (tên rút gọn), such as `demo`.
        slug: String,
        /// Its title (tên).
        title: String,
        /// What it is and how it was made (mô tả).
        description: String,
        /// Whether its rows are invented (dữ liệu giả lập). No figure counted from such rows is a published one.
        synthetic: bool,
    }
    many {
        /// The teams that came with it (tổ bảo vệ an ninh, trật tự).
        teams: Team in team::OF_DATASET,
        /// The members that came with it (thành viên).
        members: Member in member::OF_DATASET,
        /// The festivals that came with it, newest first (ngày hội).
        festivals: Festival in festival::OF_DATASET,
        /// The awards that came with it (khen thưởng).
        awards: Award in award::OF_DATASET,
    }
}
