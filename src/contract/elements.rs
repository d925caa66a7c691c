//! A schema as a flat list of the things that a client may use, each under a path such as `Query.wards(first:)`.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Value,
    parser::{
        self, Positioned, parse_schema,
        types::{
            BaseType, ConstDirective, DirectiveDefinition, FieldDefinition, InputValueDefinition, SchemaDefinition,
            Type, TypeDefinition, TypeKind, TypeSystemDefinition,
        },
    },
};
use chrono::NaiveDate;

use super::deprecation;

/// The elements of a schema by their paths.
#[derive(Debug, Default)]
pub(super) struct Elements(BTreeMap<String, Element>);

/// A thing that a client may use.
#[derive(Debug)]
pub(super) struct Element {
    /// The path of the element that it belongs to; types and directives belong to none.
    pub parent: Option<String>,
    pub what: What,
    /// The reason of its deprecation.
    pub deprecated: Option<String>,
}

/// What an element is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A type, with the word that declares its kind.
    Type(&'static str),
    /// A field that is answered.
    Field(Type),
    /// An argument, or a field of an input object, with its default.
    Input(Type, Option<String>),
    /// A value of an enum.
    Value,
    /// A type of a union.
    Member(String),
    /// An interface of a type.
    Interface(String),
    /// That an input object takes exactly one of its fields.
    OneOf,
    /// A directive.
    Directive,
    /// A place where a directive may stand.
    Location,
    /// The type that an operation begins with.
    Root(String),
}

impl What {
    /// Whether a request that is silent about it is refused.
    pub fn is_required(&self) -> bool {
        matches!(self, Self::Input(of, None) if !of.nullable)
    }

    /// The type that it leads to.
    fn leads_to(&self) -> Option<&str> {
        match self {
            Self::Field(of) | Self::Input(of, _) => Some(innermost(of)),
            Self::Member(name) | Self::Interface(name) | Self::Root(name) => Some(name),
            _ => None,
        }
    }
}

