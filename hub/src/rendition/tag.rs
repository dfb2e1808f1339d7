//! The tags of sanitised HTML. Pure. It comes from our own serialiser, so a scanner that knows quotes is enough.

/// A tag in a text: where it starts and ends, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) name: &'a str,
    pub(crate) closes: bool,
}

/// The next tag, if there is one; an unclosed one reaches to the end.
pub(crate) fn next_tag(html: &str) -> Option<Tag<'_>> {
    let mut from = 0;
    loop {
        let start = from + html[from..].find('<')?;
        let after = &html[start + 1..];
        let closes = after.starts_with('/');
        let word = after.strip_prefix('/').unwrap_or(after);
        let length = word.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(word.len());
        if word.starts_with(|character: char| character.is_ascii_alphabetic()) {
            return Some(Tag { start, end: start + tag_length(&html[start..]), name: &word[..length], closes });
        }
        from = start + 1;
    }
}

/// Up to and with the `>` that stands outside quotes.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}
