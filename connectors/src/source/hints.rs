//! When a server wants to be asked again: `Retry-After` (RFC 9110 §10.2.3), `Cache-Control: max-age` (RFC 9111) and the
//! `ttl` of RSS 2.0 (<https://www.rssboard.org/rss-specification#ltttlgtSubelementOfLtchannelgt>).

use std::time::{Duration, SystemTime};

use quick_xml::Reader;
use quick_xml::events::Event;
use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, RETRY_AFTER};

use crate::http::retry_after;

/// `ttl` stands in the channel's head, before the first item; nobody's head is longer.
const HEAD_BYTES: usize = 16 * 1024;

/// How long the server asks to be left alone, one hour at most.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    retry_after::retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// How long the answer stays fresh: `max-age` without the `Age` it already has.
pub fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(',')).filter_map(|directive| directive.split_once('='));
    let (_, seconds) = directives.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))?;
    let seconds: u64 = seconds.trim().trim_matches('"').parse().ok()?;
    let age = headers.get(AGE).and_then(|value| value.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age)))
}

/// The `ttl` of an RSS document, minutes in the document. Digits are ASCII in every charset that feeds come in, except
/// UTF-16, where nothing is found.
pub fn ttl(document: &[u8]) -> Option<Duration> {
    let head = String::from_utf8_lossy(&document[..document.len().min(HEAD_BYTES)]);
    let mut reader = Reader::from_str(&head);
    let mut inside = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if start.name().as_ref() == "ttl" => inside = true,
            Event::Start(start) if matches!(start.name().as_ref(), "item" | "entry") => return None,
            Event::Text(text) if inside => {
                let minutes: u64 = text.trim().parse().ok()?;
                return Some(Duration::from_secs(minutes.saturating_mul(60)));
            }
            Event::End(_) if inside => return None,
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderValue};

    use super::{fresh_for, ttl};

    #[test]
    fn max_age_counts_without_the_age_it_already_has() {
        let of = |value: &'static str| HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(value))]);
        assert_eq!(fresh_for(&of("public, Max-Age=600")), Some(Duration::from_secs(600)));
        assert_eq!(fresh_for(&of("no-cache")), None);
        assert_eq!(fresh_for(&of("max-age=soon")), None);
        let mut old = of("s-maxage=5, max-age=600");
        old.insert(AGE, HeaderValue::from_static("590"));
        assert_eq!(fresh_for(&old), Some(Duration::from_secs(10)));
        assert_eq!(fresh_for(&HeaderMap::new()), None);
    }

    #[test]
    fn the_ttl_of_the_channel_is_read_and_an_items_is_not() {
        let channel = b"<?xml version=\"1.0\"?><rss><channel><title>x</title><ttl> 30 </ttl><item/></channel></rss>";
        assert_eq!(ttl(channel), Some(Duration::from_secs(1800)));
        assert_eq!(ttl(b"<rss><channel><item><ttl>30</ttl></item></channel></rss>"), None);
        assert_eq!(ttl(b"<rss><channel><ttl></ttl></channel></rss>"), None);
        assert_eq!(ttl(b"{\"version\": \"https://jsonfeed.org/version/1.1\"}"), None);
        assert_eq!(ttl(b"\xff\xfe<\0r\0"), None);
    }
}
