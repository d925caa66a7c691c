//! Whatever way leads to a node, what is asked below it is in the estimate.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
};

use super::{super::super::history::HISTORY, *};

/// The types of the schema as it is served.
struct Types(HashMap<String, TypeDefinition>);

impl Types {
    fn new() -> Self {
        let document = parse_schema(crate::api::sdl()).unwrap_or_else(|error| panic!("{error}"));
        let named = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            _ => None,
        });
        Self(named.collect())
    }

    /// The fields of a type, each with the type that it leads to.
    fn fields(&self, name: &str) -> Vec<(String, String)> {
        let fields = match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(object)) => object.fields.as_slice(),
            Some(TypeKind::Interface(interface)) => interface.fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| (selected(name, &field.node.name.node), leads_to(&field.node))).collect()
    }

    /// The types of objects that something of this type may be.
    fn possible(&self, name: &str) -> Vec<String> {
        let Some(definition) = self.0.get(name) else { return Vec::new() };
        match &definition.kind {
            TypeKind::Object(_) => vec![name.to_owned()],
            TypeKind::Union(union) => union.members.iter().map(|member| member.node.to_string()).collect(),
            TypeKind::Interface(_) => {
                let mut names: Vec<_> = self.0.keys().filter(|other| self.implements(other, name)).cloned().collect();
                names.sort_unstable();
                names
            }
            _ => Vec::new(),
        }
    }

    /// The shortest way from an object of each type to a node that has a history, if there is one.
    fn ways_to_nodes(&self) -> HashMap<String, Way> {
        let has_history = |name: &&String| self.fields(name).iter().any(|(field, _)| field == HISTORY);
        let mut ways: HashMap<String, Way> =
            self.0.keys().filter(has_history).map(|name| (name.clone(), Way::default())).collect();
        loop {
            let found: Vec<(String, Way)> = self
                .0
                .keys()
                .filter(|name| !ways.contains_key(*name))
                .filter_map(|name| {
                    let steps = self
                        .fields(name)
                        .into_iter()
                        .flat_map(|(field, of)| self.possible(&of).into_iter().map(move |of| (field.clone(), of)));
                    steps
                        .filter_map(|(field, of)| {
                            Some((name.clone(), Way::default().on(&field, &of).with(ways.get(&of)?)))
                        })
                        .next()
                })
                .collect();
            if found.is_empty() {
                return ways;
            }
            ways.extend(found);
        }
    }

    fn implements(&self, name: &str, interface: &str) -> bool {
        match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(object)) => object.implements.iter().any(|implemented| implemented.node == interface),
            _ => false,
        }
    }
}

/// A way through a query: what stands before and behind what is selected at its end.
#[derive(Clone, Default)]
struct Way(String, String);

impl Way {
    /// It goes on by a field to an object of a type.
    fn on(&self, field: &str, of: &str) -> Self {
        Self(format!("{}{field} {{ ... on {of} {{ ", self.0), format!(" }} }}{}", self.1))
    }

    fn with(&self, other: &Self) -> Self {
        Self(format!("{}{}", self.0, other.0), format!("{}{}", other.1, self.1))
    }

    fn nodes(&self, selected: &str) -> u64 {
        estimate(&format!("{{ {}{selected}{} }}", self.0, self.1), &Json::Null).nodes
    }
}

/// How a field is asked for: `nodes` at the root comes to as many as it is given, and `changes` to what follows a token.
fn selected(name: &str, field: &str) -> String {
    match (name, field) {
        ("Query", "nodes") => r#"nodes(ids: ["x"])"#.to_owned(),
        ("Query", "changes") => r#"changes(after: "x")"#.to_owned(),
        _ => field.to_owned(),
    }
}

fn leads_to(field: &FieldDefinition) -> String {
    let mut of = &field.ty.node.base;
    while let BaseType::List(inner) = of {
        of = &inner.base;
    }
    of.to_string()
}

#[test]
fn no_way_to_a_node_is_free() {
    let types = Types::new();
    let to_nodes = types.ways_to_nodes();
    let mut ways = vec![("Query".to_owned(), Way::default())];
    let mut known = HashSet::from(["Query".to_owned()]);
    let (mut next, mut asked, mut free) = (0, 0, Vec::new());
    while let Some((name, way)) = ways.get(next).cloned() {
        next += 1;
        // The group of all others has no key: there is nothing below it.
        for (field, of) in types.fields(&name).into_iter().filter(|(field, _)| field != "others") {
            for of in types.possible(&of) {
                let way = way.on(&field, &of);
                if let Some(to_node) = to_nodes.get(&of) {
                    asked += 1;
                    let whole = way.with(to_node);
                    if whole.nodes("history(first: 7) { older }") < whole.nodes("__typename") + 7 {
                        free.push(format!("{}…{}", whole.0, whole.1));
                    }
                }
                if known.insert(of.clone()) {
                    ways.push((of, way));
                }
            }
        }
    }
    assert!(asked > 150, "only {asked} ways were asked for");
    assert!(free.is_empty(), "{free:#?}");
}
