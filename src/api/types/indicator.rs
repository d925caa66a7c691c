//! Indicator.

use super::super::object::object;
use crate::store::observation;

object! {
    /// What a published figure measures (chỉ tiêu), such as the number of teams.
    Indicator over indicator
    columns {
        /// A short name in capitals (mã chỉ tiêu), such as `TEAMS`.
        code: String,
        /// What it measures, in Vietnamese (tên chỉ tiêu).
        name_vi: String,
        /// What it measures, in English (tên tiếng Anh).
        name_en: String,
        /// The unit that is counted, such as `team` or `person` (đơn vị tính).
        unit: String,
    }
    many {
        /// The figures published for it, by whomever and wherever (số liệu công bố).
        observations: Observation in observation::OF_INDICATOR,
    }
}
