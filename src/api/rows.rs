//! A list of objects that says exactly where it failed.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
};
use futures_util::future::try_join_all;

/// The rows of a page. Answers as a `Vec` does, but keeps the path of an error: the library's own list writes its index
/// over it, so that `wards.nodes.0.teams` would become `wards.nodes.0`.
#[derive(Debug)]
pub struct Rows<T>(pub Vec<T>);

impl<T: OutputType> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let answers = self.0.iter().enumerate().map(|(index, row)| {
            let ctx = ctx.with_index(index);
            async move { row.resolve(&ctx, field).await }
        });
        try_join_all(answers).await.map(Value::List)
    }
}
