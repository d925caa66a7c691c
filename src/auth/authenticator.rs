//! From the headers of a request to who asks.

use std::sync::Arc;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};

use super::{
    Scope, Scopes, Viewer, Who,
    credential::{Credential, purpose},
    issuer::Issuer,
    kept::Kept,
    key::ApiKey,
    refusal::{Refusal, Unauthenticated},
    token::{Identity, PlaceCodes},
    uses::Uses,
};
use crate::store::{
    Places, Store, api_key,
    place::PlaceError,
    proof::{Proofs, Versions},
};

/// Keys, and sets of places, that are kept; more are read again.
const ROOM: usize = 10_000;

/// Says who asks. Clones share it.
#[derive(Clone, Debug)]
pub struct Authenticator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    proofs: Proofs,
    anonymous: Arc<Viewer>,
    keys: Kept<String, Arc<Known>>,
    places: Kept<PlaceCodes, Arc<Places>>,
    issuer: Option<Issuer>,
    uses: Arc<Uses>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who it is.
    pub viewer: Arc<Viewer>,
    /// The versions that prove it, where any were read: after the request came, so that they serve for its answer too.
    pub versions: Option<Arc<Versions>>,
}

/// A key that there is, whether it is good or not.
#[derive(Debug)]
struct Known {
    id: i64,
    viewer: Arc<Viewer>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl Authenticator {
    /// One for the keys of a database, and for the tokens of an issuer if there is one; `anonymous` is what everyone may do. Must
    /// be called within a runtime.
    pub fn new(store: Store, proofs: Proofs, issuer: Option<Issuer>, anonymous: Scopes) -> Self {
        Self(Arc::new(Inner {
            uses: Uses::new(store.clone()),
            keys: Kept::new(ROOM, api_key::TABLES),
            places: Kept::new(ROOM, ["city", "ward"]),
            anonymous: Arc::new(Viewer { scopes: anonymous, ..Viewer::default() }),
            store,
            proofs,
            issuer,
        }))
    }

    /// Who sends a request with these headers; nobody in particular if they name nobody.
    ///
    /// # Errors
    /// [`Refusal`]: a credential that is not good never makes its request an anonymous one.
    pub async fn viewer(&self, headers: &HeaderMap) -> Result<Authenticated, Refusal> {
        let purpose = purpose(headers)?;
        let mut known = match Credential::of(headers)? {
            None => Authenticated { viewer: self.0.anonymous.clone(), versions: None },
            Some(Credential::Key(key)) => self.0.by_key(&key).await?,
            Some(Credential::Token(token)) => self.0.by_token(token).await?,
        };
        // What everyone may do, whoever has a key may do too.
        let scopes = known.viewer.scopes.with(self.0.anonymous.scopes);
        if purpose.is_some() || scopes != known.viewer.scopes {
            known.viewer = Arc::new(Viewer { purpose, scopes, ..Viewer::clone(&known.viewer) });
        }
        Ok(known)
    }

    /// Writes what is still to be written.
    pub async fn close(&self) {
        self.0.uses.write().await;
    }
}

impl Inner {
    async fn by_key(&self, key: &ApiKey) -> Result<Authenticated, Refusal> {
        let hashes = key.hashes(self.store.secrets());
        let Some(first) = hashes.first() else { return Err(Unauthenticated::UnknownKey.into()) };
        // Without versions nothing that is kept can be trusted, and the key is read.
        let versions = self.proofs.now().await.ok();
        let kept = versions.as_ref().and_then(|now| self.keys.get(first, now));
        let known = match kept {
            Some(known) => known,
            None => {
                let key = api_key::by_hash(&self.store, &hashes).await?.ok_or(Unauthenticated::UnknownKey)?;
                let known = Arc::new(Known::new(key));
                if let Some(before) = &versions {
                    self.keys.keep(first.clone(), known.clone(), before);
                }
                known
            }
        };
        let now = Utc::now();
        let viewer = known.at(now)?;
        self.uses.see(known.id, now);
        Ok(Authenticated { viewer, versions })
    }

