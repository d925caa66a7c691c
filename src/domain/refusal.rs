//! Why a change to the register is not made, as writers are told.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

/// Why a change is not made (lý do từ chối). The list is closed: a new reason is announced like a new field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[graphql(name = "UserErrorCode")]
pub enum RefusalCode {
    /// There is no such row, or you may not see it (không tìm thấy).
    NotFound,
    /// The row was changed since you read it: `presentVersion` is the version that it has now (đã bị thay đổi).
    Conflict,
    /// Another row has this code or slug (đã được dùng).
    Taken,
    /// A value is missing (thiếu giá trị).
    Required,
    /// A value is not one that can be (giá trị không hợp lệ).
    Invalid,
    /// The row would break a rule of the register, such as one leader a team (trái quy tắc của sổ bộ).
    Rule,
    /// Other rows refer to the row, and it is not theirs to go (đang được tham chiếu).
    InUse,
    /// More rows would go than `atMost` allows (vượt số dòng cho phép xóa).
    AtMost,
    /// Your key is limited to other places (ngoài phạm vi được giao).
    Forbidden,
    /// The `idempotencyKey` was used for another input (khóa lặp lại đã dùng cho yêu cầu khác).
    KeyReused,
    /// Another row of the same request was refused, so that this one was not written either (không ghi vì dòng khác bị từ chối).
    NotDone,
}
