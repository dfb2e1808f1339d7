//! Normalise: submissions in, items out. Pure: no clock, no I/O.

pub mod fold;
