//! The schema as a contract: committed, described to the last value, and without lists that can grow.

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeKind, TypeSystemDefinition},
};

#[test]
fn the_committed_schema_is_the_one_served() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(
        committed == antq::api::sdl(),
        "schema.graphql differs from the code: run `make schema`, and read the difference"
    );
}

fn types() -> Vec<async_graphql::parser::types::TypeDefinition> {
    let document = parse_schema(antq::api::sdl()).unwrap();
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    types.collect()
}

#[test]
fn everything_is_described_with_its_vietnamese_term() {
    let mut bare = Vec::new();
    for definition in types() {
        let name = definition.name.node.as_str();
        let mut check = |what: String, description: Option<&str>| {
            // Vietnamese terms stand in brackets, or the text is about one: a letter with a tone tells.
            let vietnamese = |text: &str| text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii());
            if !description.is_some_and(|text| text.trim().len() > 5 && vietnamese(text)) {
                bare.push(what);
            }
        };
        check(name.to_owned(), definition.description.as_ref().map(|text| text.node.as_str()));
        let fields = match &definition.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Enum(values) => {
                for value in &values.values {
                    let description = value.node.description.as_ref().map(|text| text.node.as_str());
                    check(format!("{name}.{}", value.node.value.node), description);
                }
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let field = &field.node;
            let path = format!("{name}.{}", field.name.node);
            check(path.clone(), field.description.as_ref().map(|text| text.node.as_str()));
            for argument in &field.arguments {
                let description = argument.node.description.as_ref().map(|text| text.node.as_str());
                check(format!("{path}({})", argument.node.name.node), description);
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

/// A list is a page of a connection, at most so many groups, as long as the client's own list of ids, or bounded by what it
/// is: hits by `first`, what an address may mean by `MAX_CANDIDATES`, what became of a unit by the units that there are, limits
/// by those that there are, what a credential is limited to by `MAX_PLACES`, what became of rows by those that were sent,
/// changes by `first`, what a change did to a row by its fields, and what is told of a roster by `NAMED`, `MAX_LISTED` and the
/// largest file.
#[test]
fn lists_that_can_grow_are_connections() {
    fn is_list(of: &Type) -> bool {
        matches!(of.base, BaseType::List(_))
    }
    let mut lists = Vec::new();
    for definition in types() {
        let name = definition.name.node.to_string();
        if name.ends_with("Payload") || name.ends_with("RowResult") {
            continue;
        }
        if let TypeKind::Object(object) = definition.kind {
            for field in object.fields {
                if is_list(&field.node.ty.node)
                    && !(name.ends_with("Connection") && ["edges", "nodes"].contains(&field.node.name.node.as_str()))
                    && !(name.ends_with("Groups") && field.node.name.node == "nodes")
                {
                    lists.push(format!("{name}.{}", field.node.name.node));
                }
            }
        }
    }
    lists.sort();
    let bounded = [
        "ChangeEvent.changes",
        "ChangePage.changes",
        "History.entries",
        "HistoryEntry.changes",
        "PlaceCandidate.present",
        "PlaceResolution.candidates",
        "PlaceResolution.unused",
        "Query.nodes",
        "RosterChange.values",
        "RosterPlan.changes",
        "RosterPlan.notRead",
        "RosterPlan.problems",
        "RosterPlan.wardCodes",
        "SearchResult.hits",
        "ServiceConfig.limits",
        "UserError.path",
        "Viewer.cities",
        "Viewer.scopes",
        "Viewer.wards",
    ];
    assert_eq!(lists, bounded);
}
