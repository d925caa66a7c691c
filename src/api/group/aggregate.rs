//! What is said of many rows, as a type of the schema: `TeamAggregate`.

use std::{borrow::Cow, marker::PhantomData, sync::Arc};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, OutputType, Positioned, SelectionField, ServerResult, Value,
    parser::types::Field as Selected, registry::Registry, resolver_utils::resolve_container,
};

use super::{
    object,
    stats::{DateStats, DateTimeStats, DistinctStats, FloatStats, IntStats, Values, needed, said},
};
use crate::{
    api::{input::group::Reading, object::Record},
    auth::Scope,
    error::Error,
    store::{Group, Grouping, Sight, Stat, Table},
};

/// What is said of the rows of a list, or of a group of them.
#[derive(Debug)]
pub struct Aggregate<T> {
    /// What was asked.
    pub grouping: Arc<Grouping>,
    /// What was read.
    pub group: Group,
    /// How many rows they are; nothing where that is not told.
    pub count: Option<i64>,
    /// Whether it is of several groups together.
    pub merged: bool,
    /// The version of the data, if that was asked for.
    pub version: Option<i64>,
    /// Of which type the rows are.
    pub of: PhantomData<fn() -> T>,
}

/// The field with the version of the data.
pub const DATA_VERSION: &str = "dataVersion";
/// When people are not counted for everyone.
const UNLESS_FEW: &str = "; without the scope `members:read` null for fewer than 5 people, and where other counts would tell how many these are";
const VERSION_TEXT: &str = "The version of the data that all this was computed from: every write to one of the tables raises it, so that equal versions are equal data; null for a list without rows (phiên bản dữ liệu).";

/// Adds what a selection of an aggregate needs to what is read.
///
/// # Errors
/// [`Error::Limit`] for more than may be said at once, [`Error::Forbidden`] for what may not be said to who asks.
pub fn ask<T: Record>(grouping: &mut Grouping, selected: SelectionField<'_>, sight: &Sight) -> Result<(), Error> {
    let all = said(T::shape());
    let (table, list) = (T::Table::info(), selected.name());
    for measure in selected.selection_set() {
        grouping.version |= measure.name() == DATA_VERSION;
        let Some(said) = all.iter().find(|said| said.name == measure.name()) else { continue };
        let at = format!("{list}.{}", said.name);
        if sight.hides(table) {
            return Err(Error::Forbidden { what: format!("`{at}`"), scope: Scope::to_see(table).as_str() });
        }
        said.permitted(sight, &at)?;
        for function in measure.selection_set().filter_map(|function| said.function(function.name())) {
            for function in needed(function) {
                Reading::stat(grouping, Stat { of: said.measure, function: *function })?;
            }
        }
    }
    Ok(())
}

impl<T: Record> OutputType for Aggregate<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Aggregate", T::shape().name).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let shape = T::shape();
        let description = format!(
            "What is said of many rows of type `{}` at once, as the database counts and adds them up now: none of it is a published figure (thống kê tính từ dữ liệu).",
            shape.name
        );
        IntStats::create_type_info(registry);
        FloatStats::create_type_info(registry);
        DateStats::create_type_info(registry);
        DateTimeStats::create_type_info(registry);
        DistinctStats::create_type_info(registry);
        object(registry, &Self::type_name(), &description, |_| {
            let (of, unless) = match T::Table::info().is_guarded() {
                true => ("Int", UNLESS_FEW),
                false => ("Int!", ""),
            };
            let count = ("count".to_owned(), of.to_owned(), format!("How many rows they are{unless} (số dòng)."));
            let said = said(shape).into_iter().map(|said| (said.name, format!("{}!", said.stats), said.description));
            let version = (DATA_VERSION.to_owned(), "Int".to_owned(), VERSION_TEXT.to_owned());
            [count, version].into_iter().chain(said).collect()
        });
        Self::qualified_type_name()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Selected>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: Record> ContainerType for Aggregate<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        if name == "count" {
            return Ok(Some(self.count.map_or(Value::Null, Value::from)));
        }
        if name == DATA_VERSION {
            return Ok(Some(self.version.map_or(Value::Null, Value::from)));
        }
        let all = said(T::shape());
        let Some(said) = all.iter().find(|said| said.name == name) else { return Ok(None) };
        let values = Values { grouping: &self.grouping, group: &self.group, merged: self.merged, said };
        let selected = ctx.with_selection_set(&ctx.item.node.selection_set);
        let value = match said.stats {
            "IntStats" => OutputType::resolve(&values.ints(), &selected, ctx.item).await,
            "FloatStats" => OutputType::resolve(&values.floats(), &selected, ctx.item).await,
            "DateStats" => OutputType::resolve(&values.dates(), &selected, ctx.item).await,
            "DateTimeStats" => OutputType::resolve(&values.moments(), &selected, ctx.item).await,
            _ => OutputType::resolve(&values.distinct(), &selected, ctx.item).await,
        };
        value.map(Some)
    }
}
