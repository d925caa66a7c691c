use super::*;

#[test]
fn one_field_is_not_resolved_a_thousand_times() {
    let limits = DocumentLimits::default();
    for field in ["code", "__typename", "x: code"] {
        let query = |times| format!("{{cities{{nodes{{wards{{nodes{{{}}}}}}}}}}}", format!("{field} ").repeat(times));
        let refusals = [20, 21].map(|times| parse(&query(times), &DocumentLimits { aliases: 50, ..limits }).err());
        assert_eq!(refusals, [None, Some(limit("duplicates", 20, 21))], "{field}");
    }
}

#[test]
fn duplicates_do_not_hide() {
    let limits = DocumentLimits::default();
    let spreads: String = (0..30).map(|i| format!("...F{i} ")).collect();
    let fragments: String = (0..30).map(|i| format!("fragment F{i} on T{{{}}}\n", "code ".repeat(20))).collect();
    for (query, times) in [
        (format!("{{a{{{}}}}}", "...{code code}".repeat(50)), 100),
        (format!("{{a{{{}}}}}", "... on T@skip(if:true){code}".repeat(50)), 50),
        (format!("{{a{{{spreads}}}}} {fragments}"), 600),
        (format!("{{a{{{}}}}} fragment F on T{{code}}", "...F ".repeat(50)), 50),
        (format!("{{a{{{}}}}}", format!("b{{{}}} ", "code ".repeat(20)).repeat(20)), 400),
        (format!("{{a}} query B{{a{{{}}}}}", "code ".repeat(50)).replacen('{', "query A{", 1), 50),
    ] {
        assert_eq!(parse(&query, &limits).err(), Some(limit("duplicates", 20, times)), "{query}");
    }
}

#[test]
fn the_same_field_in_other_places_is_no_duplicate() {
    let limits = DocumentLimits { duplicates: 1, ..ROOMY };
    for query in [
        "{a{id} b{id} c{a{id}} d:a{id} ...{e:id} ...F f{...F g{...F}}} fragment F on T{h{id a{id}}}",
        "query A{a ...F} query B{a ...F} fragment F on T{b}",
        "{a ...Nowhere ...Nowhere} fragment Unused on T{a a a}",
    ] {
        assert_eq!(parse(query, &limits).err(), None, "{query}");
    }
}
