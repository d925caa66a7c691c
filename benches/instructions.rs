//! The parts by instructions, against those that were recorded: `make bench-check`.
//!
//! A clock on a shared machine is off by more than what is looked for here; the number of instructions is the same to a
//! few in a thousand. This program starts itself once more under Valgrind's callgrind, which counts for each part what
//! every thread does, SQLite's included, and writes it to a file.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the numbers are what this program is for")]

#[path = "parts/work.rs"]
mod work;

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

/// Where the numbers are recorded.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
/// How far a count may be from the recorded one, in percent.
const TOLERANCE: f64 = 10.0;
/// The same where another compiler made the program: it inlines and arranges differently.
const TOLERANCE_OTHER_COMPILER: f64 = 25.0;
/// Runs of a part before it is counted: they open connections, prepare statements and fill caches.
const WARM: usize = 5;
/// Runs that are counted, of which one is the mean: the keys of hash tables are others each time.
const COUNTED: usize = 40;

/// What callgrind counts in, by the name that it knows it by: no pattern, for two options with one pattern are one to it.
const FUNCTION: &str = "instructions::counted_by_callgrind";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, word, url] if word == "--under-callgrind" => {
            be_counted(url);
            ExitCode::SUCCESS
        }
        _ => check(),
    }
}

/// What callgrind runs.
fn be_counted(url: &str) {
    let runtime = work::runtime();
    let _within = runtime.enter();
    for mut part in work::parts(&runtime, url) {
        (0..WARM).for_each(|_| (part.work)());
        counted_by_callgrind(&mut part.work);
        println!("{}", part.name);
    }
}

/// Callgrind forgets what it counted where this begins, and writes down what it counted where this ends.
#[inline(never)]
fn counted_by_callgrind(work: &mut dyn FnMut()) {
    for _ in 0..COUNTED {
        work();
    }
}

/// Counts, and compares with what is recorded.
fn check() -> ExitCode {
    let found = Record { compiler: compiler(), counts: count() };
    let recorded = Record::read();
    if std::env::var_os("UPDATE_RECORDED").is_some_and(|value| !value.is_empty() && value != "0") {
        found.write();
        println!("Recorded in benches/instructions.txt.");
        return ExitCode::SUCCESS;
    }
    if found.machine() != recorded.machine() {
        println!("Not compared: recorded with {}, this is {}.", recorded.compiler, found.compiler);
        return ExitCode::SUCCESS;
    }
    let same_compiler = found.compiler == recorded.compiler;
    let tolerance = if same_compiler { TOLERANCE } else { TOLERANCE_OTHER_COMPILER };
    if !same_compiler {
        println!("Recorded with {}, this is {}: {tolerance} % are allowed.", recorded.compiler, found.compiler);
    }
    let mut wrong = found.counts.len() != recorded.counts.len();
    println!("{:<40} {:>12} {:>12}", "instructions", "recorded", "now");
    for (name, now) in &found.counts {
        let Some(before) = recorded.counts.get(name) else {
            println!("{name:<40} {:>12} {now:>12}", "none");
            wrong = true;
            continue;
        };
        let change = (*now as f64 / *before as f64 - 1.0) * 100.0;
        let verdict = match change {
            more if more > tolerance => "MORE THAN ALLOWED",
            less if less < -tolerance => "a gain: record it, so that it is kept",
            _ => "",
        };
        wrong |= !verdict.is_empty();
        println!("{name:<40} {before:>12} {now:>12} {change:>+6.1} % {verdict}");
    }
    if wrong {
        println!("Where this is meant: UPDATE_RECORDED=1 make bench-check, and commit benches/instructions.txt.");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs every part under callgrind.
fn count() -> BTreeMap<String, u64> {
    let database = work::Database::make();
    let out = database.beside("callgrind");
    let counted = Command::new("valgrind")
        // It counts calls into libraries wrongly where it skips the tables that lead there: a proof, which takes 5,037
        // instructions, was counted as 12,747.
        .args(["--tool=callgrind", "--quiet", "--skip-plt=no"])
        .args([format!("--zero-before={FUNCTION}"), format!("--dump-after={FUNCTION}")])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .args([std::env::current_exe().unwrap().to_str().unwrap(), "--under-callgrind", &database.url()])
        .stderr(Stdio::inherit())
        .output()
        .expect("Valgrind is missing: sudo apt-get install valgrind");
    assert!(counted.status.success(), "valgrind: {}", counted.status);
    // It says which parts it runs; callgrind numbers its files in that order.
    let names = String::from_utf8(counted.stdout).unwrap();
    let numbered = names.lines().zip(1..);
    numbered.map(|(name, number)| (name.to_owned(), total(&out.with_extension(number.to_string())))).collect()
}

/// The instructions of one run, from a file of callgrind's.
fn total(file: &Path) -> u64 {
    let text = std::fs::read_to_string(file).expect("callgrind did not find the function");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("callgrind gave no total");
    total.trim().parse::<u64>().unwrap() / COUNTED as u64
}

/// The compiler and the machine it compiles for.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().unwrap().stdout;
    let text = String::from_utf8(output).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    format!("{}, {host}", text.lines().next().unwrap())
}

/// What was counted, and with which compiler.
struct Record {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Record {
    fn read() -> Self {
        let text = std::fs::read_to_string(RECORDED).unwrap_or_default();
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let compiler = lines.next().unwrap_or_default().to_owned();
        let count = |line: &str| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.trim().to_owned(), count.parse().ok()?))
        };
        Self { compiler, counts: lines.filter_map(count).collect() }
    }

    fn write(&self) {
        let mut text = "# Instructions of each part. Written by UPDATE_RECORDED=1 make bench-check\n".to_owned();
        text += &format!("{}\n", self.compiler);
        for (name, count) in &self.counts {
            text += &format!("{name:<40} {count:>12}\n");
        }
        std::fs::write(RECORDED, text).unwrap();
    }

    /// The machine that the compiler compiles for.
    fn machine(&self) -> &str {
        self.compiler.rsplit(", ").next().unwrap_or_default()
    }
}
