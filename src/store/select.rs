//! The statements behind every list, look-up and count, for both engines.
//!
//! A statement's text depends on the shape of the question only: ids go in as one array, so that every batch of a level
//! is one statement, prepared once, however many parents it serves.

use std::collections::BTreeSet;

use sea_orm::{
    DbBackend, IdenStatic, Statement, Value,
    sea_query::{
        Alias, Asterisk, Expr, ExprTrait, Func, FunctionCall, IntoIden, JoinType, Query, SelectStatement, TableRef,
        UnionType, value::ArrayType,
    },
};

use super::{
    filter::{Asked, Predicate, condition},
    order::{self, Part},
    page::Page,
    sight::View,
    table::{KeyedWithin, Relation, TableInfo},
    wanted::{Content, Form, Row, Wanted},
};
use crate::domain::Datum;

/// The column of a statement's rows that says which parent they belong to.
pub(super) const PARENT: &str = "parent_id";

/// The column with a count.
pub const TOTAL: &str = "total";

/// The statement of a query.
pub(super) fn statement(engine: DbBackend, query: &SelectStatement) -> Statement {
    let mut statement = engine.build(query);
    if engine == DbBackend::Sqlite {
        // SQLite looks at the number that is bound to a bare `LIMIT ?`, and so makes its plan anew each time that one is:
        // half of what a small statement takes.
        statement.sql = statement.sql.replace(" LIMIT ?", " LIMIT +?");
    }
    statement
}

/// `expr` is one of `ids`.
pub(super) fn is_any(engine: DbBackend, expr: Expr, values: Values<'_>) -> Expr {
    match engine {
        DbBackend::Sqlite => {
            let list = Query::select().column("value").from_function(values.sqlite(), "listed").to_owned();
            expr.in_subquery(list)
        }
        _ => expr.eq(Expr::expr(Func::cust("ANY").arg(values.postgres()))),
    }
}

/// The table of a page's rows, where its ids are looked for.
const CANDIDATE: &str = "candidate";

