//! How a type of the schema is written down: its columns, and its relations both ways.

use std::sync::Arc;

use async_graphql::OutputType;
use sea_orm::EntityTrait;

use super::plan::Shape;
use crate::store::Table;

/// A type of the schema that stands for the rows of a table.
pub trait Record: From<Arc<<Self::Table as EntityTrait>::Model>> + OutputType {
    /// The table.
    type Table: Table;

    /// What a plan knows of it.
    fn shape() -> &'static Shape;
}

/// Of the fields that every type has.
pub const ID: &str =
    "The object's id in this API: opaque, stable, for `node` and `nodes`. It is not an official code (mã định danh).";
/// See [`ID`].
pub const VERSION: &str = "How often the row was written: 1 when it was created, raised by every change (phiên bản).";
/// See [`ID`].
pub const UPDATED_AT: &str = "When the row was last written (cập nhật lúc), in UTC.";

/// Declares a type of the schema over an entity. Doc comments become the schema's descriptions.
///
/// - `columns`: plain columns of the row;
/// - `one`: the row that a column names, never null;
/// - `maybe`: the row that a column names, if it names one;
/// - `choice`: the row that the first of several columns names, as an interface or a union;
/// - `many`: the rows that a relation of the store leads to, as a connection;
/// - `personal`: columns with values sealed for a purpose, which not everyone may see; some may be found by their hashes;
/// - `fields`: resolvers that are none of these, written out; only ordinary execution answers them;
/// - `filters`: columns of the rows that a relation leads to, which are asked for and not shown.
///
/// `is` names the interfaces and unions that the type belongs to, but for `Node`.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident over $entity:ident $(is $($abstract:ident),+)?
        columns { $($(#[doc = $column_doc:literal])* $column:ident: $column_type:ty,)* }
        $(one { $($(#[doc = $one_doc:literal])* $one:ident: $one_type:ident by $one_key:ident,)* })?
        $(maybe { $($(#[doc = $maybe_doc:literal])* $maybe:ident: $maybe_type:ident by $maybe_key:ident,)* })?
        $(choice { $($(#[doc = $choice_doc:literal])* $choice:ident: $choice_type:ident of $($of_type:ident by $of_key:ident),+;)* })?
        $(many { $($(#[doc = $many_doc:literal])* $many:ident: $many_type:ident in $relation:path,)* })?
        $(personal { $($(#[doc = $personal_doc:literal])* $personal:ident: $personal_type:ty as $purpose:ident $(found by $hash:ident)?,)* })?
        $(fields { $($field_tokens:tt)* })?
        $(filters { $($(#[doc = $asked_doc:literal])* $asked:ident: $asked_column:ident of $asked_type:ident in $asked_relation:path,)* })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub std::sync::Arc<crate::entities::$entity::Model>);

        impl From<std::sync::Arc<crate::entities::$entity::Model>> for $name {
            fn from(row: std::sync::Arc<crate::entities::$entity::Model>) -> Self {
                Self(row)
            }
        }

        impl crate::api::object::Record for $name {
            type Table = crate::entities::$entity::Entity;

            fn shape() -> &'static crate::api::plan::Shape {
                use std::sync::LazyLock;

                use crate::{
                    api::{object, plan::{Column, Field, Shape, camel_case}},
                    store::Table,
                };

                static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
                    let fields = [
                        ("id", Field::Id, object::ID),
                        $((
                            stringify!($column),
                            Field::Column(Column::of::<$column_type>(stringify!($column))),
                            concat!($($column_doc),*),
                        ),)*
                        $($((
                            stringify!($one),
                            Field::One(stringify!($one_key), crate::api::types::$one_type::shape),
                            concat!($($one_doc),*),
                        ),)*)?
                        $($((
                            stringify!($maybe),
                            Field::Maybe(stringify!($maybe_key), crate::api::types::$maybe_type::shape),
                            concat!($($maybe_doc),*),
                        ),)*)?
                        $($((
                            stringify!($choice),
                            Field::Choice(&[$((stringify!($of_key), crate::api::types::$of_type::shape)),+]),
                            concat!($($choice_doc),*),
                        ),)*)?
                        $($((
                            stringify!($many),
                            Field::Many(&$relation, crate::api::types::$many_type::shape),
                            concat!($($many_doc),*),
                        ),)*)?
                        $($((
                            stringify!($personal),
                            Field::Personal(crate::api::plan::Personal {
                                column: stringify!($personal),
                                kind: <$personal_type as crate::domain::Stored>::KIND,
                                coordinate: crate::api::plan::coordinate(stringify!($name), stringify!($personal)),
                                asked: crate::api::plan::coordinate(concat!("filter:", stringify!($name)), stringify!($personal)),
                                purpose: crate::secrets::Purpose::$purpose,
                                hash: <[&'static str]>::first(&[$(stringify!($hash))?]).copied(),
                            }),
                            concat!($($personal_doc),*),
                        ),)*)?
                        $($((
                            stringify!($asked),
                            Field::Through(&$asked_relation, crate::api::types::$asked_type::shape, stringify!($asked_column)),
                            concat!($($asked_doc),*),
                        ),)*)?
                        ("version", Field::Column(Column::of::<i32>("version")), object::VERSION),
                        (
                            "updated_at",
                            Field::Column(Column::of::<crate::domain::DateTime>("updated_at")),
                            object::UPDATED_AT,
                        ),
                    ];
                    Shape {
                        name: stringify!($name),
                        is: &[$($(stringify!($abstract)),+)?],
                        table: crate::entities::$entity::Entity::info(),
                        fields: fields.into_iter().map(|(name, field, text)| (camel_case(name), (field, text))).collect(),
                    }
                });
                &SHAPE
            }
        }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            /// The object's id in this API: opaque, stable, for `node` and `nodes`. It is not an official code (mã định danh).
            pub async fn id(&self) -> async_graphql::ID {
                crate::ids::NodeId::encode(crate::api::context::table_name::<Self>(), self.0.id).into()
            }

            $($(#[doc = $column_doc])* pub async fn $column(&self) -> &$column_type {
                &self.0.$column
            })*

            $($($(#[doc = $one_doc])* pub async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Result<crate::api::types::$one_type, crate::error::Error> {
                crate::api::context::one(ctx, self.0.$one_key).await
            })*)?

            $($($(#[doc = $maybe_doc])* pub async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<Result<crate::api::types::$maybe_type, crate::error::Error>> {
                crate::api::context::maybe(ctx, self.0.$maybe_key).await
            })*)?

            $($($(#[doc = $many_doc])* pub async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "At most so many rows, from the front of the list. 20 when neither `first` nor `last` is given; at most 200 (số dòng đầu).")]
                first: Option<i32>,
                #[graphql(desc = "Only rows behind the one with this cursor (sau con trỏ).")] after: Option<String>,
                #[graphql(desc = "At most so many rows, from the back of the list; at most 200 (số dòng cuối).")] last: Option<i32>,
                #[graphql(desc = "Only rows before the one with this cursor (trước con trỏ).")] before: Option<String>,
                #[graphql(desc = "Which rows to keep; all if it is left out (điều kiện lọc).")] filter: Option<crate::api::input::Filter<crate::api::types::$many_type>>,
                #[graphql(desc = "What to order by: by the first of these, among equals by the second, and so on; the id decides at last. At most 8 (sắp xếp).")] order_by: Option<Vec<crate::api::input::Order<crate::api::types::$many_type>>>,
            ) -> Result<crate::api::connection::Connection<crate::api::types::$many_type>, crate::error::Error> {
                let page = crate::store::PageArgs { first, after, last, before, ..Default::default() };
                crate::api::connection::Connection::try_new(
                    ctx, crate::store::Scope::Of(&$relation, self.0.id), page, filter, order_by)
            })*)?

            $($($(#[doc = $choice_doc])* pub async fn $choice(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Result<crate::api::types::$choice_type, crate::error::Error> {
                $(if let Some(id) = self.0.$of_key {
                    return Ok(crate::api::context::one::<crate::api::types::$of_type>(ctx, id).await?.into());
                })+
                Err(crate::error::Error::internal(concat!("a ", stringify!($entity), " has no ", stringify!($choice))))
            })*)?

            $($($(#[doc = $personal_doc])* pub async fn $personal(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<Result<$personal_type, crate::error::Error>> {
                let sealed = self.0.$personal.as_deref();
                crate::api::context::personal::<Self, _>(ctx, stringify!($personal), self.0.id, sealed)
            })*)?

            $($($field_tokens)*)?

            /// What became of it, the newest change first: what it was, what it became, when, and through which key (lịch sử thay đổi). Needs the scope `registry:write`. Of a row that is gone, `history` at the root tells.
            pub async fn history(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "At most so many changes: 20 if it is left out, at most 100 (số thay đổi tối đa).")] first: Option<i32>,
                #[graphql(desc = "Only older ones: `older` of the page before (trước vị trí).")] before: Option<String>,
            ) -> Result<crate::api::history::History, crate::error::Error> {
                crate::api::history::of::<Self>(ctx, self.0.id, first, before).await
            }

            /// How often the row was written: 1 when it was created, raised by every change (phiên bản).
            pub async fn version(&self) -> i32 {
                self.0.version
            }

            /// When the row was last written (cập nhật lúc), in UTC.
            pub async fn updated_at(&self) -> crate::domain::DateTime {
                crate::domain::DateTime(self.0.updated_at)
            }
        }
    };
}
pub(super) use object;
