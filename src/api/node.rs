//! Looking anything up by its id.

use async_graphql::{Context, ID, Interface, OutputType, ServerResult, Value};

use super::{
    context::{one, row, table_name},
    history::History,
    object::Record,
    plan::Shape,
    types::{
        AccessLogEntry, Award, City, Dataset, Designation, Festival, FestivalGuest, FormerCity, FormerDistrict,
        FormerWard, Indicator, Member, MovementModel, Observation, Organisation, Source, Team, Ward,
    },
};
use crate::{error::Error, ids::NodeId};

/// Most ids that `nodes` takes at once.
pub const MAX_IDS: usize = 200;

/// Declares which types are nodes, and how one is found by the name of its table.
macro_rules! nodes {
    ($($name:ident,)+) => {
        /// Anything with an id (đối tượng có mã định danh).
        #[derive(Clone, Debug, Interface)]
        #[graphql(field(
            name = "id",
            ty = "ID",
            desc = "The object's id in this API: opaque, stable, for `node` and `nodes`. It is not an official code (mã định danh)."
        ), field(
            name = "history",
            ty = "Result<History, Error>",
            desc = "What became of it, the newest change first: what it was, what it became, when, and through which key (lịch sử thay đổi). Needs the scope `registry:write`. Of a row that is gone, `history` at the root tells; entries of the access log never change, and have none.",
            arg(
                name = "first",
                ty = "Option<i32>",
                desc = "At most so many changes: 20 if it is left out, at most 100 (số thay đổi tối đa)."
            ),
            arg(
                name = "before",
                ty = "Option<String>",
                desc = "Only older ones: `older` of the page before (trước vị trí)."
            )
        ))]
        pub enum Node {
            $(#[doc = concat!("A row of `", stringify!($name), "`.")] $name($name),)+
        }

        /// What a plan knows of the type whose table this is, if there is one.
        pub fn shape(table: &str) -> Option<&'static Shape> {
            $(if table == table_name::<$name>() {
                return Some($name::shape());
            })+
            None
        }

        /// What a plan knows of the type of this name, if it is one of a row.
        pub fn shape_named(name: &str) -> Option<&'static Shape> {
            $(if name == stringify!($name) {
                return Some($name::shape());
            })+
            None
        }

        /// What a plan knows of each of these types.
        pub fn shapes() -> impl Iterator<Item = &'static Shape> {
            [$($name::shape),+].into_iter().map(|shape| shape())
        }

        /// What is selected of the row of a table with this number.
        ///
        /// # Errors
        /// The database's, and [`Error::Internal`] when the row is gone.
        pub async fn resolve_row(ctx: &Context<'_>, table: &str, number: i64) -> ServerResult<Value> {
            let selected = ctx.with_selection_set(&ctx.item.node.selection_set);
            let failed = |error: Error| ctx.set_error_path(async_graphql::Error::from(error).into_server_error(ctx.item.pos));
            $(if table == table_name::<$name>() {
                let row = one::<$name>(ctx, number).await.map_err(failed)?;
                return OutputType::resolve(&row, &selected, ctx.item).await;
            })+
            Err(failed(Error::internal(format!("{table} is no table of nodes"))))
        }

        /// The object with this id, or none.
        ///
        /// # Errors
        /// [`Error::BadInput`] for an id that this API did not give.
        pub async fn node(ctx: &Context<'_>, id: &str) -> Result<Option<Node>, Error> {
            let NodeId { table, row: number } = NodeId::decode(id)?;
            match shape(&table) {
                Some(_) => of_table(ctx, &table, number).await,
                None => Err(NodeId::refuse(id)),
            }
        }

        /// The object of this row, or none.
        ///
        /// # Errors
        /// Those of reading it.
        pub async fn of_table(ctx: &Context<'_>, table: &str, number: i64) -> Result<Option<Node>, Error> {
            $(if table == table_name::<$name>() {
                return Ok(row::<$name>(ctx, number).await?.map(Node::from));
            })+
            Ok(None)
        }
    };
}

nodes! {
    AccessLogEntry, Award, City, Dataset, Designation, Festival, FestivalGuest, FormerCity, FormerDistrict, FormerWard, Indicator,
    Member, MovementModel, Observation, Organisation, Source, Team, Ward,
}
