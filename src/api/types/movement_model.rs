//! Model of the movement.

use super::super::object::object;
use crate::domain::ModelTopic;

object! {
    /// A model of the movement (mô hình phong trào toàn dân bảo vệ an ninh Tổ quốc): a way of working that others are to copy.
    MovementModel over movement_model
    columns {
        /// A short name in plain letters (tên rút gọn), such as `mo-hinh-4-1`.
        slug: String,
        /// Its name (tên mô hình).
        name: String,
        /// What it is about; null where the report does not say (lĩnh vực).
        topic: Option<ModelTopic>,
        /// For how many years it had run when it was reported; null if unknown (số năm thực hiện).
        years_running: Option<i32>,
    }
    one {
        /// The city or province that runs it (tỉnh / thành phố).
        city: City by city_id,
        /// The report that describes it (nguồn).
        source: Source by source_id,
    }
    maybe {
        /// The organisation that runs it, if the report names one (đơn vị thực hiện).
        organisation: Organisation by organisation_id,
        /// Who recognised it, if anyone did (đơn vị công nhận, biểu dương).
        recognised_by: Organisation by recognised_by_id,
    }
}
