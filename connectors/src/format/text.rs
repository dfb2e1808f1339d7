//! Plain text: one paragraph a line. What its first lines are is decided in `hub/normalise`.

use crate::format::{Body, FormatError, Piece};

/// Reads a plain text.
pub(super) fn read(text: String) -> Result<Piece, FormatError> {
    if text.trim().is_empty() {
        return Err(FormatError::Empty { format: "plain text", cause: "it is blank".to_owned() });
    }
    Ok(Piece { body: Body::Text(text), entry: 1, ..Piece::default() })
}
