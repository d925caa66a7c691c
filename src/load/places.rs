//! The units of administration, present and former.

use std::collections::HashMap;

use super::{
    Load, LoadError, UNWRITTEN,
    sheet::{BadData, Ids, Row},
    sync::{sync_pairs, sync_rows},
};
use crate::entities::{
    city, former_city, former_city_successor, former_district, former_ward, former_ward_successor, ward,
};

/// The ids of every place, by code.
pub(super) struct Places {
    pub(super) cities: Ids,
    pub(super) wards: Ids,
    pub(super) former_cities: Ids,
    pub(super) former_districts: Ids,
    pub(super) former_wards: Ids,
    /// Former districts by former city and name, for reports that name them.
    pub(super) district_names: HashMap<(i64, String), i64>,
    /// The former cities that each city was made from.
    pub(super) former_cities_of: HashMap<i64, Vec<i64>>,
}

impl Load<'_> {
    /// Loads the places, each level after the one above it.
    pub(super) async fn places(&mut self) -> Result<Places, LoadError> {
        let cities = self.cities().await?;
        let wards = self.wards(&cities).await?;
        let (former_cities, former_cities_of) = self.former_cities(&cities).await?;
        let (former_districts, district_names) = self.former_districts(&former_cities).await?;
        let former_wards = self.former_wards(&former_cities, &former_districts, &wards).await?;
        Ok(Places { cities, wards, former_cities, former_districts, former_wards, district_names, former_cities_of })
    }

    async fn cities(&mut self) -> Result<Ids, LoadError> {
        const FILE: &str = "cities.csv";
        let sheet = self.files.sheet(FILE, &["code", "name", "kind", "latitude", "longitude"])?;
        let rows = sheet.read(
            "code",
            |city: &city::Model| city.code.clone(),
            |row| {
                Ok(city::Model {
                    id: 0,
                    code: row.code("code", 2)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    latitude: latitude(row)?,
                    longitude: longitude(row)?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<city::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written).await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn wards(&mut self, cities: &Ids) -> Result<Ids, LoadError> {
        const FILE: &str = "wards.csv";
        let columns = ["code", "city_code", "name", "kind", "latitude", "longitude", "area_km2"];
        let sheet = self.files.sheet(FILE, &columns)?;
        let rows = sheet.read(
            "code",
            |ward: &ward::Model| ward.code.clone(),
            |row| {
                Ok(ward::Model {
                    id: 0,
                    city_id: row.refers("city_code", cities)?,
                    code: row.code("code", 5)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    latitude: latitude(row)?,
                    longitude: longitude(row)?,
                    area_km2: row.maybe_number("area_km2")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<ward::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written).await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }

    async fn former_cities(&mut self, cities: &Ids) -> Result<(Ids, HashMap<i64, Vec<i64>>), LoadError> {
        const FILE: &str = "former_cities.csv";
        let sheet = self.files.sheet(FILE, &["code", "name", "kind", "dissolved_on", "successor_codes"])?;
        let rows = sheet.read(
            "code",
            |city: &former_city::Model| city.code.clone(),
            |row| {
                Ok(former_city::Model {
                    id: 0,
                    code: row.code("code", 2)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    dissolved_on: row.date("dissolved_on")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<former_city::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written)
                .await?;
        let mut pairs = Vec::new();
        let mut former_cities_of: HashMap<i64, Vec<i64>> = HashMap::new();
        for row in sheet.rows() {
            let former_city_id = of_key[&row.code("code", 2)?];
            for city_id in row.refers_to_several("successor_codes", cities)? {
                pairs.push(former_city_successor::Model { former_city_id, city_id });
                former_cities_of.entry(city_id).or_default().push(former_city_id);
            }
        }
        sync_pairs::<former_city_successor::Entity>(
            &self.transaction,
            pairs,
            &of_key,
            |pair| pair.former_city_id,
            &mut self.written,
        )
        .await?;
        self.progress.advance(1);
        Ok((Ids { file: FILE, of_key }, former_cities_of))
    }

    async fn former_districts(&mut self, former_cities: &Ids) -> Result<(Ids, HashMap<(i64, String), i64>), LoadError> {
        const FILE: &str = "former_districts.csv";
        let sheet = self.files.sheet(FILE, &["code", "former_city_code", "name", "kind", "dissolved_on"])?;
        let rows = sheet.read(
            "code",
            |district: &former_district::Model| district.code.clone(),
            |row| {
                Ok(former_district::Model {
                    id: 0,
                    former_city_id: row.refers("former_city_code", former_cities)?,
                    code: row.code("code", 3)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    dissolved_on: row.date("dissolved_on")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let named: Vec<_> = rows.iter().map(|row| (row.former_city_id, row.name.clone(), row.code.clone())).collect();
        let of_key =
            sync_rows::<former_district::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written)
                .await?;
        let names = named.into_iter().map(|(city, name, code)| ((city, name), of_key[&code])).collect();
        self.progress.advance(1);
        Ok((Ids { file: FILE, of_key }, names))
    }

    async fn former_wards(&mut self, former_cities: &Ids, districts: &Ids, wards: &Ids) -> Result<Ids, LoadError> {
        const FILE: &str = "former_wards.csv";
        let columns = [
            "code",
            "former_district_code",
            "former_city_code",
            "name",
            "kind",
            "dissolved_on",
            "is_split",
            "successor_codes",
        ];
        let sheet = self.files.sheet(FILE, &columns)?;
        let rows = sheet.read(
            "code",
            |ward: &former_ward::Model| ward.code.clone(),
            |row| {
                Ok(former_ward::Model {
                    id: 0,
                    former_district_id: row.refers("former_district_code", districts)?,
                    former_city_id: row.refers("former_city_code", former_cities)?,
                    code: row.code("code", 5)?,
                    name: row.text("name")?,
                    kind: row.kind("kind")?,
                    dissolved_on: row.date("dissolved_on")?,
                    is_split: row.flag("is_split")?,
                    version: 1,
                    updated_at: UNWRITTEN,
                })
            },
        )?;
        let of_key =
            sync_rows::<former_ward::Entity, _>(&self.transaction, rows, |row| row.code.clone(), &mut self.written)
                .await?;
        let mut pairs = Vec::new();
        for row in sheet.rows() {
            let former_ward_id = of_key[&row.code("code", 5)?];
            for ward_id in row.refers_to_several("successor_codes", wards)? {
                pairs.push(former_ward_successor::Model { former_ward_id, ward_id });
            }
        }
        sync_pairs::<former_ward_successor::Entity>(
            &self.transaction,
            pairs,
            &of_key,
            |pair| pair.former_ward_id,
            &mut self.written,
        )
        .await?;
        self.progress.advance(1);
        Ok(Ids { file: FILE, of_key })
    }
}

fn latitude(row: &Row<'_>) -> Result<crate::domain::Number, BadData> {
    within(row, "latitude", 90.0)
}

fn longitude(row: &Row<'_>) -> Result<crate::domain::Number, BadData> {
    within(row, "longitude", 180.0)
}

fn within(row: &Row<'_>, column: &str, most: f64) -> Result<crate::domain::Number, BadData> {
    let degrees = row.number(column)?;
    if degrees.0.abs() <= most {
        return Ok(degrees);
    }
    Err(row.bad(column, format!("{} is not between -{most} and {most} degrees", degrees.0)))
}
