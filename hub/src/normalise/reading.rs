//! Reads the lines of an article as an editor would: which one is the headline, which state source, author and time,
//! which are page furniture, and what is left is the text.

use super::byline;
use super::furniture::{self, Furniture};
use super::line::{Line, Plain, is_letter, plain};
use super::statements::{self, Statements};

/// What is known before the lines are read.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    /// The headline the document states apart from its lines.
    pub(super) title: Option<&'a str>,
    /// The page's `title` element.
    pub(super) window_title: Option<&'a str>,
    /// The byline the document states apart from its lines.
    pub(super) byline: Option<&'a str>,
    /// The summary it states apart from its lines.
    pub(super) summary: Option<&'a str>,
    /// Names of the site and its outlet: a line that is one of them is no headline.
    pub(super) sites: Vec<&'a str>,
}

/// What the lines say.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) title: Option<String>,
    pub(super) statements: Statements,
    /// For each line: whether it belongs to the text.
    pub(super) keep: Vec<bool>,
}

/// How many lines at the start and the end may be statements or furniture; the middle is the article's own.
const HEAD: usize = 28;
const TAIL: usize = 40;
/// How many paragraphs at either end may name their reporters in brackets.
const BYLINE_REACH: usize = 3;
/// A heading such as 相关资讯 in mid-page ends the article only when at most this part of it, in percent, follows.
const LARGEST_END_MATTER: usize = 30;

/// At least this part of an article, in percent, is text; the shortest real one with all its furniture has 30.
const LEAST_TEXT: usize = 20;

/// What a line at either end is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Role {
    Text,
    Prose,
    Statement(Box<Statements>),
    Furniture(Furniture),
}

/// Reads the lines.
pub(super) fn read(lines: &[Line], known: &Known<'_>) -> Reading {
    let roles = roles(lines);
    let head_end = roles.iter().position(|role| *role == Role::Prose).unwrap_or(lines.len());
    let tail_start = roles.iter().rposition(|role| *role == Role::Prose).map_or(0, |last| last + 1);
    let title = Title::find(lines, &roles, head_end, known);
    let mut reading = Reading { keep: vec![true; lines.len()], ..Reading::default() };
    for (at, role) in roles.iter().enumerate() {
        match role {
            Role::Text | Role::Prose => {}
            Role::Statement(found) => {
                reading.keep[at] = false;
                // Below the text a date is a comment's, unless nothing was said above it.
                let of_comment = at > head_end && found.is_dateline() && reading.statements.time.is_some();
                if !of_comment {
                    reading.statements.fill(Statements::clone(found));
                }
            }
            Role::Furniture(_) => reading.keep[at] = false,
        }
    }
    if let Some(at) = title.line {
        reading.keep[..=at].fill(false);
    }
    let repeats = lines.iter().zip(&mut reading.keep).take(head_end.saturating_add(2));
    drop_repeats(repeats, &title);
    drop_stated(&mut reading.keep, lines, &roles, head_end, known);
    if let Some(end) = end_matter(lines, &roles, head_end, tail_start) {
        reading.keep[end..].fill(false);
    }
    keep_the_text(&mut reading.keep, lines, &roles, title.line);
    bylines(&mut reading, lines);
    reading.title = title.words;
    reading
}

fn roles(lines: &[Line]) -> Vec<Role> {
    let tail = lines.len().saturating_sub(TAIL);
    let mut roles: Vec<Role> =
        lines.iter().map(|line| if line.is_prose() { Role::Prose } else { Role::Text }).collect();
    let ends = lines.iter().enumerate().filter(|(at, _)| *at < HEAD || *at >= tail);
    for (at, line) in ends.filter(|(_, line)| !furniture::is_paragraph(line)) {
        let plain = Plain::of(&line.text);
        if let Some(found) = statements::read(line, &plain) {
            roles[at] = Role::Statement(Box::new(found));
        } else if let Some(found) = furniture::judge(line, &plain) {
            roles[at] = Role::Furniture(found);
        }
    }
    roles
}

