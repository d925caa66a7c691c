//! ANTQ.
fn main() {}
