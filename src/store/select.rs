//! The statements behind every list, look-up and count, for both engines.
//!
//! A statement's text depends on the shape of the question only: ids go in as one array, so that every batch of a level
//! is one statement, prepared once, however many parents it serves.

use sea_orm::{
    DbBackend, EntityTrait, IdenStatic, QueryTrait, Value,
    sea_query::{
        Asterisk, Expr, ExprTrait, Func, FunctionCall, JoinType, Order, Query, SelectStatement, value::ArrayType,
    },
};

use super::{
    page::{Page, Position},
    table::{KeyedWithin, Relation, Table},
};

/// The column of a statement's rows that says which parent they belong to.
pub(super) const PARENT: &str = "parent_id";

/// `expr` is one of `ids`.
fn is_any(engine: DbBackend, expr: Expr, values: Values<'_>) -> Expr {
    match engine {
        DbBackend::Sqlite => {
            let list = Query::select().column("value").from_function(values.sqlite(), "listed").to_owned();
            expr.in_subquery(list)
        }
        _ => expr.eq(Expr::expr(Func::cust("ANY").arg(values.postgres()))),
    }
}

/// Ids or keys, sent as one value.
#[derive(Clone, Copy)]
pub(super) enum Values<'a> {
    Ids(&'a [i64]),
    Keys(&'a [String]),
}

impl Values<'_> {
    /// The values as rows, on SQLite: a table-valued function with a column `value`.
    fn sqlite(self) -> FunctionCall {
        let json = match self {
            Self::Ids(ids) => serde_json::json!(ids),
            Self::Keys(keys) => serde_json::json!(keys),
        };
        Func::cust("json_each").arg(json.to_string())
    }

    /// The values as an array, on PostgreSQL.
    fn postgres(self) -> Value {
        match self {
            Self::Ids(ids) => {
                Value::Array(ArrayType::BigInt, Some(Box::new(ids.iter().map(|id| (*id).into()).collect())))
            }
            Self::Keys(keys) => {
                Value::Array(ArrayType::String, Some(Box::new(keys.iter().map(|key| key.as_str().into()).collect())))
            }
        }
    }
}

/// The rows whose `column` is one of `values`.
pub(super) fn by_column<E: Table>(engine: DbBackend, column: &'static str, values: Values<'_>) -> SelectStatement {
    let mut query = E::find().into_query();
    query.and_where(is_any(engine, Expr::col((name::<E>(), column)), values));
    query
}

/// The rows of any of the parents that have any of the codes.
pub(super) fn by_parts<E: KeyedWithin>(engine: DbBackend, parents: &[i64], keys: &[String]) -> SelectStatement {
    let mut query = by_column::<E>(engine, E::PARENT.as_str(), Values::Ids(parents));
    query.and_where(is_any(engine, Expr::col((name::<E>(), E::KEY.as_str())), Values::Keys(keys)));
    query
}

/// One page of all rows.
pub(super) fn page_of_all<E: Table>(page: &Page) -> SelectStatement {
    let mut query = E::find().into_query();
    cut::<E>(&mut query, name::<E>(), page);
    query
}

/// One page of each parent's rows, with [`PARENT`], in the order of the parents' ids and then of the list. It reads one
/// row a parent more than the page has, so that the reader knows whether there are more.
pub(super) fn page_of_each<E: Table>(
    engine: DbBackend,
    relation: &Relation,
    parents: &[i64],
    page: &Page,
) -> SelectStatement {
    match engine {
        DbBackend::Sqlite => page_of_each_sqlite::<E>(relation, parents, page),
        _ => page_of_each_postgres::<E>(relation, parents, page),
    }
}

/// `LATERAL` runs the page's own statement for each parent, and stops it at the page's end.
fn page_of_each_postgres<E: Table>(relation: &Relation, parents: &[i64], page: &Page) -> SelectStatement {
    let mut rows = E::find().into_query();
    belonging(&mut rows, name::<E>(), relation, Expr::col(("parent", "parent")));
    cut::<E>(&mut rows, name::<E>(), page);

    let mut query = Query::select();
    query
        .expr_as(Expr::col(("parent", "parent")), PARENT)
        .column((name::<E>(), Asterisk))
        .from_function(Func::cust("unnest").arg(Values::Ids(parents).postgres()), "parent")
        .join_lateral(JoinType::InnerJoin, rows, name::<E>(), Expr::cust("TRUE"))
        .order_by(PARENT, Order::Asc);
    in_order::<E>(&mut query, name::<E>(), page.backward);
    query
}

