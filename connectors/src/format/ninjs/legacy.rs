//! The names of ninjs 1.x, put into those of 3.1. The lower-case names of 2.x differ from 3.x by case only and need
//! no table. <https://iptc.org/std/ninjs/userguide/>

use serde_json::{Map, Value};

const ITEM_NAMES: [(&str, &str); 14] = [
    ("person", "people"),
    ("organisation", "organisations"),
    ("place", "places"),
    ("subject", "subjects"),
    ("event", "events"),
    ("object", "objects"),
    ("infosource", "infoSources"),
    ("genre", "genres"),
    ("trustindicator", "trustIndicators"),
    ("byline", "by"),
    ("embargoed", "embargoedUntil"),
    ("altids", "altIds"),
    ("rightsinfo", "rightsInfo"),
    ("$standard", "standard"),
];

/// The members of an item under their 3.1 names: singular lists become plural ones, `body_text` and its like become
/// entries of `bodies`.
pub(super) fn renamed_item(members: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    let (mut headlines, mut descriptions, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts = Map::new();
    for (name, value) in members {
        let lower = name.to_ascii_lowercase();
        if lower == "headline" {
            headlines.insert(0, words("main", None, value));
        } else if let Some(role) = lower.strip_prefix("headline_") {
            headlines.push(words(role, None, value));
        } else if let Some(suffix) = lower.strip_prefix("description_") {
            descriptions.push(suffixed(suffix, "summary", value));
        } else if let Some(suffix) = lower.strip_prefix("body_") {
            bodies.push(suffixed(suffix, "main", value));
        } else if lower == "charcount" || lower == "wordcount" {
            counts.insert(lower, value);
        } else if lower == "representationtype" {
            out.insert("representationType".to_owned(), representation(value));
        } else if lower == "altids" && value.is_object() {
            out.insert("altIds".to_owned(), ids(value));
        } else {
            let known = ITEM_NAMES.iter().find(|(old, _)| *old == lower);
            out.insert(known.map_or(name, |(_, new)| (*new).to_owned()), value);
        }
    }
    if let Some(Value::Object(first)) = bodies.first_mut() {
        first.extend(counts);
    }
    for (name, values) in [("headlines", headlines), ("descriptions", descriptions), ("bodies", bodies)] {
        if !values.is_empty() {
            out.insert(name.to_owned(), Value::Array(values));
        }
    }
    out
}

fn words(role: &str, content_type: Option<&str>, value: Value) -> Value {
    let mut out = Map::new();
    out.insert("role".to_owned(), Value::String(role.to_owned()));
    if let Some(content_type) = content_type {
        out.insert("contentType".to_owned(), Value::String(content_type.to_owned()));
    }
    out.insert("value".to_owned(), value);
    Value::Object(out)
}

/// `body_text` and its like: the suffix is a media type or a purpose.
fn suffixed(suffix: &str, usual: &str, value: Value) -> Value {
    match suffix {
        "text" | "plain" => words(usual, Some("text/plain"), value),
        "html" => words(usual, Some("text/html"), value),
        "xhtml" => words(usual, Some("application/xhtml+xml"), value),
        "nitf" => words(usual, Some("application/nitf+xml"), value),
        purpose => words(purpose, None, value),
    }
}

fn representation(value: Value) -> Value {
    match value.as_str() {
        Some("complete") => Value::from("full"),
        Some("incomplete") => Value::from("partial"),
        _ => value,
    }
}

/// 1.x: any object, names being roles.
fn ids(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let entries = members.into_iter().filter(|(_, value)| value.is_string() || value.is_number());
    Value::Array(entries.map(|(role, value)| words(&role, None, value)).collect())
}

/// The members of a part under their 3.1 names: `scheme` and `code` become a `uri`.
pub(super) fn renamed_part(mut members: Map<String, Value>) -> Map<String, Value> {
    let scheme = members.remove("scheme");
    if let Some(code) = members.remove("code").and_then(|code| code.as_str().map(str::to_owned)) {
        let (name, value) = joined(scheme.as_ref().and_then(Value::as_str), code);
        let target = if members.contains_key("href") && name == "uri" { "role" } else { name };
        members.entry(target).or_insert(Value::String(value));
    }
    for (old, new) in [("mimetype", "contentType"), ("ticker", "symbol"), ("geometry_geojson", "geoJSON")] {
        if let Some(value) = members.remove(old) {
            members.entry(new).or_insert(value);
        }
    }
    members
}

/// A scheme that is a uri and a code make a uri; anything else is a literal.
fn joined(scheme: Option<&str>, code: String) -> (&'static str, String) {
    match scheme {
        Some(scheme) if scheme.contains("://") || scheme.starts_with("urn:") => {
            let separator = if scheme.ends_with(['/', '#', ':', '=']) { "" } else { "/" };
            ("uri", format!("{scheme}{separator}{code}"))
        }
        Some(scheme) if !scheme.is_empty() => ("literal", format!("{scheme}:{code}")),
        _ => ("literal", code),
    }
}

/// A list of objects; 1.x has renditions and associations as an object whose names are theirs.
pub(super) fn listed(value: Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Array(values) => values.into_iter().filter_map(into_object).collect(),
        Value::Object(members) if members.values().all(Value::is_object) && !members.is_empty() => {
            let named = members.into_iter().filter_map(|(name, value)| Some((name, into_object(value)?)));
            named
                .map(|(name, mut members)| {
                    members.entry("name").or_insert(Value::String(name));
                    members
                })
                .collect()
        }
        Value::Object(members) => vec![members],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn into_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}
