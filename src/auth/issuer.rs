//! The issuer of staff's tokens (OpenID Connect): its public keys, fetched and kept, and tokens checked by them.
//!
//! The keys are fetched when the server starts and every hour, and once more when a token names a key that is not among them:
//! so a new key is taken at once, and one that is withdrawn is good for an hour at most. While the issuer cannot be reached,
//! the keys that are there stay good.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use axum::http::Uri;
use chrono::Utc;
use tokio::time::Instant;

use super::{
    fetch::{Fetcher, address},
    key_set::{KeySet, PublicKey},
    refusal::{Refusal, Unauthenticated},
    token::{Expected, Identity, Token},
};

/// How old the keys get.
const EVERY: Duration = Duration::from_secs(3_600);
/// Where an issuer says where its keys are (OpenID Connect Discovery 1.0).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Who issues tokens, and for whom.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// What its tokens must say.
    pub expected: Expected,
    /// Where its keys are, if it is not asked for that.
    pub keys_url: Option<String>,
    /// How often its keys are fetched at most, whatever key ids come.
    pub at_most_every: Duration,
}

/// Why there can be no such issuer: an address that keys may not, or cannot, be fetched from.
#[derive(Debug, thiserror::Error)]
#[error("the issuer's keys cannot be fetched: {0}")]
pub struct IssuerError(String);

/// The issuer. Clones share its keys.
#[derive(Clone, Debug)]
pub struct Issuer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: IssuerSettings,
    source: Source,
    fetcher: Fetcher,
    keys: Mutex<Option<Arc<KeySet>>>,
    /// When they were last asked for, and whether that failed. Held while they are.
    asked: tokio::sync::Mutex<Option<Asked>>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Instant,
    failed: bool,
}

/// Where the keys are.
#[derive(Debug)]
enum Source {
    Discovery(Uri),
    Keys(Uri),
}

impl Issuer {
    /// One whose keys are fetched from now on. Must be called within a runtime.
    ///
    /// # Errors
    /// [`IssuerError`]. That it cannot be reached is none: it may come later.
    pub fn new(settings: IssuerSettings) -> Result<Self, IssuerError> {
        let fetcher = Fetcher::new();
        let usable = |url: &str| {
            let address = address(url)?;
            fetcher.can_fetch(&address).map(|()| address)
        };
        let source = match &settings.keys_url {
            Some(url) => usable(url).map(Source::Keys),
            None => {
                usable(&format!("{}{DISCOVERY}", settings.expected.issuer.trim_end_matches('/'))).map(Source::Discovery)
            }
        };
        let source = source.map_err(IssuerError)?;
        let inner = Inner { settings, source, fetcher, keys: Mutex::default(), asked: tokio::sync::Mutex::default() };
        let issuer = Self(Arc::new(inner));
        tokio::spawn(keep_fresh(Arc::downgrade(&issuer.0)));
        Ok(issuer)
    }

    /// Whom a token is of.
    ///
    /// # Errors
    /// Why it is not good; [`Refusal::Unavailable`] if no keys were ever had.
    pub(super) async fn identity(&self, token: &str) -> Result<Identity, Refusal> {
        let token = Token::read(token)?;
        let mut keys = self.0.keys();
        let known = |keys: &KeySet| !matches!(find(keys, &token), Err(Unauthenticated::UnknownKeyId));
        if !keys.as_deref().is_some_and(known) {
            let issuer = self.0.clone();
            // A task of its own: who hangs up does not keep the keys from those who stay.
            let newer = tokio::spawn(async move { issuer.newer(keys.as_ref()).await });
            keys = newer.await.map_err(|error| Refusal::Unavailable(error.to_string()))?;
        }
        let keys = keys.ok_or_else(|| Refusal::Unavailable("the issuer's keys were never had".to_owned()))?;
        Ok(token.identity(find(&keys, &token)?, &self.0.settings.expected, Utc::now())?)
    }
}

fn find<'a>(keys: &'a KeySet, token: &Token<'_>) -> Result<&'a PublicKey, Unauthenticated> {
    keys.find(token.key_id(), token.algorithm())
}

impl Inner {
    fn keys(&self) -> Option<Arc<KeySet>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys after those that were not enough: fetched now, unless somebody else has done so or it was done just now.
    async fn newer(&self, than: Option<&Arc<KeySet>>) -> Option<Arc<KeySet>> {
        let mut asked = self.asked.lock().await;
        let keys = self.keys();
        let same = match (&keys, than) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            (now, before) => now.is_none() && before.is_none(),
        };
        if same {
            self.fetch(&mut asked).await;
            return self.keys();
        }
        keys
    }

    /// Fetches the keys, unless that was done just now; if it fails, those that are there stay. Whether it failed.
    async fn fetch(&self, asked: &mut Option<Asked>) -> bool {
        if let Some(Asked { at, failed }) = *asked
            && at.elapsed() < self.settings.at_most_every
        {
            return failed;
        }
        let at = Instant::now();
        let fetched = self.fetched().await;
        *asked = Some(Asked { at, failed: fetched.is_err() });
        match fetched {
            Ok(keys) => {
                *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
                false
            }
            Err(cause) => {
                tracing::warn!(cause, "the keys of the issuer of tokens were not fetched");
                true
            }
        }
    }

    async fn fetched(&self) -> Result<KeySet, String> {
        let found;
        let keys = match &self.source {
            Source::Keys(keys) => keys,
            Source::Discovery(discovery) => {
                let document = self.fetcher.json(discovery).await?;
                let text = |name: &str| document.get(name).and_then(serde_json::Value::as_str);
                if text("issuer") != Some(&self.settings.expected.issuer) {
                    return Err(format!("{discovery} is of another issuer"));
                }
                found = address(text("jwks_uri").ok_or_else(|| format!("{discovery} has no jwks_uri"))?)?;
                &found
            }
        };
        let set = KeySet::read(&self.fetcher.json(keys).await?).filter(|set| !set.is_empty());
        set.ok_or_else(|| format!("{keys} has no key of RS256, ES256 or EdDSA"))
    }
}

/// Fetches the keys every hour, and sooner where that failed.
async fn keep_fresh(issuer: Weak<Inner>) {
    const SOONER: Duration = Duration::from_secs(1);
    loop {
        let Some(issuer) = issuer.upgrade() else { return };
        let failed = issuer.fetch(&mut *issuer.asked.lock().await).await;
        let pause = if failed { issuer.settings.at_most_every.max(SOONER) } else { EVERY };
        drop(issuer);
        tokio::time::sleep(pause).await;
    }
}
