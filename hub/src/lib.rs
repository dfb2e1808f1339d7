//! Lianbo, the hub: stages that meet only in topics of one log.
//!
//! # Layout
//! `ingest` → outlet.<id> → `normalise` → normalised → `dedup` → articles → `route` → deliveries.<partner> →
//! `deliver` → receipts; `feed` serves what `view` folds. `log` is the log, `registry` who may do what, `sources` where outlets' pieces are fetched, `settings` what
//! is in force, `sqlite` what our files share, `stage` how a stage runs, `compare` two texts side by side, `cli` what an operator types, `console` what one sees.

pub mod admin;
pub mod cli;
pub mod compare;
pub mod console;
pub mod dedup;
pub mod deliver;
pub mod demo;
pub mod feed;
pub mod ingest;
mod letter;
pub mod log;
pub mod normalise;
pub mod operate;
pub mod page;
pub mod problem;
pub mod pull;
pub mod received;
pub mod registry;
pub mod rendition;
pub mod route;
pub mod secrets;
pub mod serve;
pub mod settings;
pub mod sources;
mod sqlite;
pub mod stage;
pub mod trace;
pub mod view;
