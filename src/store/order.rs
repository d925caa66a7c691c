//! The order of a list: by columns, by those of the rows that a row names, and by counts; the id decides between equals.

use std::collections::BTreeSet;

use sea_orm::{
    DbBackend,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, JoinType, NullOrdering, Order as Direction, SelectStatement},
};

use super::{
    page::Position,
    select::{PARENT, TOTAL, count_by_parent, count_of_one, one_or_tuple, value},
    sight::{Sight, View},
    table::{Relation, TableInfo},
};
use crate::domain::{Datum, Kind};

/// By what a list is ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order(Vec<Term>);

/// One thing that a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// The way from the row to the one that has it.
    pub path: Vec<Step>,
    /// What it is.
    pub by: By,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether rows without it come first.
    pub nulls_first: bool,
}

/// From a row to one that it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The column that names it.
    pub key: &'static str,
    /// The table that it is in.
    pub table: &'static TableInfo,
    /// Whether the column may be null.
    pub nullable: bool,
}

/// What a row is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A column.
    Column {
        /// Its name.
        name: &'static str,
        /// Its kind. Texts are ordered byte by byte.
        kind: Kind,
        /// Whether it may be null.
        nullable: bool,
    },
    /// The number of rows that a relation leads to.
    Count(&'static Relation, &'static TableInfo),
}

impl Order {
    /// The order by these terms; one that repeats what an earlier one is by says nothing.
    pub fn new(terms: Vec<Term>) -> Self {
        let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
        for term in terms {
            if !kept.iter().any(|present| present.path == term.path && present.by == term.by) {
                kept.push(term);
            }
        }
        Self(kept)
    }

    /// The order of a table's lists when nobody asks for another.
    pub fn of_table(table: &TableInfo) -> Self {
        let term = |(name, kind): &(&'static str, Kind)| Term {
            path: Vec::new(),
            by: By::Column { name, kind: *kind, nullable: false },
            descending: table.descending,
            nulls_first: false,
        };
        Self(table.order.iter().map(term).collect())
    }

    /// The terms.
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Whether ids are descending among equals: they go as the last term does.
    pub fn descending(&self) -> bool {
        self.0.last().is_some_and(|term| term.descending)
    }

    /// Whether SQLite reads a list in two parts: texts are in the order of the alphabet in an index only, and it begins with
    /// that index where every row has the row that it is of. A row that may not be seen is named, and is not there: then
    /// what a column says does not part the list.
    pub(super) fn is_split(&self, sight: &Sight) -> bool {
        self.0.first().is_some_and(|term| {
            term.path.iter().any(|step| step.nullable)
                && term.path.iter().all(|step| sight.shows_all(step.table))
                && matches!(term.by, By::Column { kind: Kind::Text, .. })
        })
    }

    /// The tables that it looks into, the rows' own apart.
    pub(super) fn tables(&self, into: &mut BTreeSet<&'static str>) {
        for term in &self.0 {
            into.extend(term.path.iter().map(|step| step.table.name));
            if let By::Count(relation, table) = term.by {
                into.insert(table.name);
                into.extend(relation.tables());
            }
        }
    }

    /// What a cursor calls a list of `table` in this order, such as `festival-held_on`.
    pub(super) fn name(&self, table: &TableInfo) -> String {
        let mut name = table.name.to_owned();
        for term in &self.0 {
            name.push(if term.descending { '-' } else { '+' });
            if term.is_nullable() && term.nulls_first {
                name.push('!');
            }
            for step in &term.path {
                name.push_str(step.key);
                name.push('.');
            }
            match term.by {
                By::Column { name: column, .. } => name.push_str(column),
                By::Count(Relation::Column(column), table) => {
                    name.push_str(&format!("{}({column})", table.name));
                }
                By::Count(Relation::Pairs { table, parent, .. }, _) => name.push_str(&format!("{table}({parent})")),
            }
        }
        name
    }
}

impl Term {
    /// The kind of the values.
    pub fn kind(&self) -> Kind {
        match self.by {
            By::Column { kind, .. } => kind,
            By::Count(..) => Kind::Integer,
        }
    }

    /// Whether a row may be without it.
    pub fn is_nullable(&self) -> bool {
        self.path.iter().any(|step| step.nullable) || self.column_is_nullable()
    }

    fn column_is_nullable(&self) -> bool {
        matches!(self.by, By::Column { nullable: true, .. })
    }

