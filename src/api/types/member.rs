//! Member.

use super::super::object::object;
use crate::{
    domain::{Date, Gender, MemberRole, MemberStatus},
    store::award,
};

object! {
    /// A member of a grassroots security team (thành viên tổ bảo vệ an ninh, trật tự).
    Member over member
    columns {
        /// Family name, middle names and given name, in this order (họ và tên).
        full_name: String,
        /// The member's part in the team (chức danh).
        role: MemberRole,
        /// Gender as registered; null if unknown (giới tính).
        gender: Option<Gender>,
        /// Whether the member serves (tình trạng).
        status: MemberStatus,
        /// The first day of service; null if unknown (ngày tham gia).
        joined_on: Option<Date>,
        /// The last day of service; null while serving (ngày thôi tham gia).
        left_on: Option<Date>,
    }
    one {
        /// The team that the member serves in (thuộc tổ).
        team: Team by team_id,
        /// The ward that the team guards (phường / xã).
        ward: Ward by ward_id,
        /// The city or province of that ward (tỉnh / thành phố).
        city: City by city_id,
        /// Where this row came from, and whether it is real (bộ dữ liệu).
        dataset: Dataset by dataset_id,
    }
    maybe {
        /// The former city or province on whose territory the team works; null if unknown (tỉnh, thành phố trước sáp nhập).
        former_city: FormerCity by former_city_id,
    }
    many {
        /// The awards that the member received in person (khen thưởng cá nhân).
        awards: Award in award::OF_MEMBER,
    }
    personal {
        /// Date of birth (ngày sinh). Personal data: null without the scope `members:personal`; each answer that shows it is noted.
        birth_date: Date as BirthDate,
        /// Telephone number (số điện thoại), digits as they were entered. Personal data: null without the scope `members:personal`; each answer that shows it is noted. Invented numbers cannot be dialled.
        phone: String as Phone found by phone_hash,
        /// Number of the identity card (số định danh cá nhân). Personal data: null without the scope `members:personal`; each answer that shows it is noted. Invented numbers begin with `000`, which no province has.
        national_id: String as NationalId found by national_id_hash,
    }
}
