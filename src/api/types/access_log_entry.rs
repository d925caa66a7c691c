//! Access log entry.

use super::super::object::object;

object! {
    /// An answer that showed personal data (nhật ký truy cập dữ liệu cá nhân): to whom, which, and what for. Written before the answer left and never changed, so that its `history` is empty. Seen with the scope `admin` only.
    AccessLogEntry over access_log
    columns {
        /// Who was answered: `key:` and the name of the key, or `staff:` and the subject of the token (người truy cập).
        who: String,
        /// What they said it was for, in the header `X-Purpose` (mục đích).
        purpose: String,
        /// The SHA-256 of the document that they sent, in hexadecimal (mã băm truy vấn).
        operation: String,
        /// The fields that were shown, divided by spaces, such as `Member.phone`; `filter:Member.phone` where members were looked for by it (các trường).
        fields: String,
        /// The members whose they were, by their ids, divided by spaces (các thành viên).
        members: String,
        /// How many members that were (số thành viên).
        member_count: i32,
    }
}
