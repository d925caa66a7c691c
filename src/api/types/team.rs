//! Team.

use super::super::object::object;
use crate::{
    domain::{Date, TeamStatus},
    store::{award, member},
};

object! {
    /// A grassroots security team (tổ bảo vệ an ninh, trật tự ở cơ sở), which guards one hamlet or quarter of a ward.
    Team over team
    columns {
        /// Its number within the ward, such as `07`: unique there, not elsewhere (mã tổ).
        code: String,
        /// Its name (tên tổ).
        name: String,
        /// The hamlet or quarter that it guards: `ấp` in communes, `khu vực` or `khu phố` in wards of the south, `thôn` and `tổ dân phố` elsewhere (địa bàn).
        locality: String,
        /// Whether it is at work (tình trạng).
        status: TeamStatus,
        /// The day on which it was set up; null if unknown (ngày thành lập).
        established_on: Option<Date>,
    }
    one {
        /// The ward that it belongs to (thuộc phường / xã).
        ward: Ward by ward_id,
        /// The city or province of that ward (tỉnh / thành phố).
        city: City by city_id,
        /// Where this row came from, and whether it is real (bộ dữ liệu).
        dataset: Dataset by dataset_id,
    }
    maybe {
        /// The former city or province on whose territory it works; null if unknown (tỉnh, thành phố trước sáp nhập).
        former_city: FormerCity by former_city_id,
    }
    many {
        /// Its members (thành viên).
        members: Member in member::OF_TEAM,
        /// The awards that it received as a team (khen thưởng tập thể).
        awards: Award in award::OF_TEAM,
    }
}