impl Elements {
    /// Reads a schema.
    pub fn read(sdl: &str) -> Result<Self, parser::Error> {
        let mut elements = Self::default();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => elements.schema(&schema.node),
                TypeSystemDefinition::Type(definition) => elements.definition(definition.node),
                TypeSystemDefinition::Directive(directive) => elements.directive(directive.node),
            }
        }
        elements.default_roots();
        Ok(elements)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Element)> {
        self.0.iter()
    }

    pub fn get(&self, path: &str) -> Option<&Element> {
        self.0.get(path)
    }

    /// Whether an element, or one that it belongs to, was to go by `today`.
    pub fn is_due(&self, path: &str, today: NaiveDate) -> bool {
        self.get(path).is_some_and(|element| {
            let due = element.deprecated.as_deref().and_then(deprecation::removal).is_some_and(|day| day <= today);
            due || element.parent.as_deref().is_some_and(|parent| self.is_due(parent, today))
        })
    }

    /// The types that operations lead to by what is not due: types cannot be deprecated, only everything that leads to them.
    pub fn needed(&self, today: NaiveDate) -> BTreeSet<&str> {
        let mut leads: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (path, element) in &self.0 {
            if let Some(to) = element.what.leads_to().filter(|_| !self.is_due(path, today)) {
                leads.entry(self.owner(element)).or_default().push(to);
            }
        }
        let mut needed = BTreeSet::new();
        // What operations begin with belongs to no type.
        let mut open = leads.get(&None).cloned().unwrap_or_default();
        while let Some(name) = open.pop() {
            if needed.insert(name) {
                open.extend(leads.get(&Some(name)).into_iter().flatten());
            }
        }
        needed
    }

    /// The type or directive that an element is within.
    fn owner<'a>(&'a self, element: &'a Element) -> Option<&'a str> {
        let parent = element.parent.as_deref()?;
        self.get(parent).and_then(|element| self.owner(element)).or(Some(parent))
    }

    fn add(&mut self, parent: &str, path: String, what: What, directives: &[Positioned<ConstDirective>]) {
        let parent = (!parent.is_empty()).then(|| parent.to_owned());
        self.0.insert(path, Element { parent, what, deprecated: reason(directives) });
    }

    fn schema(&mut self, schema: &SchemaDefinition) {
        let roots = [("query", &schema.query), ("mutation", &schema.mutation), ("subscription", &schema.subscription)];
        for (operation, of) in roots {
            if let Some(of) = of {
                self.add("", format!("schema.{operation}"), What::Root(of.node.to_string()), &[]);
            }
        }
    }

    /// A schema whose operations begin with types of the usual names need not say so.
    fn default_roots(&mut self) {
        let is_said = self.0.values().any(|element| matches!(element.what, What::Root(_)));
        for (operation, name) in [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")] {
            if !is_said && self.0.contains_key(name) {
                self.add("", format!("schema.{operation}"), What::Root(name.to_owned()), &[]);
            }
        }
    }

    fn definition(&mut self, definition: TypeDefinition) {
        let name = definition.name.node.as_str();
        let mut interfaces = Vec::new();
        let word = match definition.kind {
            TypeKind::Scalar => "scalar",
            TypeKind::Object(object) => {
                interfaces = object.implements;
                object.fields.into_iter().for_each(|field| self.field(name, field.node));
                "type"
            }
            TypeKind::Interface(interface) => {
                interfaces = interface.implements;
                interface.fields.into_iter().for_each(|field| self.field(name, field.node));
                "interface"
            }
            TypeKind::Union(union) => {
                for member in union.members {
                    let member = member.node.to_string();
                    self.add(name, format!("{name} = {member}"), What::Member(member), &[]);
                }
                "union"
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    self.add(name, format!("{name}.{}", value.node.value.node), What::Value, &value.node.directives);
                }
                "enum"
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    self.input(name, format!("{name}.{}", field.node.name.node), field.node);
                }
                "input"
            }
        };
        for interface in interfaces {
            let interface = interface.node.to_string();
            self.add(name, format!("{name} implements {interface}"), What::Interface(interface), &[]);
        }
        if definition.directives.iter().any(|directive| directive.node.name.node == "oneOf") {
            self.add(name, format!("{name} @oneOf"), What::OneOf, &[]);
        }
        self.add("", name.to_owned(), What::Type(word), &[]);
    }

    fn field(&mut self, parent: &str, field: FieldDefinition) {
        let path = format!("{parent}.{}", field.name.node);
        for argument in field.arguments {
            self.input(&path, format!("{path}({}:)", argument.node.name.node), argument.node);
        }
        self.add(parent, path, What::Field(field.ty.node), &field.directives);
    }

    fn input(&mut self, parent: &str, path: String, input: InputValueDefinition) {
        let default = input.default_value.map(|value| value.node.to_string());
        self.add(parent, path, What::Input(input.ty.node, default), &input.directives);
    }

    fn directive(&mut self, directive: DirectiveDefinition) {
        let path = format!("@{}", directive.name.node);
        for argument in directive.arguments {
            self.input(&path, format!("{path}({}:)", argument.node.name.node), argument.node);
        }
        for location in directive.locations {
            self.add(&path, format!("{path} on {:?}", location.node), What::Location, &[]);
        }
        // Whether it may be repeated the parser does not tell: it says so of each.
        self.add("", path, What::Directive, &[]);
    }
}

fn innermost(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => innermost(of),
    }
}

/// The reason of a deprecation, if there is one.
fn reason(directives: &[Positioned<ConstDirective>]) -> Option<String> {
    let deprecated = directives.iter().find(|directive| directive.node.name.node == "deprecated")?;
    let mut arguments = deprecated.node.arguments.iter();
    let reason = arguments.find_map(|(name, value)| (name.node == "reason").then_some(&value.node));
    match reason {
        Some(Value::String(reason)) => Some(reason.clone()),
        _ => Some(String::new()),
    }
}