/// Where the end matter begins.
fn end_matter(lines: &[Line], roles: &[Role], head_end: usize, tail_start: usize) -> Option<usize> {
    let is_end = |at: &usize| roles[*at] == Role::Furniture(Furniture::EndMatter);
    // After the last prose the first sign is enough.
    let after_prose = (tail_start.max(1)..lines.len()).find(is_end);
    let total: usize = lines.iter().map(Line::length).sum();
    let mut rest = total;
    for (at, line) in lines.iter().enumerate() {
        // Before it, a heading must be near the end, and stand alone.
        if at > head_end
            && at < tail_start
            && is_end(&at)
            && !line.is_prose()
            && rest * 100 <= total * LARGEST_END_MATTER
        {
            return Some(at);
        }
        rest -= line.length();
    }
    after_prose
}

/// Better some furniture than no text: when hardly anything of the article would be left, only what is certain goes.
fn keep_the_text(keep: &mut [bool], lines: &[Line], roles: &[Role], title: Option<usize>) {
    let inside = || lines.iter().enumerate().filter(|(_, line)| line.block.is_some());
    let total: usize = inside().map(|(_, line)| line.length()).sum();
    let left: usize = inside().filter(|(at, _)| keep[*at]).map(|(_, line)| line.length()).sum();
    if left * 100 >= total * LEAST_TEXT {
        return;
    }
    for (at, line) in lines.iter().enumerate() {
        keep[at] = Some(at) != title && !matches!(roles[at], Role::Statement(_)) && !line.text.is_empty();
    }
}

/// The headline once more, the site's name, a wiki's tabs.
fn drop_repeats<'a>(lines: impl Iterator<Item = (&'a Line, &'a mut bool)>, title: &Title) {
    if title.words.is_none() {
        return;
    }
    for (_, keep) in lines.filter(|(line, _)| is_squeezed(&line.text, &title.squeezed)) {
        *keep = false;
    }
}

/// What the head of a page shows once more between headline and text: the author by name, and above the date the summary.
fn drop_stated(keep: &mut [bool], lines: &[Line], roles: &[Role], head_end: usize, known: &Known<'_>) {
    let [byline, summary] = [known.byline, known.summary].map(|stated| stated.map(squeezed).unwrap_or_default());
    let is = |line: &Line, words: &str| !words.is_empty() && is_squeezed(&line.text, words);
    let date = |role: &Role| matches!(role, Role::Statement(found) if found.time.is_some());
    // No date below the first paragraph of the text is the head's.
    let ends = |(line, role): &(&Line, &Role)| date(role) || (**role == Role::Prose && !is(line, &summary));
    let head = lines.iter().zip(roles).take(HEAD).position(|line| ends(&line));
    let above_date = head.filter(|at| date(&roles[*at])).unwrap_or(0);
    for (at, line) in lines.iter().enumerate().take(head_end.max(above_date)) {
        if is(line, &byline) || (at < above_date && is(line, &summary)) {
            keep[at] = false;
        }
    }
}

fn bylines(reading: &mut Reading, lines: &[Line]) {
    if reading.statements.byline.is_some() {
        return;
    }
    let kept: Vec<usize> = (0..lines.len()).filter(|at| reading.keep[*at]).collect();
    let prose: Vec<usize> = kept.iter().copied().filter(|at| lines[*at].is_prose()).collect();
    let first = prose.iter().take(BYLINE_REACH);
    let last = prose.iter().rev().take(BYLINE_REACH);
    let mut bracketed = first.chain(last).chain(kept.last()).filter(|at| lines[**at].has_brackets());
    if let Some(found) = bracketed.find_map(|at| byline::read(&lines[*at].text)) {
        reading.statements.fill(found);
    }
}

/// Without white space and quotation marks, for comparison.
pub(super) fn squeezed(text: &str) -> String {
    words_of(text).collect()
}

/// Whether a text is `words` when it is squeezed; most are not from the first character on.
fn is_squeezed(text: &str, words: &str) -> bool {
    words_of(text).eq(words.chars())
}

fn words_of(text: &str) -> impl Iterator<Item = char> {
    plain(text).map(|(_, character)| character).filter(|character| is_letter(*character) || character.is_numeric())
}