    /// How two rows stand to each other by it, in the order of the list.
    pub(super) fn compare(&self, one: Option<&Datum>, other: Option<&Datum>) -> std::cmp::Ordering {
        let compared = match (one, other) {
            (Some(one), Some(other)) => one.cmp(other),
            // A value comes before nothing, unless nothing comes first.
            (one, other) => {
                let compared = other.is_some().cmp(&one.is_some());
                return if self.nulls_first { compared.reverse() } else { compared };
            }
        };
        if self.descending { compared.reverse() } else { compared }
    }
}

/// Some rows of a list, as to the row that the first term of its order is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of them.
    Whole,
    /// Those that have it.
    With,
    /// Those that have it not: they are equal by that term.
    Without,
}

/// A term as a statement has it, the id's included.
pub(super) struct Key {
    expression: Expr,
    nullable: bool,
    descending: bool,
    nulls_first: bool,
    /// Whether all rows of the statement are equal by it.
    equal: bool,
}

/// The keys of an order for a part of the rows that `of` names; joins what they look into.
pub(super) fn keys(
    view: View<'_>,
    query: &mut SelectStatement,
    of: &'static str,
    order: &Order,
    part: Part,
) -> Vec<Key> {
    let mut joins = Joins::default();
    match (part, order.0.first()) {
        (Part::With, Some(term)) => joins.there = &term.path,
        (Part::Without, Some(term)) => joins.keep_without(view, query, of, &term.path),
        _ => {}
    }
    let mut keys = Vec::with_capacity(order.0.len() + 1);
    for (index, term) in order.0.iter().enumerate() {
        let row = joins.row(view, query, of, &term.path);
        let expression = match term.by {
            By::Count(relation, table) if !term.path.is_empty() => {
                let counts = count_by_parent(view, table, relation, None, None);
                counted_once(query, &format!("counts_{}", keys.len() + 1), counts, row, term)
            }
            _ => expression(view, row, term),
        };
        keys.push(Key {
            expression,
            nullable: term.column_is_nullable() || !joins.is_there(&term.path),
            descending: term.descending,
            nulls_first: term.nulls_first,
            equal: index == 0 && part == Part::Without,
        });
    }
    let id = Expr::col((Alias::new(of), "id"));
    keys.push(Key {
        expression: id,
        nullable: false,
        descending: order.descending(),
        nulls_first: false,
        equal: false,
    });
    keys
}

/// The rows at the ends of paths, each joined once.
#[derive(Default)]
pub(super) struct Joins<'a> {
    joined: Vec<(&'a [Step], Alias)>,
    /// A path at whose end there is a row, though its columns may be null.
    there: &'a [Step],
}

impl<'a> Joins<'a> {
    /// The name of the row at the end of a path, which is joined if it is not there yet.
    pub(super) fn row(
        &mut self,
        view: View<'_>,
        query: &mut SelectStatement,
        of: &'static str,
        path: &'a [Step],
    ) -> Alias {
        let mut row = Alias::new(of);
        for steps in 1..=path.len() {
            let path = &path[..steps];
            row = match self.joined.iter().find(|(present, _)| *present == path) {
                Some((_, name)) => name.clone(),
                None => {
                    let name = Alias::new(format!("by_{}", self.joined.len() + 1));
                    join(view, query, row, path, &name, self.is_there(path));
                    self.joined.push((path, name.clone()));
                    name
                }
            };
        }
        row
    }

    /// Whether there always is a row at the end of a path.
    fn is_there(&self, path: &[Step]) -> bool {
        self.there.starts_with(path) || !path.iter().any(|step| step.nullable)
    }

    /// Keeps the rows for which there is none at the end of a path.
    fn keep_without(&mut self, view: View<'_>, query: &mut SelectStatement, of: &'static str, path: &'a [Step]) {
        let mut names_none: Option<Expr> = None;
        for (index, step) in path.iter().enumerate().filter(|(_, step)| step.nullable) {
            let is_null = Expr::col((self.row(view, query, of, &path[..index]), step.key)).is_null();
            names_none = Some(match names_none {
                Some(others) => others.or(is_null),
                None => is_null,
            });
        }
        query.and_where(names_none.unwrap_or_else(|| Expr::cust("FALSE")));
    }
}

/// Joins the row at the end of a path. Where there always is one, the database may begin with it, in its order.
fn join(view: View<'_>, query: &mut SelectStatement, row: Alias, path: &[Step], name: &Alias, is_there: bool) {
    let Some(step) = path.last() else { return };
    let kind = if is_there { JoinType::InnerJoin } else { JoinType::LeftJoin };
    let names = Expr::col((name.clone(), "id")).equals((row, step.key));
    query.join_as(kind, step.table.name, name.clone(), view.names(step.table, &name.0, names));
}