    async fn by_token(&self, token: &str) -> Result<Authenticated, Refusal> {
        let issuer = self.issuer.as_ref().ok_or(Unauthenticated::NoTokens)?;
        let Identity { subject, scopes, places, expires_at } = issuer.identity(token).await?;
        let (places, versions) = match places {
            None => (None, None),
            Some(codes) => {
                let (places, versions) = self.places(codes).await?;
                (Some(places), versions)
            }
        };
        let who = Who::Staff { subject };
        let viewer = Viewer { who, scopes, places, purpose: None, expires_at: Some(expires_at) };
        Ok(Authenticated { viewer: Arc::new(viewer), versions })
    }

    /// The places with these codes.
    async fn places(&self, codes: PlaceCodes) -> Result<(Arc<Places>, Option<Arc<Versions>>), Refusal> {
        let versions = self.proofs.now().await.ok();
        if let Some(places) = versions.as_ref().and_then(|now| self.places.get(&codes, now)) {
            return Ok((places, versions));
        }
        let places = Places::with_codes(&self.store, &codes.cities, &codes.wards).await;
        let places = Arc::new(places.map_err(|error| match error {
            PlaceError::Database(error) => Refusal::from(error),
            other => Unauthenticated::Places(crate::error::shown(&other.to_string())).into(),
        })?);
        if let Some(before) = &versions {
            self.places.keep(codes, places.clone(), before);
        }
        Ok((places, versions))
    }
}

impl Known {
    fn new(key: api_key::Key) -> Self {
        // A scope that this program does not know gives nothing.
        let scopes: Scopes = key.scopes.split_whitespace().filter_map(Scope::named).collect();
        let ends = [key.expires_at, key.revoked_at].into_iter().flatten().min();
        let viewer = Viewer {
            who: Who::Key { id: key.id, name: key.name },
            scopes,
            places: key.places.map(Arc::new),
            purpose: None,
            expires_at: ends,
        };
        Self { id: key.id, viewer: Arc::new(viewer), expires_at: key.expires_at, revoked_at: key.revoked_at }
    }

    /// Whose key it is, if it is good at this moment.
    fn at(&self, now: DateTime<Utc>) -> Result<Arc<Viewer>, Unauthenticated> {
        let over = |at: &DateTime<Utc>| *at <= now;
        match (self.revoked_at.filter(over), self.expires_at.filter(over)) {
            (Some(at), _) => Err(Unauthenticated::KeyRevoked(at)),
            (None, Some(at)) => Err(Unauthenticated::KeyExpired(at)),
            (None, None) => Ok(self.viewer.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_until_the_moment_at_which_it_ends() {
        let moment = |ms: i64| DateTime::from_timestamp_millis(1_800_000_000_000 + ms);
        let known = |expires_at, revoked_at| {
            let (name, scopes) = ("x".to_owned(), "members:read no:such".to_owned());
            let created_at = DateTime::UNIX_EPOCH;
            Known::new(api_key::Key { id: 1, name, scopes, places: None, created_at, expires_at, revoked_at })
        };
        let at = |known: &Known, ms| known.at(moment(ms).unwrap_or_default()).map(|viewer| viewer.expires_at);
        let expires = known(moment(0), None);
        assert_eq!(at(&expires, -1), Ok(moment(0)));
        assert!(matches!(at(&expires, 0), Err(Unauthenticated::KeyExpired(_))));
        assert!(matches!(at(&expires, 1), Err(Unauthenticated::KeyExpired(_))));
        let replaced = known(moment(9), moment(0));
        assert_eq!(at(&replaced, -1), Ok(moment(0)));
        assert!(matches!(at(&replaced, 0), Err(Unauthenticated::KeyRevoked(_))));
        assert!(matches!(at(&replaced, 9), Err(Unauthenticated::KeyRevoked(_))));
        assert!(known(None, None).viewer.scopes.has(Scope::MembersRead));
    }
}
