//! The article in a page: its blocks, and the lines of the page around them, where title, source and time stand.

use std::borrow::Cow;

use dom_smoothie::{Config, Readability};
use lianbo_connectors::format::Body;
use lianbo_connectors::format::markup::{Token, Tokens, decode};
use url::Url;

use super::blocks::{self, Block};
use super::line::{Line, is_blank};
use super::sanitise;

/// A body found: its blocks, and all lines in order, those outside of it included. The lines have left their blocks.
#[derive(Debug, Default)]
pub(super) struct Article {
    pub(super) blocks: Vec<Block>,
    pub(super) lines: Vec<Line>,
}

/// How many lines before and after the article are looked at for what the page states.
const BEFORE: usize = 20;
const AFTER: usize = 30;
/// Below this many characters Readability looks again with looser rules; Chinese articles are short.
const SHORT_ARTICLE: usize = 100;
/// A page with more elements is no article.
const MOST_ELEMENTS: usize = 50_000;

/// Finds the article in a body.
pub(super) fn find(body: &Body, url: Option<&str>) -> Article {
    let base = url.and_then(|url| Url::parse(url).ok());
    match body {
        Body::Empty => Article::default(),
        Body::Text(text) => of_text(text),
        Body::Html(html) => inside(blocks::blocks(&sanitise::plain_tree(html), base.as_ref())),
        Body::Page(html) => in_page(html, url, base.as_ref()),
    }
}

/// Plain text: each line that is not blank is a paragraph.
fn of_text(text: &str) -> Article {
    let mut article = Article::default();
    for text in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = Line::new(text, 0, 0).of_block(article.blocks.len());
        article.blocks.push(Block::paragraph(text));
        article.lines.push(line);
    }
    article
}

/// All lines belong to the article.
fn inside(mut blocks: Vec<Block>) -> Article {
    let mut lines = Vec::with_capacity(blocks.len());
    move_lines(&mut lines, &mut blocks);
    Article { blocks, lines }
}

/// The blocks' lines become the article's, and know which block they are of.
fn move_lines(lines: &mut Vec<Line>, blocks: &mut [Block]) {
    for (number, block) in blocks.iter_mut().enumerate() {
        let moved = std::mem::take(&mut block.lines).into_iter();
        lines.extend(moved.map(|line| line.of_block(number)));
    }
}

fn in_page(html: &str, url: Option<&str>, base: Option<&Url>) -> Article {
    let page = lines(html);
    let prose: usize = page.iter().filter(|line| line.is_prose()).map(Line::length).sum();
    let read = readable(html, url).map(|content| blocks::blocks(&sanitise::plain_tree(&content), base));
    let length = |blocks: &[Block]| blocks.iter().flat_map(|block| &block.lines).map(Line::length).sum::<usize>();
    match read {
        // Readability found the text, or there was not much of it.
        Some(blocks) if length(&blocks) * 2 >= prose && !blocks.is_empty() => around(blocks, page),
        _ => densest(page),
    }
}

/// dom_smoothie's answer. It is never given an empty URL: it takes that for a broken one and refuses the page.
fn readable(html: &str, url: Option<&str>) -> Option<String> {
    let url = url.filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let config = Config {
        disable_json_ld: true,
        max_elements_to_parse: MOST_ELEMENTS,
        char_threshold: SHORT_ARTICLE,
        ..Config::default()
    };
    let mut readability = Readability::new(html, url, Some(config)).ok()?;
    readability.parse().ok().map(|article| article.content.to_string())
}

/// What a line starts with, white space aside.
fn start_of(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| !is_blank(*character)).take(24)
}

