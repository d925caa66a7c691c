//! The country's wards from the reference data, for tests.

use std::collections::HashMap;

use super::WardSite;
use crate::domain::WardKind;

const WARDS: &str = include_str!("../../../data/wards.csv");
const FORMER_WARDS: &str = include_str!("../../../data/former_wards.csv");

/// All present wards, numbered from 1 in the order of the file.
pub(crate) fn wards() -> Vec<WardSite> {
    let former = former_cities();
    let ward = |(row, number): (Vec<&'static str>, i64)| WardSite {
        id: number,
        city_id: 0,
        former_city_id: None,
        code: row[0].to_owned(),
        name: row[2].to_owned(),
        city_code: row[1].to_owned(),
        kind: match row[3] {
            "WARD" => WardKind::Ward,
            "COMMUNE" => WardKind::Commune,
            _ => WardKind::SpecialZone,
        },
        former_city_code: former.get(row[0]).map(|code| (*code).to_owned()),
    };
    rows(WARDS).zip(1..).map(ward).collect()
}

/// The ward of a code; the first one if there is none of that code.
pub(crate) fn ward(code: &str) -> WardSite {
    let mut wards = wards();
    let index = wards.iter().position(|ward| ward.code == code).unwrap_or_default();
    wards.swap_remove(index)
}

/// By the code of a present ward: the former province that the first of its parts was in.
fn former_cities() -> HashMap<&'static str, &'static str> {
    let mut found = HashMap::new();
    for row in rows(FORMER_WARDS) {
        for successor in row[7].split(' ') {
            found.entry(successor).or_insert(row[2]);
        }
    }
    found
}

/// The rows below the header. Neither file quotes a field, so a comma is always a border.
fn rows(csv: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    assert!(!csv.contains('"'), "a quoted field needs a real CSV reader");
    csv.lines().skip(1).map(|line| line.split(',').collect())
}
