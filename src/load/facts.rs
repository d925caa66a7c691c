//! What the reports say: sources, organisations, festivals, awards, models, titles and figures.

use super::{
    Load, LoadError, UNWRITTEN,
    places::Places,
    sheet::{BadData, Ids, Row},
    sync::{sync_pairs, sync_rows},
};
use crate::entities::{
    award, dataset, designation, festival, festival_guest, festival_host, festival_source, indicator, movement_model,
    observation, organisation, source,
};

/// The data set that published facts belong to.
const PUBLISHED: &str = "published";

impl Load<'_> {
    /// Loads the facts, each kind after those that it names.
    pub(super) async fn facts(&mut self, places: &Places) -> Result<(), LoadError> {
        let dataset = self.published().await?;
        let sources = self.sources().await?;
        let organisations = self.organisations(places).await?;
        let festivals = self.festivals(places, &organisations, &sources, dataset).await?;
        self.guests(&festivals, &sources).await?;
        self.awards(&festivals, &organisations, &sources, dataset).await?;
        self.models(places, &organisations, &sources).await?;
        self.designations(places, &organisations, &sources).await?;
        let indicators = self.indicators().await?;
        self.observations(places, &indicators, &sources).await
    }

    async fn published(&mut self) -> Result<i64, LoadError> {
        let row = dataset::Model {
            id: 0,
            slug: PUBLISHED.to_owned(),
            title: "Published facts (số liệu, sự kiện đã công bố)".to_owned(),
            description:
                "Festivals, awards, models, titles and figures as the press reports named in `sources` give them."
                    .to_owned(),
            synthetic: false,
            version: 1,
            updated_at: UNWRITTEN,
        };
        let key = |row: &dataset::Model| row.slug.clone();
        let ids = sync_rows::<dataset::Entity, _>(&self.transaction, vec![row], key, &mut self.written).await?;
        Ok(ids[PUBLISHED])
    }

    async fn sources(&mut self) -> Result<Ids, LoadError> {
        const FILE: &str = "sources.csv";
        let columns = ["slug", "publisher", "title", "author", "published", "event_on", "language", "note"];
        let sheet = self.files.sheet(FILE, &columns)?;
        let rows = sheet.read(
            "slug",
            |source: &source::Model| source.slug.clone(),
            |row| {
                Ok(source::Model {
                    id: 0,
                    slug: slug(row)?,
                    publisher: row.maybe_text("publisher"),
                    title: row.text("title")?,
                    author: row.maybe_text("author"),
                    published: row.maybe_partial_date("published")?,
                    event_on: row.maybe_date("event_on")?,
                    language: row.text("language")?,
                    note: row.maybe_text("note"),
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<source::Entity, _>(&self.transaction, rows, |row| row.slug.clone(), &mut self.written).await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn organisations(&mut self, places: &Places) -> Result<Ids, LoadError> {
        const FILE: &str = "organisations.csv";
        let sheet = self.files.sheet(FILE, &["slug", "name", "kind", "city_code", "ward_code"])?;
        let rows = sheet.read(
            "slug",
            |organisation: &organisation::Model| organisation.slug.clone(),
            |row| {
                Ok(organisation::Model {
                    id: 0,
                    city_id: row.maybe_refers("city_code", &places.cities)?,
                    ward_id: row.maybe_refers("ward_code", &places.wards)?,
                    slug: slug(row)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let key = |row: &organisation::Model| row.slug.clone();
        let of_key = sync_rows::<organisation::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn festivals(
        &mut self,
        places: &Places,
        organisations: &Ids,
        sources: &Ids,
        dataset_id: i64,
    ) -> Result<Ids, LoadError> {
        const FILE: &str = "festivals.csv";
        let columns = [
            "slug",
            "kind",
            "city_code",
            "ward_code",
            "edition_year",
            "held_on",
            "title",
            "venue",
            "venue_organisation_slug",
            "host_slugs",
            "host_district_name",
            "source_slugs",
        ];
        let sheet = self.files.sheet(FILE, &columns)?;
        let rows = sheet.read(
            "slug",
            |festival: &festival::Model| festival.slug.clone(),
            |row| {
                let city_id = row.refers("city_code", &places.cities)?;
                Ok(festival::Model {
                    id: 0,
                    city_id,
                    ward_id: row.maybe_refers("ward_code", &places.wards)?,
                    venue_organisation_id: row.maybe_refers("venue_organisation_slug", organisations)?,
                    host_former_district_id: district_of(row, "host_district_name", places, city_id)?,
                    dataset_id,
                    slug: slug(row)?,
                    kind: row.kind("kind")?,
                    edition_year: row.whole("edition_year", 1945)?,
                    held_on: row.date("held_on")?,
                    title: row.text("title")?,
                    venue: row.maybe_text("venue"),
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<festival::Entity, _>(&self.transaction, rows, |row| row.slug.clone(), &mut self.written)
                .await?;
        let (mut hosts, mut reports) = (Vec::new(), Vec::new());
        for row in sheet.rows() {
            let festival_id = of_key[&slug(&row)?];
            for organisation_id in row.refers_to_several("host_slugs", organisations)? {
                hosts.push(festival_host::Model { festival_id, organisation_id });
            }
            for source_id in row.refers_to_several("source_slugs", sources)? {
                reports.push(festival_source::Model { festival_id, source_id });
            }
        }
        let festival = |pair: &festival_host::Model| pair.festival_id;
        sync_pairs::<festival_host::Entity>(&self.transaction, hosts, &of_key, festival, &mut self.written).await?;
        let festival = |pair: &festival_source::Model| pair.festival_id;
        sync_pairs::<festival_source::Entity>(&self.transaction, reports, &of_key, festival, &mut self.written).await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn guests(&mut self, festivals: &Ids, sources: &Ids) -> Result<(), LoadError> {
        let sheet =
            self.files.sheet("festival_guests.csv", &["festival_slug", "name", "title", "role", "source_slug"])?;
        let key = |guest: &festival_guest::Model| (guest.festival_id, guest.name.clone());
        let rows = sheet.read("name", key, |row| {
            Ok(festival_guest::Model {
                id: 0,
                festival_id: row.refers("festival_slug", festivals)?,
                source_id: row.refers("source_slug", sources)?,
                name: row.text("name")?,
                title: row.text("title")?,
                role: row.kind("role")?,
                version: 1,
                updated_at: UNWRITTEN,
            })
        })?;
        sync_rows::<festival_guest::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(())
    }

    async fn awards(
        &mut self,
        festivals: &Ids,
        organisations: &Ids,
        sources: &Ids,
        dataset_id: i64,
    ) -> Result<(), LoadError> {
        let columns = [
            "festival_slug",
            "kind",
            "title",
            "grantor_slug",
            "recipient_kind",
            "recipient_count",
            "recipient_description",
            "source_slug",
        ];
        let sheet = self.files.sheet("awards.csv", &columns)?;
        let mut last_of = std::collections::HashMap::new();
        let key = |award: &award::Model| (award.festival_id, award.ordinal);
        let rows = sheet.read("festival_slug", key, |row| {
            let festival_id = row.refers("festival_slug", festivals)?;
            let ordinal = last_of.entry(festival_id).and_modify(|last| *last += 1).or_insert(1);
            Ok(award::Model {
                id: 0,
                festival_id,
                grantor_id: row.maybe_refers("grantor_slug", organisations)?,
                team_id: None,
                member_id: None,
                source_id: Some(row.refers("source_slug", sources)?),
                dataset_id,
                ordinal: *ordinal,
                kind: row.kind("kind")?,
                title: row.text("title")?,
                recipient_kind: row.kind("recipient_kind")?,
                // Empty means that the report does not say: 0 would be a lie.
                recipient_count: row.maybe_whole("recipient_count", 1)?,
                recipient_description: row.maybe_text("recipient_description"),
                version: 1,
                updated_at: UNWRITTEN,
            })
        })?;
        sync_rows::<award::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(())
    }

    async fn models(&mut self, places: &Places, organisations: &Ids, sources: &Ids) -> Result<(), LoadError> {
        let columns = [
            "slug",
            "name",
            "topic",
            "city_code",
            "organisation_slug",
            "years_running",
            "recognised_by_slug",
            "source_slug",
        ];
        let sheet = self.files.sheet("models.csv", &columns)?;
        let key = |model: &movement_model::Model| model.slug.clone();
        let rows = sheet.read("slug", key, |row| {
            Ok(movement_model::Model {
                id: 0,
                city_id: row.refers("city_code", &places.cities)?,
                organisation_id: row.maybe_refers("organisation_slug", organisations)?,
                recognised_by_id: row.maybe_refers("recognised_by_slug", organisations)?,
                source_id: row.refers("source_slug", sources)?,
                slug: slug(row)?,
                name: row.text("name")?,
                topic: row.maybe_kind("topic")?,
                years_running: row.maybe_whole("years_running", 0)?,
                version: 1,
                updated_at: UNWRITTEN,
            })
        })?;
        sync_rows::<movement_model::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(())
    }

    async fn designations(&mut self, places: &Places, organisations: &Ids, sources: &Ids) -> Result<(), LoadError> {
        let columns =
            ["title", "holder_kind", "holder", "former_ward_code", "awarded_by_slug", "year", "note", "source_slug"];
        let sheet = self.files.sheet("designations.csv", &columns)?;
        let key = |row: &designation::Model| {
            (row.title.clone(), row.year, row.ward_id, row.former_ward_id, row.organisation_id)
        };
        let rows = sheet.read("title", key, |row| {
            // A former ward is named by its code, and `holder` is for the reader; an organisation by its slug.
            let (former_ward_id, organisation_id) = match row.text("holder_kind")?.as_str() {
                "FORMER_WARD" => (Some(row.refers("former_ward_code", &places.former_wards)?), None),
                "ORGANISATION" => (None, Some(row.refers("holder", organisations)?)),
                other => {
                    return Err(row.bad("holder_kind", format!("\"{other}\" is not one of FORMER_WARD, ORGANISATION")));
                }
            };
            Ok(designation::Model {
                id: 0,
                ward_id: None,
                former_ward_id,
                organisation_id,
                awarded_by_id: row.maybe_refers("awarded_by_slug", organisations)?,
                source_id: row.refers("source_slug", sources)?,
                title: row.text("title")?,
                year: row.whole("year", 1945)?,
                note: row.maybe_text("note"),
                version: 1,
                updated_at: UNWRITTEN,
            })
        })?;
        sync_rows::<designation::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(())
    }

    async fn indicators(&mut self) -> Result<Ids, LoadError> {
        const FILE: &str = "indicators.csv";
        let sheet = self.files.sheet(FILE, &["code", "name_vi", "name_en", "unit"])?;
        let rows = sheet.read(
            "code",
            |indicator: &indicator::Model| indicator.code.clone(),
            |row| {
                Ok(indicator::Model {
                    id: 0,
                    code: row.text("code")?,
                    name_vi: row.text("name_vi")?,
                    name_en: row.text("name_en")?,
                    unit: row.text("unit")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<indicator::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written)
                .await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn observations(&mut self, places: &Places, indicators: &Ids, sources: &Ids) -> Result<(), LoadError> {
        let columns = [
            "indicator",
            "value",
            "qualifier",
            "place_kind",
            "place_code",
            "period_start",
            "as_of",
            "source_slug",
            "scope",
        ];
        let sheet = self.files.sheet("observations.csv", &columns)?;
        // Reports that differ are different figures: the source and the scope tell them apart too.
        let key = |row: &observation::Model| {
            let place = (row.city_id, row.ward_id, row.former_city_id, row.former_district_id, row.former_ward_id);
            (row.indicator_id, row.source_id, place, row.period_start, row.as_of, row.scope.clone())
        };
        let rows = sheet.read("indicator", key, |row| {
            let place = Place::read(row, places)?;
            Ok(observation::Model {
                id: 0,
                indicator_id: row.refers("indicator", indicators)?,
                source_id: row.refers("source_slug", sources)?,
                city_id: place.city,
                ward_id: place.ward,
                former_city_id: place.former_city,
                former_district_id: place.former_district,
                former_ward_id: place.former_ward,
                value: row.number("value")?,
                qualifier: row.kind("qualifier")?,
                period_start: row.maybe_date("period_start")?,
                as_of: row.date("as_of")?,
                scope: row.maybe_text("scope"),
                version: 1,
                updated_at: UNWRITTEN,
            })
        })?;
        sync_rows::<observation::Entity, _>(&self.transaction, rows, key, &mut self.written).await?;
        self.progress.advance(1);
        Ok(())
    }
}

/// The place of a figure: one of these.
#[derive(Default)]
struct Place {
    city: Option<i64>,
    ward: Option<i64>,
    former_city: Option<i64>,
    former_district: Option<i64>,
    former_ward: Option<i64>,
}

impl Place {
    /// Present and former units share codes: the kind says which is meant.
    fn read(row: &Row<'_>, places: &Places) -> Result<Self, BadData> {
        const CODE: &str = "place_code";
        let none = Self::default();
        match row.text("place_kind")?.as_str() {
            "CITY" => Ok(Self { city: Some(row.refers(CODE, &places.cities)?), ..none }),
            "WARD" => Ok(Self { ward: Some(row.refers(CODE, &places.wards)?), ..none }),
            "FORMER_CITY" => Ok(Self { former_city: Some(row.refers(CODE, &places.former_cities)?), ..none }),
            "FORMER_DISTRICT" => {
                Ok(Self { former_district: Some(row.refers(CODE, &places.former_districts)?), ..none })
            }
            "FORMER_WARD" => Ok(Self { former_ward: Some(row.refers(CODE, &places.former_wards)?), ..none }),
            other => {
                let reason = format!("\"{other}\" is not one of CITY, WARD, FORMER_CITY, FORMER_DISTRICT, FORMER_WARD");
                Err(row.bad("place_kind", reason))
            }
        }
    }
}

/// A short name: lower-case letters without tones, digits and hyphens.
fn slug(row: &Row<'_>) -> Result<String, BadData> {
    let slug = row.text("slug")?;
    if slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Ok(slug);
    }
    Err(row.bad("slug", format!("\"{slug}\" has more than a–z, 0–9 and hyphens")))
}

/// The former district of a city that a report names.
fn district_of(row: &Row<'_>, column: &str, places: &Places, city: i64) -> Result<Option<i64>, BadData> {
    let Some(name) = row.maybe_text(column) else { return Ok(None) };
    let former = places.former_cities_of.get(&city).into_iter().flatten();
    let found: Vec<i64> =
        former.filter_map(|former| places.district_names.get(&(*former, name.clone())).copied()).collect();
    match found[..] {
        [one] => Ok(Some(one)),
        [] => Err(row.bad(column, format!("the city had no district named \"{name}\""))),
        _ => Err(row.bad(column, format!("the city had several districts named \"{name}\""))),
    }
}