/// The article's lines, with those of the page before and after it.
fn around(mut blocks: Vec<Block>, page: Vec<Line>) -> Article {
    let mut all = blocks.iter().flat_map(|block| &block.lines);
    let first: Vec<char> = all.clone().next().map(|line| start_of(&line.text).collect()).unwrap_or_default();
    let last: Vec<char> = all.next_back().map(|line| start_of(&line.text).collect()).unwrap_or_default();
    let start = page.iter().position(|line| start_of(&line.text).eq(first.iter().copied()));
    let end = page.iter().rposition(|line| start_of(&line.text).eq(last.iter().copied()));
    let mut lines = Vec::new();
    if let Some(start) = start {
        lines.extend_from_slice(&page[start.saturating_sub(BEFORE)..start]);
    }
    move_lines(&mut lines, &mut blocks);
    if let Some(end) = end.filter(|end| start.is_none_or(|start| *end >= start)) {
        lines.extend(page.into_iter().skip(end + 1).take(AFTER));
    }
    Article { blocks, lines }
}

/// The run of lines with most prose, when Readability found none: gaps of a few short lines belong to it.
fn densest(page: Vec<Line>) -> Article {
    const GAP: usize = 4;
    let (mut best, mut best_score) = (0..0, 0);
    let (mut start, mut score, mut since) = (0, 0, 0);
    for (at, line) in page.iter().enumerate() {
        if line.is_prose() {
            if score == 0 || since > GAP {
                (start, score) = (at, 0);
            }
            score += line.length();
            since = 0;
            if score > best_score {
                (best, best_score) = (start..at + 1, score);
            }
        } else {
            since += 1;
        }
    }
    if best.is_empty() {
        best = 0..page.len();
    }
    let mut blocks = Vec::new();
    let from = best.start.saturating_sub(BEFORE);
    let to = (best.end + AFTER).min(page.len());
    let mut lines = Vec::new();
    for (at, mut line) in page.into_iter().enumerate().take(to).skip(from) {
        if best.contains(&at) {
            line.block = Some(blocks.len());
            blocks.push(Block::paragraph(&line.text));
        }
        lines.push(line);
    }
    Article { blocks, lines }
}

/// Elements that do not end a line.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s",
    "small", "span", "strong", "sub", "sup", "u",
];
/// Elements whose text nobody reads.
const UNREAD: [&str; 9] = ["script", "style", "noscript", "template", "select", "button", "textarea", "title", "head"];

/// The lines of a page as a reader sees them, top to bottom.
fn lines(html: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Open::default();
    let (mut in_link, mut heading) = (false, 0);
    let mut unread: Option<&str> = None;
    for token in Tokens::new(html) {
        match token {
            Token::Open(tag) => {
                let name = tag.name;
                if unread.is_none() && !tag.closed {
                    unread = UNREAD.into_iter().find(|known| tag.is(known));
                    // Browsers close a head that is left open as soon as the body begins.
                } else if tag.is("body") {
                    unread = None;
                }
                if tag.is("a") {
                    in_link = true;
                }
                if !is_inline(name) {
                    end_line(&mut lines, &mut line, heading);
                    heading = level(name).unwrap_or(heading);
                }
            }
            Token::Close(name) => {
                if unread.is_some_and(|open| open.eq_ignore_ascii_case(name)) {
                    unread = None;
                }
                if name.eq_ignore_ascii_case("a") {
                    in_link = false;
                }
                if !is_inline(name) {
                    end_line(&mut lines, &mut line, heading);
                    if level(name).is_some() {
                        heading = 0;
                    }
                }
            }
            Token::Text(text) if unread.is_none() => {
                let text = decode(text);
                if in_link {
                    line.linked += text.trim().chars().count();
                }
                line.text.push_str(&text);
            }
            Token::Text(_) => {}
        }
    }
    end_line(&mut lines, &mut line, heading);
    lines
}

fn is_inline(name: &str) -> bool {
    INLINE.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h' | b'H', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// A line that is not ended yet.
#[derive(Default)]
struct Open {
    text: String,
    linked: usize,
}

fn end_line(lines: &mut Vec<Line>, line: &mut Open, heading: u8) {
    let done = std::mem::take(line);
    let text = done.text.trim();
    if text.is_empty() {
        return;
    }
    let text = if text.contains(['\n', '\r', '\t']) {
        text.split(['\n', '\r', '\t']).map(str::trim).collect::<Vec<_>>().join(" ").into()
    } else {
        Cow::Borrowed(text)
    };
    lines.push(Line::new(&text, done.linked, heading));
}
