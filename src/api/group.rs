//! What is said of many rows at once: of a whole list, and of the groups of its rows.

mod aggregate;
mod groups;
mod key;
mod stats;

pub use aggregate::{Aggregate, ask};
pub use groups::{DEFAULT_GROUPS, GroupArgs, Groups, Wanted};
pub use key::{Key, keys, row_behind};
pub use stats::{Said, said};

use async_graphql::{
    indexmap::IndexMap,
    registry::{MetaField, MetaType, Registry},
};

/// Makes an object type, unless it is there already.
fn object(
    registry: &mut Registry,
    name: &str,
    description: &str,
    fields: impl FnOnce(&mut Registry) -> Vec<(String, String, String)>,
) {
    if registry.types.contains_key(name) {
        return;
    }
    let object = |fields: IndexMap<String, MetaField>| MetaType::Object {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        fields,
        cache_control: Default::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    };
    registry.types.insert(name.to_owned(), object(IndexMap::new()));
    let field = |(name, of, description): (String, String, String)| {
        let mut field = MetaField::new(name.clone(), of);
        field.description = Some(description.trim().to_owned());
        (name, field)
    };
    let fields = fields(registry).into_iter().map(field).collect();
    registry.types.insert(name.to_owned(), object(fields));
}
