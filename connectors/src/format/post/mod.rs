//! One post, as the API of a CMS tells it. No standard names these documents, so their media type alone says what they
//! are; the hub gives it to what it fetches.
//!
//! What a live CMS does not show (any more) is withheld, not killed: an editor may show it again, and a kill is final.
//! Only what is deleted for good is canceled. A text that is not public is not read.

mod ghost;
mod wordpress;

use lianbo_schemas::ninjs::PubStatus;
use serde_json::Value;

use crate::format::{Body, FormatError, Piece};
use crate::http::is_web;

/// A post of WordPress's REST API.
pub const WORDPRESS: &str = "application/vnd.wordpress.post+json";
/// A post of Ghost's Admin API, or the event of a webhook with one in it.
pub const GHOST: &str = "application/vnd.ghost.post+json";

/// The `status` of a WordPress post that is no longer there. WordPress has no word for it; the hub writes it down.
pub const DELETED: &str = "deleted";

/// Whose post a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// WordPress.
    WordPress,
    /// Ghost.
    Ghost,
}

impl System {
    /// Which one a media type (without parameters) names.
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            WORDPRESS => Some(Self::WordPress),
            GHOST => Some(Self::Ghost),
            _ => None,
        }
    }

    /// The media type of its posts.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WordPress => WORDPRESS,
            Self::Ghost => GHOST,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::WordPress => "WordPress post",
            Self::Ghost => "Ghost post",
        }
    }
}

/// Reads a post. Errors: it is no JSON object, or nothing says which post it is.
pub(super) fn read(text: &str, system: System) -> Result<Piece, FormatError> {
    let malformed = |cause: String| FormatError::Malformed { format: system.name(), cause };
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| malformed(format!("it is no JSON: {error}")))?;
    let piece = match system {
        System::WordPress => wordpress::piece(&document),
        System::Ghost => ghost::piece(&document),
    };
    let piece = piece.map_err(|cause| malformed(cause.to_owned()))?;
    Ok(match piece.status {
        PubStatus::Usable => piece,
        PubStatus::Withheld | PubStatus::Canceled => Piece { body: Body::Empty, url: None, ..piece },
    })
}

/// A text, trimmed, unless it is empty.
fn text(document: &Value, pointer: &str) -> Option<String> {
    let found = document.pointer(pointer)?.as_str()?.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

fn list<'a>(document: &'a Value, pointer: &str) -> &'a [Value] {
    document.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A web address.
fn address(document: &Value, pointer: &str) -> Option<String> {
    text(document, pointer).filter(|url| is_web(url))
}

/// The article's text as readers see it.
fn html(document: &Value, pointer: &str) -> Body {
    text(document, pointer).map_or(Body::Empty, Body::Html)
}
