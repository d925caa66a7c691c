//! Lists, as Relay connections: pages with cursors, and a count that costs nothing unless it is asked for.

use std::{
    borrow::Cow,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    Context, ContextSelectionSet, Object, OutputType, Positioned, ServerResult, SimpleObject, TypeName, Value,
    parser::types::Field as Selected, registry::Registry,
};

use sea_orm::EntityTrait;

use super::{
    context::{answered, charge, groups, sight, slice, total},
    group::{self, Aggregate, GroupArgs},
    input::{Filter, GroupBy, GroupOrder, Having, Order, filter, order},
    object::Record,
    rows::Rows,
};
use crate::{
    error::Error,
    store::{self, Grouping, Groups, Listing, Page, PageArgs, Position, Scope, Slice, Table, Total},
};

/// A list that nothing has been read of yet.
#[derive(Debug)]
pub struct Connection<T> {
    listing: Listing,
    /// Whether its rows were counted as nodes of the answer: however often they are asked for, they are read once.
    counted: AtomicBool,
    of: PhantomData<fn() -> T>,
}

impl<T: Record> Connection<T> {
    /// The page of a list that the arguments ask for, `filter` and `order` as the client gave them.
    ///
    /// # Errors
    /// Those of [`Page::try_new`], of [`filter::read`] and of [`order::read`].
    pub fn try_new(
        ctx: &Context<'_>,
        scope: Scope,
        args: PageArgs,
        filter: Option<Filter<T>>,
        order: Option<Vec<Order<T>>>,
    ) -> Result<Self, Error> {
        let orders: Vec<_> = order.into_iter().flatten().map(|order| order.0).collect();
        let args = PageArgs {
            filter: filter.map(|filter| filter::read(T::shape(), &filter.0, sight(ctx))).transpose()?,
            order: order::read(T::shape(), &orders, sight(ctx))?,
            ..args
        };
        let page = Page::try_new(T::Table::info(), args)?;
        Ok(Self { listing: Listing { scope, page }, counted: AtomicBool::new(false), of: PhantomData })
    }

    /// Notes that the rows of its page were read.
    fn read(&self, ctx: &Context<'_>, page: &Slice<T::Table>) {
        if !self.counted.swap(true, Ordering::Relaxed) {
            answered(ctx, page.rows.len());
        }
    }

    fn groups(&self, grouping: Arc<Grouping>) -> Groups {
        Groups { scope: self.listing.scope, filter: self.listing.page.filter.clone(), grouping }
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

// Each field asks for the page anew: within one level equal loads are one, so that the page is read once or not at all.
/// One page of a list, in the order in which the rows were entered unless `orderBy` or the field says otherwise. The list itself may be longer: see `pageInfo` and `totalCount` (một trang của danh sách).
#[Object(name_type)]
impl<T: Record> Connection<T> {
    /// The rows of the page, each with its cursor (các dòng kèm con trỏ).
    async fn edges(&self, ctx: &Context<'_>) -> Result<Rows<Edge<T>>, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        for asked in ctx.field().selection_set() {
            charge(ctx, page.rows.len(), asked)?;
        }
        self.read(ctx, &page);
        let order = &self.listing.page.order;
        let edge = |(place, row): &(Position, Arc<<T::Table as EntityTrait>::Model>)| Edge {
            cursor: cursor::<T>(place, order),
            node: T::from(row.clone()),
        };
        Ok(Rows(page.rows.iter().map(edge).collect()))
    }

    /// The rows of the page, without cursors (các dòng).
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Rows<T>, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        charge(ctx, page.rows.len(), ctx.field())?;
        self.read(ctx, &page);
        Ok(Rows(page.rows.iter().map(|(_, row)| T::from(row.clone())).collect()))
    }

    /// Where the page stands in its list (thông tin trang).
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo, Error> {
        let page = slice::<T>(ctx, &self.listing).await?;
        self.read(ctx, &page);
        Ok(PageInfo::of::<T>(&self.listing.page, &page))
    }

