//! The `lianbo` binary.
fn main() {}
