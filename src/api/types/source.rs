//! Source.

use super::super::object::object;
use crate::{
    domain::{Date, PartialDate},
    store::{award, designation, festival, festival_guest, movement_model, observation},
};

object! {
    /// A report that figures, festivals, awards or titles were taken from (nguồn). Every published figure has one.
    Source over source
    columns {
        /// A short name in plain letters (tên rút gọn), such as `festival-cantho-2022`.
        slug: String,
        /// Who published it, if known (cơ quan xuất bản).
        publisher: Option<String>,
        /// Its title (tiêu đề).
        title: String,
        /// Who wrote it, if known (tác giả).
        author: Option<String>,
        /// When it was published, as exactly as is known: `2025-07-28`, `2025-07` or `2025`; null if unknown (thời điểm công bố).
        published: Option<PartialDate>,
        /// The day of the event that it reports on (ngày diễn ra sự kiện).
        event_on: Option<Date>,
        /// The language it is written in, as ISO 639-1 gives it: `vi` (ngôn ngữ).
        language: String,
        /// A remark on the report (ghi chú).
        note: Option<String>,
    }
    many {
        /// The figures that it publishes (số liệu công bố).
        observations: Observation in observation::OF_SOURCE,
        /// The festivals that it reports on, newest first (ngày hội).
        festivals: Festival in festival::OF_SOURCE,
        /// The guests that it names (đại biểu).
        guests: FestivalGuest in festival_guest::OF_SOURCE,
        /// The awards that it reports (khen thưởng).
        awards: Award in award::OF_SOURCE,
        /// The models that it describes (mô hình).
        movement_models: MovementModel in movement_model::OF_SOURCE,
        /// The titles that it reports (danh hiệu).
        designations: Designation in designation::OF_SOURCE,
    }
}
