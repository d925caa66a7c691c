//! What the fields for writers take, beside the values of rows.

use async_graphql::{ID, InputObject, InputType};

use crate::{
    api::edit::{Linking, Merging},
    domain::WardKind,
};

/// Which rows are to go (xóa dữ liệu).
#[derive(Clone, Debug, InputObject)]
pub struct DeleteInput {
    /// The rows: at least 1, at most 250. All of them go, or none (các dòng cần xóa).
    pub(super) rows: Vec<RowVersion>,
    /// The most rows that may go for each of these: itself, and what is nothing without it, such as the guests and awards of a festival. What else refers to it must be changed first (số dòng tối đa được xóa kèm).
    #[graphql(default = 1)]
    pub(super) at_most: u32,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

/// A row as it was read (dòng dữ liệu và phiên bản đã đọc).
#[derive(Clone, Debug, InputObject)]
pub struct RowVersion {
    /// Which (mã định danh).
    pub(super) id: ID,
    /// The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).
    pub(super) expected_version: i32,
}

/// Whose data are to be taken away (thành viên cần xóa thông tin).
#[derive(Clone, Debug, InputObject)]
pub struct RedactInput {
    /// The members: at least 1, at most 250. It is done to all of them, or to none (các thành viên).
    pub(super) rows: Vec<RowVersion>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

/// Units that become one (các đơn vị sáp nhập).
#[derive(Clone, Debug, InputObject)]
pub struct MergeInput {
    /// The one that stands for all of them afterwards (đơn vị tiếp nhận).
    pub(super) into: RowVersion,
    /// The others, at least 1: they are gone afterwards, and the change feed tells which one they went into (các đơn vị được sáp nhập).
    pub(super) from: Vec<RowVersion>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

/// A new team of some members of one (tách tổ).
#[derive(Clone, Debug, InputObject)]
pub struct TeamSplitInput {
    /// The team that is split (tổ được tách).
    pub(super) id: ID,
    /// The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).
    pub(super) expected_version: i32,
    /// The number of the new one within the ward (mã tổ mới).
    pub(super) code: String,
    /// Its name (tên tổ mới).
    pub(super) name: String,
    /// The hamlet or quarter that it guards (địa bàn).
    pub(super) locality: String,
    /// The members that go to it, at least 1 (thành viên chuyển sang).
    pub(super) member_ids: Vec<ID>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

/// A new ward of some teams of one (chia tách phường, xã).
#[derive(Clone, Debug, InputObject)]
pub struct WardSplitInput {
    /// The ward that is split (đơn vị được chia).
    pub(super) id: ID,
    /// The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).
    pub(super) expected_version: i32,
    /// The code of the new one, of the General Statistics Office (mã GSO).
    pub(super) code: String,
    /// Its name (tên).
    pub(super) name: String,
    /// What kind of unit it is (loại đơn vị).
    pub(super) kind: WardKind,
    /// Degrees north (vĩ độ).
    pub(super) latitude: f64,
    /// Degrees east (kinh độ).
    pub(super) longitude: f64,
    /// Its area in square kilometres (diện tích).
    pub(super) area_km2: Option<f64>,
    /// The teams that go to it, at least 1 (các tổ chuyển sang).
    pub(super) team_ids: Vec<ID>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

/// What a festival leads to: these, and no others (danh sách liên kết của ngày hội).
#[derive(Clone, Debug, InputObject)]
pub struct FestivalLinksInput {
    /// The festival (ngày hội).
    pub(super) id: ID,
    /// The `version` of the row that you have read. If it has another one now, somebody changed it meanwhile, and you are told `CONFLICT` (phiên bản đã đọc).
    pub(super) expected_version: i32,
    /// What it leads to afterwards; none if it is empty (các đối tượng liên kết).
    pub(super) ids: Vec<ID>,
    /// A text of your own for this request, 1 to 100 characters. Sent again with it and the same input within 24 hours, the request is not carried out twice, and its answer is given again; with another input it is refused (khóa chống ghi trùng).
    pub(super) idempotency_key: Option<String>,
}

impl MergeInput {
    pub(super) fn read(self) -> Merging {
        let sent = InputType::to_value(&self);
        let row = |row: &RowVersion| (row.id.to_string(), row.expected_version);
        Merging { sent, into: row(&self.into), from: rows_of(&self.from), key: self.idempotency_key }
    }
}

impl FestivalLinksInput {
    pub(super) fn read(self) -> Linking {
        let sent = InputType::to_value(&self);
        Linking {
            sent,
            of: (self.id.to_string(), self.expected_version),
            others: texts(&self.ids),
            key: self.idempotency_key,
        }
    }
}

/// Ids as texts.
pub(super) fn texts(ids: &[ID]) -> Vec<String> {
    ids.iter().map(|id| id.to_string()).collect()
}

/// Rows with the versions that were read.
pub(super) fn rows_of(rows: &[RowVersion]) -> Vec<(String, i32)> {
    rows.iter().map(|row| (row.id.to_string(), row.expected_version)).collect()
}
