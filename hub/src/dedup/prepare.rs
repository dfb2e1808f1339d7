//! A text made ready for judging: furniture out, shingles, facts and line hashes in.

use data_encoding::HEXLOWER;
use lianbo_schemas::{Fingerprint, Packed, Traces};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::places::Places;
use super::shingle::{self, Shingle, top_half};
use super::{fact, headline, traces};

/// Lines hashed of one text; a body has rarely 200.
const MOST_LINES: usize = 500;
/// Shingles kept of one text: about 50,000 characters. What is longer is compared by its beginning.
const MOST_SHINGLES: usize = 6_000;
/// Characters kept of a headline.
const LONGEST_TITLE: usize = 100;
/// Characters kept of how a text begins: at most so many, at least so many, and between them a third of the text, so that
/// what a short notice has in common with others of its kind stays out.
const LONGEST_LEAD: usize = 120;
const SHORTEST_LEAD: usize = 40;
/// Lines shorter than this are headings, bylines, furniture: no text begins with them.
const SHORTEST_LEAD_LINE: usize = 24;
/// A text must keep this share, and so many characters, when its furniture is taken out; otherwise nothing is taken
/// out: an outlet that shows one piece again and again has not turned it into furniture.
const LEAST_SHARE: f32 = 0.2;
const LEAST_CHARACTERS: usize = 40;
/// A text shorter than this is known by its headline too.
const SHORT: usize = 80;

/// A text ready for judging.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// What is remembered of it.
    pub(super) fingerprint: Fingerprint,
    /// SHA-256 of the normal form, in hexadecimal; empty without text.
    pub(super) exact: String,
    /// The folded text without furniture, for excerpts.
    pub(super) text: String,
    /// Where each shingle of the fingerprint stands in `text`.
    pub(super) places: Vec<u32>,
}

/// Prepares a folded title and text; `is_furniture` tells lines of page furniture by their hashes.
pub(super) fn prepare(title: &str, text: &str, is_furniture: impl Fn(u32) -> bool) -> Prepared {
    let lines: Vec<(&str, u32)> =
        text.lines().filter(|line| !line.is_empty()).take(MOST_LINES).map(|line| (line, line_hash(line))).collect();
    let kept = without_furniture(&lines, is_furniture);
    let mut body = kept.join("\n");
    let characters = body.chars().count() - kept.len().saturating_sub(1);
    let exact = digest(title, &kept, characters);
    if characters < SHORT && !title.is_empty() {
        body.insert(0, '\n');
        body.insert_str(0, title);
    }
    let (hashes, places) = distinct(&body);
    let fingerprint = Fingerprint {
        characters: u32::try_from(characters).unwrap_or(u32::MAX),
        title: headline::plain(title).chars().take(LONGEST_TITLE).collect(),
        lead: lead(title, &kept, characters),
        shingles: Packed(hashes),
        traces: Traces { pieces: traces::pieces(lines.iter().map(|(line, _)| *line)), ..Traces::default() },
        lines: Packed(lines.into_iter().map(|(_, hash)| hash).collect()),
        facts: fact::collect(body.lines()),
    };
    Prepared { fingerprint, exact, text: body, places }
}

fn without_furniture<'a>(lines: &[(&'a str, u32)], is_furniture: impl Fn(u32) -> bool) -> Vec<&'a str> {
    let kept: Vec<&str> = lines.iter().filter(|(_, hash)| !is_furniture(*hash)).map(|(line, _)| *line).collect();
    let (left, all): (usize, usize) =
        (kept.iter().map(|line| line.len()).sum(), lines.iter().map(|(line, _)| line.len()).sum());
    // Three bytes a character, near enough for Chinese.
    if left < LEAST_CHARACTERS * 3 || (left as f32) < all as f32 * LEAST_SHARE {
        return lines.iter().map(|(line, _)| *line).collect();
    }
    kept
}

/// How the text begins.
fn lead(title: &str, lines: &[&str], characters: usize) -> String {
    let proper = |line: &&&str| line.chars().nth(SHORTEST_LEAD_LINE - 1).is_some() && !title.contains(**line);
    let length = (characters / 3).clamp(SHORTEST_LEAD, LONGEST_LEAD);
    lines.iter().filter(proper).flat_map(|line| line.chars()).take(length).collect()
}

/// The line's hash with every run of digits as one, so that time stamps and counters do not hide furniture.
fn line_hash(line: &str) -> u32 {
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return top_half(xxh3_64(line.as_bytes()));
    }
    let mut masked = String::with_capacity(line.len());
    for character in line.chars() {
        match character.is_ascii_digit() {
            false => masked.push(character),
            true if !masked.ends_with('0') => masked.push('0'),
            true => {}
        }
    }
    top_half(xxh3_64(masked.as_bytes()))
}

fn digest(title: &str, lines: &[&str], characters: usize) -> String {
    if characters == 0 && title.is_empty() {
        return String::new();
    }
    let mut digest = Sha256::new();
    if characters < SHORT {
        digest.update(title.as_bytes());
        digest.update(b"\n");
    }
    lines.iter().for_each(|line| digest.update(line.as_bytes()));
    HEXLOWER.encode(&digest.finalize())
}

/// Every shingle once, in the order of the text, and where it stands.
fn distinct(text: &str) -> (Vec<u32>, Vec<u32>) {
    let mut shingles: Vec<Shingle> = Vec::with_capacity(text.len() / 20);
    let mut start = 0;
    for line in text.split('\n') {
        shingle::sample(line, start, &mut shingles);
        start += line.len() + 1;
    }
    let mut seen = Places::for_at_most(shingles.len());
    shingles.retain(|shingle| seen.note(shingle.hash, shingle.at));
    shingles.truncate(MOST_SHINGLES);
    shingles.into_iter().map(|shingle| (shingle.hash, shingle.at)).unzip()
}

#[cfg(test)]
mod tests {
    use super::{line_hash, prepare};

    #[test]
    fn furniture_is_taken_out_but_never_the_whole_text() {
        let furniture = line_hash("扫一扫分享到朋友圈");
        let body =
            "市政府今天召开新闻发布会介绍今年前三季度全市经济运行情况有关负责人回答了记者提问并表示下一步将继续努力";
        let with = prepare("题", &format!("扫一扫分享到朋友圈\n{body}"), |hash| hash == furniture);
        let without = prepare("题", body, |_| false);
        assert_eq!(with.exact, without.exact);
        assert_eq!(with.fingerprint.shingles, without.fingerprint.shingles);
        assert_eq!(with.fingerprint.lines.0.len(), 2);
        let all = prepare("题", body, |_| true);
        assert_eq!(all.exact, without.exact);
    }

    #[test]
    fn a_line_is_known_whatever_its_figures() {
        assert_eq!(line_hash("浏览量2326次"), line_hash("浏览量9次"));
        assert_ne!(line_hash("浏览量2326次"), line_hash("点击量2326次"));
    }

    #[test]
    fn no_text_has_no_digest() {
        assert_eq!(prepare("", "", |_| false).exact, "");
    }
}
