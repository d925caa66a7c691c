//! What is left of a budget, as a type of the schema.

use async_graphql::SimpleObject;

use crate::{budget::Balance, domain::DateTime};

/// What whoever asks may still ask for (ngân sách truy vấn). It fills evenly, and never holds more than `limit`.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Budget {
    /// Points a minute, and the most there ever are (số điểm mỗi phút).
    limit: i32,
    /// Points that are left, what this request may cost taken off (số điểm còn lại).
    remaining: i32,
    /// When it is full again, if nothing more is asked (thời điểm đầy lại).
    reset_at: DateTime,
}

impl From<Balance> for Budget {
    fn from(balance: Balance) -> Self {
        let number = |points: u32| i32::try_from(points).unwrap_or(i32::MAX);
        Self {
            limit: number(balance.limit),
            remaining: number(balance.remaining),
            reset_at: DateTime(balance.reset_at),
        }
    }
}
