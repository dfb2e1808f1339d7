//! Leads: whether, and where, a text tells what another begins with.

use super::places::Places;
use super::rolling;
use super::shingle::top_half;

/// Characters of a piece looked for. Four are two words: a typo spoils four pieces of a lead's hundred.
const PIECE: usize = 4;

/// Where a text tells what another begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// The share of the lead's pieces that stand in the text; 1 for a lead too short to ask.
    pub(super) share: f32,
    /// Where the middle one of them stands: 0 at the text's beginning, 1 at its end.
    pub(super) at: f32,
}

/// A text's pieces, in its order.
pub(super) struct Pieces(Vec<u32>);

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        // Three bytes a character, near enough for Chinese.
        let mut pieces = Vec::with_capacity(text.len() / 3);
        pieces.extend(hashes(text));
        Self(pieces)
    }

    /// Looks for another text's lead.
    pub(super) fn find(&self, lead: &str) -> Found {
        let sought: Vec<u32> = hashes(lead).collect();
        if sought.is_empty() || self.0.is_empty() {
            return Found { share: 1.0, at: 0.0 };
        }
        let first = self.first_places(&sought);
        let mut places: Vec<u32> = sought.iter().filter_map(|piece| first.get(*piece)).collect();
        places.sort_unstable();
        let at = places.get(places.len() / 2).map_or(1.0, |place| *place as f32 / self.0.len() as f32);
        Found { share: places.len() as f32 / sought.len() as f32, at }
    }

    /// Where each piece sought stands first. Most of a text's pieces are not sought: a bit for every 4,096th of all
    /// hashes tells so of nearly all of them.
    fn first_places(&self, sought: &[u32]) -> Places {
        let mut bits = [0u64; 64];
        let bit = |piece: u32| ((piece >> 26) as usize, piece >> 20 & 63);
        for piece in sought {
            let (word, shift) = bit(*piece);
            bits[word] |= 1 << shift;
        }
        let mut maybe = Vec::with_capacity(2 * sought.len());
        for (piece, place) in self.0.iter().zip(0..) {
            let (word, shift) = bit(*piece);
            if bits[word] >> shift & 1 == 1 {
                maybe.push((*piece, place));
            }
        }
        let mut first = Places::for_at_most(maybe.len());
        for (piece, place) in maybe {
            first.note(piece, place);
        }
        first
    }
}

/// The hash of every piece of a text.
fn hashes(text: &str) -> impl Iterator<Item = u32> + '_ {
    rolling::hashes::<PIECE>(text).map(|(_, hash)| top_half(hash))
}

#[cfg(test)]
mod tests {
    use super::Pieces;

    #[test]
    fn a_lead_is_found_in_a_copy_and_not_in_a_look_alike() {
        let lead = "十四届全国人大三次会议将于3月5日上午9时在北京开幕国务院总理将作政府工作报告";
        let copy = Pieces::of(&format!("本报讯{lead}届时将进行现场直播")).find(lead);
        assert!(copy.share > 0.99 && copy.at < 0.6);
        let look_alike = Pieces::of("全国政协十四届三次会议将于3月4日下午3时在北京开幕届时将进行现场直播");
        assert!(look_alike.find(lead).share < 0.6);
    }
}
