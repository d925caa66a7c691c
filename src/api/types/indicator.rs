//! Indicator.

use async_graphql::{Context, ID, Name, Value, indexmap::IndexMap, value};

use super::{
    super::{
        connection::Connection,
        input::{Filter, Order},
        object::object,
    },
    Observation,
};
use crate::{
    error::Error,
    ids::NodeId,
    store::{PageArgs, Scope, observation},
};

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
    fields {
        /// The figures published for one place, by whomever, in the order of time (chuỗi số liệu của một địa bàn).
        async fn series(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The id of a city, a ward, or a former city, district or ward (mã địa bàn).")] place: ID,
            #[graphql(desc = "At most so many rows, from the front of the list. 20 when neither `first` nor `last` is given; at most 200 (số dòng đầu).")]
            first: Option<i32>,
            #[graphql(desc = "Only rows behind the one with this cursor (sau con trỏ).")] after: Option<String>,
            #[graphql(desc = "At most so many rows, from the back of the list; at most 200 (số dòng cuối).")] last: Option<i32>,
            #[graphql(desc = "Only rows before the one with this cursor (trước con trỏ).")] before: Option<String>,
        ) -> Result<Connection<Observation>, Error> {
            let filter = place_filter(&place)?;
            let order = vec![Order::new(value!({ "asOf": {} })), Order::new(value!({ "periodStart": { "nulls": "FIRST" } }))];
            let page = PageArgs { first, after, last, before, ..PageArgs::default() };
            Connection::try_new(ctx, Scope::Of(&observation::OF_INDICATOR, self.0.id), page, Some(filter), Some(order))
        }
    }
}

/// What the field is called that lists the figures of one place.
pub const SERIES: &str = "series";

/// What figures are about the place with this id.
fn place_filter(id: &ID) -> Result<Filter<Observation>, Error> {
    let table = NodeId::decode(id)?.table;
    let kind = match table.as_str() {
        "city" => "city",
        "ward" => "ward",
        "former_city" => "formerCity",
        "former_district" => "formerDistrict",
        "former_ward" => "formerWard",
        _ => return Err(Error::BadInput("`place` is the id of something that is no place.".to_owned())),
    };
    let of_kind = IndexMap::from([(Name::new(kind), value!({ "id": { "eq": (id.as_str()) } }))]);
    Ok(Filter::new(value!({ "place": (Value::Object(of_kind)) })))
}
