//! The hub under test.
fn main() {}
