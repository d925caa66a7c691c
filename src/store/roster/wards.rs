//! Which ward a text means: a code, a present name, or the name of a ward of before.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{DbErr, EntityTrait, QueryOrder};

use super::plan::PlannedWard;
use crate::{
    entities::{city, former_city, former_district, former_ward, former_ward_successor, ward},
    roster::nearest,
    store::Store,
    text::{Name, Stand, Typed, parts, place_words, words},
};

/// Wards that are suggested.
const SUGGESTED: usize = 5;
/// Unknown names for which something alike is looked for: it is compared with all.
const LOOKED_FOR: usize = 50;

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A ward, by its index.
    Ward(usize),
    /// A ward of before that is part of one ward of today; its name.
    Former(usize, String),
    /// A ward of before that was divided: its name, and the wards of today.
    Split(String, Vec<usize>),
    /// Several wards.
    Ambiguous(Vec<usize>),
    /// Nothing; with what is written alike.
    Unknown(Option<usize>),
}

/// A name that is looked for, and the names of what it is in.
struct Named {
    name: Name,
    above: Vec<Name>,
    /// The wards that it means.
    wards: Vec<usize>,
    /// If it is of before: its name, and whether it was divided.
    former: Option<(String, bool)>,
    code: String,
}

/// All wards, with all names that they have and had.
pub(super) struct Wards {
    pub(super) all: Vec<PlannedWard>,
    /// The names of the cities, by their ids.
    cities: HashMap<i64, String>,
    names: Vec<Named>,
    /// The names by their words, with the kind of unit and without it.
    by_words: HashMap<String, Vec<usize>>,
    by_code: HashMap<String, usize>,
    meanings: HashMap<String, Meaning>,
    looked_for: usize,
}

impl Wards {
    /// Reads them.
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn read(store: &Store) -> Result<Self, DbErr> {
        let database = store.reader();
        let cities: HashMap<i64, String> =
            city::Entity::find().all(database).await?.into_iter().map(|city| (city.id, city.name)).collect();
        let rows = ward::Entity::find().order_by_asc(ward::Column::Id).all(database).await?;
        let mut wards = Self {
            by_code: rows.iter().enumerate().map(|(index, ward)| (ward.code.clone(), index)).collect(),
            all: Vec::with_capacity(rows.len()),
            cities,
            names: Vec::new(),
            by_words: HashMap::new(),
            meanings: HashMap::new(),
            looked_for: 0,
        };
        let mut index_of = HashMap::new();
        for (index, ward) in rows.into_iter().enumerate() {
            index_of.insert(ward.id, index);
            let named = Named {
                name: Name::new(&ward.name, true),
                above: wards.cities.get(&ward.city_id).map(|name| Name::new(name, true)).into_iter().collect(),
                wards: vec![index],
                former: None,
                code: ward.code.clone(),
            };
            wards.add(&ward.name, named);
            wards.all.push(PlannedWard { code: ward.code, name: ward.name, id: ward.id, city_id: ward.city_id });
        }
        wards.read_former(store, &index_of).await?;
        Ok(wards)
    }

    async fn read_former(&mut self, store: &Store, index_of: &HashMap<i64, usize>) -> Result<(), DbErr> {
        let database = store.reader();
        let name = |name: String| Name::new(&name, true);
        let cities: HashMap<i64, Name> =
            former_city::Entity::find().all(database).await?.into_iter().map(|row| (row.id, name(row.name))).collect();
        let districts: HashMap<i64, Name> = former_district::Entity::find()
            .all(database)
            .await?
            .into_iter()
            .map(|row| (row.id, name(row.name)))
            .collect();
        let mut successors: HashMap<i64, Vec<usize>> = HashMap::new();
        for pair in former_ward_successor::Entity::find().all(database).await? {
            let ward = index_of.get(&pair.ward_id).copied();
            successors.entry(pair.former_ward_id).or_default().extend(ward);
        }
        for row in former_ward::Entity::find().order_by_asc(former_ward::Column::Id).all(database).await? {
            let mut wards = successors.remove(&row.id).unwrap_or_default();
            wards.sort_unstable();
            let above = [districts.get(&row.former_district_id), cities.get(&row.former_city_id)];
            let named = Named {
                name: Name::new(&row.name, true),
                above: above.into_iter().flatten().cloned().collect(),
                former: Some((row.name.clone(), row.is_split || wards.len() > 1)),
                wards,
                code: row.code,
            };
            self.add(&row.name, named);
        }
        Ok(())
    }

    fn add(&mut self, name: &str, named: Named) {
        let index = self.names.len();
        let keys: BTreeSet<String> = [words(name).join(" "), place_words(name).join(" ")].into();
        for key in keys {
            self.by_words.entry(key).or_default().push(index);
        }
        self.names.push(named);
    }

    /// What a text means. If one ward is expected, it is meant where it may be.
    pub(super) fn meaning(&mut self, text: &str, expected: Option<usize>) -> Meaning {
        if let Some(meaning) = self.meanings.get(text) {
            return meaning.clone();
        }
        let meaning = self.find(text, expected);
        self.meanings.insert(text.to_owned(), meaning.clone());
        meaning
    }

