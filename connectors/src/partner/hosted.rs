//! A text whose pictures are the partner's own: what an outlet's server refuses to other sites' readers, or loses, still
//! stands there. A picture that cannot be had stays where the outlet has it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::picture::{Pictures, Shelf, WantedPictures, Words, caption_at};
use super::{Failure, Outgoing};
use crate::format::markup::{Tag, Token, Tokens, escaped};
use crate::http::is_web;

/// Pictures of one text brought at most: more than photo stories have. Those behind stay where the outlet has them.
const MOST: usize = 60;

/// How long those that do not come are waited for, together: what was brought is kept for the next try, this would be
/// waited for again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where a partner shows the pictures it keeps.
pub(super) trait Showing: Shelf {
    /// Where readers' browsers find it.
    fn address(&self, picture: &Self::Id) -> Option<String>;
}

impl<Id: Clone + Send + Sync> Pictures<Id> {
    /// The article, the pictures of its text brought to the partner and named as they are called there.
    pub(super) async fn hosted<'a>(
        &self,
        shelf: &impl Showing<Id = Id>,
        wanted: WantedPictures,
        article: &'a Outgoing,
    ) -> Result<Cow<'a, Outgoing>, Failure> {
        if wanted != WantedPictures::All {
            return Ok(Cow::Borrowed(article));
        }
        let mut hosted = HashMap::new();
        let mut in_vain = Duration::ZERO;
        for shown in shown_in(&article.html) {
            if in_vain > PATIENCE {
                break;
            }
            let asked = Instant::now();
            let caption = caption_at(article, &shown.address).unwrap_or_default();
            let words = Words { alt: shown.alt, caption, article: &article.uri };
            match self.bring(shelf, &shown.address, words).await?.and_then(|picture| shelf.address(&picture)) {
                Some(address) => drop(hosted.insert(shown.address, address)),
                None => in_vain += asked.elapsed(),
            }
        }
        if hosted.is_empty() {
            return Ok(Cow::Borrowed(article));
        }
        let html = with_addresses(&article.html, |address| hosted.get(address).map(String::as_str));
        Ok(Cow::Owned(Outgoing { html, ..article.clone() }))
    }
}

/// Whether two texts differ in nothing but where their pictures are.
pub(super) fn same_but_addresses(one: &str, other: &str) -> bool {
    one == other || without_addresses(one) == without_addresses(other)
}

/// The text, its pictures' addresses taken out.
pub(super) fn without_addresses(html: &str) -> String {
    with_addresses(html, |_| Some(""))
}

/// Where a text has its pictures.
pub(super) fn addresses_in(html: &str) -> Vec<String> {
    shown_in(html).into_iter().map(|shown| shown.address).collect()
}

/// A picture of a text.
struct Shown {
    address: String,
    alt: String,
}

/// The pictures that a text names by an address of the web, each once.
fn shown_in(html: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    for tag in Tokens::new(html).filter_map(picture) {
        let address = tag.attribute("src").unwrap_or_default().trim().to_owned();
        if is_web(&address) && found.len() < MOST && !found.iter().any(|shown| shown.address == address) {
            found.push(Shown { address, alt: tag.attribute("alt").unwrap_or_default().into_owned() });
        }
    }
    found
}

fn picture(token: Token<'_>) -> Option<Tag<'_>> {
    match token {
        Token::Open(tag) if tag.is("img") => Some(tag),
        Token::Open(_) | Token::Text(_) | Token::Close(_) => None,
    }
}

/// The text with other addresses for the pictures that `instead` knows. Sizes that an address stood for go with it.
fn with_addresses<'a>(html: &str, instead: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut tokens = Tokens::new(html);
    let (mut written, mut done) = (String::with_capacity(html.len()), 0);
    while let Some(token) = tokens.next() {
        let Some(tag) = picture(token) else { continue };
        let address = tag.attribute("src").unwrap_or_default();
        let Some(other) = instead(address.trim()) else { continue };
        written.push_str(&html[done..tokens.start()]);
        written.push_str(&format!("<img src=\"{}\"", escaped(other)));
        for (name, value) in tag.pairs().filter(|(name, _)| !ADDRESSES.iter().any(|it| it.eq_ignore_ascii_case(name))) {
            written.push_str(&format!(" {name}=\"{}\"", value.replace('"', "&quot;")));
        }
        written.push('>');
        done = tokens.position();
    }
    written + &html[done..]
}

/// Attributes of a picture that say where it is.
const ADDRESSES: [&str; 3] = ["src", "srcset", "sizes"];

#[cfg(test)]
mod tests {
    use super::{addresses_in, same_but_addresses, shown_in, with_addresses};

    const TEXT: &str = "<p>一<IMG alt='会\"场' src=\"https://a.example/1.jpg?x=1&amp;y=2\" srcset=\"b 2x\" width=600></p>\
                        <figure><img src=\"/2.jpg\"/><figcaption>二</figcaption></figure><pre>&lt;img src=\"3\"></pre>";

    #[test]
    fn a_text_names_its_pictures() {
        assert_eq!(addresses_in(TEXT), ["https://a.example/1.jpg?x=1&y=2"]);
        assert_eq!(shown_in(TEXT)[0].alt, "会\"场");
        assert_eq!(addresses_in(&TEXT.repeat(2)).len(), 1);
        let many: String = (0..100).map(|number| format!("<img src=\"http://a.example/{number}\">")).collect();
        assert_eq!(addresses_in(&many).len(), super::MOST);
    }

    #[test]
    fn only_the_addresses_of_known_pictures_change() {
        let known = |address: &str| (address == "https://a.example/1.jpg?x=1&y=2").then_some("https://b.example/?a&b");
        let hosted = "<p>一<img src=\"https://b.example/?a&amp;b\" alt=\"会&quot;场\" width=\"600\"></p>\
                      <figure><img src=\"/2.jpg\"/><figcaption>二</figcaption></figure><pre>&lt;img src=\"3\"></pre>";
        assert_eq!(with_addresses(TEXT, known), hosted);
        assert_eq!(with_addresses(TEXT, |_| None), TEXT);
        assert!(same_but_addresses(TEXT, hosted));
        assert!(!same_but_addresses(TEXT, &hosted.replace("600", "800")));
        assert!(!same_but_addresses(TEXT, &hosted.replace("二", "三")));
    }
}
