//! The formats that have a standard, read as it says: small documents of a county's newsroom, and, where they are at hand,
//! the official suites and examples.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

mod hostile;
mod newsml_g2;
mod ninjs;
mod nitf;
mod post;
mod samples;
mod shared;
mod wxr;
