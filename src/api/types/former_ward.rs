//! Former ward.

use super::super::object::object;
use crate::{
    domain::{Date, FormerWardKind},
    store::{designation, observation, ward},
};

object! {
    /// A ward as it was before 2025-07-01 (phường / xã / thị trấn trước sắp xếp): one of 10,035. People and old papers use these names.
    FormerWard over former_ward is Place, DesignationHolder
    columns {
        /// Its code of the General Statistics Office (mã GSO), such as `31120`. A present ward may have the same one and be another place.
        code: String,
        /// Its official name, such as `Phường An Hòa` (tên).
        name: String,
        /// What kind of unit it was (loại đơn vị).
        kind: FormerWardKind,
        /// The day on which it ceased to exist (ngày chấm dứt).
        dissolved_on: Date,
        /// Whether it was divided between several present wards (bị chia tách): then an old address alone does not say in which one it lies today.
        is_split: bool,
    }
    one {
        /// The former district that it belonged to (thuộc quận / huyện trước đây).
        former_district: FormerDistrict by former_district_id,
        /// The former city or province that it belonged to (thuộc tỉnh / thành phố trước sáp nhập).
        former_city: FormerCity by former_city_id,
    }
    many {
        /// The present wards that it went into (đơn vị kế thừa). Of some that were divided the official table names only one.
        successors: Ward in ward::OF_FORMER_WARD,
        /// The titles that it earned (danh hiệu).
        designations: Designation in designation::OF_FORMER_WARD,
        /// The figures published for it (số liệu công bố).
        observations: Observation in observation::OF_FORMER_WARD,
    }
}