/// The headline and the line it stands in.
#[derive(Debug, Default)]
struct Title {
    words: Option<String>,
    /// The words for comparison.
    squeezed: String,
    line: Option<usize>,
}

impl Title {
    fn find(lines: &[Line], roles: &[Role], head_end: usize, known: &Known<'_>) -> Self {
        if let Some(title) = known.title {
            let squeezed = squeezed(title);
            let line = lines.iter().take(head_end.min(HEAD)).position(|line| is_squeezed(&line.text, &squeezed));
            return Self { words: Some(title.trim().to_owned()), squeezed, line };
        }
        let candidates: Vec<usize> =
            (0..head_end.min(HEAD)).filter(|at| Self::may_be(&lines[*at], &roles[*at])).collect();
        let line = Self::of_window(lines, &candidates, known)
            .or_else(|| {
                candidates.iter().copied().find(|at| lines[*at].heading == 1 && !is_site(&lines[*at].text, known))
            })
            .or_else(|| Self::before_dateline(lines, roles, &candidates, head_end, known))
            .or_else(|| candidates.iter().copied().find(|at| !is_site(&lines[*at].text, known)))
            .or_else(|| candidates.first().copied());
        let words = match line {
            Some(at) => {
                let text = &lines[at].text;
                Some(furniture::without_tabs(text, &Plain::of(text)).unwrap_or(text).to_owned())
            }
            None => known.window_title.and_then(|title| without_site(title, known)),
        };
        Self { squeezed: words.as_deref().map(squeezed).unwrap_or_default(), words, line }
    }

    fn may_be(line: &Line, role: &Role) -> bool {
        *role == Role::Text && line.length() >= 2 && !line.text.ends_with(['。', '；', '：', ':'])
    }

    /// The line that also stands in the page's `title`; the longest one.
    fn of_window(lines: &[Line], candidates: &[usize], known: &Known<'_>) -> Option<usize> {
        let window = squeezed(known.window_title?);
        let stands = |at: &&usize| {
            let words = squeezed(&lines[**at].text);
            words.chars().count() >= 4 && window.contains(&words) && !is_site(&lines[**at].text, known)
        };
        candidates.iter().filter(stands).max_by_key(|at| lines[**at].length()).copied()
    }

    /// The headline above the first dateline: among a section's name, a site's name and a subtitle it is the first line
    /// that is at least half as long as the longest.
    fn before_dateline(
        lines: &[Line],
        roles: &[Role],
        candidates: &[usize],
        head_end: usize,
        known: &Known<'_>,
    ) -> Option<usize> {
        let dateline = roles.iter().take(head_end.min(HEAD)).position(|role| match role {
            Role::Statement(found) => found.time.is_some() || found.source.is_some(),
            Role::Text | Role::Prose | Role::Furniture(_) => false,
        })?;
        let stated = match &roles[dateline] {
            Role::Statement(found) => found.source.as_deref().map(squeezed),
            Role::Text | Role::Prose | Role::Furniture(_) => None,
        };
        let named = |text: &str| is_site(text, known) || stated.as_deref() == Some(squeezed(text).as_str());
        let subtitle = |text: &str| text.starts_with(['—', '-', '─']);
        let before = candidates.iter().copied().take_while(|at| *at < dateline);
        let before: Vec<usize> = before.filter(|at| !subtitle(&lines[*at].text) && !named(&lines[*at].text)).collect();
        let longest = before.iter().map(|at| lines[*at].length()).max()?;
        before.into_iter().find(|at| lines[*at].length() * 2 >= longest)
    }
}

fn is_site(text: &str, known: &Known<'_>) -> bool {
    let words = squeezed(text);
    known.sites.iter().any(|site| is_squeezed(site, &words))
}

/// The headline in a page's `title`: the part that is no site's name, else the longest.
fn without_site(title: &str, known: &Known<'_>) -> Option<String> {
    let parts: Vec<&str> = title
        .split(['_', '|', '｜', '—', '–'])
        .flat_map(|part| part.split(" - "))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let first = parts.iter().find(|part| !is_site(part, known) && part.chars().count() >= 4);
    first.or(parts.first()).map(|part| (*part).to_owned())
}
