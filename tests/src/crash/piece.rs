//! What the oracle issues: every byte follows from seed, number and version.

use serde_json::{Value, json};

use crate::Alliance;
use crate::corpus::article;

/// Characters of an article.
const LENGTH: usize = 400;
/// From this number on pieces are as long as a book's chapter.
pub(super) const LONG: u64 = 1_000_000_000;
/// Characters of such a one.
const CHAPTER: usize = 30_000;

/// What an outlet says about one of its pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Said {
    /// This version is to be shown.
    Version(u32),
    /// It is withdrawn.
    Withdrawn,
}

/// One piece of the outlet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) seed: u64,
    pub(super) number: u64,
}

impl Piece {
    /// Its headline is the same in every version, and no other piece has it.
    pub(super) fn headline(self) -> String {
        format!("{}{}", self.text().0, self.number)
    }

    /// The paragraphs of a version.
    pub(super) fn paragraphs(self, version: u32) -> Vec<String> {
        let mut lines: Vec<String> = self.text().1.lines().map(str::to_owned).collect();
        lines.extend(self.correction(version));
        lines
    }

    /// The last paragraph of a version that is not the first.
    fn correction(self, version: u32) -> Option<String> {
        (version > 1).then(|| format!("更正：此为第{version}版，编号{}。", self.number))
    }

    fn text(self) -> (String, String) {
        let length = if self.number < LONG { LENGTH } else { CHAPTER };
        article(self.seed.wrapping_mul(1_000_003).wrapping_add(self.number), length)
    }

    /// The bytes an outlet posts.
    pub(super) fn submission(self, said: Said) -> Vec<u8> {
        let id = self.number.to_string();
        match said {
            Said::Version(version) => {
                let text = self.paragraphs(version).join("\n");
                let version = json!({"version": version.to_string()});
                Alliance::ninjs(&id, &self.headline(), &text, version)
            }
            Said::Withdrawn => json!({"uri": id, "version": "9", "pubStatus": "canceled"}).to_string().into_bytes(),
        }
    }

    /// The number in a headline of ours.
    pub(super) fn number_of(headline: &str) -> Option<u64> {
        let digits = headline.rfind(|character: char| !character.is_ascii_digit())?;
        let last = headline[digits..].chars().next().map_or(1, char::len_utf8);
        headline[digits + last..].parse().ok()
    }

    /// Which version a partner was sent, if it is one of this piece's to the letter.
    pub(super) fn version_in(self, data: &Value) -> Option<u32> {
        let html = data["html"].as_str()?;
        // Receivers ask this of every post: the text is made once, and not once for each version.
        let (words, text) = self.text();
        let first: String = text.lines().map(|line| format!("<p>{line}</p>")).collect();
        let rest = html.strip_prefix(&first)?;
        let is_it = |version: &u32| {
            let last = self.correction(*version).map(|line| format!("<p>{line}</p>"));
            rest == last.as_deref().unwrap_or_default()
        };
        (1..9).find(is_it).filter(|_| crate::headline(data) == format!("{words}{}", self.number))
    }
}
