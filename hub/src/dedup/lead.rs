//! Leads: whether a text tells what another begins with.

use std::collections::HashSet;

/// Characters of a piece looked for. Four are two words: a typo spoils four pieces of a lead's hundred.
const PIECE: usize = 4;

/// The share of a lead's pieces that stand in a text; 1 for a lead too short to ask.
pub(super) fn share(lead: &str, text: &str) -> f32 {
    let pieces = pieces(lead);
    if pieces.is_empty() {
        return 1.0;
    }
    let found = pieces.iter().filter(|piece| text.contains(**piece)).count();
    found as f32 / pieces.len() as f32
}

fn pieces(text: &str) -> HashSet<&str> {
    let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    edges.windows(PIECE + 1).map(|edge| &text[edge[0]..edge[PIECE]]).collect()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_lead_is_found_in_a_copy_and_not_in_a_look_alike() {
        let lead = "十四届全国人大三次会议将于3月5日上午9时在北京开幕国务院总理将作政府工作报告";
        assert!(share(lead, &format!("本报讯{lead}届时将进行现场直播")) > 0.99);
        assert!(share(lead, "全国政协十四届三次会议将于3月4日下午3时在北京开幕届时将进行现场直播") < 0.6);
    }
}
