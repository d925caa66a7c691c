//! Lists, as Relay connections: pages with cursors, and a count that costs nothing unless it is asked for.

use std::{borrow::Cow, marker::PhantomData};

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};

use super::{
    context::{charge, slice, total},
    object::Record,
    rows::Rows,
};
use crate::{
    error::Error,
    store::{Listing, Page, PageArgs, Position, Scope, Slice, Table, Total},
};

/// A list that nothing has been read of yet.
#[derive(Debug)]
pub struct Connection<T> {
    listing: Listing,
    of: PhantomData<fn() -> T>,
}

impl<T: Record> Connection<T> {
    /// The page of a list that the arguments ask for.
    ///
    /// # Errors
    /// Those of [`Page::try_new`].
    pub fn try_new(scope: Scope, args: &PageArgs) -> Result<Self, Error> {
        let page = Page::try_new::<T::Table>(args)?;
        Ok(Self { listing: Listing { scope, page }, of: PhantomData })
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

// Each field asks for the page anew: within one level equal loads are one, so that the page is read once or not at all.
/// One page of a list, in the order in which the rows were entered unless the field says otherwise. The list itself may be longer: see `pageInfo` and `totalCount` (một trang của danh sách).
#[Object(name_type)]
impl<T: Record> Connection<T> {
    /// The rows of the page, each with its cursor (các dòng kèm con trỏ).
    async fn edges(&self, ctx: &Context<'_>) -> Result<Rows<Edge<T>>, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        for asked in ctx.field().selection_set() {
            charge(ctx, page.rows.len(), asked)?;
        }
        let edge = |row: &std::sync::Arc<_>| Edge { cursor: cursor::<T>(row), node: T::from(row.clone()) };
        Ok(Rows(page.rows.iter().map(edge).collect()))
    }

    /// The rows of the page, without cursors (các dòng).
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Rows<T>, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        charge(ctx, page.rows.len(), ctx.field())?;
        Ok(Rows(page.rows.iter().cloned().map(T::from).collect()))
    }

    /// Where the page stands in its list (thông tin trang).
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        Ok(PageInfo::of::<T>(&self.listing.page, &page))
    }

    /// How many rows the whole list has, whatever page of it is shown (tổng số dòng). Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, Error> {
        let count = total::<T>(ctx, Total(self.listing.scope)).await?;
        i32::try_from(count).map_err(Error::internal)
    }
}

/// A row of a list and its place in it (một dòng và vị trí của nó).
#[derive(Debug)]
pub struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A row of a list and its place in it (một dòng và vị trí của nó).
#[Object(name_type)]
impl<T: Record> Edge<T> {
    /// The row's place in the list, for `after` and `before`: opaque, and good for lists of this type only (con trỏ).
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row (dòng dữ liệu).
    async fn node(&self) -> &T {
        &self.node
    }
}

/// Where a page stands in its list (thông tin trang).
#[derive(Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow this page. Paging forward: exact, up to `before` if that was given. Paging backward: whether `before` was given (còn trang sau).
    has_next_page: bool,
    /// Whether rows precede this page. Paging backward: exact, down to `after` if that was given. Paging forward: whether `after` was given (còn trang trước).
    has_previous_page: bool,
    /// The cursor of the page's first row; null when the page is empty (con trỏ đầu trang).
    start_cursor: Option<String>,
    /// The cursor of the page's last row; null when the page is empty (con trỏ cuối trang).
    end_cursor: Option<String>,
}

impl PageInfo {
    fn of<T: Record>(page: &Page, slice: &Slice<T::Table>) -> Self {
        let (has_next_page, has_previous_page) =
            if page.backward { (page.before.is_some(), slice.more) } else { (slice.more, page.after.is_some()) };
        Self {
            has_next_page,
            has_previous_page,
            start_cursor: slice.rows.first().map(|row| cursor::<T>(row)),
            end_cursor: slice.rows.last().map(|row| cursor::<T>(row)),
        }
    }
}

fn cursor<T: Record>(row: &<T::Table as sea_orm::EntityTrait>::Model) -> String {
    Position::of::<T::Table>(row).encode(T::Table::info())
}
