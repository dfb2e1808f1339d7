//! Match text: folded for comparison only, never shown.

use unicode_normalization::UnicodeNormalization;

/// Folds one paragraph or title for matching.
pub fn fold(text: &str) -> String {
    text.nfkc().filter(|character| !character.is_whitespace()).collect()
}
