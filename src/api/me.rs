//! Who asks, as the schema tells them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::{Context, Enum, Object};
use futures_util::future::try_join_all;

use super::{
    budget::Budget,
    context::one,
    object::Record,
    types::{City, Ward},
};
use crate::{
    auth::{Scope, Viewer, Who},
    budget::Balance,
    domain::DateTime,
    error::Error,
    store::Places,
};

/// Who asks, for the resolvers of a request. Whoever looks at more than what may be seen has to tell so, because an answer
/// that depends on it is nobody else's.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    viewer: Arc<Viewer>,
    balance: Option<Balance>,
    told: Arc<AtomicBool>,
}

impl Asker {
    pub(super) fn new(viewer: Arc<Viewer>, balance: Option<Balance>) -> Self {
        Self { viewer, balance, told: Arc::default() }
    }

    /// Who asks, for what is nobody else's in any case.
    pub(super) fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// From now on the answer is not kept: what it depends on is more than tables.
    pub(super) fn keep_nothing(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// Who it is: from now on the answer is theirs alone.
    fn tell(&self) -> Me {
        self.told.store(true, Ordering::Relaxed);
        Me { viewer: self.viewer.clone(), balance: self.balance }
    }

    /// Whether the answer is theirs alone.
    pub(super) fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// By what a caller is known (loại người dùng).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ViewerKind {
    /// By nothing: no credential was sent (ẩn danh).
    Anonymous,
    /// By an API key (khóa API).
    ApiKey,
    /// By a token of the organisation that runs this service (cán bộ).
    Staff,
}

/// Who you are to this API.
#[derive(Debug)]
pub struct Me {
    viewer: Arc<Viewer>,
    balance: Option<Balance>,
}

/// Who asks.
pub(super) fn me(ctx: &Context<'_>) -> Me {
    ctx.data_unchecked::<Asker>().tell()
}

/// Who asks, and what they may do (người đang truy vấn).
#[Object(name = "Viewer")]
impl Me {
    /// By what you are known (loại người dùng).
    async fn kind(&self) -> ViewerKind {
        match self.viewer.who {
            Who::Anonymous => ViewerKind::Anonymous,
            Who::Key { .. } => ViewerKind::ApiKey,
            Who::Staff { .. } => ViewerKind::Staff,
        }
    }

    /// What your key is called, or the subject (`sub`) of your token; null if you are anonymous (tên).
    async fn name(&self) -> Option<&str> {
        match &self.viewer.who {
            Who::Anonymous => None,
            Who::Key { name, .. } => Some(name),
            Who::Staff { subject } => Some(subject),
        }
    }

    /// What you may do beyond what everyone may, with what that includes (các quyền).
    async fn scopes(&self) -> Vec<Scope> {
        self.viewer.scopes.iter().collect()
    }

    /// The cities and provinces that your credential is limited to, beside the wards; at most 200 of both. Null if it is not limited to places (các tỉnh, thành phố được xem).
    async fn cities(&self, ctx: &Context<'_>) -> Option<Result<Vec<City>, Error>> {
        rows(ctx, self.viewer.places.as_deref(), |places| &places.cities).await
    }

    /// The wards that your credential is limited to, beside the cities; at most 200 of both. Null if it is not limited to places (các phường, xã được xem).
    async fn wards(&self, ctx: &Context<'_>) -> Option<Result<Vec<Ward>, Error>> {
        rows(ctx, self.viewer.places.as_deref(), |places| &places.wards).await
    }

    /// From when on your credential is good for nothing; null if it has no end (hết hạn lúc).
    async fn expires_at(&self) -> Option<DateTime> {
        self.viewer.expires_at.map(DateTime)
    }

    /// What you say that you read personal data for, by the header `X-Purpose` of this request; null if you do not (mục đích).
    async fn purpose(&self) -> Option<&str> {
        self.viewer.purpose.as_deref()
    }

    /// What is left of what you may ask for; null if there is no end to it (ngân sách còn lại).
    async fn budget(&self) -> Option<Budget> {
        self.balance.map(Budget::from)
    }
}

/// The rows of the places that somebody is limited to, if they are.
async fn rows<T: Record>(
    ctx: &Context<'_>,
    places: Option<&Places>,
    ids: fn(&Places) -> &Vec<i64>,
) -> Option<Result<Vec<T>, Error>> {
    Some(try_join_all(ids(places?).iter().map(|id| one::<T>(ctx, *id))).await)
}
