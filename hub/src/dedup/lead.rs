//! Leads: whether, and where, a text tells what another begins with.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::shingle::{ReadyHash, top_half};

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

/// A text's pieces, each with its first place.
pub(super) struct Pieces {
    places: HashMap<u32, usize, ReadyHash>,
    length: usize,
}

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        let mut places: HashMap<u32, usize, ReadyHash> = HashMap::default();
        for (at, piece) in pieces(text) {
            places.entry(piece).or_insert(at);
        }
        Self { places, length: text.len() }
    }

    /// Looks for another text's lead.
    pub(super) fn find(&self, lead: &str) -> Found {
        let sought = pieces(lead).count();
        if sought == 0 || self.length == 0 {
            return Found { share: 1.0, at: 0.0 };
        }
        let mut places: Vec<usize> = pieces(lead).filter_map(|(_, piece)| self.places.get(&piece).copied()).collect();
        places.sort_unstable();
        let at = places.get(places.len() / 2).map_or(1.0, |place| *place as f32 / self.length as f32);
        Found { share: places.len() as f32 / sought as f32, at }
    }
}

/// Every piece of a text, by its first byte and hash.
fn pieces(text: &str) -> impl Iterator<Item = (usize, u32)> + '_ {
    let starts = text.char_indices().map(|(at, _)| at);
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(PIECE);
    starts.zip(ends).map(|(from, to)| (from, top_half(xxh3_64(&text.as_bytes()[from..to]))))
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
