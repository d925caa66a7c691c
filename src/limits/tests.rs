use super::*;

mod duplicates;
mod edges;
mod fragments;
mod introspection;
mod random;
mod syntax;
mod text;
mod typename;

/// Limits that no test document passes, but the parser's stack still bears.
const ROOMY: DocumentLimits = DocumentLimits {
    bytes: 10_000_000,
    tokens: 1_000_000,
    nesting: 64,
    depth: 1_000_000,
    introspection_depth: 1_000_000,
    introspection_lists: 1_000_000,
    introspection_selections: u64::MAX,
    selections: u64::MAX,
    aliases: 1_000_000,
    root_fields: 1_000_000,
    duplicates: u64::MAX,
    directives: 1_000_000,
    operations: 1_000_000,
};

fn limit(name: &'static str, limit: u64, actual: u64) -> Refusal {
    Refusal::Limit { name, limit, actual }
}

/// Runs `test` on a stack of 512 KiB, a quarter of what a worker of the server has.
fn on_a_small_stack<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test).expect("a thread");
    thread.join().expect("the test's thread ends well")
}
