//! Where a row is: what it repeats of the rows above it, and whether a writer is entrusted with its place.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

use super::{Cells, Failure, Refused};
use crate::{
    domain::{Datum, RefusalCode},
    store::{Members, Places, Sight, TableInfo},
};

/// The data set of what is entered here, by its slug.
const ENTERED: &str = "entered";

/// Adds what a row repeats of others, and what it has unless it is said: the writer does not have to. `row` is the one that is
/// changed; there is none yet if it is new.
pub(super) async fn complete(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    cells: &mut Cells,
    row: Option<i64>,
) -> Result<(), Failure> {
    let is_new = row.is_none();
    match table.name {
        "team" => repeat(transaction, cells, "ward_id", "ward", &["city_id"]).await?,
        "member" => repeat(transaction, cells, "team_id", "team", &["ward_id", "city_id", "former_city_id"]).await?,
        _ => named_are_there(transaction, cells).await?,
    }
    if ["festival", "organisation"].contains(&table.name) {
        within_city(transaction, table, cells, row).await?;
    }
    if is_new && table.name == "award" && given(cells, "ordinal").is_none() {
        let festival = given(cells, "festival_id").cloned().flatten();
        let last = "SELECT COALESCE(MAX(ordinal), 0) + 1 AS next FROM award WHERE festival_id = $1";
        let next = one(transaction, last, festival).await?.map(|row| row.try_get::<i32>("", "next")).transpose()?;
        cells.push(("ordinal", next.map(|next| Datum::Integer(next.into()))));
    }
    if is_new && table.columns.contains(&"dataset_id") && given(cells, "dataset_id").is_none() {
        cells.push(("dataset_id", Some(Datum::Integer(entered(transaction).await?))));
    }
    Ok(())
}

/// Brings rows along that repeat what was changed, as far as the database does not do it itself.
pub(super) async fn follow(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    row: i64,
    cells: &Cells,
) -> Result<(), Failure> {
    let (followers, column): (&[&str], _) = match table.name {
        "team" => (&["member"], "former_city_id"),
        "ward" => (&["festival", "organisation"], "city_id"),
        _ => return Ok(()),
    };
    if given(cells, column).is_none() {
        return Ok(());
    }
    for follower in followers {
        let new = format!("(SELECT {column} FROM {0} WHERE id = $1)", table.name);
        // Only those that are elsewhere: each that is written has another version.
        let those = format!("{0}_id = $1 AND {column} IS DISTINCT FROM {new}", table.name);
        let sql = format!("UPDATE {follower} SET {column} = {new} WHERE {those}");
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [row.into()]);
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}

/// Whether a writer who is limited to places is entrusted with a row.
pub(super) async fn permit(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    row: i64,
    within: Option<&Places>,
) -> Result<(), Failure> {
    let Some(places) = within else { return Ok(()) };
    let sql = match table.name {
        "team" | "member" | "festival" => format!("SELECT ward_id, city_id FROM {} WHERE id = $1", table.name),
        "award" | "festival_guest" => format!(
            "SELECT festival.ward_id, festival.city_id FROM {0} JOIN festival ON festival.id = {0}.festival_id WHERE {0}.id = $1",
            table.name
        ),
        // What belongs to the register as a whole.
        _ => return Err(Refused::elsewhere().into()),
    };
    let Some(found) = one(transaction, &sql, Some(Datum::Integer(row))).await? else {
        return Err(Refused::missing(table.name).into());
    };
    let (ward, city): (Option<i64>, i64) = (found.try_get("", "ward_id")?, found.try_get("", "city_id")?);
    match places.cities.contains(&city) || ward.is_some_and(|ward| places.has(ward, city)) {
        true => Ok(()),
        false => Err(Refused::elsewhere().into()),
    }
}

/// The same before a row is changed: of members elsewhere, who is limited to places sees none, nor whether there are any.
pub(super) async fn permit_here(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    row: i64,
    within: Option<&Places>,
) -> Result<(), Failure> {
    match permit(transaction, table, row, within).await {
        Err(Failure::Refused(_)) if table.name == "member" => Err(Refused::missing(table.name).into()),
        other => other,
    }
}

/// The same of the place that a row is to have, as far as its cells say it: before it is written, for the rules that it might
/// break there tell of others who are there, such as a leader.
pub(super) fn permit_there(cells: &Cells, within: Option<&Places>) -> Result<(), Failure> {
    match (within, given(cells, "ward_id"), given(cells, "city_id")) {
        (Some(places), Some(Some(Datum::Integer(ward))), Some(Some(Datum::Integer(city))))
            if !places.has(*ward, *city) =>
        {
            Err(Refused::elsewhere().into())
        }
        _ => Ok(()),
    }
}

/// Whether a writer may see the member that a row is to name: nobody learns by naming one whether there is one.
///
/// # Errors
/// They may not, or there is none; the database's own.
pub async fn sees(transaction: &DatabaseTransaction, sight: &Sight, cells: &Cells) -> Result<(), Failure> {
    let Some(Some(member)) = given(cells, "member_id").cloned() else { return Ok(()) };
    let missing = || Failure::from(Refused::missing("member").at("member_id"));
    let found = one(transaction, "SELECT ward_id, city_id FROM member WHERE id = $1", Some(member)).await?;
    let found = found.ok_or_else(missing)?;
    let (ward, city): (i64, i64) = (found.try_get("", "ward_id")?, found.try_get("", "city_id")?);
    if shows(sight, ward, city) { Ok(()) } else { Err(missing()) }
}

