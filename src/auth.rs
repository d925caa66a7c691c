//! Who asks, and what they may do: anonymous callers, API keys, and staff with a token of their organisation.

use std::{fmt, sync::Arc};

use crate::store::{Members, Places, Sight};

/// Something that a caller may do beyond what everyone may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// See who the members of teams are: names, roles, days of service.
    MembersRead,
    /// See the birth dates, telephone and identity numbers of members, for a stated purpose.
    MembersPersonal,
    /// Change the register.
    RegistryWrite,
    /// Manage keys, and read who has read what. Includes all other scopes.
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

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Several scopes, with those that they include.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether a scope is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
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
            Scope::Admin => Scope::ALL.into_iter().fold(0, |all, scope| all | scope.bit()),
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
    /// What they see of the register.
    pub fn sight(&self) -> Sight {
        let members = match (self.scopes.has(Scope::MembersRead), &self.places) {
            (false, _) => Members::None,
            (true, None) => Members::All,
            (true, Some(places)) => Members::Within(places.clone()),
        };
        Sight { members, personal: self.scopes.has(Scope::MembersPersonal), admin: self.scopes.has(Scope::Admin) }
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
