//! Ward.

use super::super::object::object;
use crate::{
    domain::{Number, WardKind},
    store::{
        designation, festival, former_city, former_district, former_ward, member, observation, organisation, team,
    },
};

object! {
    /// A ward, commune or special zone (phường / xã / đặc khu): one of the 3,321 since 2025-07-01, directly below its city or province.
    Ward over ward is Place, DesignationHolder
    columns {
        /// The code of the General Statistics Office (mã GSO), such as `31510`: five digits, as text. It is not an identity: a former ward may have had the same one.
        code: String,
        /// The official name with its kind, such as `Phường Phú Lợi` (tên).
        name: String,
        /// Whether it is a ward, a commune or a special zone (loại đơn vị).
        kind: WardKind,
        /// Latitude of its centre in degrees north (vĩ độ).
        latitude: Number,
        /// Longitude of its centre in degrees east (kinh độ).
        longitude: Number,
        /// Area in square kilometres (diện tích); null where the list does not give it.
        area_km2: Option<Number>,
    }
    one {
        /// The city or province that it belongs to (thuộc tỉnh / thành phố).
        city: City by city_id,
    }
    many {
        /// The former wards that it was made from on 2025-07-01, whole or in part (đơn vị trước sắp xếp).
        predecessors: FormerWard in former_ward::OF_WARD,
        /// The former cities and provinces that those belonged to: one, as far as is known (tỉnh, thành phố trước sáp nhập).
        former_cities: FormerCity in former_city::OF_WARD,
        /// The former districts that those belonged to (quận, huyện trước đây).
        former_districts: FormerDistrict in former_district::OF_WARD,
        /// The teams that guard it (tổ bảo vệ an ninh, trật tự).
        teams: Team in team::OF_WARD,
        /// The members of its teams (thành viên).
        members: Member in member::OF_WARD,
        /// Its festivals, newest first (ngày hội).
        festivals: Festival in festival::OF_WARD,
        /// The titles it holds, those earned by the former wards that it was made from included: see each title's `holder` (danh hiệu).
        designations: Designation in designation::OF_WARD,
        /// The organisations seated in it (tổ chức).
        organisations: Organisation in organisation::OF_WARD,
        /// The figures published for it (số liệu công bố).
        observations: Observation in observation::OF_WARD,
    }
    filters {
        /// The name of a former ward that it was made from, whole or in part: true if it is of any of them (tên cũ). `matches` takes the units above it too: `An Hòa, Ninh Kiều`.
        former_name: name of FormerWard in former_ward::OF_WARD,
    }
}
