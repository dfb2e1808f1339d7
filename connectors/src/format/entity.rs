//! Character references of HTML, `&nbsp;`, `&ldquo;`, `&#x4e00;`: read, and written where text must not be markup.

use std::borrow::Cow;

/// Plain text as text of HTML or XML, or as an attribute's value in double quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Text with its entities decoded: the numeric ones and the named ones that occur in news.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether every parser of HTML decodes a text as [`decode`] does: each `&` starts a reference that is known here and
/// ends in a semicolon.
pub fn decodes_alike(text: &str) -> bool {
    text.match_indices('&').all(|(at, _)| is_certain(&text[at..]))
}

/// The same of an attribute's value, where a parameter of an address (`&page=2`) is no reference.
pub fn value_decodes_alike(value: &str) -> bool {
    value.match_indices('&').all(|(at, _)| {
        let rest = &value[at..];
        let name = rest.bytes().skip(1).take_while(u8::is_ascii_alphanumeric).count();
        is_certain(rest) || (name > 0 && rest[name + 1..].starts_with('='))
    })
}

fn is_certain(rest: &str) -> bool {
    match entity(rest) {
        // Numbers of control characters stand for letters of Windows-1252.
        Some((character, _)) if rest.starts_with("&#") => !character.is_control(),
        Some((_, length)) => rest.bytes().skip(1).take_while(u8::is_ascii_alphanumeric).count() + 2 == length,
        None => false,
    }
}

/// The longest name of an entity that is known here, with its ampersand.
const LONGEST_ENTITY: usize = 12;

fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = &rest[1..end];
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|character| *character != '\0')?
        }
        None => named(name)?,
    };
    Some((character, end + 1))
}

fn named(name: &str) -> Option<char> {
    let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    found.or_else(|| {
        let place = LATIN.split(' ').position(|known| known == name)?;
        char::from_u32(0xc0 + u32::try_from(place).ok()?)
    })
}

/// The letters of Latin-1, from U+00C0 on.
const LATIN: &str = "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml \
    ETH Ntilde Ograve Oacute Ocirc Otilde Ouml - Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
    eth ntilde ograve oacute ocirc otilde ouml - oslash ugrave uacute ucirc uuml yacute thorn yuml";

const NAMED: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("hellip", '…'),
    ("middot", '·'),
    ("bull", '•'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("times", '×'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("permil", '‰'),
    ("yen", '¥'),
    ("euro", '€'),
    ("pound", '£'),
    ("sect", '§'),
    ("para", '¶'),
    ("larr", '←'),
    ("rarr", '→'),
    ("uarr", '↑'),
    ("darr", '↓'),
    ("zwj", '\u{200d}'),
];

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("A < B & \"C\""), "A &lt; B &amp; &quot;C&quot;");
    }
}
