//! What a resolver reads with: the loads of its request.

use std::sync::Arc;

use async_graphql::{Context, InputType, SelectionField, Value, dataloader::DataLoader};
use sea_orm::{EntityTrait, IdenStatic};

use super::{
    moments::Moments,
    object::Record,
    plan::{Field, camel_case},
};
use crate::{
    domain::Stored,
    error::Error,
    store::{
        Found, Groups, GroupsRead, In, Keyed, KeyedWithin, Listing, Reader, RowId, RowKey, RowPart, Scope, Seek, Sight,
        Slice, Table, Total,
    },
};

/// The loads of one request: one statement for all that a level of the query asks of a table.
pub type Loads = DataLoader<Reader>;

/// The loads of the request: of the day that the field's root is asked of, if it is asked of one.
pub fn loads<'a>(ctx: &Context<'a>) -> &'a Loads {
    ctx.data_unchecked::<Moments>().of(ctx)
}

/// What may be seen by who asks.
pub fn sight<'a>(ctx: &Context<'a>) -> &'a Sight {
    loads(ctx).loader().sight()
}

/// The row with this id, or none: a node of the answer.
pub async fn row<T: Record>(ctx: &Context<'_>, id: i64) -> Result<Option<T>, Error> {
    let row = aside(ctx, id).await?;
    answered(ctx, usize::from(row.is_some()));
    Ok(row)
}

/// The row with this id, or none, where it is only looked at.
async fn aside<T: Record>(ctx: &Context<'_>, id: i64) -> Result<Option<T>, Error> {
    charge(ctx, 1, ctx.field())?;
    let row: Option<Arc<<T::Table as EntityTrait>::Model>> =
        loads(ctx).load_one(In::<T::Table, _>::new(RowId(id))).await?;
    Ok(row.map(T::from))
}

/// The row that a foreign key names.
pub async fn one<T: Record>(ctx: &Context<'_>, id: i64) -> Result<T, Error> {
    row(ctx, id).await?.ok_or_else(|| Error::internal(format!("{} {id} is referred to and gone", table_name::<T>())))
}

/// The row that a foreign key names, if it names one that may be seen.
pub async fn maybe<T: Record>(ctx: &Context<'_>, id: Option<i64>) -> Option<Result<T, Error>> {
    match id {
        Some(id) if T::Table::info().is_guarded() => row(ctx, id).await.transpose(),
        Some(id) => Some(one(ctx, id).await),
        None => None,
    }
}

/// A personal value of a row, if there is one and who asks may see it; `column` is where it is sealed.
pub fn personal<T: Record, V: Stored + InputType>(
    ctx: &Context<'_>,
    column: &'static str,
    row: i64,
    sealed: Option<&str>,
) -> Option<Result<V, Error>> {
    let sealed = sealed?;
    let Some((Field::Personal(personal), _)) = T::shape().fields.get(&camel_case(column)) else { return None };
    let opened = loads(ctx).loader().open(personal.coordinate, personal.purpose, row, sealed).transpose()?;
    let unreadable = |_| Error::internal(format!("{} cannot be read", personal.coordinate));
    Some(opened.and_then(|text| V::parse(Some(Value::String(text))).map_err(unreadable)))
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
    answered(ctx, usize::from(row.is_some()));
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
    answered(ctx, usize::from(row.is_some()));
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

/// Notes nodes of the answer, for which it is paid.
pub fn answered(ctx: &Context<'_>, nodes: usize) {
    loads(ctx).loader().meter().answered(nodes as u64);
}

/// One page of a list.
pub async fn slice<T: Record>(ctx: &Context<'_>, listing: &Listing) -> Result<Arc<Slice<T::Table>>, Error> {
    loads(ctx).loader().charge(1)?;
    let slice = loads(ctx).load_one(In::<T::Table, _>::new(listing.clone())).await?;
    slice.ok_or_else(|| Error::internal("a page was not loaded"))
}

/// How long a list is; nothing where that is not told to who asks.
pub async fn total<T: Record>(ctx: &Context<'_>, total: Total) -> Result<Option<i64>, Error> {
    loads(ctx).loader().charge(1)?;
    let count = loads(ctx).load_one(In::<T::Table, _>::new(total)).await?;
    count.ok_or_else(|| Error::internal("a list was not counted"))
}

/// Whether all people of a list are invented, or none is; nothing where it is a mixture.
pub async fn invented<T: Record>(ctx: &Context<'_>, scope: Scope) -> Result<Option<bool>, Error> {
    loads(ctx).loader().all_invented(T::Table::info(), scope).await
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