/// SQLite has no `LATERAL`; the ids of a page come from a correlated subquery that stops at the page's end, served by the
/// same index, and each row is then read by its id.
fn page_of_each_sqlite<E: Table>(relation: &Relation, parents: &[i64], page: &Page) -> SelectStatement {
    const CANDIDATE: &str = "candidate";
    let mut ids = Query::select();
    ids.column((CANDIDATE, "id")).from_as(name::<E>(), CANDIDATE);
    belonging(&mut ids, CANDIDATE, relation, Expr::col(("parent", "value")));
    cut::<E>(&mut ids, CANDIDATE, page);

    let mut query = E::find().into_query();
    query
        .expr_as(Expr::col(("parent", "value")), PARENT)
        .from_clear()
        .from_function(Values::Ids(parents).sqlite(), "parent")
        .join(JoinType::InnerJoin, name::<E>(), Expr::col((name::<E>(), "id")).in_subquery(ids))
        .order_by(PARENT, Order::Asc);
    in_order::<E>(&mut query, name::<E>(), page.backward);
    query
}

/// The number of all rows.
pub(super) fn count_of_all<E: Table>() -> SelectStatement {
    Query::select().expr_as(Expr::col(Asterisk).count(), "total").from(name::<E>()).to_owned()
}

/// The number of each parent's rows; a parent without rows is absent.
pub(super) fn count_of_each<E: Table>(engine: DbBackend, relation: &Relation, parents: &[i64]) -> SelectStatement {
    let (table, column) = match *relation {
        Relation::Column(column) => (name::<E>(), column),
        Relation::Pairs { table, parent, .. } => (table, parent),
    };
    let mut query = Query::select();
    query
        .expr_as(Expr::col((table, column)), PARENT)
        .expr_as(Expr::col(Asterisk).count(), "total")
        .from(table)
        .and_where(is_any(engine, Expr::col((table, column)), Values::Ids(parents)))
        .group_by_col((table, column));
    query
}

fn name<E: EntityTrait + IdenStatic + Default>() -> &'static str {
    E::default().as_str()
}

/// Keeps the rows of `alias` that `parent` reaches.
fn belonging(query: &mut SelectStatement, alias: &'static str, relation: &Relation, parent: Expr) {
    match *relation {
        Relation::Column(column) => {
            query.and_where(Expr::col((alias, column)).eq(parent));
        }
        Relation::Pairs { table, parent: column, row } => {
            query
                .inner_join(table, Expr::col((table, row)).equals((alias, "id")))
                .and_where(Expr::col((table, column)).eq(parent));
        }
    }
}

/// Keeps one page and one row more, in the page's direction.
fn cut<E: Table>(query: &mut SelectStatement, alias: &'static str, page: &Page) {
    let (behind, ahead) = match E::DIRECTION {
        Order::Desc => (ExprTrait::lt as fn(Expr, Expr) -> Expr, ExprTrait::gt as fn(Expr, Expr) -> Expr),
        _ => (ExprTrait::gt as fn(Expr, Expr) -> Expr, ExprTrait::lt as fn(Expr, Expr) -> Expr),
    };
    for (position, keep) in [(&page.after, behind), (&page.before, ahead)] {
        if let Some(position) = position {
            query.and_where(keep(columns::<E>(alias), values(position)));
        }
    }
    in_order::<E>(query, alias, page.backward);
    query.limit(u64::from(page.rows) + 1);
}

/// The ordering columns as one row value, which an index over them serves.
fn columns<E: Table>(alias: &'static str) -> Expr {
    let mut columns: Vec<Expr> = E::ORDER.iter().map(|column| Expr::col((alias, column.as_str()))).collect();
    columns.push(Expr::col((alias, "id")));
    one_or_tuple(columns)
}

fn values(position: &Position) -> Expr {
    one_or_tuple(position.values().map(Expr::val).collect())
}

fn one_or_tuple(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::tuple(parts) }
}

fn in_order<E: Table>(query: &mut SelectStatement, alias: &'static str, backward: bool) {
    let descending = (E::DIRECTION == Order::Desc) != backward;
    let order = if descending { Order::Desc } else { Order::Asc };
    for column in E::ORDER {
        query.order_by((alias, column.as_str()), order.clone());
    }
    query.order_by((alias, "id"), order);
}
