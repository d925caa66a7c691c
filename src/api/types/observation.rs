//! Observation.

use super::{super::object::object, counted, counted::Counted};
use crate::{
    domain::{Date, Number, Qualifier},
    error::Error,
    store::observation,
};

object! {
    /// A figure as a report published it (số liệu công bố): never counted here, never merged with another. Two reports may differ; both stand, each with its scope.
    Observation over observation
    columns {
        /// The figure, in the unit of its indicator (giá trị).
        value: Number,
        /// How the figure is to be read: exact, more than, … (mức độ chính xác).
        qualifier: Qualifier,
        /// The first day of the period that it covers; null for a figure as of one day (từ ngày).
        period_start: Option<Date>,
        /// The day as of which it holds, the last of its period (tính đến ngày).
        as_of: Date,
        /// What the report counts and what it leaves out, where it says so (phạm vi).
        scope: Option<String>,
    }
    one {
        /// What it measures (chỉ tiêu).
        indicator: Indicator by indicator_id,
        /// The report that publishes it (nguồn).
        source: Source by source_id,
    }
    choice {
        /// The place that it is about (địa bàn).
        place: Place of City by city_id, Ward by ward_id, FormerCity by former_city_id, FormerDistrict by former_district_id, FormerWard by former_ward_id;
    }
    many {
        /// Other reports of the same indicator for the same place and time, which may differ: each has its own scope and source (số liệu khác cùng chỉ tiêu, địa bàn và thời điểm).
        alternatives: Observation in observation::ALTERNATIVES,
    }
    fields {
        /// What the register itself counts now of the same thing in the same place; null for what it does not count (số đếm từ sổ bộ). It is no published figure.
        async fn counted(&self, ctx: &async_graphql::Context<'_>) -> Result<Option<Counted>, Error> {
            counted::of(ctx, &self.0).await
        }
    }
}