/// Whether the members of a ward may be seen.
pub(super) fn shows(sight: &Sight, ward: i64, city: i64) -> bool {
    match &sight.members {
        Members::None => false,
        Members::Within(places) => places.has(ward, city),
        Members::All => true,
    }
}

fn given<'a>(cells: &'a Cells, column: &str) -> Option<&'a Option<Datum>> {
    cells.iter().find(|(name, _)| *name == column).map(|(_, datum)| datum)
}

/// Repeats columns of the row that a column names.
async fn repeat(
    transaction: &DatabaseTransaction,
    cells: &mut Cells,
    by: &'static str,
    of: &'static str,
    columns: &[&'static str],
) -> Result<(), Failure> {
    let Some(Some(named)) = given(cells, by).cloned() else { return Ok(()) };
    let sql = format!("SELECT {} FROM {of} WHERE id = $1", columns.join(", "));
    let Some(row) = one(transaction, &sql, Some(named)).await? else {
        return Err(Refused::missing(of).at(by).into());
    };
    for column in columns {
        let value: Option<i64> = row.try_get("", column)?;
        // A member's former city is that of the team; a team's own is said by the writer.
        cells.retain(|(name, _)| name != column);
        cells.push((column, value.map(Datum::Integer)));
    }
    Ok(())
}

/// Whether the rows are there that the writer names. The database sees to it, too, but SQLite does not say which one is not.
async fn named_are_there(transaction: &DatabaseTransaction, cells: &Cells) -> Result<(), Failure> {
    for (column, named) in cells {
        let (Some(of), Some(Datum::Integer(_))) = (column.strip_suffix("_id"), named) else { continue };
        let of = match of {
            "venue_organisation" | "grantor" | "recognised_by" | "awarded_by" => "organisation",
            "host_former_district" => "former_district",
            table => table,
        };
        let find = format!("SELECT id FROM {of} WHERE id = $1");
        if one(transaction, &find, named.clone()).await?.is_none() {
            return Err(Refused::missing(of).at(column).into());
        }
    }
    Ok(())
}

/// What is of a ward is of the ward's city: of the one that is given, or that it has. A festival is of a city in any case.
async fn within_city(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    cells: &mut Cells,
    row: Option<i64>,
) -> Result<(), Failure> {
    let refused = |code, message: &str, column| Err(Refused::new(code, message).at(column).into());
    match (given(cells, "ward_id").cloned(), given(cells, "city_id").cloned(), row) {
        (Some(Some(_)), said, _) => {
            repeat(transaction, cells, "ward_id", "ward", &["city_id"]).await?;
            if said.is_some_and(|said| given(cells, "city_id") != Some(&said)) {
                let message = "The ward lies in another city than the one that is given.";
                return refused(RefusalCode::Rule, message, "ward_id");
            }
        }
        (None, Some(said), Some(row)) => {
            let sql = format!(
                "SELECT ward.city_id FROM {0} JOIN ward ON ward.id = {0}.ward_id WHERE {0}.id = $1",
                table.name
            );
            let found = one(transaction, &sql, Some(Datum::Integer(row))).await?;
            let of_ward = found.map(|found| found.try_get("", "city_id")).transpose()?.map(Datum::Integer);
            if of_ward.is_some() && of_ward != said {
                let message = "It is of a ward in another city. Give `wardId` with it, null if it is of no ward.";
                return refused(RefusalCode::Rule, message, "city_id");
            }
        }
        (_, None, None) if table.name == "festival" => {
            let message = "`cityId` is missing. Give it, or `wardId`: a festival is of a city.";
            return refused(RefusalCode::Required, message, "city_id");
        }
        _ => {}
    }
    Ok(())
}

/// The number of the data set of what is entered here; it is made when it is first needed.
async fn entered(transaction: &DatabaseTransaction) -> Result<i64, DbErr> {
    let engine = transaction.get_database_backend();
    let find = || Statement::from_sql_and_values(engine, "SELECT id FROM dataset WHERE slug = $1", [ENTERED.into()]);
    if let Some(row) = transaction.query_one_raw(find()).await? {
        return row.try_get("", "id");
    }
    // Another may make it meanwhile.
    let make = "INSERT INTO dataset (slug, title, description, synthetic) VALUES ($1, \
                'Sổ bộ nhập trực tiếp', 'Entered by clerks through this API or from their rosters (dữ liệu do cán bộ cập nhật).', $2) \
                ON CONFLICT (slug) DO NOTHING";
    transaction.execute_raw(Statement::from_sql_and_values(engine, make, [ENTERED.into(), false.into()])).await?;
    let row = transaction.query_one_raw(find()).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(ENTERED.to_owned()))?.try_get("", "id")
}

/// The row that a statement with one whole number finds.
async fn one(
    transaction: &DatabaseTransaction,
    sql: &str,
    number: Option<Datum>,
) -> Result<Option<QueryResult>, DbErr> {
    let number = match number {
        Some(Datum::Integer(number)) => Some(number),
        _ => None,
    };
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [number.into()]);
    transaction.query_one_raw(statement).await
}
