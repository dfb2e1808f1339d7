//! Leads: whether, and where, a text tells what another begins with.

use super::places::Places;
use super::rolling::Rolling;
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

/// A text's pieces, each with its first place.
pub(super) struct Pieces {
    places: Places,
    characters: u32,
}

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        let mut pieces = Self { places: Places::for_at_most(text.chars().count()), characters: 0 };
        for piece in hashes(text) {
            pieces.places.note(piece, pieces.characters);
            pieces.characters += 1;
        }
        pieces
    }

    /// Looks for another text's lead.
    pub(super) fn find(&self, lead: &str) -> Found {
        let mut places = Vec::with_capacity(lead.len() / 3);
        let mut sought = 0;
        for piece in hashes(lead) {
            sought += 1;
            places.extend(self.places.get(piece));
        }
        if sought == 0 || self.characters == 0 {
            return Found { share: 1.0, at: 0.0 };
        }
        places.sort_unstable();
        let at = places.get(places.len() / 2).map_or(1.0, |place| *place as f32 / self.characters as f32);
        Found { share: places.len() as f32 / sought as f32, at }
    }
}

/// The hash of every piece of a text.
fn hashes(text: &str) -> impl Iterator<Item = u32> + '_ {
    let mut rolling = Rolling::<PIECE>::new();
    text.chars().filter_map(move |character| rolling.push(character)).map(top_half)
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
