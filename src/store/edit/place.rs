//! Where a row is: what it repeats of the rows above it, and whether a writer is entrusted with its place.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

use super::{Cells, Failure, Refused};
use crate::{
    domain::{Datum, RefusalCode},
    store::{Members, Places, Sight, TableInfo},
};

/// The data set of what is entered here, by its slug.
const ENTERED: &str = "entered";

/// Adds what a row repeats of others, and what it has unless it is said: the writer does not have to.
pub(super) async fn complete(
    transaction: &DatabaseTransaction,
    table: &'static TableInfo,
    cells: &mut Cells,
    is_new: bool,
) -> Result<(), Failure> {
    match table.name {
        "team" => repeat(transaction, cells, "ward_id", "ward", &["city_id"]).await?,
        "member" => repeat(transaction, cells, "team_id", "team", &["ward_id", "city_id", "former_city_id"]).await?,
        "festival" => within_city(transaction, cells).await?,
        _ => {}
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
    if table.name == "team" && given(cells, "former_city_id").is_some() {
        let sql =
            "UPDATE member SET former_city_id = (SELECT former_city_id FROM team WHERE id = $1) WHERE team_id = $1";
        let values = [row.into()];
        transaction
            .execute_raw(Statement::from_sql_and_values(transaction.get_database_backend(), sql, values))
            .await?;
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
    let seen = match &sight.members {
        Members::None => false,
        Members::Within(places) => places.has(ward, city),
        Members::All => true,
    };
    if seen { Ok(()) } else { Err(missing()) }
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

/// A festival that is of a ward is of the ward's city.
async fn within_city(transaction: &DatabaseTransaction, cells: &mut Cells) -> Result<(), Failure> {
    let Some(Some(_)) = given(cells, "ward_id") else { return Ok(()) };
    let said = given(cells, "city_id").cloned().flatten();
    repeat(transaction, cells, "ward_id", "ward", &["city_id"]).await?;
    match &said {
        Some(_) if given(cells, "city_id") != Some(&said) => {
            Err(Refused::new(RefusalCode::Rule, "The ward lies in another city than the one that is given.")
                .at("ward_id")
                .into())
        }
        _ => Ok(()),
    }
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
