//! City.

use super::super::object::object;
use crate::{
    domain::{CityKind, Number},
    store::{festival, former_city, member, movement_model, observation, organisation, team, ward},
};

object! {
    /// A city or province of the first level (tỉnh / thành phố trực thuộc trung ương): one of the 34 since 2025-07-01.
    City over city is Place
    columns {
        /// The code of the General Statistics Office (mã GSO), such as `92`: two digits, as text. A former city may have the same one.
        code: String,
        /// The official name with its kind, such as `Thành phố Cần Thơ` (tên).
        name: String,
        /// Whether it is a city or a province (loại đơn vị).
        kind: CityKind,
        /// Latitude of its centre in degrees north (vĩ độ).
        latitude: Number,
        /// Longitude of its centre in degrees east (kinh độ).
        longitude: Number,
    }
    many {
        /// The wards, communes and special zones of the city (phường, xã, đặc khu).
        wards: Ward in ward::OF_CITY,
        /// The former cities and provinces that it was made from on 2025-07-01 (tỉnh, thành phố trước sáp nhập).
        former_cities: FormerCity in former_city::OF_CITY,
        /// The teams of all its wards (tổ bảo vệ an ninh, trật tự).
        teams: Team in team::OF_CITY,
        /// The members of all its teams (thành viên).
        members: Member in member::OF_CITY,
        /// The festivals and anniversaries held in it, the city's own and its wards', newest first (ngày hội).
        festivals: Festival in festival::OF_CITY,
        /// The organisations seated in it (tổ chức).
        organisations: Organisation in organisation::OF_CITY,
        /// The models of the movement that reports name for it (mô hình).
        movement_models: MovementModel in movement_model::OF_CITY,
        /// The figures published for it (số liệu công bố). Those for its former cities and provinces stand there.
        observations: Observation in observation::OF_CITY,
        /// The figures published for it, and for the former cities and provinces that it was made from, which the register counts too: what was reported stands in `value`, what is counted in `counted` (đối chiếu số liệu công bố với sổ bộ).
        reconciliation: Observation in observation::RECONCILED_FOR_CITY,
    }
    filters {
        /// The name of a former city or province that it was made from: true if it is of any of them (tên cũ).
        former_name: name of FormerCity in former_city::OF_CITY,
    }
}
