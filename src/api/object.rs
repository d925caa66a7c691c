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

/// Declares a type of the schema over an entity. Doc comments become the schema's descriptions.
///
/// - `columns`: plain columns of the row;
/// - `one`: the row that a column names, never null;
/// - `maybe`: the row that a column names, if it names one;
/// - `choice`: the row that the first of several columns names, as an interface or a union;
/// - `many`: the rows that a relation of the store leads to, as a connection;
/// - `personal`: columns that not everyone may see.
///
/// `is` names the interfaces and unions that the type belongs to, but for `Node`.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident over $entity:ident $(is $($abstract:ident),+)?
        columns { $($(#[$column_doc:meta])* $column:ident: $column_type:ty,)* }
        $(one { $($(#[$one_doc:meta])* $one:ident: $one_type:ident by $one_key:ident,)* })?
        $(maybe { $($(#[$maybe_doc:meta])* $maybe:ident: $maybe_type:ident by $maybe_key:ident,)* })?
        $(choice { $($(#[$choice_doc:meta])* $choice:ident: $choice_type:ident of $($of_type:ident by $of_key:ident),+;)* })?
        $(many { $($(#[$many_doc:meta])* $many:ident: $many_type:ident in $relation:path,)* })?
        $(personal { $($(#[$personal_doc:meta])* $personal:ident: $personal_type:ty,)* })?
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

                use crate::{api::{plan::{Field, Shape, named}, types}, domain::Stored, store::{Page, Table}};

                static SHAPE: LazyLock<Shape> = LazyLock::new(|| Shape {
                    name: stringify!($name),
                    is: &[$($(stringify!($abstract)),+)?],
                    table: crate::entities::$entity::Entity::info(),
                    page: Page::try_new::<crate::entities::$entity::Entity>,
                    fields: named([
                        ("id", Field::Id),
                        ("version", Field::Column("version", i32::KIND)),
                        ("updated_at", Field::Column("updated_at", crate::domain::DateTime::KIND)),
                        $((stringify!($column), Field::Column(stringify!($column), <$column_type>::KIND)),)*
                        $($((stringify!($one), Field::One(stringify!($one_key), types::$one_type::shape)),)*)?
                        $($((stringify!($maybe), Field::Maybe(stringify!($maybe_key), types::$maybe_type::shape)),)*)?
                        $($((stringify!($choice), Field::Choice(&[$((stringify!($of_key), types::$of_type::shape)),+])),)*)?
                        $($((stringify!($many), Field::Many(&$relation, types::$many_type::shape)),)*)?
                        $($((stringify!($personal), Field::Personal(stringify!($personal), <$personal_type>::KIND)),)*)?
                    ]),
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

            $($(#[$column_doc])* pub async fn $column(&self) -> &$column_type {
                &self.0.$column
            })*

            $($($(#[$one_doc])* pub async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Result<crate::api::types::$one_type, crate::error::Error> {
                crate::api::context::one(ctx, self.0.$one_key).await
            })*)?

            $($($(#[$maybe_doc])* pub async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<Result<crate::api::types::$maybe_type, crate::error::Error>> {
                crate::api::context::maybe(ctx, self.0.$maybe_key).await
            })*)?

            $($($(#[$many_doc])* pub async fn $many(
                &self,
                #[graphql(desc = "At most so many rows, from the front of the list. 20 when neither `first` nor `last` is given; at most 200 (số dòng đầu).")]
                first: Option<i32>,
                #[graphql(desc = "Only rows behind the one with this cursor (sau con trỏ).")] after: Option<String>,
                #[graphql(desc = "At most so many rows, from the back of the list; at most 200 (số dòng cuối).")] last: Option<i32>,
                #[graphql(desc = "Only rows before the one with this cursor (trước con trỏ).")] before: Option<String>,
            ) -> Result<crate::api::connection::Connection<crate::api::types::$many_type>, crate::error::Error> {
                let page = crate::store::PageArgs { first, after, last, before };
                crate::api::connection::Connection::try_new(crate::store::Scope::Of(&$relation, self.0.id), &page)
            })*)?

            $($($(#[$choice_doc])* pub async fn $choice(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Result<crate::api::types::$choice_type, crate::error::Error> {
                $(if let Some(id) = self.0.$of_key {
                    return Ok(crate::api::context::one::<crate::api::types::$of_type>(ctx, id).await?.into());
                })+
                Err(crate::error::Error::internal(concat!("a ", stringify!($entity), " has no ", stringify!($choice))))
            })*)?

            $($($(#[$personal_doc])* pub async fn $personal(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<Result<$personal_type, crate::error::Error>> {
                crate::api::context::personal(ctx, self.0.dataset_id, self.0.$personal.clone()).await
            })*)?

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
