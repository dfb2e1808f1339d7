//! JSON Feed 1.0 and 1.1. Read here rather than through feed-rs, which gives up a whole feed for one bad item.
//! <https://www.jsonfeed.org/version/1.1/>

use serde_json::{Map, Value};
use url::Url;

use crate::format::moment::Moment;
use crate::format::{Body, FormatError, MOST_ENTRIES, Picture, Piece};

const FORMAT: &str = "JSON Feed";

/// Whether a JSON document says it is a JSON Feed.
pub(super) fn is_one(document: &Value) -> bool {
    let version = document.get("version").and_then(Value::as_str).unwrap_or("");
    version.contains("jsonfeed.org")
        || (document.get("items").is_some_and(Value::is_array) && document.get("uri").is_none())
}

/// Reads a feed.
pub(super) fn read(document: Value, url: Option<&str>) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    let Value::Object(mut feed) = document else {
        return Err(FormatError::Malformed { format: FORMAT, cause: "it is no JSON object".to_owned() });
    };
    let items = match feed.remove("items") {
        Some(Value::Array(items)) => items,
        _ => return Err(FormatError::Malformed { format: FORMAT, cause: "`items` is missing".to_owned() }),
    };
    if items.len() > MOST_ENTRIES {
        return Err(FormatError::TooLarge(format!("{} entries, at most {MOST_ENTRIES}", items.len())));
    }
    let base = url.or_else(|| feed.get("home_page_url").and_then(Value::as_str)).and_then(|url| Url::parse(url).ok());
    let language = text(&feed, "language");
    let read = (1..).zip(items).map(|(entry, item)| match item {
        Value::Object(item) => Ok(Piece { entry, ..piece(&item, base.as_ref(), language.clone()) }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(FormatError::Malformed { format: FORMAT, cause: format!("item {entry} is no JSON object") })
        }
    });
    Ok(read.collect())
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let found = match members.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        // Ids are numbers in many real feeds; the specification asks readers to take them as text.
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(found).filter(|text| !text.is_empty())
}

fn absolute(base: Option<&Url>, href: Option<String>) -> Option<String> {
    let href = href?;
    let url = base.map_or_else(|| Url::parse(&href), |base| base.join(&href)).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

fn piece(item: &Map<String, Value>, base: Option<&Url>, language: Option<String>) -> Piece {
    let body = match (text(item, "content_html"), text(item, "content_text")) {
        (Some(html), _) => Body::Html(html),
        (None, Some(plain)) => Body::Text(plain),
        (None, None) => Body::Empty,
    };
    let url = absolute(base, text(item, "url"));
    let own_id = text(item, "id").or_else(|| url.clone());
    let pictures = ["image", "banner_image"].iter().filter_map(|name| absolute(base, text(item, name)));
    let pictures = pictures.map(|url| Picture { url, ..Picture::default() }).take(1);
    let moment = |name: &str| text(item, name).as_deref().and_then(Moment::parse);
    Piece {
        own_id,
        url,
        canonical_url: absolute(base, text(item, "external_url")),
        title: text(item, "title"),
        body,
        summary: text(item, "summary"),
        byline: byline(item),
        published: moment("date_published"),
        updated: moment("date_modified"),
        language: text(item, "language").or(language),
        subjects: strings(item.get("tags")),
        pictures: pictures.chain(attached(item, base)).collect(),
        ..Piece::default()
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn byline(item: &Map<String, Value>) -> Option<String> {
    let authors = item.get("authors").and_then(Value::as_array).cloned();
    let authors = authors.unwrap_or_else(|| item.get("author").cloned().into_iter().collect());
    let names: Vec<&str> = authors.iter().filter_map(|author| author.get("name")?.as_str()).collect();
    Some(names.join(" ")).filter(|names| !names.trim().is_empty())
}

fn attached(item: &Map<String, Value>, base: Option<&Url>) -> Vec<Picture> {
    let attachments = item.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let pictures = attachments.iter().filter_map(|attachment| {
        let attachment = attachment.as_object()?;
        let image = text(attachment, "mime_type").is_some_and(|kind| kind.starts_with("image/"));
        let url = absolute(base, text(attachment, "url")).filter(|_| image)?;
        Some(Picture { url, alt: None, caption: text(attachment, "title") })
    });
    pictures.collect()
}
