//! What differs between two sentences that belong together, and what kind of thing it is.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::name::names;
use super::token::{Token, is_digit, is_numeral, is_ordinal, tokens};
use super::{Change, Kind, Piece};

/// Two sentences, piece by piece.
#[derive(Default)]
pub(super) struct Difference {
    pub(super) theirs: Vec<Piece>,
    pub(super) ours: Vec<Piece>,
    pub(super) changes: Vec<Change>,
    /// Folded characters of ours that stand in theirs.
    pub(super) same_characters: usize,
}

/// A stretch of both sentences: the same, or not.
#[derive(Debug, Clone)]
struct Stretch {
    same: bool,
    /// A figure, date or ordinal against another: it stays by itself.
    fact: bool,
    theirs: Range<usize>,
    ours: Range<usize>,
}

/// Marks what differs.
pub(super) fn difference(theirs: &str, ours: &str) -> Difference {
    let (their_tokens, our_tokens) = (tokens(theirs), tokens(ours));
    let folded = |tokens: &[Token]| tokens.iter().map(|token| token.folded.clone()).collect::<Vec<_>>();
    let operations = capture_diff_slices(Algorithm::Myers, &folded(&their_tokens), &folded(&our_tokens));
    let mut found = Difference::default();
    let mut before = String::new();
    for stretch in stretches(&operations, &their_tokens, &our_tokens) {
        let (left, right) = (&their_tokens[stretch.theirs.clone()], &our_tokens[stretch.ours.clone()]);
        if stretch.same {
            found.same_characters += right.iter().map(|token| token.folded.chars().count()).sum::<usize>();
            push(&mut found.theirs, left, None);
            push(&mut found.ours, right, None);
            before = joined(right);
            continue;
        }
        let after =
            our_tokens[stretch.ours.end..].iter().map(|token| token.folded.as_str()).take(3).collect::<String>();
        let kind = kind(&joined(left), &joined(right), &before, &after);
        push(&mut found.theirs, left, Some(kind));
        push(&mut found.ours, right, Some(kind));
        found.changes.push(Change { theirs: shown(left), ours: shown(right), kind });
    }
    found
}

/// Neighbouring operations as one. A lone word that happens to be the same between two changes is part of them, unless a
/// figure stands there: what differs in figures is to be seen by itself.
fn stretches(operations: &[DiffOp], theirs: &[Token], ours: &[Token]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let (mut old_end, mut new_end) = (0, 0);
    for (place, operation) in operations.iter().enumerate() {
        // Each goes on where the one before ended: `similar` moves some deletions without moving where they stand in ours.
        let old = old_end..old_end + operation.old_range().len();
        let new = new_end..new_end + operation.new_range().len();
        (old_end, new_end) = (old.end, new.end);
        if !matches!(operation, DiffOp::Equal { .. }) {
            replaced(old, new, theirs, ours).into_iter().for_each(|stretch| add(&mut found, stretch));
            continue;
        }
        let inside = place > 0 && place + 1 < operations.len();
        let around = |tokens: &[Token], range: &Range<usize>| {
            tokens[range.start.saturating_sub(1)..tokens.len().min(range.end + 1)].iter().any(is_fact)
        };
        let same = !inside || old.len() > 1 || around(theirs, &old) || around(ours, &new);
        add(&mut found, Stretch { same, fact: false, theirs: old, ours: new });
    }
    found
}

fn add(found: &mut Vec<Stretch>, stretch: Stretch) {
    match found.last_mut().filter(|last| last.same == stretch.same && !last.fact && !stretch.fact) {
        Some(last) => (last.theirs.end, last.ours.end) = (stretch.theirs.end, stretch.ours.end),
        None => found.push(stretch),
    }
}

/// What stands for what: facts against facts at the edges by themselves, the rest as one.
fn replaced(mut old: Range<usize>, mut new: Range<usize>, theirs: &[Token], ours: &[Token]) -> Vec<Stretch> {
    let fact = |theirs: Range<usize>, ours: Range<usize>| Stretch { same: false, fact: true, theirs, ours };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    while !old.is_empty() && !new.is_empty() && is_fact(&theirs[old.start]) && is_fact(&ours[new.start]) {
        before.push(fact(old.start..old.start + 1, new.start..new.start + 1));
        (old.start, new.start) = (old.start + 1, new.start + 1);
    }
    while !old.is_empty() && !new.is_empty() && is_fact(&theirs[old.end - 1]) && is_fact(&ours[new.end - 1]) {
        after.push(fact(old.end - 1..old.end, new.end - 1..new.end));
        (old.end, new.end) = (old.end - 1, new.end - 1);
    }
    if !old.is_empty() || !new.is_empty() {
        before.push(Stretch { same: false, fact: false, theirs: old, ours: new });
    }
    before.extend(after.into_iter().rev());
    before
}

fn is_fact(token: &Token) -> bool {
    let folded = token.folded.as_str();
    is_ordinal(folded) || is_date(folded) || has_figure(folded)
}

/// Adds tokens as one piece; punctuation behind the last one is not part of what differs.
fn push(pieces: &mut Vec<Piece>, tokens: &[Token], differs: Option<Kind>) {
    let Some((last, rest)) = tokens.split_last() else { return };
    let mut text: String = rest.iter().map(|token| token.text.as_str()).collect();
    text.push_str(&last.text[..last.core]);
    let tail = &last.text[last.core..];
    if differs.is_some() {
        pieces.push(Piece { text, differs });
        if !tail.is_empty() {
            pieces.push(Piece { text: tail.to_owned(), differs: None });
        }
        return;
    }
    text.push_str(tail);
    match pieces.last_mut().filter(|piece| piece.differs.is_none()) {
        Some(piece) => piece.text.push_str(&text),
        None => pieces.push(Piece { text, differs }),
    }
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.folded.as_str()).collect()
}

/// As written, without the punctuation behind.
fn shown(tokens: &[Token]) -> String {
    let Some((last, rest)) = tokens.split_last() else { return String::new() };
    rest.iter().map(|token| token.text.as_str()).chain([&last.text[..last.core]]).collect()
}

/// What kind of thing two differing stretches are; `before` and `after` are the words around them.
fn kind(theirs: &str, ours: &str, before: &str, after: &str) -> Kind {
    let either = |is: fn(&str) -> bool| is(theirs) || is(ours);
    if either(is_ordinal) {
        return Kind::Ordinal;
    }
    if either(is_date) {
        return Kind::Date;
    }
    if either(has_figure) {
        return Kind::Figure;
    }
    if names(theirs, ours, before, after).is_some() {
        return Kind::Name;
    }
    Kind::Words
}

fn is_date(folded: &str) -> bool {
    folded.starts_with(is_digit) && folded.ends_with(['年', '月', '日'])
}

/// Digits, or nothing but Chinese numerals.
fn has_figure(folded: &str) -> bool {
    folded.contains(is_digit) || !folded.is_empty() && folded.chars().all(is_numeral)
}
