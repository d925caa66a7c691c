//! Former city.

use super::super::object::object;
use crate::{
    domain::{CityKind, Date},
    store::{city, former_district, former_ward, member, observation, team, ward},
};

object! {
    /// A city or province as it was before 2025-07-01 (tỉnh / thành phố trước sáp nhập): one of 63.
    FormerCity over former_city is Place
    columns {
        /// Its code of the General Statistics Office (mã GSO), such as `94`. A present city may have the same one.
        code: String,
        /// Its official name, such as `Tỉnh Sóc Trăng` (tên).
        name: String,
        /// Whether it was a city or a province (loại đơn vị).
        kind: CityKind,
        /// The day on which it ceased to exist (ngày chấm dứt).
        dissolved_on: Date,
    }
    many {
        /// The present cities that it went into (đơn vị kế thừa).
        successors: City in city::OF_FORMER_CITY,
        /// Its districts (quận, huyện).
        former_districts: FormerDistrict in former_district::OF_FORMER_CITY,
        /// Its wards (phường, xã, thị trấn).
        former_wards: FormerWard in former_ward::OF_FORMER_CITY,
        /// The present wards made from its wards (phường, xã hiện nay).
        wards: Ward in ward::OF_FORMER_CITY,
        /// The teams that work on its territory today, as the register counts them (tổ bảo vệ an ninh, trật tự).
        teams: Team in team::OF_FORMER_CITY,
        /// The members of those teams (thành viên).
        members: Member in member::OF_FORMER_CITY,
        /// The figures published for it, before the merger or for its territory after it (số liệu công bố).
        observations: Observation in observation::OF_FORMER_CITY,
    }
}
