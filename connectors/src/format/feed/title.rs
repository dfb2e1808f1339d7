//! The title of an entry out of its own XML. feed-rs gives up on titles with markup in them that is not declared, takes
//! the last of several, and hands base64 on as it stands.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::outline::{local_name, markup_length};
use crate::format::charset;
use crate::format::markup::{self, Token, Tokens};

/// The first title that stands in the entry itself, as plain text: not that of its `source`. `media:title` serves where
/// there is no other. `None` when it is missing, empty, or has to be asked of the parser.
pub(super) fn title(entry: &str) -> Option<String> {
    let (mut depth, mut at) = (0_usize, 0);
    let mut second: Option<String> = None;
    while let Some(found) = entry[at..].find('<') {
        let start = at + found;
        let length = markup_length(&entry[start..]);
        let tag = &entry[start..start + length];
        at = start + length;
        match tag.as_bytes().get(1) {
            Some(b'!' | b'?') | None => {}
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(_) if depth == 1 && local_name(tag) == "title" && !tag.ends_with("/>") => {
                let media = tag.starts_with("<media:");
                let words = words(tag, &entry[at..]);
                if !media {
                    return words.or(second);
                }
                second = second.or(words);
                depth += 1;
            }
            Some(_) => depth += usize::from(!tag.ends_with("/>")),
        }
    }
    second
}

/// The text of an element, given its start tag and what follows it.
fn words(tag: &str, rest: &str) -> Option<String> {
    let name = tag[1..].split(|character: char| character.is_whitespace() || "/>".contains(character)).next()?;
    let content = content(rest, name)?;
    let text = if is_base64(tag) { unpacked(&content)? } else { content };
    let plain = if text.contains(['<', '&']) { markup::plain(&text) } else { text };
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

/// What stands before the end tag: CDATA sections taken out of their brackets, and one layer of references undone where
/// no element stands between.
fn content(rest: &str, name: &str) -> Option<String> {
    let (mut raw, mut at, mut elements) = (String::new(), 0, 0_usize);
    loop {
        let start = at + rest[at..].find('<')?;
        raw.push_str(&rest[at..start]);
        let markup = &rest[start..start + markup_length(&rest[start..])];
        at = start + markup.len();
        if let Some(inner) = markup.strip_prefix("<![CDATA[") {
            raw.push_str(&inner.strip_suffix("]]>")?.replace('&', "&amp;"));
        } else if markup.strip_prefix("</").is_some_and(|end| end.trim_end_matches('>').trim_end() == name) {
            break;
        } else if !markup.starts_with("<!") && !markup.starts_with("<?") {
            elements += 1;
            raw.push_str(markup);
        }
    }
    Some(if elements > 0 { raw } else { markup::decode(&raw).into_owned() })
}

/// Atom 0.3 says `mode="base64"`, Atom 1.0 a media type that is no text (RFC 4287, 4.1.3.3).
fn is_base64(tag: &str) -> bool {
    let Some(Token::Open(tag)) = Tokens::new(tag).next() else { return false };
    let says = |name: &str, what: &str| tag.attribute(name).is_some_and(|value| value.trim() == what);
    says("mode", "base64") || says("type", "application/octet-stream")
}

fn unpacked(content: &str) -> Option<String> {
    let packed: String = content.split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(packed).ok()?;
    Some(charset::decode(&bytes, None).0)
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_plain_text_however_it_is_written() {
        let cases = [
            ("<title>甲市 &amp;amp; 乙市</title>", Some("甲市 & 乙市")),
            ("<title>甲市<b>会议</b></title><title>第二个</title>", Some("甲市会议")),
            ("<title><![CDATA[甲市<i>会议</i> &amp; 其他]]></title>", Some("甲市会议 & 其他")),
            ("<title type='html'>\n&lt;p>会议&lt;/p>\n</title>", Some("会议")),
            ("<title mode='base64'> 5Lya6K6u </title>", Some("会议")),
            ("<source><title>来源</title></source><a:title>会议</a:title >", Some("会议")),
            ("<media:title>图题</media:title><dc:title>会议</dc:title>", Some("会议")),
            ("<media:title>图题</media:title><link/>", Some("图题")),
            ("<title/>", None),
            ("<title>没有结尾", None),
        ];
        for (inner, expected) in cases {
            assert_eq!(title(&format!("<item>{inner}</item>")).as_deref(), expected, "{inner}");
        }
    }
}
