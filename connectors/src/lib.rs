//! The outside world: everything that speaks to another system, or reads another system's formats.
//!
//! # Layout
//! [`format`] turns bytes into [`format::Piece`]s (ninjs, feeds, pages, text). [`source`] fetches what outlets do not
//! push. [`partner`] puts articles into other systems and takes them down. All of them speak HTTP through [`http`].
//! [`media`] keeps pictures, [`words`] cuts text to a length.

pub mod format;
pub mod http;
pub mod media;
pub mod partner;
pub mod source;
pub mod words;
