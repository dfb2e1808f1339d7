//! What the view makes of records.

mod articles;
mod channels;
mod cursors;
mod others;
mod rebuild;
mod run;
