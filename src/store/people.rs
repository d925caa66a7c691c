//! How many people there are, for those who may not see them: by places only, and only where it tells of nobody.
//!
//! Fewer than [`FEWEST`] people are not counted. Nor may a count be found by subtracting others, so the units of one level
//! below one unit are shown all or none: if any of them has between 1 and 4 people, none of its siblings has a count either,
//! nor has anything below these. What is shown are then the parts of a whole, each of at least [`FEWEST`] or none, and
//! whatever is added or subtracted of them is a number of such parts. Former cities cut across wards: they are counted only
//! where every ward of the present city lies in one of them.
//!
//! A count of 0 is shown: it is of nobody. As of a day nothing is shown: the counts of two days would tell who came and left
//! between them.

use std::collections::HashMap;

use sea_orm::{DbBackend, QueryResult, Statement};

use super::{
    Reader, member,
    select::Values,
    table::{Relation, Scope, TableInfo},
};
use crate::error::Error;

/// The fewest people that are counted for everyone.
pub const FEWEST: u32 = 5;

/// A level of the register, with the units that are shown together.
struct Level {
    /// The table of its units.
    units: &'static str,
    /// The column of a member that names the unit.
    column: &'static str,
    /// The column of a unit, and of those below it, that names what it is shown together in; all are shown together where
    /// there is none.
    above: Option<&'static str>,
}

/// From the top: what lies below a level is shown where that is.
const LEVELS: [Level; 3] = [
    Level { units: "city", column: "city_id", above: None },
    Level { units: "ward", column: "ward_id", above: Some("city_id") },
    Level { units: "team", column: "team_id", above: Some("ward_id") },
];

impl Reader {
    /// Whether the rows of this table are people of whom nothing may be seen but how many there are.
    pub fn only_counts(&self, table: &TableInfo) -> bool {
        table.name == "member" && self.sight().hides(table)
    }

    /// The number of people that a relation leads to from each of these parents, or of all; nothing where it is not shown.
    /// Parents that are not there are absent.
    ///
    /// # Errors
    /// The database's own.
    pub async fn people(
        &self,
        of: Option<(&'static Relation, &[i64])>,
    ) -> Result<HashMap<Option<i64>, Option<i64>>, Error> {
        self.reads(&["member", "team", "ward", "city", "former_city_successor"]);
        if self.sight().as_of.is_some() {
            // Counts of two days tell by their difference what neither tells.
            return Ok(match of {
                None => HashMap::from([(None, None)]),
                Some((_, parents)) => untold(parents),
            });
        }
        let engine = self.engine();
        let (sql, parents) = match of {
            None => ("SELECT COUNT(*) AS total FROM member".to_owned(), None),
            Some((relation, parents)) => match statement(engine, relation) {
                Some(sql) => (sql, Some(parents)),
                // By nothing else: it would cut across places.
                None => return Ok(untold(parents)),
            },
        };
        let values = parents.map(|parents| Values::Ids(parents).bound(engine));
        let statement = self.ready(Statement::from_sql_and_values(engine, sql, values));
        let count = |row: QueryResult| {
            let parent = parents.map(|_| row.try_get("", "id")).transpose()?;
            let total: Option<i64> = row.try_get("", "total")?;
            Ok((parent, total.filter(|total| *total == 0 || *total >= i64::from(FEWEST))))
        };
        self.rows(statement).await?.into_iter().map(count).collect()
    }
}

impl Reader {
    /// Whether all rows of a list are invented, or none is; nothing where it is a mixture, or not of one parent.
    ///
    /// # Errors
    /// The database's own.
    pub async fn all_invented(&self, table: &TableInfo, scope: Scope) -> Result<Option<bool>, Error> {
        let Scope::Of(Relation::Column(column), parent) = scope else { return Ok(None) };
        self.reads(&[table.name, "dataset"]);
        let any = |not: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {table} AS counted WHERE counted.{column} = {parent} AND counted.dataset_id IN \
                 (SELECT id FROM dataset WHERE {not} synthetic))",
                table = table.name
            )
        };
        let sql = format!("SELECT {} AS invented, {} AS real", any(""), any("NOT"));
        let statement = self.ready(Statement::from_string(self.engine(), sql));
        let rows = self.rows(statement).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (invented, real): (bool, bool) = (row.try_get("", "invented")?, row.try_get("", "real")?);
        Ok((!(invented && real)).then_some(invented))
    }
}

