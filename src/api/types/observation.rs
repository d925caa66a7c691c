//! Observation.

use async_graphql::Context;

use super::{super::context::one, super::object::object, City, FormerCity, FormerDistrict, FormerWard, Place, Ward};
use crate::{
    domain::{Date, Number, Qualifier},
    error::Error,
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
    fields {
        /// The place that it is about (địa bàn).
        pub async fn place(&self, ctx: &Context<'_>) -> Result<Place, Error> {
            let row = &self.0;
            Ok(match (row.city_id, row.ward_id, row.former_city_id, row.former_district_id, row.former_ward_id) {
                (Some(id), ..) => one::<City>(ctx, id).await?.into(),
                (_, Some(id), ..) => one::<Ward>(ctx, id).await?.into(),
                (_, _, Some(id), ..) => one::<FormerCity>(ctx, id).await?.into(),
                (.., Some(id), _) => one::<FormerDistrict>(ctx, id).await?.into(),
                (.., Some(id)) => one::<FormerWard>(ctx, id).await?.into(),
                (None, None, None, None, None) => return Err(Error::internal("an observation has no place")),
            })
        }
    }
}
