//! What lists are asked with: filters and orders, as input types made from the tables of the schema's types, and read into
//! what the store understands. Plans and ordinary execution read the same values by the same functions.

pub mod filter;
pub mod group;
pub mod order;

use async_graphql::{
    Value,
    registry::{Deprecation, MetaInputValue, MetaType, Registry},
};

/// Declares inputs that are kept as the client gave them: their types are made from the shapes of the schema's types, and the
/// functions that make those read them, too.
macro_rules! input {
    ($($(#[$doc:meta])* $name:ident: $type_name:path, $register:path;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T>(pub async_graphql::Value, std::marker::PhantomData<fn() -> T>);

        impl<T> $name<T> {
            /// One as a client might have given it.
            pub fn new(value: async_graphql::Value) -> Self {
                Self(value, std::marker::PhantomData)
            }
        }

        impl<T: $crate::api::object::Record> async_graphql::InputType for $name<T> {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                $type_name(T::shape()).into()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                $register(registry, T::shape());
                Self::qualified_type_name()
            }

            fn parse(value: Option<async_graphql::Value>) -> async_graphql::InputValueResult<Self> {
                value.map(Self::new).ok_or_else(|| async_graphql::InputValueError::custom("it is missing"))
            }

            fn to_value(&self) -> async_graphql::Value {
                self.0.clone()
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }
    )+};
}
pub(super) use input;

input! {
    /// A filter as the client gave it.
    Filter: filter::type_name, filter::register;
    /// One thing to order by, as the client gave it.
    Order: order::type_name, order::register;
    /// One thing to group by, as the client gave it.
    GroupBy: group::by_name, group::register_by;
    /// A filter of groups, as the client gave it.
    Having: group::having_name, group::register_having;
    /// One thing to order groups by, as the client gave it.
    GroupOrder: group::order_name, group::register_order;
}

/// Makes an input object, unless it is there already: types refer to each other in circles.
pub(super) fn input_object(
    registry: &mut Registry,
    name: &str,
    description: &str,
    one_of: bool,
    fields: impl FnOnce(&mut Registry) -> Vec<MetaInputValue>,
) {
    if registry.types.contains_key(name) {
        return;
    }
    let object = |fields: Vec<MetaInputValue>| MetaType::InputObject {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        input_fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        oneof: one_of,
        directive_invocations: Vec::new(),
    };
    registry.types.insert(name.to_owned(), object(Vec::new()));
    let fields = fields(registry);
    registry.types.insert(name.to_owned(), object(fields));
}

/// A field of an input object.
pub(super) fn input_field(name: impl Into<String>, of: impl Into<String>, description: &str) -> MetaInputValue {
    let mut field = MetaInputValue::new(name, of);
    field.description = Some(description.trim().to_owned());
    field.deprecation = Deprecation::NoDeprecated;
    field
}

/// A plain word for what a value is, for errors.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Boolean(_) => "true or false",
        Value::Binary(_) => "bytes",
        Value::Enum(_) => "a name",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
    }
}
