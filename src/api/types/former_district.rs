//! Former district.

use super::super::object::object;
use crate::{
    domain::{Date, FormerDistrictKind},
    store::{festival, former_ward, observation, ward},
};

object! {
    /// A district as it was before the level was abolished on 2025-07-01 (quận / huyện / thị xã / thành phố thuộc tỉnh): one of 696.
    FormerDistrict over former_district is Place
    columns {
        /// Its code of the General Statistics Office (mã GSO), such as `916`.
        code: String,
        /// Its official name, such as `Quận Ninh Kiều` (tên).
        name: String,
        /// What kind of district it was (loại đơn vị).
        kind: FormerDistrictKind,
        /// The day on which it ceased to exist (ngày chấm dứt).
        dissolved_on: Date,
    }
    one {
        /// The former city or province that it belonged to (thuộc tỉnh / thành phố trước sáp nhập).
        former_city: FormerCity by former_city_id,
    }
    many {
        /// Its wards (phường, xã, thị trấn).
        former_wards: FormerWard in former_ward::OF_FORMER_DISTRICT,
        /// The present wards made from its wards, whole or in part (phường, xã hiện nay).
        wards: Ward in ward::OF_FORMER_DISTRICT,
        /// The festivals that it hosted, newest first (ngày hội).
        hosted_festivals: Festival in festival::HOSTED_BY_FORMER_DISTRICT,
        /// The figures published for it (số liệu công bố).
        observations: Observation in observation::OF_FORMER_DISTRICT,
    }
}