/// The number of rows that a relation leads to from a row that many may name: counted once for each such row, and joined.
fn counted_once(query: &mut SelectStatement, name: &str, counts: SelectStatement, row: Alias, term: &Term) -> Expr {
    let name = Alias::new(name);
    let id = Expr::col((row, "id"));
    let is_its = Expr::col((name.clone(), PARENT)).eq(id.clone());
    query.join_subquery(JoinType::LeftJoin, counts, name.clone(), is_its);
    let count = Expr::col((name, TOTAL)).if_null(Expr::cust("0"));
    if term.is_nullable() { if_there_is_one(id, count) } else { count }
}

fn expression(view: View<'_>, row: Alias, term: &Term) -> Expr {
    match term.by {
        By::Column { name, kind: Kind::Text, .. } if view.engine != DbBackend::Sqlite && !name.ends_with("_order") => {
            Expr::cust_with_expr("$1 COLLATE \"C\"", Expr::col((row, name)))
        }
        By::Column { name, .. } => Expr::col((row, name)),
        By::Count(relation, table) => {
            let id = Expr::col((row, "id"));
            let count = count_of_one(view, table, relation, None, id.clone());
            if term.is_nullable() { if_there_is_one(id, count) } else { count.into() }
        }
    }
}

/// A count for a row that may not be there: none then, and not 0.
pub(super) fn if_there_is_one(id: Expr, count: impl Into<Expr>) -> Expr {
    CaseStatement::new().case(id.is_not_null(), count).into()
}

/// Puts a query's rows in order.
pub(super) fn order_by(query: &mut SelectStatement, keys: &[Key], backward: bool) {
    for key in keys.iter().filter(|key| !key.equal) {
        let direction = if key.descending == backward { Direction::Asc } else { Direction::Desc };
        // Said of what is never null, it would keep an index from being used.
        if key.nullable {
            let nulls = if key.nulls_first == backward { NullOrdering::Last } else { NullOrdering::First };
            query.order_by_expr_with_nulls(key.expression.clone(), direction, nulls);
        } else {
            query.order_by_expr(key.expression.clone(), direction);
        }
    }
}

/// The condition for rows behind a position, or in front of it.
pub(super) fn beyond(engine: DbBackend, keys: &[Key], position: &Position, in_front: bool) -> Expr {
    let values: Vec<Option<Expr>> =
        position.data().map(|datum| datum.map(|datum| Expr::val(value(engine, &datum)))).collect();
    let first = &keys[0];
    let alike = keys.iter().all(|key| !key.nullable && key.descending == first.descending);
    if alike && values.iter().all(Option::is_some) {
        // One row value, which an index over its columns serves.
        let row = one_or_tuple(keys.iter().map(|key| key.expression.clone()).collect());
        let values = one_or_tuple(values.into_iter().flatten().collect());
        return if first.descending == in_front { row.gt(values) } else { row.lt(values) };
    }
    let mut any: Option<Expr> = None;
    for (index, key) in keys.iter().enumerate() {
        let Some(mut all) = key.beyond(values[index].clone(), in_front) else { continue };
        for (before, value) in keys[..index].iter().zip(&values) {
            let equal = match value {
                Some(value) => before.expression.clone().eq(value.clone()),
                None => before.expression.clone().is_null(),
            };
            all = equal.and(all);
        }
        any = Some(match any {
            Some(any) => any.or(all),
            None => all,
        });
    }
    let any = any.unwrap_or_else(|| Expr::cust("FALSE"));
    // Said once more of the first key alone, so that its index is entered at the right place.
    match (&values[0], first.nullable) {
        (Some(value), false) if first.descending == in_front => first.expression.clone().gte(value.clone()).and(any),
        (Some(value), false) => first.expression.clone().lte(value.clone()).and(any),
        _ => any,
    }
}

impl Key {
    /// The condition for being beyond a value; none if nothing is.
    fn beyond(&self, value: Option<Expr>, in_front: bool) -> Option<Expr> {
        let nulls_are_beyond = self.nulls_first == in_front;
        let key = self.expression.clone();
        match value {
            Some(value) => {
                let beyond = if self.descending == in_front { key.clone().gt(value) } else { key.clone().lt(value) };
                Some(if self.nullable && nulls_are_beyond { beyond.or(key.is_null()) } else { beyond })
            }
            None => (!nulls_are_beyond).then(|| key.is_not_null()),
        }
    }
}
