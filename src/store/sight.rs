//! What a caller may see of the register.

use std::sync::Arc;

/// What may be seen. What may not be is never read into an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sight {
    /// Which members.
    pub members: Members,
    /// Whether their personal data may be seen too.
    pub personal: bool,
    /// Whether the keys and the access log may be.
    pub admin: bool,
}

/// Which members may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Members {
    /// None: they are only counted, by places, where that tells of nobody.
    #[default]
    None,
    /// Those of some places, and nothing of the others.
    Within(Arc<Places>),
    /// All.
    All,
}

/// Places, by the ids of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Places {
    /// Cities, in ascending order.
    pub cities: Vec<i64>,
    /// Wards, in ascending order.
    pub wards: Vec<i64>,
}

impl Sight {
    /// Everything.
    pub fn all() -> Self {
        Self { members: Members::All, personal: true, admin: true }
    }
}
