//! Finding anything by its name: places, teams, members, festivals, models and organisations.

use std::cmp::Ordering;

use async_graphql::{Context, Enum, SimpleObject};
use futures_util::future::try_join_all;

use super::{
    context::{charge, seek},
    node::{Node, of_table},
    object::Record,
    rows::Rows,
    types::{City, Festival, FormerCity, FormerDistrict, FormerWard, Member, MovementModel, Organisation, Team, Ward},
};
use crate::{
    error::Error,
    store::{Found, MAX_ROWS, PAGE_ROWS, Seek, Sought, Table, TableInfo},
    text::{Fit, Name, Typed, Word, alphabetical},
};

/// The longest text that is looked for.
pub const MAX_LETTERS: usize = 200;

/// Declares what is searched, in the order in which hits stand that are equal in all else.
macro_rules! searched {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// What a search looks for (loại đối tượng tìm kiếm).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
        pub enum SearchType {
            $($(#[$doc])* $name,)+
        }

        impl SearchType {
            const ALL: &[Self] = &[$(Self::$name),+];

            fn table(self) -> &'static TableInfo {
                match self {
                    $(Self::$name => <$name as Record>::Table::info(),)+
                }
            }
        }
    };
}

searched! {
    /// Present cities and provinces (tỉnh, thành phố).
    City,
    /// Present wards, communes and special zones (phường, xã, đặc khu).
    Ward,
    /// Former cities and provinces (tỉnh, thành phố trước sáp nhập).
    FormerCity,
    /// Former districts (quận, huyện trước đây).
    FormerDistrict,
    /// Former wards (phường, xã, thị trấn trước sắp xếp).
    FormerWard,
    /// Organisations (cơ quan, tổ chức).
    Organisation,
    /// Festivals, by title and venue (ngày hội).
    Festival,
    /// Models of the movement (mô hình).
    MovementModel,
    /// Teams, by name and locality (tổ bảo vệ an ninh, trật tự).
    Team,
    /// Members of teams, by full name (thành viên).
    Member,
}

/// What a search found (kết quả tìm kiếm).
#[derive(Debug, SimpleObject)]
pub struct SearchResult {
    /// The hits, the best first: those written with the marks that were typed; of these, those whose whole name it is, that begin with it, that have it inside; the shorter; in the order of the alphabet. Behind all of them, those that have the words apart or in another order (các kết quả, tốt nhất trước).
    hits: Rows<SearchHit>,
    /// Whether there are more hits than `first` (còn kết quả khác).
    has_more: bool,
}

/// Something that a search found (một kết quả).
#[derive(Debug, SimpleObject)]
pub struct SearchHit {
    /// What it is (loại).
    #[graphql(name = "type")]
    of: SearchType,
    /// The text of it that fits what was typed, as it stands in the register (văn bản khớp).
    text: String,
    /// Whether it has the words as they were typed, tones and marks included; where in a syllable the tone stands does not matter (đúng dấu).
    exact: bool,
    /// The object (đối tượng).
    node: Node,
}

/// Finds what has words in its name.
///
/// # Errors
/// [`Error::BadInput`] for a text without words, [`Error::Limit`] for one that is too long, [`Error::PageSize`].
pub async fn search(
    ctx: &Context<'_>,
    query: &str,
    types: Option<Vec<SearchType>>,
    first: i32,
) -> Result<SearchResult, Error> {
    check("query", query)?;
    let (types, rows) = (searched(types)?, rows(first)?);
    let mut ranked = found(ctx, query, types).await?;
    ranked.sort_unstable_by(Ranked::compare);
    let has_more = ranked.len() > rows;
    ranked.truncate(rows);
    charge(ctx, ranked.len(), ctx.field())?;
    let hits = try_join_all(ranked.into_iter().map(|ranked| ranked.hit(ctx))).await?;
    Ok(SearchResult { hits: Rows(hits.into_iter().flatten().collect()), has_more })
}

/// Refuses a text that nothing can be looked for with.
///
/// # Errors
/// As those of [`search`].
pub fn check(argument: &str, text: &str) -> Result<(), Error> {
    let length = text.chars().count();
    if length > MAX_LETTERS {
        return Err(Error::Limit {
            name: "searchCharacters",
            what: "characters in the text to look for",
            max: MAX_LETTERS,
            actual: length,
        });
    }
    match Typed::new(text, false).words().is_empty() {
        true => Err(Error::BadInput(format!("`{argument}` has no letter and no digit."))),
        false => Ok(()),
    }
}

fn searched(types: Option<Vec<SearchType>>) -> Result<Vec<SearchType>, Error> {
    let mut types = types.unwrap_or_else(|| SearchType::ALL.to_vec());
    types.sort_unstable();
    types.dedup();
    match types.is_empty() {
        true => Err(Error::BadInput("`types` is empty. Leave it out instead.".to_owned())),
        false => Ok(types),
    }
}

fn rows(first: i32) -> Result<usize, Error> {
    if i64::from(first) > i64::from(MAX_ROWS) {
        return Err(Error::PageSize { name: PAGE_ROWS, argument: "first", max: MAX_ROWS, actual: first.into() });
    }
    usize::try_from(first).map_err(|_| Error::BadInput(format!("`first` is {first}, and must not be negative.")))
}

async fn found(ctx: &Context<'_>, query: &str, types: Vec<SearchType>) -> Result<Vec<Ranked>, Error> {
    // Of a place the kind of unit before its name does not matter; elsewhere it is a word like another.
    let (of_others, of_places) = (Typed::new(query, false), Typed::new(query, true));
    let typed = |of: SearchType| if of.table().is_place { &of_places } else { &of_others };
    let sought = |of: &SearchType| Sought { table: of.table(), above: Vec::new(), words: vec![typed(*of).words()] };
    let found = seek(ctx, Seek(types.iter().map(sought).collect())).await?;
    let ranked = found.iter().filter_map(|found| {
        let of = types[found.table];
        Ranked::new(typed(of), of, found)
    });
    Ok(ranked.collect())
}

/// A hit, and what decides about its place.
struct Ranked {
    fit: Fit,
    name: Name,
    of: SearchType,
    id: i64,
    text: String,
}

impl Ranked {
    fn new(typed: &Typed, of: SearchType, found: &Found) -> Option<Self> {
        let fits = found.texts.iter().flatten().filter_map(|text| {
            let name = Name::new(text, of.table().is_place);
            Some((typed.fit(&name)?, name, text))
        });
        let (fit, name, text) = fits.min_by_key(|(fit, ..)| *fit)?;
        Some(Self { fit, name, of, id: found.id, text: text.clone() })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let alphabet = |of: fn(&Name) -> &[Word]| alphabetical(of(&self.name), of(&other.name));
        self.fit
            .cmp(&other.fit)
            .then_with(|| alphabet(Name::behind_unit))
            .then_with(|| self.of.cmp(&other.of))
            .then_with(|| alphabet(Name::words))
            .then_with(|| self.id.cmp(&other.id))
    }

    /// The hit with its object; none if that is gone.
    async fn hit(self, ctx: &Context<'_>) -> Result<Option<SearchHit>, Error> {
        let node = of_table(ctx, self.of.table().name, self.id).await?;
        let exact = !self.fit.otherwise_written;
        Ok(node.map(|node| SearchHit { of: self.of, text: self.text, exact, node }))
    }
}