    fn find(&mut self, text: &str, expected: Option<usize>) -> Meaning {
        let code = text.trim();
        let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
        // Excel does not keep the zeros before a number.
        let code = if is_code { format!("{code:0>5}") } else { String::new() };
        if let Some(ward) = self.by_code.get(&code) {
            return Meaning::Ward(*ward);
        }
        let mut meant: Vec<usize> = match is_code {
            true => (0..self.names.len()).filter(|index| self.names[*index].code == code).collect(),
            false => self.fitting(text),
        };
        let means = |index: &usize, ward: usize| self.names[*index].wards.contains(&ward);
        if let Some(ward) = expected
            && let Some(index) = meant.iter().copied().find(|index| means(index, ward))
        {
            return match &self.names[index].former {
                Some((name, _)) => Meaning::Former(ward, name.clone()),
                None => Meaning::Ward(ward),
            };
        }
        // What is said today is said of today's wards.
        if meant.iter().any(|index| self.names[*index].former.is_none()) {
            meant.retain(|index| self.names[*index].former.is_none());
        }
        let wards: BTreeSet<usize> = meant.iter().flat_map(|index| self.names[*index].wards.iter().copied()).collect();
        let wards: Vec<usize> = wards.into_iter().collect();
        let former: Vec<&(String, bool)> =
            meant.iter().filter_map(|index| self.names[*index].former.as_ref()).collect();
        match (&wards[..], &former[..]) {
            ([], _) => Meaning::Unknown(self.alike(text)),
            ([ward], []) => Meaning::Ward(*ward),
            ([ward], former) if former.iter().all(|(_, is_split)| !is_split) => {
                Meaning::Former(*ward, former[0].0.clone())
            }
            (_, [(name, _)]) => Meaning::Split(name.clone(), wards),
            _ => Meaning::Ambiguous(wards),
        }
    }

    /// The names that a text is: as a whole, within what it says behind the name, and written alike where that is possible.
    fn fitting(&self, text: &str) -> Vec<usize> {
        let mut parts = parts(text);
        if parts.len() > 1 && parts.last().is_some_and(|part| place_words(part) == ["viet", "nam"]) {
            parts.pop();
        }
        let typed: Vec<Typed> = parts.iter().map(|part| Typed::new(part, true)).collect();
        let Some((own, above)) = typed.split_first() else { return Vec::new() };
        let keys: BTreeSet<String> = [words(parts[0]).join(" "), place_words(parts[0]).join(" ")].into();
        let candidates: BTreeSet<usize> =
            keys.iter().filter_map(|key| self.by_words.get(key)).flatten().copied().collect();
        // Whether each part behind the name is a name above it as a whole; and if so, whether one is of another kind.
        let fit_above = |named: &Named| {
            let mut other_unit = false;
            for typed in above {
                let fits = named.above.iter().filter_map(|name| typed.fit(name));
                let whole = fits.filter(|fit| fit.stand == Stand::Whole && !fit.apart);
                other_unit |= whole.map(|fit| fit.other_unit).min()?;
            }
            Some(other_unit)
        };
        let fit = |index: usize| {
            let fit = own.fit(&self.names[index].name).filter(|fit| fit.stand == Stand::Whole && !fit.apart)?;
            Some((index, fit, fit_above(&self.names[index])?))
        };
        let mut fitting: Vec<_> = candidates.into_iter().filter_map(fit).collect();
        keep(&mut fitting, |(.., other_unit)| !other_unit);
        keep(&mut fitting, |(_, fit, _)| !fit.other_unit);
        if own.is_marked() {
            keep(&mut fitting, |(_, fit, _)| !fit.otherwise_written);
        }
        fitting.into_iter().map(|(index, ..)| index).collect()
    }

    fn alike(&mut self, text: &str) -> Option<usize> {
        self.looked_for += 1;
        if self.looked_for > LOOKED_FOR {
            return None;
        }
        let name = nearest(text, self.all.iter().map(|ward| ward.name.as_str()))?;
        self.all.iter().position(|ward| ward.name == name)
    }

    /// Wards by code and name, to choose from.
    pub(super) fn choices(&self, wards: &[usize]) -> String {
        let shown = wards.iter().take(SUGGESTED).map(|ward| self.shown(*ward)).collect::<Vec<_>>().join(" or ");
        if wards.len() > SUGGESTED { format!("{shown} or one of {} others", wards.len() - SUGGESTED) } else { shown }
    }

    /// A ward by its code, its name and its city.
    pub(super) fn shown(&self, ward: usize) -> String {
        let PlannedWard { code, name, city_id, .. } = &self.all[ward];
        let city = self.cities.get(city_id).map_or("", String::as_str);
        format!("{code} ({name}, {city})")
    }
}

/// Keeps what is so, if anything is.
fn keep<T>(all: &mut Vec<T>, is: impl Fn(&T) -> bool) {
    if all.iter().any(&is) {
        all.retain(is);
    }
}