fn untold(parents: &[i64]) -> HashMap<Option<i64>, Option<i64>> {
    parents.iter().map(|parent| (Some(*parent), None)).collect()
}

fn statement(engine: DbBackend, relation: &Relation) -> Option<String> {
    match relation {
        relation if *relation == member::OF_TEAM => Some(units(engine, &LEVELS)),
        relation if *relation == member::OF_WARD => Some(units(engine, &LEVELS[..2])),
        relation if *relation == member::OF_CITY => Some(units(engine, &LEVELS[..1])),
        relation if *relation == member::OF_FORMER_CITY => Some(former_cities(engine)),
        _ => None,
    }
}

/// Whether between 1 and 4 members are so: no more than [`FEWEST`] are looked at.
fn few(so: &str) -> String {
    format!(
        "(SELECT COUNT(*) FROM (SELECT 1 FROM member WHERE {so} LIMIT {FEWEST}) AS few) BETWEEN 1 AND {}",
        FEWEST - 1
    )
}

/// The parents as rows of one column.
fn parents(engine: DbBackend) -> &'static str {
    match engine {
        DbBackend::Sqlite => "SELECT value AS id FROM json_each(?)",
        _ => "SELECT id FROM unnest($1) AS id",
    }
}

/// The counts of the units of the last of these levels. Each level says what is hidden of it once, however many units are
/// asked for.
fn units(engine: DbBackend, levels: &[Level]) -> String {
    let Some(Level { units, column, .. }) = levels.last() else { return String::new() };
    let (mut hidden, mut shown) = (String::new(), Vec::new());
    for Level { units, column, above } in levels {
        let few = few(&format!("member.{column} = sibling.id"));
        let (named, among) = match above {
            Some(above) => (format!("sibling.{above}"), format!("sibling.{above} IN (SELECT {above} FROM asked) AND ")),
            None => ("0".to_owned(), String::new()),
        };
        hidden += &format!(
            ", hidden_{units} AS (SELECT DISTINCT {named} AS above FROM {units} AS sibling WHERE {among}{few})"
        );
        let asked = above.map_or("0".to_owned(), |above| format!("asked.{above}"));
        shown.push(format!("{asked} NOT IN (SELECT above FROM hidden_{units})"));
    }
    format!(
        "WITH parents AS ({parents}), \
         asked AS (SELECT unit.* FROM parents JOIN {units} AS unit ON unit.id = parents.id){hidden} \
         SELECT asked.id, CASE WHEN {shown} THEN \
         (SELECT COUNT(*) FROM member WHERE member.{column} = asked.id) END AS total FROM asked",
        parents = parents(engine),
        shown = shown.join(" AND "),
    )
}

/// The counts of former cities: those of one present city are shown together, where they and the wards do not cut across
/// each other.
fn former_cities(engine: DbBackend) -> String {
    format!(
        "WITH parents AS ({parents}), \
         asked AS (SELECT unit.id, MIN(successor.city_id) AS above, COUNT(successor.city_id) AS successors FROM parents \
         JOIN former_city AS unit ON unit.id = parents.id \
         LEFT JOIN former_city_successor AS successor ON successor.former_city_id = unit.id GROUP BY unit.id), \
         hidden AS (SELECT city.id AS above FROM city WHERE city.id IN (SELECT above FROM asked) AND ( \
         EXISTS (SELECT 1 FROM former_city_successor AS sibling WHERE sibling.city_id = city.id AND {few}) \
         OR EXISTS (SELECT 1 FROM city AS other WHERE {few_of_city}) \
         OR {few_of_none} \
         OR EXISTS (SELECT 1 FROM team WHERE team.city_id = city.id GROUP BY team.ward_id \
         HAVING MIN(COALESCE(team.former_city_id, 0)) <> MAX(COALESCE(team.former_city_id, 0))))) \
         SELECT asked.id, CASE WHEN hidden.above IS NULL AND asked.successors = 1 THEN \
         (SELECT COUNT(*) FROM member WHERE member.former_city_id = asked.id) END AS total \
         FROM asked LEFT JOIN hidden ON hidden.above = asked.above",
        parents = parents(engine),
        few = few("member.former_city_id = sibling.former_city_id"),
        few_of_city = few("member.city_id = other.id"),
        few_of_none = few("member.former_city_id IS NULL AND member.city_id = city.id"),
    )
}
