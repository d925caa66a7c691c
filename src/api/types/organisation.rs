//! Organisation.

use super::super::object::object;
use crate::{
    domain::OrganisationKind,
    store::{award, designation, festival, movement_model},
};

object! {
    /// A body that hosts festivals, gives awards, runs models or holds titles (cơ quan, tổ chức).
    Organisation over organisation is DesignationHolder
    columns {
        /// A short name in plain letters (tên rút gọn), such as `cong-an-tp-can-tho`.
        slug: String,
        /// Its name (tên).
        name: String,
        /// What kind of body it is (loại tổ chức).
        kind: OrganisationKind,
    }
    maybe {
        /// The city that it is seated in or works for; null for a national body (thuộc tỉnh / thành phố).
        city: City by city_id,
        /// The ward that it works for; null for a body above the ward (thuộc phường / xã).
        ward: Ward by ward_id,
    }
    many {
        /// The festivals that it hosted, newest first (ngày hội đã đăng cai).
        hosted_festivals: Festival in festival::HOSTED_BY_ORGANISATION,
        /// The festivals that were held at its place, newest first (ngày hội tổ chức tại đây).
        festivals_at_venue: Festival in festival::AT_ORGANISATION,
        /// The awards that it gave (khen thưởng đã trao).
        granted_awards: Award in award::OF_GRANTOR,
        /// The models that it runs (mô hình do tổ chức này thực hiện).
        movement_models: MovementModel in movement_model::OF_ORGANISATION,
        /// The models that it recognised (mô hình đã công nhận, biểu dương).
        recognised_models: MovementModel in movement_model::RECOGNISED_BY,
        /// The titles that it holds (danh hiệu).
        designations: Designation in designation::OF_ORGANISATION,
        /// The titles that it awarded to others (danh hiệu đã trao).
        awarded_designations: Designation in designation::AWARDED_BY,
    }
}
