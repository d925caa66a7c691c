//! What a resolver reads with: the loads of its request.

use std::sync::Arc;

use async_graphql::{Context, SelectionField, dataloader::DataLoader};
use sea_orm::{EntityTrait, IdenStatic};

use super::{object::Record, types::Dataset};
use crate::{
    error::Error,
    store::{
        Found, Groups, GroupsRead, In, Keyed, KeyedWithin, Listing, Reader, RowId, RowKey, RowPart, Seek, Slice, Total,
    },
};

/// The loads of one request: one statement for all that a level of the query asks of a table.
pub type Loads = DataLoader<Reader>;

fn loads<'a>(ctx: &Context<'a>) -> &'a Loads {
    ctx.data_unchecked()
}

/// The row with this id, or none.
pub async fn row<T: Record>(ctx: &Context<'_>, id: i64) -> Result<Option<T>, Error> {
    charge(ctx, 1, ctx.field())?;
    let row: Option<Arc<<T::Table as EntityTrait>::Model>> =
        loads(ctx).load_one(In::<T::Table, _>::new(RowId(id))).await?;
    Ok(row.map(T::from))
}

/// The row that a foreign key names.
pub async fn one<T: Record>(ctx: &Context<'_>, id: i64) -> Result<T, Error> {
    row(ctx, id).await?.ok_or_else(|| Error::internal(format!("{} {id} is referred to and gone", table_name::<T>())))
}

/// The row that a foreign key names, if it names one.
pub async fn maybe<T: Record>(ctx: &Context<'_>, id: Option<i64>) -> Option<Result<T, Error>> {
    match id {
        Some(id) => Some(one(ctx, id).await),
        None => None,
    }
}

/// A personal value, as long as there are no keys that say who may see a real one: for invented rows only.
pub async fn personal<V>(ctx: &Context<'_>, dataset: i64, value: Option<V>) -> Option<Result<V, Error>> {
    match (value, one::<Dataset>(ctx, dataset).await) {
        (_, Err(error)) => Some(Err(error)),
        (Some(value), Ok(dataset)) if dataset.0.synthetic => Some(Ok(value)),
        _ => None,
    }
}

/// The row with this code or slug.
///
/// # Errors
/// [`Error::NotFound`] when nothing has it: a mistyped code must not look like an empty answer.
pub async fn by_key<T: Record<Table: Keyed>>(ctx: &Context<'_>, value: String) -> Result<T, Error> {
    charge(ctx, 1, ctx.field())?;
    // PostgreSQL refuses a NUL in a text; nothing has one in its key.
    let row = match value.contains('\0') {
        true => None,
        false => loads(ctx).load_one(In::<T::Table, _>::new(RowKey(value.clone()))).await?,
    };
    let key = <T::Table as Keyed>::KEY.as_str();
    row.map(T::from).ok_or_else(|| Error::no_row(table_name::<T>(), key, &value))
}

/// The row with this code within its parent.
///
/// # Errors
/// [`Error::NotFound`] when the parent has none.
pub async fn by_part<T: Record<Table: KeyedWithin>>(ctx: &Context<'_>, parent: i64, key: String) -> Result<T, Error> {
    charge(ctx, 1, ctx.field())?;
    let missing = Error::no_row(table_name::<T>(), "code", &key);
    if key.contains('\0') {
        return Err(missing);
    }
    let row = loads(ctx).load_one(In::<T::Table, _>::new(RowPart { parent, key })).await?;
    row.map(T::from).ok_or(missing)
}

/// Charges rows to the answer, each with the fields that are asked of it; fragments are looked into.
///
/// # Errors
/// [`Error::TooManyValues`].
pub fn charge(ctx: &Context<'_>, rows: usize, asked: SelectionField<'_>) -> Result<(), Error> {
    let fields = asked.selection_set().count().max(1);
    loads(ctx).loader().charge((rows * fields) as u64)
}

/// One page of a list.
pub async fn slice<T: Record>(ctx: &Context<'_>, listing: &Listing) -> Result<Arc<Slice<T::Table>>, Error> {
    loads(ctx).loader().charge(1)?;
    let slice = loads(ctx).load_one(In::<T::Table, _>::new(listing.clone())).await?;
    slice.ok_or_else(|| Error::internal("a page was not loaded"))
}

/// How long a list is.
pub async fn total<T: Record>(ctx: &Context<'_>, total: Total) -> Result<i64, Error> {
    loads(ctx).loader().charge(1)?;
    let count = loads(ctx).load_one(In::<T::Table, _>::new(total)).await?;
    count.ok_or_else(|| Error::internal("a list was not counted"))
}

/// The rows with words in their texts.
pub async fn seek(ctx: &Context<'_>, seek: Seek) -> Result<Arc<Vec<Found>>, Error> {
    loads(ctx).load_one(seek).await?.ok_or_else(|| Error::internal("nothing was looked for"))
}

/// What is said of the groups of a list.
pub async fn groups<T: Record>(ctx: &Context<'_>, groups: Groups) -> Result<Arc<GroupsRead>, Error> {
    loads(ctx).loader().charge(1)?;
    let read = loads(ctx).load_one(In::<T::Table, _>::new(groups)).await?;
    read.ok_or_else(|| Error::internal("groups were not read"))
}

/// The name of the table behind a type.
pub fn table_name<T: Record>() -> &'static str {
    <T::Table as Default>::default().as_str()
}
