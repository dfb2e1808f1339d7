//! What all pages that people look at share: language, look, and what a browser may do on them.

mod language;
mod reason;

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub use language::Language;
pub use reason::reason;

/// The one style sheet, inline: no page of the hub loads anything from anywhere but the articles' own pictures.
const STYLE: &str = include_str!("style.css");

/// What a browser may do: the style above by its digest, pictures, nothing else; no script at all.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src https: http: data:; media-src https: http:; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("the policy is ASCII")
});

/// A page: title, what else belongs in the head, the body.
pub struct Page {
    /// In which language.
    pub language: Language,
    /// The title.
    pub title: String,
    /// More for the head.
    pub head: Markup,
    /// The body.
    pub body: Markup,
}

impl Page {
    /// The answer. Pages differ by language, and show what may be withdrawn at any time.
    pub fn answer(self, status: StatusCode) -> Response {
        let markup = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                    (self.head)
                }
                body { (self.body) }
            }
        };
        let mut response = (status, markup).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag()));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        response
    }
}

/// The language a request asks for: `?lang=` first, then `Accept-Language`, then Chinese.
pub fn language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::choose(query, accepted)
}

/// A moment in the alliance's own time.
pub fn local(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC))
}

/// A moment for people, in the alliance's own time, and for machines.
pub fn moment(at: Timestamp) -> Markup {
    let shown = local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    html! { time datetime=(at.to_string()) { (shown) } }
}

/// A link to the same page in the other language.
pub fn other_language(language: Language, path: &str) -> Markup {
    let other = language.other();
    html! { a class="lang" href={ (path) "?lang=" (other.tag()) } hreflang=(other.tag()) lang=(other.tag()) { (other.name()) } }
}

/// Only http and https addresses become links; anything else an outlet may have sent stays text.
pub fn safe_url(url: &str) -> Option<&str> {
    let scheme = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    (scheme.starts_with("http://") || scheme.starts_with("https://")).then_some(url)
}
