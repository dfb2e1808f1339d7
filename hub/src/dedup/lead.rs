//! Leads: whether a text tells what another begins with.

use std::collections::HashSet;

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

/// Looks for another text's lead in a text.
pub(super) fn find(lead: &str, text: &str) -> Found {
    let pieces = pieces(lead);
    if pieces.is_empty() || text.is_empty() {
        return Found { share: 1.0, at: 0.0 };
    }
    let mut places: Vec<usize> = pieces.iter().filter_map(|piece| text.find(piece)).collect();
    places.sort_unstable();
    let at = places.get(places.len() / 2).map_or(1.0, |place| *place as f32 / text.len() as f32);
    Found { share: places.len() as f32 / pieces.len() as f32, at }
}

fn pieces(text: &str) -> HashSet<&str> {
    let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    edges.windows(PIECE + 1).map(|edge| &text[edge[0]..edge[PIECE]]).collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_lead_is_found_in_a_copy_and_not_in_a_look_alike() {
        let lead = "十四届全国人大三次会议将于3月5日上午9时在北京开幕国务院总理将作政府工作报告";
        let copy = find(lead, &format!("本报讯{lead}届时将进行现场直播"));
        assert!(copy.share > 0.99 && copy.at < 0.6);
        assert!(find(lead, "全国政协十四届三次会议将于3月4日下午3时在北京开幕届时将进行现场直播").share < 0.6);
    }
}
