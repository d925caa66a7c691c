//! What became of a place that an address names: every unit that it may mean, and the present units of each.

use std::collections::BTreeSet;

use async_graphql::{Context, Enum, SimpleObject};
use chrono::NaiveDate;
use futures_util::future::{try_join, try_join_all};

use super::{
    context::{answered, charge, row, seek, slice},
    object::Record,
    plan::Shape,
    rows::Rows,
    search::check,
    types::{City, FormerCity, FormerDistrict, FormerWard, Place, Ward},
};
use crate::{
    domain::Date,
    error::Error,
    store::{Found, Listing, MAX_ROWS, Page, PageArgs, Relation, Scope, Seek, Sought, Table, city, ward},
    text::{Fit, Name, Stand, Typed, Unit, parts, place_words},
};

/// Units that are shown when an address may mean any of them.
pub const MAX_CANDIDATES: usize = 20;

/// Parts that an address may have.
pub const MAX_PARTS: usize = 8;

/// The day from which on the present units exist.
const PRESENT_SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2025, 7, 1);

/// What an address means today (kết quả tra cứu địa danh).
#[derive(Debug, SimpleObject)]
pub struct PlaceResolution {
    /// Whether there is one answer (tình trạng).
    status: PlaceResolutionStatus,
    /// Every unit that the address may mean, the likeliest first: those whose whole name it is, if there are any, and written with its marks, if it has some (các đơn vị có thể).
    candidates: Rows<PlaceCandidate>,
    /// How many more there are: at most 20 are shown. Name a unit above to have fewer (số đơn vị không hiển thị).
    more_candidates: i32,
    /// What stands before the unit's name and was not used: a house, a street, a hamlet (phần địa chỉ không dùng).
    unused: Vec<String>,
}

/// Whether an address has one answer today (tình trạng tra cứu).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PlaceResolutionStatus {
    /// One present unit, whichever of the candidates is meant (xác định được).
    Resolved,
    /// It may mean several units, which are not the same today: the address must say more (nhiều khả năng).
    Ambiguous,
    /// It means one former unit, which was divided: the address alone does not say in which of its present units it lies (đã chia tách).
    Split,
    /// No unit has this name (không tìm thấy).
    NotFound,
}

/// A unit that an address may mean (đơn vị có thể).
#[derive(Debug, SimpleObject)]
pub struct PlaceCandidate {
    /// The unit as it is named, present or former (đơn vị được nêu).
    place: Place,
    /// Its present units: itself, or those that it went into (đơn vị hiện nay).
    present: Rows<Place>,
    /// Whether it was divided between several present units, those included of which the official table names only one (bị chia tách).
    is_split: bool,
}