/// Ids or keys, sent as one value.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Numbers.
    Ids(&'a [i64]),
    /// Texts.
    Keys(&'a [String]),
    /// Whole numbers, days or texts, all of one kind.
    Data(&'a [Datum]),
}

impl Values<'_> {
    /// The one value that they are sent as.
    pub(super) fn bound(self, engine: DbBackend) -> Value {
        match engine {
            DbBackend::Sqlite => self.json().into(),
            _ => self.postgres(),
        }
    }

    /// The values as rows, on SQLite: a table-valued function with a column `value`.
    fn sqlite(self) -> FunctionCall {
        Func::cust("json_each").arg(self.json())
    }

    fn json(self) -> String {
        match self {
            Self::Ids(ids) => serde_json::json!(ids),
            Self::Keys(keys) => serde_json::json!(keys),
            Self::Data(data) => data.iter().map(Datum::to_json).collect(),
        }
        .to_string()
    }

    /// The values as an array, on PostgreSQL.
    fn postgres(self) -> Value {
        let (of, values): (ArrayType, Vec<Value>) = match self {
            Self::Ids(ids) => (ArrayType::BigInt, ids.iter().map(|id| (*id).into()).collect()),
            Self::Keys(keys) => (ArrayType::String, keys.iter().map(|key| key.as_str().into()).collect()),
            Self::Data(data) => {
                let of = match data.first() {
                    Some(Datum::Integer(_)) => ArrayType::BigInt,
                    Some(Datum::Date(_)) => ArrayType::ChronoDate,
                    _ => ArrayType::String,
                };
                (of, data.iter().map(|datum| value(DbBackend::Postgres, datum)).collect())
            }
        };
        Value::Array(of, Some(Box::new(values)))
    }
}

/// A value as a statement compares columns with it.
pub(super) fn value(engine: DbBackend, datum: &Datum) -> Value {
    match datum {
        Datum::Boolean(value) => (*value).into(),
        Datum::Integer(value) => (*value).into(),
        Datum::Number(value) => value.0.into(),
        Datum::Date(value) => (*value).into(),
        // The text that SQLite's triggers write, so that its order is the order of time.
        Datum::Moment(value) if engine == DbBackend::Sqlite => {
            value.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string().into()
        }
        Datum::Moment(value) => (*value).into(),
        Datum::Text(value) => value.as_str().into(),
    }
}

/// The rows whose `column` is one of `values`.
pub(super) fn by_column(view: View<'_>, wanted: &Wanted, column: &'static str, values: Values<'_>) -> SelectStatement {
    let mut query = Query::select();
    query.from(wanted.table.name).and_where(is_any(view.engine, Expr::col((wanted.table.name, column)), values));
    keep(view, &mut query, wanted.table, wanted.table.name, None, Asked::Few);
    read(view, &mut query, None, &[wanted]);
    query
}

/// The rows of any of the parents that have any of the codes.
pub(super) fn by_parts<E: KeyedWithin>(view: View<'_>, parents: &[i64], keys: &[String]) -> SelectStatement {
    let mut query = by_column(view, &Wanted::all(E::info()), E::PARENT.as_str(), Values::Ids(parents));
    query.and_where(is_any(view.engine, Expr::col((E::info().name, E::KEY.as_str())), Values::Keys(keys)));
    query
}

/// One page of all rows, and one row more, so that the reader knows whether there are more. As to their order see
/// [`page_of_each`].
pub(super) fn page_of_all(view: View<'_>, wanted: &Wanted, page: &Page) -> SelectStatement {
    let table = wanted.table;
    let mut query = Query::select();
    query.from(table.name);
    match view.engine {
        DbBackend::Sqlite => {
            let ids = candidates(view, table, None, page, Asked::All);
            query.and_where(Expr::col((table.name, "id")).in_subquery(ids));
        }
        _ => cut(view, &mut query, table, table.name, page, Part::Whole, Asked::All),
    }
    read(view, &mut query, None, &[wanted]);
    query
}

/// The parents whose rows are paged.
#[derive(Clone, Copy)]
pub(super) enum Parents<'a> {
    /// Those with these ids. Each row comes after [`PARENT`].
    Ids(&'a [i64]),
    /// The one with this text or id in a column, read along: each row comes after what is wanted of it, and if there are
    /// none, nulls do.
    Row(&'a Wanted, &'static str, Values<'a>),
}

/// One page of each parent's rows, and one row more a parent.
///
/// The rows come in no order that could be relied on: to ask for one has both engines sort all that they read anew, which
/// doubles the cost, though each page comes from its index in order. Whoever reads them sees to it.
pub(super) fn page_of_each(
    view: View<'_>,
    wanted: &Wanted,
    relation: &Relation,
    parents: Parents<'_>,
    page: &Page,
) -> SelectStatement {
    let mut query = Query::select();
    let parent = begin(view, &mut query, parents);
    let empty = matches!(parents, Parents::Row(..));
    match view.engine {
        DbBackend::Sqlite => join_by_ids(view, &mut query, empty, wanted.table, relation, parent.clone(), page),
        _ => join_lateral(view, &mut query, empty, wanted, relation, parent.clone(), page),
    }
    match parents {
        Parents::Ids(_) => read(view, &mut query, Some(parent), &[wanted]),
        Parents::Row(row, ..) => read(view, &mut query, None, &[row, wanted]),
    }
    query
}

/// Begins with the parents; the expression for their ids.
fn begin(view: View<'_>, query: &mut SelectStatement, parents: Parents<'_>) -> Expr {
    const NAME: &str = "parent";
    match (parents, view.engine) {
        (Parents::Ids(ids), DbBackend::Sqlite) => {
            query.from_function(Values::Ids(ids).sqlite(), NAME);
            Expr::col((NAME, "value"))
        }
        (Parents::Ids(ids), _) => {
            query.from_function(Func::cust("unnest").arg(Values::Ids(ids).postgres()), NAME);
            Expr::col((NAME, NAME))
        }
        (Parents::Row(row, column, values), _) => {
            let name = alias(row, Row::Own);
            query.from_as(row.table.name, name.clone());
            query.and_where(is_any(view.engine, Expr::col((name.clone(), column)), values));
            if let Some(seen) = view.seen(row.table, &name.0, Asked::Few) {
                query.and_where(seen);
            }
            Expr::col((name, "id"))
        }
    }
}

/// Joins each parent's page, `empty` ones too, on SQLite, which has no `LATERAL`. But a function's arguments may name the tables before it: the
/// ids of a page go through one. Both kinds of join keep the order: for a small table SQLite would go through its rows
/// first, and make every parent's page anew for each of them.
fn join_by_ids(
    view: View<'_>,
    query: &mut SelectStatement,
    empty: bool,
    table: &'static TableInfo,
    relation: &Relation,
    parent: Expr,
    page: &Page,
) {
    let ids = candidates(view, table, Some((relation, parent)), page, Asked::Few);
    let ids =
        Query::select().expr(Func::cust("json_group_array").arg(Expr::col("id"))).from_subquery(ids, "ids").to_owned();
    let page = TableRef::FunctionCall(Func::cust("json_each").arg(Expr::from(ids)), "page".into_iden());
    let is_its = Expr::col((table.name, "id")).equals(("page", "value"));
    if empty {
        query.left_join(page, Expr::cust("TRUE")).left_join(table.name, is_its);
    } else {
        query.cross_join(page).cross_join(table.name).and_where(is_its);
    }
}

/// Joins each parent's page, `empty` ones too, on PostgreSQL: `LATERAL` runs the page's own statement for each, and stops it at the page's end.
fn join_lateral(
    view: View<'_>,
    query: &mut SelectStatement,
    empty: bool,
    wanted: &Wanted,
    relation: &Relation,
    parent: Expr,
    page: &Page,
) {
    let table = wanted.table;
    let mut rows = Query::select();
    let own: BTreeSet<&'static str> = wanted.own().collect();
    rows.columns(own.into_iter().map(|name| (table.name, name)));
    match *relation {
        Relation::Pairs { table: pairs, parent: column, row, .. } if view.sight.as_of.is_some() => {
            rows.from(pairs).and_where(Expr::col((pairs, column)).eq(parent));
            look_up(&mut rows, table.name, Expr::col((pairs, row)));
        }
        _ => {
            rows.from(table.name);
            belonging(&mut rows, table.name, relation, parent);
        }
    }
    cut(view, &mut rows, table, table.name, page, Part::Whole, Asked::Few);
    let kind = if empty { JoinType::LeftJoin } else { JoinType::InnerJoin };
    query.join_lateral(kind, rows, table.name, Expr::cust("TRUE"));
}

/// Joins the row with this id, as of a day. PostgreSQL's planner takes no join into a `UNION ALL`, which a table of the past is, and
/// would go through all of it for each parent; a condition it does take, and `OFFSET` keeps this one from becoming a join.
fn look_up(query: &mut SelectStatement, table: &'static str, id: Expr) {
    let mut row = Query::select();
    row.column(Asterisk).from(table).and_where(Expr::col((table, "id")).eq(id)).offset(0);
    query.join_lateral(JoinType::InnerJoin, row, table, Expr::cust("TRUE"));
}

/// The number of all rows that a filter keeps.
pub(super) fn count_of_all(view: View<'_>, table: &'static TableInfo, filter: Option<&Predicate>) -> SelectStatement {
    let mut query = Query::select();
    query.expr_as(Expr::col(Asterisk).count(), TOTAL).from(table.name);
    keep(view, &mut query, table, table.name, filter, Asked::All);
    query
}

/// The number of each parent's rows that a filter keeps, after [`PARENT`]; a parent without such rows is absent. All parents
/// are counted when none are named.
pub(super) fn count_by_parent(
    view: View<'_>,
    table: &'static TableInfo,
    relation: &Relation,
    parents: Option<&[i64]>,
    filter: Option<&Predicate>,
) -> SelectStatement {
    let (from, column) = counted(table.name, relation);
    let mut query = Query::select();
    query
        .expr_as(Expr::col((from, column)), PARENT)
        .expr_as(Expr::col(Asterisk).count(), TOTAL)
        .from(from)
        .group_by_col((from, column));
    if let Some(parents) = parents {
        query.and_where(is_any(view.engine, Expr::col((from, column)), Values::Ids(parents)));
    }
    if let (Relation::Pairs { row, .. }, true) = (relation, view.keeps_some(table, filter)) {
        query.inner_join(table.name, Expr::col((table.name, "id")).equals((from, *row)));
    }
    let asked = if parents.is_some() { Asked::Few } else { Asked::All };
    keep(view, &mut query, table, table.name, filter, asked);
    query
}

/// The number of one parent's rows that a filter keeps.
pub(super) fn count_of_one(
    view: View<'_>,
    table: &'static TableInfo,
    relation: &Relation,
    filter: Option<&Predicate>,
    parent: Expr,
) -> SelectStatement {
    const NAME: &str = "counted";
    const PAIR: &str = "pair";
    let mut query = Query::select();
    query.expr(Expr::col(Asterisk).count());
    match (relation, view.keeps_some(table, filter)) {
        (Relation::Pairs { table: pairs, parent: column, row, .. }, true) => {
            query
                .from_as(*pairs, PAIR)
                .join_as(JoinType::InnerJoin, table.name, NAME, Expr::col((NAME, "id")).equals((PAIR, *row)))
                .and_where(Expr::col((PAIR, *column)).eq(parent));
        }
        _ => {
            let (from, column) = counted(table.name, relation);
            query.from_as(from, NAME).and_where(Expr::col((NAME, column)).eq(parent));
        }
    }
    keep(view, &mut query, table, NAME, filter, Asked::Few);
    query
}

/// Keeps the rows of `alias` that may be seen and that a filter keeps.
fn keep(
    view: View<'_>,
    query: &mut SelectStatement,
    table: &'static TableInfo,
    alias: &'static str,
    filter: Option<&Predicate>,
    asked: Asked,
) {
    if let Some(seen) = view.seen(table, alias, asked) {
        query.and_where(seen);
    }
    if let Some(filter) = filter {
        query.and_where(condition(view, table, alias, filter, asked));
    }
}

/// Where a relation's rows can be counted, and by which column.
fn counted(table: &'static str, relation: &Relation) -> (&'static str, &'static str) {
    match *relation {
        Relation::Column(column) => (table, column),
        Relation::Pairs { table, parent, .. } => (table, parent),
    }
}

/// The rows of a query, by these of its labels, as [`Cells`](super::Cells) want them.
pub(super) fn cells(
    engine: DbBackend,
    query: SelectStatement,
    labels: impl Iterator<Item = &'static str>,
) -> SelectStatement {
    const ROWS: &str = "answer";
    match engine {
        DbBackend::Sqlite => {
            let columns = labels.map(|label| Expr::col((ROWS, label)));
            Query::select().expr(packed_rows(columns)).from_subquery(query, ROWS).to_owned()
        }
        _ => query,
    }
}

/// The ids of one page of a table's rows, or of a parent's, and one more; of each part of them where they are read in parts.
fn candidates(
    view: View<'_>,
    table: &'static TableInfo,
    of: Option<(&Relation, Expr)>,
    page: &Page,
    asked: Asked,
) -> SelectStatement {
    let ids = |part| {
        let mut ids = Query::select().column((CANDIDATE, "id")).from_as(table.name, CANDIDATE).to_owned();
        if let Some((relation, parent)) = &of {
            belonging(&mut ids, CANDIDATE, relation, parent.clone());
        }
        cut(view, &mut ids, table, CANDIDATE, page, part, asked);
        ids
    };
    if !page.order.is_split(view.sight) {
        return ids(Part::Whole);
    }
    let part = |part| Query::select().column("id").from_subquery(ids(part), "part").to_owned();
    part(Part::With).union(UnionType::All, part(Part::Without)).to_owned()
}

/// Reads what is wanted, joined where it is another table's.
fn read(view: View<'_>, query: &mut SelectStatement, parent: Option<Expr>, wanted: &[&Wanted]) {
    let packed = view.engine == DbBackend::Sqlite && wanted.iter().all(|wanted| wanted.form == Form::Cells);
    let columns = wanted.iter().flat_map(|wanted| {
        wanted.columns.iter().map(move |column| {
            let of = alias(wanted, column.of);
            match &column.content {
                Content::Fraction(name) if packed => exactly(Expr::col((of, *name))),
                Content::Plain(name) | Content::Fraction(name) => Expr::col((of, *name)),
                Content::Count(table, relation, filter) => {
                    let parent = Expr::col((of, "id"));
                    let count = count_of_one(view, table, relation, filter.as_deref(), parent.clone());
                    match column.of {
                        Row::Own => count.into(),
                        Row::Joined(_) => order::if_there_is_one(parent, count),
                    }
                }
            }
        })
    });
    if packed {
        query.expr(packed_rows(parent.into_iter().chain(columns)));
    } else {
        if let Some(parent) = parent {
            query.expr_as(parent, PARENT);
        }
        // A model's columns have their own names; what the list is ordered by comes after them.
        let names = wanted.iter().filter(|wanted| wanted.form == Form::Named).map(|wanted| wanted.table.columns.len());
        let names = names.sum();
        for (index, column) in columns.enumerate() {
            match index.checked_sub(names) {
                Some(term) if names > 0 => query.expr_as(column, Alias::new(order_label(term))),
                _ => query.expr(column),
            };
        }
    }
    for wanted in wanted {
        for (index, join) in wanted.joins.iter().enumerate() {
            let joined = alias(wanted, Row::Joined(index));
            let names = Expr::col((joined.clone(), "id")).equals((alias(wanted, join.from), join.key));
            let names = view.names(join.table, &joined.0, names);
            query.join_as(JoinType::LeftJoin, join.table.name, joined, names);
        }
    }
}

/// A number with a fraction as a text: SQLite's JSON rounds it to 15 digits; with 17 it reads back as it is.
fn exactly(number: Expr) -> Expr {
    let text = Func::cust("format").arg("%!.17g").arg(number.clone());
    Func::cust("iif").arg(number.is_null()).arg(Expr::cust("NULL")).arg(text).into()
}

/// All rows as one value: SQLite hands over a text of a megabyte sooner than the ten thousand rows in it.
fn packed_rows(columns: impl Iterator<Item = Expr>) -> FunctionCall {
    Func::cust("json_group_array").arg(Func::cust("json_array").args(columns))
}

/// The name of a row within its statement.
fn alias(wanted: &Wanted, row: Row) -> Alias {
    match row {
        Row::Own => Alias::new(format!("{}{}", wanted.prefix, wanted.table.name)),
        Row::Joined(index) => Alias::new(format!("{}{}_{}", wanted.prefix, wanted.joins[index].table.name, index + 1)),
    }
}

/// Keeps the rows of `alias` that `parent` reaches.
fn belonging(query: &mut SelectStatement, alias: &'static str, relation: &Relation, parent: Expr) {
    match *relation {
        Relation::Column(column) => {
            query.and_where(Expr::col((alias, column)).eq(parent));
        }
        Relation::Pairs { table, parent: column, row, .. } => {
            query
                .inner_join(table, Expr::col((table, row)).equals((alias, "id")))
                .and_where(Expr::col((table, column)).eq(parent));
        }
    }
}

/// The name of what a list is ordered by among a model's columns.
pub(super) fn order_label(term: usize) -> String {
    format!("order_{}", term + 1)
}

/// Keeps one page of what its filter keeps, and one row more, in the page's direction.
fn cut(
    view: View<'_>,
    query: &mut SelectStatement,
    table: &'static TableInfo,
    alias: &'static str,
    page: &Page,
    part: Part,
    asked: Asked,
) {
    keep(view, query, table, alias, page.filter.as_deref(), asked);
    let keys = order::keys(view, query, alias, &page.order, part);
    for (position, in_front) in [(&page.after, false), (&page.before, true)] {
        if let Some(position) = position {
            query.and_where(order::beyond(view.engine, &keys, position, in_front));
        }
    }
    order::order_by(query, &keys, page.backward);
    query.limit(u64::from(page.rows) + 1);
}

pub(super) fn one_or_tuple(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::tuple(parts) }
}
