//! How the service is set up, for programs that keep to it.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use crate::limits::ListedLimit;

/// How the service is set up (cấu hình dịch vụ).
#[derive(Debug, SimpleObject)]
pub struct ServiceConfig {
    /// The version of the program (phiên bản chương trình).
    version: &'static str,
    /// Every limit that a request may meet (các giới hạn).
    limits: Vec<ServiceLimit>,
}

/// A limit that a request may meet (giới hạn). What is exactly at it passes.
#[derive(Debug, SimpleObject)]
pub struct ServiceLimit {
    /// Its name, as in `extensions.name` of the error that refuses what is more (tên giới hạn).
    name: &'static str,
    /// The most that passes; null where there is no end to it (giá trị).
    value: Option<i32>,
    /// What it is counted in (đơn vị tính).
    unit: &'static str,
    /// What is limited (mô tả).
    description: &'static str,
    /// The `extensions.code` of the error (mã lỗi).
    code: &'static str,
}

/// The limits in force, as the schema has them at hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits(pub Arc<[ListedLimit]>);

/// What is known of the service.
pub(super) fn service_config(ctx: &Context<'_>) -> ServiceConfig {
    let limits = ctx.data_opt::<Limits>().map(|limits| limits.0.iter().map(ServiceLimit::from).collect());
    ServiceConfig { version: env!("CARGO_PKG_VERSION"), limits: limits.unwrap_or_default() }
}

impl From<&ListedLimit> for ServiceLimit {
    fn from(limit: &ListedLimit) -> Self {
        Self {
            name: limit.name,
            value: limit.value.map(|value| i32::try_from(value).unwrap_or(i32::MAX)),
            unit: limit.unit,
            description: limit.description,
            code: limit.code.as_str(),
        }
    }
}
