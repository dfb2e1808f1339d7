//! Captions that stand as paragraphs under their pictures: `▲会议现场`, `图为护林员`, `图片说明：…`. They become the
//! picture's caption, in a figure, as systems that know figures send them.

use super::blocks::{Block, escaped};

/// A longer paragraph goes on about the picture.
const LONGEST_CAPTION: usize = 60;
/// Signs that point at the picture above.
const SIGNS: [char; 4] = ['▲', '△', '↑', '⬆'];
/// Words that say what a picture shows; those before a colon are no part of the caption.
const LABELS: [&str; 4] = ["图片说明", "图说", "圖片說明", "圖說"];
const SHOWN: [&str; 2] = ["图为", "圖為"];

/// Joins each picture that stands alone with the caption below it.
pub(super) fn join(blocks: Vec<Block>) -> Vec<Block> {
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match (joined.last_mut(), caption(&block)) {
            (Some(figure), Some(caption)) if is_bare_picture(figure) => {
                let picture = figure.html.trim_start_matches("<p>").trim_end_matches("</p>");
                figure.html = format!("<figure>{picture}<figcaption>{}</figcaption></figure>", escaped(&caption));
                if let Some(picture) = figure.pictures.last_mut() {
                    picture.caption = Some(caption);
                }
                figure.lines = block.lines;
            }
            _ => joined.push(block),
        }
    }
    joined
}

/// A paragraph of one picture and nothing else.
fn is_bare_picture(block: &Block) -> bool {
    block.lines.is_empty() && block.pictures.len() == 1 && block.html.starts_with("<p><img ")
}

/// The caption a block is, without what only points at the picture.
fn caption(block: &Block) -> Option<String> {
    let [line] = block.lines.as_slice() else { return None };
    if line.length() > LONGEST_CAPTION || !block.pictures.is_empty() || !block.html.starts_with("<p>") {
        return None;
    }
    let words = line.text.trim_start_matches(SIGNS).trim();
    let labelled = LABELS.iter().find_map(|label| words.strip_prefix(label)?.strip_prefix(['：', ':']));
    let is_caption =
        words.len() < line.text.len() || labelled.is_some() || SHOWN.iter().any(|start| words.starts_with(start));
    let words = labelled.unwrap_or(words).trim();
    (is_caption && !words.is_empty()).then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::normalise::blocks::blocks;

    #[test]
    fn a_paragraph_that_points_at_a_picture_is_its_caption() {
        let picture = "<p><img src=\"https://a.example/a.jpg\"></p>";
        for (paragraph, caption) in [
            ("<p>▲会议现场</p>", Some("会议现场")),
            ("<p>图片说明：护林员在巡山</p>", Some("护林员在巡山")),
            ("<p>图为会议现场。周明 摄</p>", Some("图为会议现场。周明 摄")),
            ("<p>会议现场座无虚席。</p>", None),
        ] {
            let found = blocks(&format!("{picture}{paragraph}"), None);
            assert_eq!(found[0].pictures[0].caption.as_deref(), caption, "{paragraph}");
            assert_eq!(found[0].html.ends_with("</figcaption></figure>"), caption.is_some(), "{paragraph}");
        }
    }
}
