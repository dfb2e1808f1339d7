//! Fold and dedup: which items are one text.
//!
//! # Layout
//! `prepare` makes a text comparable (`shingle`, `fact`, `furniture`), `index` finds what shares with it (`postings`),
//! `judge` decides: `look` compares with one candidate (`overlap`, `lead`, `headline`, `threshold`), `reason` says why.
//! `state` keeps articles, `stage` runs it on the log (`decided`: editors' decisions), `cluster` on a file.

pub mod cluster;
mod credit;
mod decided;
mod fact;
mod furniture;
mod headline;
mod index;
mod judge;
mod lead;
mod look;
mod overlap;
mod postings;
mod prepare;
mod reason;
mod settings;
mod shingle;
mod stage;
mod state;
mod threshold;

pub use index::Index;
pub use judge::{Candidate, Judgement, judge};
pub use settings::Settings;
pub use stage::{DedupStage, Registry};
pub use state::{Dedup, Outcome};
