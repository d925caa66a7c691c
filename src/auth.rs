//! Who asks, and what they may do: anonymous callers, API keys, and staff with a token of their organisation.

mod authenticator;
mod credential;
mod fetch;
mod issuer;
mod kept;
mod key;
mod key_set;
mod refusal;
mod token;
mod uses;

use std::{fmt, sync::Arc};

use async_graphql::Enum;

pub use authenticator::{Authenticated, Authenticator};
pub use credential::{API_KEY, PURPOSE};
pub use issuer::{Issuer, IssuerError, IssuerSettings};
pub use key::ApiKey;
pub use refusal::{Refusal, Unauthenticated};
pub use token::Expected;

use crate::store::{Members, Places, Sight, TableInfo};

/// Something that a caller may do beyond what everyone may (quyền).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
pub enum Scope {
    /// See who the members of teams are: names, roles, days of service (xem thành viên).
    MembersRead,
    /// See the birth dates, telephone and identity numbers of members, for a stated purpose (xem dữ liệu cá nhân). Includes `MEMBERS_READ`.
    MembersPersonal,
    /// Change the register (cập nhật dữ liệu).
    RegistryWrite,
    /// Manage keys, and read who has read what (quản trị). Includes all other scopes.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::MembersRead, Self::MembersPersonal, Self::RegistryWrite, Self::Admin];

    /// The name that keys and tokens have it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MembersRead => "members:read",
            Self::MembersPersonal => "members:personal",
            Self::RegistryWrite => "registry:write",
            Self::Admin => "admin",
        }
    }

    /// The scope of this name, if it is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// The scope that shows the rows of a guarded table.
    pub fn to_see(table: &TableInfo) -> Self {
        if table.name == "member" { Self::MembersRead } else { Self::Admin }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Several scopes, with those that they include.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// All scopes.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// Whether a scope is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// These and others.
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that there are, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    /// Personal data are of members that one may read, and an administrator may do everything.
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let bits = |scope: Scope| match scope {
            Scope::Admin => Self::ALL.0,
            Scope::MembersPersonal => scope.bit() | Scope::MembersRead.bit(),
            _ => scope.bit(),
        };
        Self(scopes.into_iter().fold(0, |all, scope| all | bits(scope)))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Scope::as_str)).finish()
    }
}

/// By what a caller is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// By nothing.
    #[default]
    Anonymous,
    /// By an API key.
    Key {
        /// The number of its row.
        id: i64,
        /// What it is called.
        name: String,
    },
    /// By a token of the configured issuer.
    Staff {
        /// The token's subject.
        subject: String,
    },
}

impl Who {
    /// As the log names them: keys by their names; of staff, who it is stands in no log that everybody reads.
    pub fn label(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Key { name, .. } => name,
            Self::Staff { .. } => "staff",
        }
    }
}

/// Who asks, and what they may do.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// By what they are known.
    pub who: Who,
    /// What they may do beyond what everyone may.
    pub scopes: Scopes,
    /// The places whose members they may see; all if there is nothing.
    pub places: Option<Arc<Places>>,
    /// What they read personal data for, as they say themselves.
    pub purpose: Option<String>,
    /// When the credential ends, if it does.
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Viewer {
    /// Whether they may see personal data, once they say what for.
    pub fn may_see_personal(&self) -> bool {
        self.scopes.has(Scope::MembersPersonal)
    }

    /// By what the logs know them.
    pub fn name(&self) -> String {
        match &self.who {
            Who::Anonymous => "anonymous".to_owned(),
            Who::Key { name, .. } => format!("key:{name}"),
            Who::Staff { subject } => format!("staff:{subject}"),
        }
    }

    /// What they see of the register.
    pub fn sight(&self) -> Sight {
        let members = match (self.scopes.has(Scope::MembersRead), &self.places) {
            (false, _) => Members::None,
            (true, None) => Members::All,
            (true, Some(places)) => Members::Within(places.clone()),
        };
        let personal = self.may_see_personal() && self.purpose.is_some();
        Sight { members, personal, admin: self.scopes.has(Scope::Admin), as_of: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_include_what_they_cannot_do_without() {
        let names =
            |scopes: &[Scope]| scopes.iter().copied().collect::<Scopes>().iter().map(Scope::as_str).collect::<Vec<_>>();
        assert_eq!(names(&[]), [""; 0]);
        assert_eq!(names(&[Scope::MembersPersonal]), ["members:read", "members:personal"]);
        assert_eq!(names(&[Scope::RegistryWrite]), ["registry:write"]);
        assert_eq!(names(&[Scope::Admin]).len(), Scope::ALL.len());
        assert!(Scope::ALL.into_iter().all(|scope| Scope::named(scope.as_str()) == Some(scope)));
    }
}
