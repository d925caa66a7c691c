//! Festival.

use super::super::object::object;
use crate::{
    domain::{Date, FestivalKind},
    store::{award, festival_guest, organisation, source},
};

object! {
    /// A festival day of the movement (ngày hội toàn dân bảo vệ an ninh Tổ quốc), or an anniversary of it.
    Festival over festival
    columns {
        /// A short name in plain letters (tên rút gọn), such as `can-tho-2022`.
        slug: String,
        /// Whether it was a festival or an anniversary (loại sự kiện).
        kind: FestivalKind,
        /// The year whose edition it was (năm tổ chức).
        edition_year: i32,
        /// The day on which it was held (ngày tổ chức).
        held_on: Date,
        /// Its title as announced (tên sự kiện).
        title: String,
        /// Where it was held, as reported; null if the report does not say (địa điểm).
        venue: Option<String>,
    }
    one {
        /// The city or province in which it was held (tỉnh / thành phố).
        city: City by city_id,
        /// Where this row came from, and whether it is real (bộ dữ liệu).
        dataset: Dataset by dataset_id,
    }
    maybe {
        /// The ward whose festival it was; null for one of the whole city (phường / xã).
        ward: Ward by ward_id,
        /// The organisation at whose place it was held, if it was at one's (đơn vị nơi tổ chức).
        venue_organisation: Organisation by venue_organisation_id,
        /// The former district that hosted it, if one did (quận / huyện đăng cai).
        host_former_district: FormerDistrict by host_former_district_id,
    }
    many {
        /// The organisations that hosted it (đơn vị chủ trì, phối hợp).
        hosts: Organisation in organisation::HOSTS_OF_FESTIVAL,
        /// The guests that the reports name (đại biểu).
        guests: FestivalGuest in festival_guest::OF_FESTIVAL,
        /// The awards given at it (khen thưởng).
        awards: Award in award::OF_FESTIVAL,
        /// The reports on it (nguồn).
        sources: Source in source::OF_FESTIVAL,
    }
}
