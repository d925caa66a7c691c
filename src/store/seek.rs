//! Looking for rows by the words in their texts, in several tables by one statement.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use sea_orm::{
    DbBackend,
    sea_query::{Alias, BinOper, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, UnionType},
};

use super::{Cells, Reader, filter::Asked, select, sight::View, table::TableInfo};
use crate::error::Error;

/// Rows that are looked at in each table: those that were entered first. What has more than these says little.
pub const MAX_FOUND: u64 = 10_000;

/// The texts of a found row, and those of the rows above it, at most.
const TEXTS: usize = 3;

/// What each of them is called in the statement.
const LABELS: [&str; TEXTS] = ["text_1", "text_2", "text_3"];

/// What is looked for in several tables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seek(pub Vec<Sought>);

/// A table in which rows are looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sought {
    /// The table, with the texts that are looked in.
    pub table: &'static TableInfo,
    /// Rows above one that is found, whose names are to come with it: the column that names each, and its table.
    pub above: Vec<(&'static str, &'static TableInfo)>,
    /// Lists of words, as [`text::words`](crate::text::words) makes them: a row is found if one of its texts has all words of one
    /// of these in it, wherever, the last of them at least in its beginning.
    pub words: Vec<Vec<String>>,
}

/// A row that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which of the tables it is in.
    pub table: usize,
    /// Its id.
    pub id: i64,
    /// Its texts, and behind them the names of the rows above it.
    pub texts: Vec<Option<String>>,
}

impl Loader<Seek> for Reader {
    type Value = Arc<Vec<Found>>;
    type Error = Error;

    async fn load(&self, keys: &[Seek]) -> Result<HashMap<Seek, Self::Value>, Error> {
        let mut seeks = keys.to_vec();
        seeks.sort_unstable();
        let mut all = HashMap::with_capacity(seeks.len());
        for seek in seeks {
            let found = self.seek(&seek).await?;
            all.insert(seek, Arc::new(found));
        }
        Ok(all)
    }
}

impl Reader {
    async fn seek(&self, seek: &Seek) -> Result<Vec<Found>, Error> {
        for sought in &seek.0 {
            self.reads(&[sought.table.name]);
            sought.above.iter().for_each(|(_, table)| self.reads(&[table.name]));
        }
        let view = self.view();
        let mut branches = seek.0.iter().enumerate().map(|(index, sought)| branch(view, index, sought));
        let Some(mut query) = branches.next() else { return Ok(Vec::new()) };
        for branch in branches {
            query.union(UnionType::All, branch);
        }
        let query = select::cells(view.engine, query, ["table", "id"].into_iter().chain(LABELS));
        let cells = self.cells(self.statement(&query)).await?;
        Ok((0..cells.len()).filter_map(|row| found(&cells, row)).collect())
    }
}

fn found(cells: &Cells, row: usize) -> Option<Found> {
    let texts = (0..TEXTS).map(|text| cells.text(row, text + 2).map(|text| text.into_owned())).collect();
    Some(Found { table: usize::try_from(cells.number(row, 0)?).ok()?, id: cells.number(row, 1)?, texts })
}

/// The rows of one table.
fn branch(view: View<'_>, index: usize, sought: &Sought) -> SelectStatement {
    let of = Alias::new(sought.table.name);
    let columns: Vec<&'static str> = sought.table.texts.iter().map(|(column, _)| *column).collect();
    let mut ids = Query::select();
    let mut query = Query::select();
    match view.engine {
        DbBackend::Sqlite => {
            let index = Alias::new(format!("{}_words", sought.table.name));
            let matching = Expr::col(index.clone()).binary(BinOper::Custom("MATCH"), phrases(&columns, &sought.words));
            ids.column("rowid").from(index).and_where(matching).order_by("rowid", sea_orm::Order::Asc);
        }
        _ => {
            let words = tsquery(&sought.words);
            let has = columns.iter().map(|column| {
                let text = Func::cust("antq_words").arg(Expr::col((of.clone(), *column)));
                let vector = Expr::from(Func::cust("to_tsvector").arg(Expr::cust("'simple'")).arg(text));
                vector.binary(BinOper::Custom("@@"), Expr::val(words.as_str()).cast_as("tsquery"))
            });
            let has = has.reduce(ExprTrait::or).unwrap_or_else(|| Expr::cust("FALSE"));
            // Of the id alone the planner would take the rows in its order, and make the words of each until there are enough.
            let order = Expr::col((of.clone(), "id")).add(Expr::cust("0"));
            ids.column((of.clone(), "id")).from(of.clone()).and_where(has).order_by_expr(order, sea_orm::Order::Asc);
        }
    }
    // Before it is cut: what may not be seen takes no place from what may.
    if let Some(seen) = view.seen(sought.table, sought.table.name, Asked::Few) {
        match view.engine {
            DbBackend::Sqlite => {
                let visible = Query::select().column("id").from(of.clone()).and_where(seen).to_owned();
                ids.and_where(Expr::col("rowid").in_subquery(visible));
            }
            _ => drop(ids.and_where(seen)),
        }
    }
    ids.limit(MAX_FOUND);
    query
        .expr_as(Expr::cust(index.to_string()), "table")
        .expr_as(Expr::col((of.clone(), "id")), "id")
        .from(of.clone())
        .and_where(Expr::col((of.clone(), "id")).in_subquery(ids));
    let own = columns.iter().map(|column| Expr::col((of.clone(), *column)));
    let above = sought.above.iter().enumerate().map(|(index, (key, table))| {
        let name = Alias::new(format!("above_{}", index + 1));
        let names = Expr::col((name.clone(), "id")).equals((of.clone(), *key));
        query.join_as(JoinType::InnerJoin, table.name, name.clone(), names);
        Expr::col((name, "name"))
    });
    let texts: Vec<Expr> = own.chain(above).collect();
    let none = || Expr::cust("NULL");
    let texts = texts.into_iter().chain(std::iter::repeat_with(none));
    for (label, text) in LABELS.into_iter().zip(texts) {
        query.expr_as(text, label);
    }
    query
}

/// The words for FTS5, such as `name : (("an" AND "hoa" *) OR ("ninh" AND "kieu" *))`.
fn phrases(columns: &[&str], words: &[Vec<String>]) -> String {
    let all = |words: &Vec<String>| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("({} *)", words.join(" AND "))
    };
    let any = words.iter().map(all).collect::<Vec<_>>().join(" OR ");
    columns.iter().map(|column| format!("({column} : ({any}))")).collect::<Vec<_>>().join(" OR ")
}

/// The words for PostgreSQL, such as `('an' & 'hoa':*) | ('ninh' & 'kieu':*)`.
fn tsquery(words: &[Vec<String>]) -> String {
    let all = |words: &Vec<String>| {
        let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        format!("({}:*)", words.join(" & "))
    };
    words.iter().map(all).collect::<Vec<_>>().join(" | ")
}
