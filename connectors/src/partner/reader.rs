//! An address at a partner, as a reader's browser finds it: whether an article that was taken down is really gone.

use lianbo_schemas::takedown::Finding;
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, HeaderMap, HeaderValue};

use super::html::{letters, says_letters};
use crate::format::charset::decode;
use crate::format::markup::escaped;
use crate::source::{Fetch, Fetched};

/// The most of a page that is looked at: pages of news are a tenth of that.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Letters a passage must have to be found on no other page by chance.
const SHORTEST: usize = 8;
/// Passages compared at most, the longest first.
const PASSAGES: usize = 8;

/// Looks at the address and says in one sentence what was found. `passages` are of the article, as text: any of them on
/// the page means that it still stands.
///
/// Gone is what says so (404, 410, 451), what asks for a login (401), and what leads to another page without the
/// article. An answer of success at the article's own address that does not hold its words proves nothing: the site may
/// show them by script.
pub async fn look_as_reader(fetch: &dyn Fetch, url: &str, passages: &[String]) -> (Finding, String) {
    // Caches between here and the site are to ask it, as far as they listen.
    let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-cache"))]);
    match fetch.get(url, headers, PAGE_BYTES).await {
        Ok(page) => judge(url, &page, passages),
        Err(error) => (Finding::Unclear, error.to_string()),
    }
}

fn judge(url: &str, page: &Fetched, passages: &[String]) -> (Finding, String) {
    let (status, at) = (page.status, &page.final_url);
    let finding = match status {
        StatusCode::NOT_FOUND
        | StatusCode::GONE
        | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
        | StatusCode::UNAUTHORIZED => Finding::Gone,
        _ if !status.is_success() => Finding::Unclear,
        _ => return told(url, page, passages),
    };
    (finding, format!("{at} answers {status}"))
}

/// Of a page that is there.
fn told(url: &str, page: &Fetched, passages: &[String]) -> (Finding, String) {
    let (status, at) = (page.status, &page.final_url);
    let mut known: Vec<String> = passages.iter().map(|passage| letters(&escaped(passage))).collect();
    known.retain(|passage| passage.chars().count() >= SHORTEST);
    known.sort_by_key(|passage| std::cmp::Reverse(passage.len()));
    known.truncate(PASSAGES);
    let (html, _charset) = decode(&page.body, page.header("content-type"));
    if known.is_empty() {
        return (Finding::Unclear, format!("{at} answers {status}, and the article has no words to look for"));
    }
    if known.iter().any(|passage| says_letters(&html, passage)) {
        return (Finding::Standing, format!("{at} answers {status} with words of the article"));
    }
    if is_elsewhere(url, at) {
        return (Finding::Gone, format!("leads to {at}, which does not hold the article"));
    }
    (Finding::Unclear, format!("{at} answers {status} without words of the article; open it in a browser"))
}

/// Whether a redirect led to another page, not only to https or a slash.
fn is_elsewhere(url: &str, at: &str) -> bool {
    let bare = |url: &str| {
        let (_, rest) = url.split_once("://").unwrap_or(("", url));
        let rest = rest.split('#').next().unwrap_or(rest);
        rest.trim_start_matches("www.").trim_end_matches('/').to_ascii_lowercase()
    };
    bare(url) != bare(at)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use lianbo_schemas::takedown::Finding::{Gone, Standing, Unclear};
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::judge;
    use crate::source::Fetched;

    const URL: &str = "https://a.example/news/7";

    #[test]
    fn what_readers_find_decides() {
        let passages = ["我市召开防汛工作会议".to_owned(), "短".to_owned()];
        let article = "<h1>我市召开<b>防汛</b>工作会议</h1>";
        let cases = [
            (404, URL, article, Gone),
            (410, URL, "", Gone),
            (401, URL, "", Gone),
            (403, URL, "", Unclear),
            (503, URL, "", Unclear),
            (200, URL, article, Standing),
            (200, "https://a.example/", article, Standing),
            (200, "https://a.example/login", "<p>请登录</p>", Gone),
            (200, "https://www.a.example/news/7/", "<p>短</p>", Unclear),
            (200, URL, "<p>短</p>", Unclear),
        ];
        for (status, at, body, finding) in cases {
            let page = Fetched {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from_static(body.as_bytes()),
                final_url: at.to_owned(),
                moved_to: None,
            };
            assert_eq!(judge(URL, &page, &passages).0, finding, "{status} {at} {body}");
            let without_words = if status == 200 { Unclear } else { finding };
            assert_eq!(judge(URL, &page, &[]).0, without_words, "{status} {at} {body}");
        }
    }
}
