//! Saying how far long work has come: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line says how far the work has come.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// One piece of work of known length. Everything goes to standard error: standard output is for results.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    started: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins to show `what`, which takes `total` steps.
    pub fn start(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
            let bar = ProgressBar::new(total).with_message(what);
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        let now = Instant::now();
        let progress = Self { what, total, done: 0, started: now, last_line: now, bar };
        if progress.bar.is_none() {
            line(&format!("{what} …"));
        }
        progress
    }

    /// `steps` more are done.
    pub fn advance(&mut self, steps: u64) {
        self.done += steps;
        match &self.bar {
            Some(bar) => bar.inc(steps),
            None if self.last_line.elapsed() >= LINE_EVERY => {
                self.last_line = Instant::now();
                line(&format!("{}: {} of {}", self.what, self.done, self.total));
            }
            None => {}
        }
    }

    /// All is done.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        line(&format!("{}: done in {:.1} s", self.what, self.started.elapsed().as_secs_f64()));
    }
}

fn line(text: &str) {
    // A closed standard error is no reason to stop the work.
    let _ = writeln!(std::io::stderr(), "{text}");
}
