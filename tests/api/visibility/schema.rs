//! What the schema offers to ask.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Field, TestApp};

/// The schema, as far as it can be asked of.
pub struct Offered {
    /// The fields of each type that has any.
    pub types: BTreeMap<String, Vec<Field>>,
    /// The fields of each input, each with the name of its type.
    pub inputs: BTreeMap<String, BTreeMap<String, String>>,
    /// What each enum has.
    pub enums: BTreeMap<String, Vec<String>>,
}

impl Offered {
    pub async fn of(app: &TestApp) -> Self {
        let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ types {{ name inputFields {{ name type {{ {of} }} }} enumValues {{ name }} }} }} }}"
        );
        let data = app.data(&query).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let input = |field: &Value| {
            let mut inner = &field["type"];
            while !inner["ofType"].is_null() {
                inner = &inner["ofType"];
            }
            (text(&field["name"]), text(&inner["name"]))
        };
        let types = data["__schema"]["types"].as_array().unwrap();
        let inputs = types
            .iter()
            .filter_map(|of| Some((text(&of["name"]), of["inputFields"].as_array()?.iter().map(input).collect())));
        let enums = types.iter().filter_map(|of| {
            let values = of["enumValues"].as_array()?.iter().map(|value| text(&value["name"]));
            Some((text(&of["name"]), values.collect()))
        });
        Self { types: app.types().await, inputs: inputs.collect(), enums: enums.collect() }
    }

    /// The types of rows that have a list at the root, each with the name of that list.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &str)> {
        self.types["Query"].iter().filter_map(|field| Some((field.of.strip_suffix("Connection")?, field.name.as_str())))
    }

    /// The type that a list's filter asks of, by the name of an input.
    pub fn asks_of<'a>(&self, input: &'a str) -> Option<&'a str> {
        let of = input.strip_suffix("ListFilter").or_else(|| input.strip_suffix("Filter"))?;
        self.types.get(of)?.iter().any(|field| field.name == "id").then_some(of)
    }
}