    /// How many rows the whole list has, those that `filter` leaves out not counted, whatever page of it is shown (tổng số dòng). Counted only when selected. Of people it is null without the scope `members:read` for fewer than 5, where other counts would tell how many these are, and with `asOf`.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Count<T>, Error> {
        let count = total::<T>(ctx, Total(self.listing.scope, self.listing.page.filter.clone())).await?;
        let count = count.map(i32::try_from).transpose().map_err(Error::internal)?;
        Ok(Count(count, PhantomData))
    }

    /// What is said of all rows of the list at once, those that `filter` leaves out not among them: counts, sums, means and ends, counted now (thống kê toàn danh sách).
    async fn aggregate(&self, ctx: &Context<'_>) -> Result<Aggregate<T>, Error> {
        let mut grouping = Grouping::default();
        group::ask::<T>(&mut grouping, ctx.field(), sight(ctx))?;
        let grouping = Arc::new(grouping);
        let read = groups::<T>(ctx, self.groups(grouping.clone())).await?;
        let group = read.groups.first().cloned().unwrap_or_default();
        let count = match sight(ctx).hides(T::Table::info()) {
            true => total::<T>(ctx, Total(self.listing.scope, None)).await?,
            false => Some(group.count),
        };
        Ok(Aggregate { grouping, group, count, merged: false, version: read.version, of: PhantomData })
    }

    /// The rows of the list in groups, those that `filter` leaves out in none; whatever page of it is shown (nhóm dữ liệu).
    #[graphql(name = "groupBy")]
    #[expect(clippy::too_many_arguments, reason = "they are those of the field")]
    async fn group_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the rows of a group have in common: at most 4 things, each once (tiêu chí nhóm).")]
        by: Vec<GroupBy<T>>,
        #[graphql(desc = "Which groups to keep; all if it is left out (điều kiện trên nhóm).")] having: Option<
            Having<T>,
        >,
        #[graphql(
            desc = "What to order the groups by; those with the most rows come first if it is left out (sắp xếp nhóm)."
        )]
        order_by: Option<Vec<GroupOrder<T>>>,
        #[graphql(desc = "At most so many groups: 50 if it is left out, at most 200 (số nhóm).")] first: Option<i32>,
        #[graphql(
            desc = "Whether all groups behind those are to come as one, in `others` (gộp các nhóm còn lại).",
            default
        )]
        others: bool,
        #[graphql(
            desc = "Whether periods without rows, between those that have some, come too, with a count of 0. Needs a single period in `by` and groups in the order of time (điền các kỳ trống).",
            default
        )]
        fill_gaps: bool,
        #[graphql(
            desc = "Where the days of moments begin: `Asia/Ho_Chi_Minh` if it is left out, `UTC`, or a difference such as `+07:00`. Days have no zone (múi giờ)."
        )]
        time_zone: Option<String>,
    ) -> Result<group::Groups<T>, Error> {
        let args = GroupArgs {
            by: by.into_iter().map(|by| by.0).collect(),
            having: having.map(|having| having.0),
            order: order_by.into_iter().flatten().map(|order| order.0).collect(),
            first,
            others,
            fill_gaps,
            time_zone,
        };
        let wanted = group::Wanted::try_new::<T>(&args, ctx.field(), sight(ctx))?;
        let read = groups::<T>(ctx, self.groups(wanted.grouping.clone())).await?;
        answered(ctx, read.groups.len());
        Ok(wanted.groups(&read))
    }
}

/// A number of rows: never null, but of people, who are not counted for everyone where they are few.
#[derive(Clone, Copy, Debug)]
pub struct Count<T>(Option<i32>, PhantomData<fn() -> T>);

impl<T: Record> OutputType for Count<T> {
    fn type_name() -> Cow<'static, str> {
        <i32 as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        match T::Table::info().is_guarded() {
            true => <Option<i32> as OutputType>::qualified_type_name(),
            false => <i32 as OutputType>::qualified_type_name(),
        }
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <i32 as OutputType>::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Selected>) -> ServerResult<Value> {
        Ok(self.0.map_or(Value::Null, Value::from))
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
    /// The row's place in the list, for `after` and `before`: opaque, and good for lists of this type in this order only (con trỏ).
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
            start_cursor: slice.rows.first().map(|(place, _)| cursor::<T>(place, &page.order)),
            end_cursor: slice.rows.last().map(|(place, _)| cursor::<T>(place, &page.order)),
        }
    }
}

fn cursor<T: Record>(place: &Position, order: &store::Order) -> String {
    place.encode(T::Table::info(), order)
}
