//! The statement behind groups.

use sea_orm::{
    DbBackend,
    sea_query::{
        Alias, Asterisk, BinOper, CaseStatement, Expr, ExprTrait, Func, NullOrdering, Order as Direction, Query,
        SelectStatement, WindowStatement,
    },
};

use super::{
    super::{
        filter::{Asked, Predicate, condition},
        listing::Scopes,
        order::Joins,
        select::{PARENT, TOTAL, Values, count_of_one, is_any},
        sight::View,
        table::{Relation, TableInfo},
    },
    Function, GROUPS, GroupBy, GroupKey, Grouping, KEYS, Measure, PLACE, Period, STATS, Stat, Unit, VERSION,
};
use crate::domain::Kind;

/// The groups of all lists in `scopes`: for each [`PARENT`], [`KEYS`], [`TOTAL`], [`STATS`], [`PLACE`] and [`GROUPS`]. All rows
/// as one group are there for a parent with rows only, and have no place.
pub(super) fn groups(
    view: View<'_>,
    table: &'static TableInfo,
    scopes: &Scopes,
    filter: Option<&Predicate>,
    grouping: &Grouping,
    tables: &[&'static str],
) -> SelectStatement {
    let mut query = cut(view, table, scopes, filter, grouping);
    if grouping.version {
        let versions = Query::select()
            .expr(whole(Expr::col("version").sum()))
            .from("table_version")
            .and_where(Expr::col("table_name").is_in(tables.iter().copied()))
            .to_owned();
        query.expr_as(Expr::from(versions), VERSION);
    }
    query
}

/// The groups that are asked for.
fn cut(
    view: View<'_>,
    table: &'static TableInfo,
    scopes: &Scopes,
    filter: Option<&Predicate>,
    grouping: &Grouping,
) -> SelectStatement {
    let grouped = grouped(view, table, scopes, filter, grouping);
    if grouping.by.is_empty() {
        return grouped;
    }
    const GROUPED: &str = "grouped";
    const RANKED: &str = "ranked";
    let mut window = WindowStatement::partition_by(PARENT);
    order(view.engine, &mut window, grouping);
    let mut of_parent = WindowStatement::partition_by(PARENT);
    let mut ranked = Query::select();
    ranked
        .expr(Expr::col((GROUPED, Asterisk)))
        .expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE)
        .expr_window_as(Expr::col(Asterisk).count(), of_parent.take(), GROUPS)
        .from_subquery(grouped, GROUPED);
    if let Some(having) = &grouping.having {
        ranked.and_where(condition(view, table, GROUPED, having, Asked::Few));
    }
    let mut cut = Query::select();
    cut.from_subquery(ranked, RANKED);
    if grouping.others {
        merge(&mut cut, grouping);
    } else {
        cut.column(Asterisk).and_where(Expr::col(PLACE).lte(i64::from(grouping.first)));
    }
    cut
}

/// The groups beyond the first as one: what can be added up of them is.
fn merge(query: &mut SelectStatement, grouping: &Grouping) {
    let first = i64::from(grouping.first);
    let place = Expr::case(Expr::col(PLACE).gt(first), first + 1).finally(Expr::col(PLACE));
    query.column(PARENT).expr_as(Expr::col(PLACE).min(), PLACE).expr_as(Expr::col(GROUPS).max(), GROUPS);
    query.expr_as(whole(Expr::col(TOTAL).sum()), TOTAL);
    for key in &KEYS[..grouping.by.len()] {
        query.expr_as(Expr::col(*key).min(), *key);
    }
    for (stat, name) in grouping.stats.iter().zip(STATS) {
        let merged = match stat.function {
            Function::Count | Function::Sum => whole(Expr::col(name).sum()),
            // Those of several groups cannot be told from those of each.
            Function::CountDistinct | Function::Average | Function::Least => Expr::col(name).min(),
            Function::Greatest => Expr::col(name).max(),
        };
        query.expr_as(merged, name);
    }
    query.add_group_by([Expr::col(PARENT), Expr::Case(Box::new(place))]);
}

/// The groups, in no order.
fn grouped(
    view: View<'_>,
    table: &'static TableInfo,
    scopes: &Scopes,
    filter: Option<&Predicate>,
    grouping: &Grouping,
) -> SelectStatement {
    let mut query = Query::select();
    query.from(table.name);
    let asked = match scopes {
        Scopes::All => {
            query.expr_as(Expr::cust("0"), PARENT);
            Asked::All
        }
        Scopes::Of(relation, parents) => {
            let parent = match **relation {
                Relation::Column(column) => Expr::col((table.name, column)),
                Relation::Pairs { table: pairs, parent, row, .. } => {
                    query.inner_join(pairs, Expr::col((pairs, row)).equals((table.name, "id")));
                    Expr::col((pairs, parent))
                }
            };
            query.and_where(is_any(view.engine, parent.clone(), Values::Ids(parents)));
            query.expr_as(parent.clone(), PARENT).add_group_by([parent]);
            Asked::Few
        }
    };
    if let Some(seen) = view.seen(table, table.name, asked) {
        query.and_where(seen);
    }
    if let Some(filter) = filter {
        query.and_where(condition(view, table, table.name, filter, asked));
    }
    let mut joins = Joins::default();
    for (key, name) in grouping.by.iter().zip(KEYS) {
        let row = joins.row(view, &mut query, table.name, &key.path);
        let key = key_of(view.engine, row, key);
        query.expr_as(key.clone(), name).add_group_by([key]);
    }
    query.expr_as(Expr::col(Asterisk).count(), TOTAL);
    for (stat, name) in grouping.stats.iter().zip(STATS) {
        query.expr_as(said(view, table, stat), name);
    }
    query
}

