//! Fold and dedup: which items are one text.
//!
//! # Layout
//! `prepare` makes a text comparable (`shingle` by `rolling` hashes, `fact` by `numeral`, `furniture`), `index` finds what
//! shares with it (`postings` in `slots`, `shared`),
//! `judge` decides: `look` compares with one candidate (`overlap`, `lead`, `headline`, `threshold`), `descent` chooses among
//! copies by what they pass on (`traces`), `reason` says why.
//! `state` keeps articles, `stage` runs it on the log (`restore` reads its memory back, `decided`: editors' decisions,
//! `report` tells how it is), `cluster` on a file.

pub mod cluster;
mod credit;
mod decided;
mod descent;
mod fact;
mod furniture;
mod headline;
mod index;
mod judge;
mod lead;
mod look;
mod numeral;
mod overlap;
mod places;
mod postings;
mod prepare;
mod reason;
mod report;
mod restore;
mod rolling;
mod settings;
mod shared;
mod shingle;
mod slots;
mod stage;
mod state;
mod threshold;
mod traces;

pub use index::Index;
pub use judge::{Candidate, Judgement, judge};
pub use report::{DedupStatus, Report, Restored};
pub use settings::Settings;
pub use stage::{DedupStage, Registry};
pub use state::{Bytes, Dedup, Outcome, Recalled, Restoring, Shelf, Stats, Window};
