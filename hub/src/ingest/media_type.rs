//! What can hold no article is refused at the door; everything else is for `normalise`, which looks at the bytes too.

use axum::http::{HeaderMap, header};

use crate::ingest::refusal;
use crate::problem::Problem;

/// Kinds of media that hold no text.
const NOT_TEXT: [&str; 4] = ["image/", "audio/", "video/", "font/"];
/// Documents that hold text, but in a form that nothing here reads.
const UNREADABLE: [&str; 10] = [
    "application/zip",
    "application/gzip",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/x-rar-compressed",
    "application/pdf",
    "application/msword",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
];
/// What a `Content-Type` may have: real ones have some 80 bytes.
const LONGEST: usize = 256;

/// The `Content-Type` exactly as sent, if it may be an article.
pub(super) fn media_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if let Some(coding) = headers.get(header::CONTENT_ENCODING)
        && coding != "identity"
    {
        return Err(refusal::unsupported("the body is compressed; send it without `Content-Encoding`".to_owned()));
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.len() <= LONGEST);
    let text = text.ok_or_else(|| {
        refusal::unreadable(format!("`Content-Type` must be ASCII of {LONGEST} bytes at most"), "Content-Type 无法识别")
    })?;
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let office = essence.starts_with("application/vnd.openxmlformats") || essence.starts_with("application/vnd.ms-");
    if office || NOT_TEXT.iter().any(|kind| essence.starts_with(kind)) || UNREADABLE.contains(&essence.as_str()) {
        return Err(refusal::unsupported(format!(
            "`{essence}` holds no article the hub can read; send ninjs, NewsML-G2, NITF, RSS, Atom, JSON Feed, WXR, HTML or \
             plain text"
        )));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

    use super::media_type;

    fn of(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))])
    }

    #[test]
    fn what_may_hold_an_article_passes_verbatim() {
        for value in ["text/html; charset=GBK", "application/ninjs+json", "application/octet-stream", "x", "TEXT/HTML"]
        {
            assert_eq!(media_type(&of(value)).unwrap().as_deref(), Some(value));
        }
        assert_eq!(media_type(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn what_can_hold_none_is_refused() {
        for value in ["image/jpeg", "image/svg+xml", "Video/mp4; codecs=x", "application/zip", "application/pdf"] {
            assert_eq!(media_type(&of(value)).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{value}");
        }
        let gzipped = HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        assert_eq!(media_type(&gzipped).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