fn key_of(engine: DbBackend, row: Alias, key: &GroupKey) -> Expr {
    let column = Expr::col((row, key.column));
    match (key.period, key.kind) {
        (Some(period), _) if engine == DbBackend::Sqlite => sqlite_period(column, period),
        (Some(period), _) => postgres_period(column, period),
        // PostgreSQL finds no least of two truths.
        (None, Kind::Boolean) => cast(column, "integer"),
        (None, _) => column,
    }
}

/// The first day of the period, as a text.
fn sqlite_period(time: Expr, Period { unit, offset }: Period) -> Expr {
    let date = |modifiers: &[&str]| {
        let shift = offset.map(|minutes| Expr::cust(format!("'{minutes:+} minutes'")));
        let modifiers = modifiers.iter().map(|modifier| Expr::cust(format!("'{modifier}'")));
        Expr::from(Func::cust("date").args([time.clone()].into_iter().chain(shift).chain(modifiers)))
    };
    match unit {
        Unit::Year => date(&["start of year"]),
        Unit::Month => date(&["start of month"]),
        Unit::Week => date(&["-6 days", "weekday 1"]),
        Unit::Day => date(&[]),
        Unit::Quarter => {
            // A quarter begins as many months before its month as that is from a multiple of three.
            let month = cast(Func::cust("strftime").args([Expr::cust("'%m'"), date(&[])]), "integer");
            let months = month
                .sub(Expr::cust("1"))
                .modulo(Expr::cust("3"))
                .mul(Expr::cust("-1"))
                .binary(BinOper::Custom("||"), Expr::cust("' months'"));
            Func::cust("date").args([date(&["start of month"]), months]).into()
        }
    }
}

fn postgres_period(time: Expr, Period { unit, offset }: Period) -> Expr {
    let unit = match unit {
        Unit::Year => "'year'",
        Unit::Quarter => "'quarter'",
        Unit::Month => "'month'",
        Unit::Week => "'week'",
        Unit::Day => "'day'",
    };
    let local = match offset {
        None => cast(time, "timestamp"),
        Some(minutes) => Func::cust("timezone")
            .args([Expr::cust("'UTC'"), time])
            .add(Expr::cust(format!("interval '{minutes} minutes'"))),
    };
    cast(Func::cust("date_trunc").args([Expr::cust(unit), local]), "date")
}

fn said(view: View<'_>, table: &'static TableInfo, stat: &Stat) -> Expr {
    let (value, kind) = match stat.of {
        Measure::Column(column, kind) => (Expr::col((table.name, column)), kind),
        Measure::Count(relation, counted) => {
            let parent = Expr::col((table.name, "id"));
            (Expr::from(count_of_one(view, counted, relation, None, parent)), Kind::Integer)
        }
    };
    let added = |value: Expr| if kind == Kind::Number { millionths(view.engine, value) } else { value };
    match stat.function {
        Function::Count => value.count(),
        Function::CountDistinct => value.count_distinct(),
        Function::Sum => whole(added(value).sum()),
        Function::Average => cast(whole(added(value.clone()).sum()), "double precision").div(value.count()),
        Function::Least => value.min(),
        Function::Greatest => value.max(),
    }
}

/// A number as whole millionths: their sum is exact, in whatever order they are added.
fn millionths(engine: DbBackend, number: Expr) -> Expr {
    let half: CaseStatement =
        Expr::case(number.clone().lt(Expr::cust("0")), Expr::cust("-0.5")).finally(Expr::cust("0.5"));
    let half = Expr::Case(Box::new(half));
    let millionths = number.mul(Expr::cust("1000000.0")).add(cast(half, "double precision"));
    match engine {
        // A cast cuts off what is behind the point.
        DbBackend::Sqlite => whole(millionths),
        _ => whole(Func::cust("trunc").arg(millionths)),
    }
}

fn whole(number: impl Into<Expr>) -> Expr {
    cast(number, "bigint")
}

fn cast(value: impl Into<Expr>, of: &'static str) -> Expr {
    value.into().cast_as(of)
}

/// Puts the groups of a parent in order.
fn order(engine: DbBackend, window: &mut WindowStatement, grouping: &Grouping) {
    let mut by = |key: Expr, descending, nulls_first| {
        let direction = if descending { Direction::Desc } else { Direction::Asc };
        let nulls = if nulls_first { NullOrdering::First } else { NullOrdering::Last };
        window.order_by_expr_with_nulls(key, direction, nulls);
    };
    for term in &grouping.order {
        let key = match term.by {
            GroupBy::Count => Expr::col(TOTAL),
            GroupBy::Stat(stat) => Expr::col(STATS[stat]),
            GroupBy::Key(index) => named(engine, &grouping.by[index], KEYS[index]),
        };
        by(key, term.descending, term.nulls_first);
    }
    for (key, name) in grouping.by.iter().zip(KEYS) {
        by(plain(engine, key, name), false, false);
    }
}

/// What a group is ordered by: the name of the row, or the value.
fn named(engine: DbBackend, key: &GroupKey, column: &'static str) -> Expr {
    const NAMED: &str = "named";
    let name = key.names.and_then(|table| Some((table, table.texts.first()?.1)));
    match name {
        Some((table, order)) => Expr::from(
            Query::select()
                .column((NAMED, order))
                .from_as(table.name, NAMED)
                .and_where(Expr::col((NAMED, "id")).equals(("grouped", column)))
                .to_owned(),
        ),
        None => plain(engine, key, column),
    }
}

fn plain(engine: DbBackend, key: &GroupKey, column: &'static str) -> Expr {
    match (engine, key.kind) {
        (DbBackend::Sqlite, _) => Expr::col(column),
        (_, Kind::Text) => Expr::cust_with_expr("$1 COLLATE \"C\"", Expr::col(column)),
        _ => Expr::col(column),
    }
}
