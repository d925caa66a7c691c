use super::*;

/// The query that `getIntrospectionQuery` of graphql-js gives, with every option on.
const INTROSPECTION: &str = "
query IntrospectionQuery {
  __schema {
    description
    queryType { name kind }
    mutationType { name kind }
    subscriptionType { name kind }
    types { ...FullType }
    directives(includeDeprecated: true) {
      name
      description
      isRepeatable
      isDeprecated
      deprecationReason
      locations
      args(includeDeprecated: true) { ...InputValue }
    }
  }
}
fragment FullType on __Type {
  kind
  name
  description
  specifiedByURL
  isOneOf
  fields(includeDeprecated: true) {
    name
    description
    args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef }
    isDeprecated
    deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name
  description
  type { ...TypeRef }
  defaultValue
  isDeprecated
  deprecationReason
}
fragment TypeRef on __Type {
  kind
  name
  ofType { kind name
    ofType { kind name
      ofType { kind name
        ofType { kind name
          ofType { kind name
            ofType { kind name
              ofType { kind name
                ofType { kind name
                  ofType { kind name }
                }
              }
            }
          }
        }
      }
    }
  }
}";

#[test]
fn the_standard_introspection_query_passes() {
    let document = parse(INTROSPECTION, &DocumentLimits::default());
    assert_eq!(document.map(|document| document.fragments.len()), Ok(3));
    let anonymous =
        DocumentLimits { tokens: 1_000, depth: 10, selections: 300, aliases: 15, ..DocumentLimits::default() };
    assert!(parse(INTROSPECTION, &anonymous).is_ok(), "with the smallest limits that are published");
    let exact = DocumentLimits { introspection_lists: 1, introspection_selections: 242, ..ROOMY };
    assert!(parse(INTROSPECTION, &exact).is_ok(), "with exactly what it needs");
    let shallow = DocumentLimits { introspection_depth: 14, ..ROOMY };
    assert_eq!(parse(INTROSPECTION, &shallow).err(), Some(limit("introspectionDepth", 14, 15)));
}

#[test]
fn schema_below_the_root_is_data() {
    let limits = DocumentLimits { depth: 2, ..ROOMY };
    for query in ["{a{__schema{b}}}", "{a{...F}} fragment F on T{__schema{b}}"] {
        assert_eq!(parse(query, &limits).err(), Some(limit("depth", 2, 3)), "{query}");
    }
}

#[test]
fn older_introspection_queries_pass() {
    // What graphql-js, and GraphiQL with it, leaves out unless its options say otherwise.
    let options = ["isOneOf", "isRepeatable", "specifiedByURL", "(includeDeprecated: true)", "\n    description\n"];
    for option in options {
        let without = INTROSPECTION.replace(option, " ");
        assert!(without.len() < INTROSPECTION.len(), "the query has {option}");
        assert!(parse(&without, &DocumentLimits::default()).is_ok(), "without {option}");
    }
}

/// `steps` from types to the interfaces that they have, and back to the types that have these: each is two lists, and
/// multiplies the answer.
fn ladder(steps: usize) -> String {
    let (open, close) = ("{possibleTypes{interfaces".repeat(steps), "}}".repeat(steps));
    format!("{{__type(name:\"Node\"){open}{{kind}}{close}}}")
}

/// The same, with a fragment for each step.
fn ladder_of_fragments(steps: usize) -> String {
    let step = |i| format!("fragment F{i} on __Type{{possibleTypes{{interfaces{{...F{}}}}}}}\n", i + 1);
    let fragments: String = (0..steps).map(step).collect();
    format!("{{__type(name:\"Node\"){{...F0}}}} {fragments} fragment F{steps} on __Type{{kind}}")
}

#[test]
fn ladders_of_introspection_are_refused() {
    let limits = DocumentLimits::default();
    for ladder in [ladder, ladder_of_fragments] {
        assert!(parse(&ladder(1), &limits).is_ok(), "{}", ladder(1));
        for steps in [2, 3, 7] {
            let refusal = Some(limit("introspectionLists", 2, 2 * steps as u64));
            assert_eq!(parse(&ladder(steps), &limits).err(), refusal, "{}", ladder(steps));
        }
    }
    let high = DocumentLimits { introspection_lists: 999, ..ROOMY };
    let refused = on_a_small_stack(move || parse(&ladder_of_fragments(500), &high).err());
    assert_eq!(refused, Some(limit("introspectionLists", 999, 1_000)));
}

#[test]
fn introspection_is_not_wide_either() {
    let leaves =
        |count| format!("{{__schema{{types{{fields{{type{{ofType{{fields{{{}}}}}}}}}}}}}}}", "name ".repeat(count));
    let limits = DocumentLimits { duplicates: u64::MAX, ..DocumentLimits::default() };
    assert!(parse(&leaves(494), &limits).is_ok());
    assert_eq!(parse(&leaves(1_900), &limits).err(), Some(limit("introspectionSelections", 500, 1_906)));
    assert_eq!(parse(&leaves(400), &DocumentLimits::default()).err(), Some(limit("duplicates", 20, 400)));
}

#[test]
fn data_may_have_the_names_of_introspection() {
    let limits = DocumentLimits { introspection_lists: 0, introspection_selections: 0, ..ROOMY };
    for query in ["{fields{interfaces{...F}}} fragment F on T{inputFields __schema{fields}}", "{a:fields ...{fields}}"]
    {
        assert!(parse(query, &limits).is_ok(), "{query}");
    }
}