/// A kind of unit, and whether it exists today.
type Kind = (fn() -> &'static Shape, bool);

/// The kinds of units. Among units that fit equally well these come in this order.
const UNITS: [Kind; 5] = [
    (City::shape, true),
    (Ward::shape, true),
    (FormerCity::shape, false),
    (FormerDistrict::shape, false),
    (FormerWard::shape, false),
];

/// Finds what an address means today.
///
/// # Errors
/// [`Error::BadInput`] for an address without words, [`Error::Limit`] for one that is too long.
pub async fn resolve_place(ctx: &Context<'_>, text: &str, on: Option<Date>) -> Result<PlaceResolution, Error> {
    check("text", text)?;
    let parts = address(text)?;
    let units: Vec<_> =
        UNITS.into_iter().filter(|(_, present)| is_meant(*present, on)).map(|(shape, _)| shape()).collect();
    let words: Vec<_> = parts.iter().map(|part| place_words(part)).collect();
    let sought =
        |shape: &&'static Shape| Sought { table: shape.table, above: shape.above().collect(), words: words.clone() };
    let found = seek(ctx, Seek(units.iter().map(sought).collect())).await?;
    let (unused, mut meant) = meant(&parts, &units, &found);
    let more = meant.len().saturating_sub(MAX_CANDIDATES);
    meant.truncate(MAX_CANDIDATES);
    charge(ctx, meant.len(), ctx.field())?;
    let candidates = meant.into_iter().map(|(table, id)| candidate(ctx, table, id));
    let candidates: Vec<_> = try_join_all(candidates).await?.into_iter().flatten().collect();
    Ok(PlaceResolution {
        status: status(&candidates, more),
        candidates: Rows(candidates),
        more_candidates: i32::try_from(more).map_err(Error::internal)?,
        unused: parts[..unused].iter().map(|part| part.trim().to_owned()).collect(),
    })
}

/// The parts of an address, without the country.
fn address(text: &str) -> Result<Vec<&str>, Error> {
    let mut parts = parts(text);
    if parts.len() > MAX_PARTS {
        return Err(Error::Limit {
            name: "addressParts",
            what: "parts of an address",
            max: MAX_PARTS,
            actual: parts.len(),
        });
    }
    if parts.len() > 1 && parts.last().is_some_and(|part| place_words(part) == ["viet", "nam"]) {
        parts.pop();
    }
    Ok(parts)
}

fn is_meant(present: bool, on: Option<Date>) -> bool {
    match (on, PRESENT_SINCE) {
        (Some(Date(day)), Some(since)) => present == (day >= since),
        _ => true,
    }
}

/// The units that an address means, by table and id, and how many of its parts stand before their names: of all parts the
/// first that is the name of a unit within those that the parts behind it name.
fn meant(parts: &[&str], units: &[&'static Shape], found: &[Found]) -> (usize, Vec<(&'static str, i64)>) {
    let typed: Vec<_> = parts.iter().map(|part| Typed::new(part, true)).collect();
    for start in 0..typed.len() {
        let fitting = found.iter().filter_map(|found| {
            let shape = units[found.table];
            Some((fit(&typed[start..], found)?, shape, found))
        });
        let meant = best(&typed[start], fitting.collect());
        // A unit that is named as one is not passed over like a street.
        if !meant.is_empty() || typed[start].unit().is_some() {
            return (start, meant);
        }
    }
    (0, Vec::new())
}

/// How well a unit and those above it fit an address: its own name as it fits, and the names above by the worst of them.
type AddressFit = (Stand, Stand, Fit);

fn fit(typed: &[Typed], found: &Found) -> Option<AddressFit> {
    let mut names = found.texts.iter().flatten().map(|text| Name::new(text, true));
    let (own, rest) = typed.split_first()?;
    let fit = own.fit(&names.next()?).filter(|fit| !fit.apart)?;
    let above: Vec<_> = names.collect();
    let mut worst = Stand::Whole;
    for typed in rest {
        let fits = above.iter().filter_map(|name| typed.fit(name)).filter(|fit| !fit.apart);
        worst = worst.max(fits.map(|fit| fit.stand).min()?);
    }
    Some((fit.stand, worst, fit))
}

/// Those that fit best. What only begins with a name is not meant where something has that name as a whole; what is written
/// otherwise, where the address has marks and something is written so; a unit of another level, where its kind is given.
fn best(typed: &Typed, mut all: Vec<(AddressFit, &'static Shape, &Found)>) -> Vec<(&'static str, i64)> {
    let stand = all.iter().map(|((own, above, _), ..)| (*own, *above)).min();
    keep(&mut all, |((own, above, _), ..)| Some((*own, *above)) == stand);
    keep(&mut all, |((.., fit), shape, _)| !fit.other_unit || is_level(typed.unit(), shape));
    if typed.is_marked() {
        keep(&mut all, |((.., fit), ..)| !fit.otherwise_written);
    }
    all.sort_by_key(|(fit, _, found)| (*fit, found.table, found.id));
    all.into_iter().map(|(_, shape, found)| (shape.table.name, found.id)).collect()
}

/// Keeps what is so, if anything is.
fn keep<T>(all: &mut Vec<T>, is: impl Fn(&T) -> bool) {
    if all.iter().any(&is) {
        all.retain(is);
    }
}

/// Whether units of a type may be of this kind, or have been: a commune may have become a ward, and no district.
fn is_level(unit: Option<Unit>, shape: &Shape) -> bool {
    let levels: &[&str] = match unit {
        None => return true,
        Some(Unit::Ward | Unit::Commune | Unit::Township | Unit::SpecialZone) => &["Ward", "FormerWard"],
        Some(Unit::UrbanDistrict | Unit::RuralDistrict | Unit::Town) => &["FormerDistrict"],
        Some(Unit::City) => &["City", "FormerCity", "FormerDistrict"],
        Some(Unit::Province) => &["City", "FormerCity"],
    };
    levels.contains(&shape.name)
}

/// A unit with its present units; none if it is gone.
async fn candidate(ctx: &Context<'_>, table: &str, id: i64) -> Result<Option<PlaceCandidate>, Error> {
    let of = |shape: &'static Shape| shape.table.name == table;
    if of(City::shape()) {
        return Ok(row::<City>(ctx, id).await?.map(|city| itself(city.into())));
    }
    if of(Ward::shape()) {
        return Ok(row::<Ward>(ctx, id).await?.map(|ward| itself(ward.into())));
    }
    if of(FormerCity::shape()) {
        let (place, present) =
            try_join(row::<FormerCity>(ctx, id), rows::<City>(ctx, &city::OF_FORMER_CITY, id)).await?;
        return Ok(place.map(|place| former(place.into(), present, false)));
    }
    if of(FormerDistrict::shape()) {
        let wards = rows::<Ward>(ctx, &ward::OF_FORMER_DISTRICT, id);
        let (place, present) = try_join(row::<FormerDistrict>(ctx, id), wards).await?;
        return Ok(place.map(|place| former(place.into(), present, false)));
    }
    let (place, present) = try_join(row::<FormerWard>(ctx, id), rows::<Ward>(ctx, &ward::OF_FORMER_WARD, id)).await?;
    Ok(place.map(|place| {
        let is_split = place.0.is_split;
        former(place.into(), present, is_split)
    }))
}

fn itself(place: Place) -> PlaceCandidate {
    PlaceCandidate { present: Rows(vec![place.clone()]), place, is_split: false }
}

fn former(place: Place, present: Vec<Place>, is_split: bool) -> PlaceCandidate {
    PlaceCandidate { place, is_split: is_split || present.len() > 1, present: Rows(present) }
}

/// The rows that a relation leads to: fewer than a page may have.
async fn rows<T>(ctx: &Context<'_>, relation: &'static Relation, id: i64) -> Result<Vec<Place>, Error>
where
    T: Record + Into<Place>,
{
    let page = Page::try_new(T::Table::info(), PageArgs { first: Some(MAX_ROWS as i32), ..Default::default() })?;
    let slice = slice::<T>(ctx, &Listing { scope: Scope::Of(relation, id), page }).await?;
    answered(ctx, slice.rows.len());
    Ok(slice.rows.iter().map(|(_, row)| T::from(row.clone()).into()).collect())
}

fn status(candidates: &[PlaceCandidate], more: usize) -> PlaceResolutionStatus {
    let present: BTreeSet<_> = candidates.iter().flat_map(|candidate| candidate.present.0.iter().map(key)).collect();
    let is_split = candidates.iter().any(|candidate| candidate.is_split);
    match (candidates.len(), present.len()) {
        (0, _) => PlaceResolutionStatus::NotFound,
        (_, 1) if more == 0 && !is_split => PlaceResolutionStatus::Resolved,
        (1, _) if more == 0 && is_split => PlaceResolutionStatus::Split,
        _ => PlaceResolutionStatus::Ambiguous,
    }
}

fn key(place: &Place) -> (&'static str, i64) {
    match place {
        Place::City(city) => ("city", city.0.id),
        Place::Ward(ward) => ("ward", ward.0.id),
        Place::FormerCity(city) => ("former_city", city.0.id),
        Place::FormerDistrict(district) => ("former_district", district.0.id),
        Place::FormerWard(ward) => ("former_ward", ward.0.id),
    }
}
