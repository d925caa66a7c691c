//! `antq keys`: the key itself on standard output, once; what it may do on standard error.

use std::io::Write;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};

use super::{Failure, say};
use crate::{
    auth::{ApiKey, Scopes},
    config::{CreateArgs, Ends, KeysCommand, ListArgs, RotateArgs},
    domain,
    store::{
        Places, Store,
        api_key::{self, Listed, NewKey},
    },
};

/// Runs one of its commands.
pub(super) async fn keys(store: &Store, command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::Create(args) => create(store, args).await,
        KeysCommand::List(args) => list(store, &args).await,
        KeysCommand::Revoke(args) => {
            let revoked = api_key::revoke(store, &args.name, now()).await?;
            let those = if revoked == 1 { "" } else { ", and those that it was to replace" };
            say(&format!("The key \"{}\" is revoked{those}.", args.name));
            Ok(())
        }
        KeysCommand::Rotate(args) => rotate(store, args).await,
    }
}

/// As exact as it is shown.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

async fn create(store: &Store, args: CreateArgs) -> Result<(), Failure> {
    let now = now();
    let expires_at = moment(args.expires.as_ref(), now)?;
    let limited = !args.cities.is_empty() || !args.wards.is_empty();
    let places = match limited {
        true => Some(Places::with_codes(store, &args.cities, &args.wards).await?),
        false => None,
    };
    let scopes: Scopes = args.scopes.into_iter().collect();
    let scopes = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    let (key, hash) = generate(store)?;
    let new = NewKey { name: args.name.clone(), hash, scopes: scopes.clone(), places, expires_at };
    api_key::create(store, new, now).await?;
    hand_over(&key)?;
    let rights = rights(&scopes, &within(&args.cities, &args.wards), expires_at);
    say(&format!("The key \"{}\" {rights}. It is shown this once only.", args.name));
    Ok(())
}

async fn rotate(store: &Store, args: RotateArgs) -> Result<(), Failure> {
    let now = now();
    let expires_at = moment(args.expires.as_ref(), now)?;
    let ends = match &args.grace {
        Some(grace) => domain::after(now, grace).ok_or_else(|| Failure(format!("{grace} is too long")))?,
        None => now,
    };
    let (key, hash) = generate(store)?;
    api_key::rotate(store, &args.name, hash, expires_at, ends, now).await?;
    hand_over(&key)?;
    let old = if ends > now { format!("is good until {}", shown(ends)) } else { "is good no longer".to_owned() };
    say(&format!(
        "The key \"{}\" is new, with the rights that it had; the old one {old}. It is shown this once only.",
        args.name
    ));
    Ok(())
}

/// A new key, with what is kept of it.
fn generate(store: &Store) -> Result<(ApiKey, String), Failure> {
    let key = ApiKey::generate()?;
    let hash = key.hashes(store.secrets()).into_iter().next().ok_or(crate::secrets::SecretError::Missing)?;
    Ok((key, hash))
}

fn hand_over(key: &ApiKey) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{}", key.reveal())
}

fn moment(ends: Option<&Ends>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
    let moment = |ends: &Ends| ends.moment(now).ok_or_else(|| Failure("a key must end in time to come".to_owned()));
    ends.map(moment).transpose()
}

fn shown(moment: DateTime<Utc>) -> String {
    domain::DateTime(moment).to_string()
}

/// What a key may do, where, and until when.
fn rights(scopes: &str, places: &str, expires_at: Option<DateTime<Utc>>) -> String {
    let scopes = if scopes.is_empty() { "may do what everyone may".to_owned() } else { format!("may do {scopes}") };
    let places = if places.is_empty() { "everywhere".to_owned() } else { format!("in {places}") };
    let until = expires_at.map_or("without end".to_owned(), |at| format!("until {}", shown(at)));
    format!("{scopes}, {places}, {until}")
}

/// Places by their codes.
fn within(cities: &[String], wards: &[String]) -> String {
    let named = |kind: &str, codes: &[String]| (!codes.is_empty()).then(|| format!("{kind} {}", codes.join(" ")));
    [named("city", cities), named("ward", wards)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn list(store: &Store, args: &ListArgs) -> Result<(), Failure> {
    let keys = api_key::list(store).await?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&keys.iter().map(object).collect::<Vec<_>>())? + "\n",
        false => table(&keys),
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

fn object(Listed { key, cities, wards, last_used_at }: &Listed) -> Value {
    let limited = |codes: &[String]| key.places.as_ref().map(|_| codes.to_vec());
    json!({
        "name": key.name,
        "scopes": key.scopes.split_whitespace().collect::<Vec<_>>(),
        "cities": limited(cities),
        "wards": limited(wards),
        "createdAt": shown(key.created_at),
        "expiresAt": key.expires_at.map(shown),
        "revokedAt": key.revoked_at.map(shown),
        "lastUsedAt": last_used_at.map(shown),
    })
}

/// Columns as wide as what stands in them.
fn table(keys: &[Listed]) -> String {
    let head = ["NAME", "SCOPES", "PLACES", "CREATED", "EXPIRES", "REVOKED", "LAST USED"].map(str::to_owned);
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let at = |moment: Option<DateTime<Utc>>| or_none(moment.map(shown).unwrap_or_default());
    let row = |Listed { key, cities, wards, last_used_at }: &Listed| {
        [
            key.name.clone(),
            or_none(key.scopes.clone()),
            or_none(within(cities, wards)),
            shown(key.created_at),
            at(key.expires_at),
            at(key.revoked_at),
            at(*last_used_at),
        ]
    };
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(keys.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |row: &[String; 7]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
