use super::*;

/// `count` fragments `F0`, `F1` and on, each of which spreads the next `times` times; the last selects a field.
fn chain(count: usize, times: usize) -> String {
    let fragment = |i| format!("fragment F{i} on T {{ {} }}\n", format!("...F{} ", i + 1).repeat(times));
    let chain: String = (0..count - 1).map(fragment).collect();
    format!("{chain}fragment F{} on T {{ a }}\n", count - 1)
}

/// `count` fragments, each of which spreads the next and the last the first.
fn ring(count: usize) -> String {
    (0..count).map(|i| format!("fragment F{i} on T {{ a ...F{} }}\n", (i + 1) % count)).collect()
}

#[test]
fn doubling_fragments_are_summed_and_not_expanded() {
    let spread = |count| format!("{{ ...F0 }} {}", chain(count, 2));
    let unused = |count| format!("{{ a }} {}", chain(count, 2));
    // One selection in the last fragment, and twice "a spread and the next fragment" in each other.
    let selections = (1..30).fold(1, |next, _| 2 + 2 * next);
    let limits = DocumentLimits::default();
    assert_eq!(parse(&spread(30), &limits).err(), Some(limit("selections", 2_000, selections + 1)));
    assert_eq!(parse(&unused(30), &limits).err(), Some(limit("selections", 2_000, selections)));
    assert_eq!(parse(&spread(200), &limits).err(), Some(limit("selections", 2_000, u64::MAX)));
    let roots = DocumentLimits { root_fields: 20, ..ROOMY };
    assert_eq!(parse(&spread(200), &roots).err(), Some(limit("rootFields", 20, u64::MAX)));
}

#[test]
fn chains_of_fragments_do_not_use_the_stack() {
    assert!(parse(&format!("{{ ...F0 }} {}", chain(40, 1)), &DocumentLimits::default()).is_ok());
    let parsed = on_a_small_stack(|| parse(&format!("{{ ...F0 }} {}", chain(2_000, 1)), &ROOMY).map(drop));
    assert_eq!(parsed, Ok(()));
    // As many as the default limits let in.
    let parsed =
        on_a_small_stack(|| parse(&format!("{{ ...F0 }} {}", chain(495, 1)), &DocumentLimits::default()).map(drop));
    assert_eq!(parsed, Ok(()));
}

#[test]
fn fragment_cycles_are_refused() {
    let named = |name: &str| Some(Refusal::FragmentCycle { name: name.to_owned() });
    for (text, name) in [
        (format!("{{ ...F0 }} {}", ring(1)), "F0"),
        (format!("{{ ...F3 }} {}", ring(7)), "F0"),
        (format!("{{ unused }} {}", ring(2)), "F0"),
        (
            "{ ...Before } fragment Before on T { ...Loop } fragment Loop on T { a { ...{ ...Loop } } }".to_owned(),
            "Loop",
        ),
    ] {
        assert_eq!(parse(&text, &DocumentLimits::default()).err(), named(name), "{text}");
    }
    let refusal = on_a_small_stack(|| parse(&format!("{{ ...F9 }} {}", ring(500)), &ROOMY).err());
    assert_eq!(refusal, named("F0"));
}

#[test]
fn undefined_fragments_are_left_to_validation() {
    assert!(parse("{ a { ...Nowhere } }", &DocumentLimits { selections: 2, ..ROOMY }).is_ok());
    assert_eq!(
        parse("{ a { ...Nowhere } }", &DocumentLimits { selections: 1, ..ROOMY }).err(),
        Some(limit("selections", 1, 2))
    );
}
