//! What the register counts of what a report says.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use super::{Indicator, Member, Team};
use crate::{
    api::{
        context::{groups, invented, one, sight, total},
        object::Record,
    },
    domain::{Datum, Number},
    entities::observation::Model,
    error::Error,
    store::{Comparison, Grouping, Groups, Predicate, Relation, Scope, Table, Test, Total, member, team},
};

/// What the register counts now, beside what was reported (số đếm từ sổ bộ). It is computed, and no published figure.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Counted {
    /// How many rows the register has (số đếm). Of people it is null without the scope `members:read` for fewer than 5, and where other counts would tell how many these are.
    value: Option<i64>,
    /// What is counted less what was reported; 0 where they agree; null where nothing is told (chênh lệch).
    difference: Option<Number>,
    /// How many of the counted rows are invented: while there are any, the number says nothing of the real world; null where nothing is told (số dòng dữ liệu giả lập).
    synthetic: Option<i64>,
    /// The version of the data that was counted: every write to the tables raises it; null if nothing is there to count, or nothing is told (phiên bản dữ liệu).
    data_version: Option<i64>,
}

/// What the register counts of the same thing in the same place.
///
/// # Errors
/// The database's.
pub async fn of(ctx: &Context<'_>, reported: &Model) -> Result<Option<Counted>, Error> {
    let indicator = one::<Indicator>(ctx, reported.indicator_id).await?;
    match indicator.0.code.as_str() {
        "TEAMS" => {
            let places = [&team::OF_CITY, &team::OF_WARD, &team::OF_FORMER_CITY];
            count::<Team>(ctx, reported, places).await
        }
        "MEMBERS" => {
            let places = [&member::OF_CITY, &member::OF_WARD, &member::OF_FORMER_CITY];
            count::<Member>(ctx, reported, places).await
        }
        _ => Ok(None),
    }
}

/// Counts the rows of the city, the ward or the former city that was reported on.
async fn count<T: Record>(
    ctx: &Context<'_>,
    reported: &Model,
    places: [&'static Relation; 3],
) -> Result<Option<Counted>, Error> {
    let ids = [reported.city_id, reported.ward_id, reported.former_city_id];
    let place = places.into_iter().zip(ids).find_map(|(relation, id)| Some(Scope::Of(relation, id?)));
    let Some(scope) = place else { return Ok(None) };
    if sight(ctx).hides(T::Table::info()) {
        return people::<T>(ctx, reported, scope).await;
    }
    let grouping = Arc::new(Grouping { version: true, ..Grouping::default() });
    let all = groups::<T>(ctx, Groups { scope, filter: None, grouping: grouping.clone() });
    let invented = groups::<T>(ctx, Groups { scope, filter: Some(Arc::new(is_invented())), grouping });
    let (all, invented) = futures_util::future::try_join(all, invented).await?;
    let value = all.groups.first().map_or(0, |group| group.count);
    Ok(Some(Counted {
        value: Some(value),
        difference: Some(difference(value, reported)),
        synthetic: Some(invented.groups.first().map_or(0, |group| group.count)),
        data_version: all.version,
    }))
}

/// Counts people for who may see nothing else of them.
async fn people<T: Record>(ctx: &Context<'_>, reported: &Model, scope: Scope) -> Result<Option<Counted>, Error> {
    let value = total::<T>(ctx, Total(scope, None)).await?;
    // Of a mixture nothing is told: it would be another way to tell people apart.
    let synthetic = match (value, invented::<T>(ctx, scope).await?) {
        (Some(value), Some(all)) => Some(if all { value } else { 0 }),
        _ => None,
    };
    let difference = value.map(|value| difference(value, reported));
    Ok(Some(Counted { value, difference, synthetic, data_version: None }))
}

fn difference(value: i64, reported: &Model) -> Number {
    Number(count_as_number(value) - reported.value.0)
}

#[expect(clippy::cast_precision_loss, reason = "no register has 2^53 rows")]
fn count_as_number(count: i64) -> f64 {
    count as f64
}

/// A row of a data set that says so of itself.
fn is_invented() -> Predicate {
    let synthetic = Predicate::Column("synthetic", Test::Is(Comparison::Eq, Datum::Boolean(true)));
    Predicate::Parent("dataset_id", crate::entities::dataset::Entity::info(), Box::new(synthetic))
}
