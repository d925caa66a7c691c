//! The parts by the clock: `make bench-parts`.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

#[path = "parts/work.rs"]
mod work;

use criterion::Criterion;

fn main() {
    let database = work::Database::make();
    let runtime = work::runtime();
    let _within = runtime.enter();
    let mut criterion = Criterion::default().configure_from_args();
    for mut part in work::parts(&runtime, &database.url()) {
        criterion.bench_function(part.name, |bencher| bencher.iter(&mut part.work));
    }
    criterion.final_summary();
}
