//! Files inlined in HTML, as editors that paste pictures leave them: `src="data:image/png;base64,…"`. Nobody receives
//! them, since only what has an address of its own is passed on; and megabytes of them would be read several times over.

use std::borrow::Cow;

/// What stands before an inlined file.
const START: &str = ";base64,";
/// A shorter one costs nothing.
const SHORT: usize = 8 * 1024;

/// The document without what is in its long inlined files. The letters of base64 are none that markup is made of: all
/// tags stay what they were.
pub(super) fn without(html: String) -> String {
    match shortened(&html) {
        Cow::Borrowed(_) => html,
        Cow::Owned(shortened) => shortened,
    }
}

fn shortened(html: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = html;
    let mut from = 0;
    while rest.len() - from > SHORT
        && let Some(at) = rest[from..].find(START)
    {
        let file = from + at + START.len();
        let length = rest[file..].bytes().take_while(is_base64).count();
        from = file;
        if length > SHORT {
            kept.push_str(&rest[..file]);
            rest = &rest[file + length..];
            from = 0;
        }
    }
    if kept.is_empty() {
        return Cow::Borrowed(html);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::{SHORT, without};

    #[test]
    fn only_long_files_are_taken_out_and_all_tags_stay() {
        let page = |file: &str| format!("<p>甲<img src=\"data:image/png;base64,{file}\" alt='图'>乙;base64,</p>");
        let (short, long) = (page("iVBOR/8+=="), page(&"iVBOR/8+".repeat(SHORT)));
        assert_eq!(without(short.clone()), short);
        assert_eq!(without(long.clone()), page(""));
        assert_eq!(without(format!("{long}{short}{long}")), format!("{}{short}{}", page(""), page("")));
    }
}
