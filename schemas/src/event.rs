//! CloudEvents 1.0 on every record: the Kafka binding's binary mode is written (`ce_*` headers, the value is the
//! data), structured mode is read too. <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>

use std::collections::BTreeMap;

use bytes::Bytes;
use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::Value;

/// Headers of a record, in order; names are case-sensitive, values are bytes.
pub type Headers = Vec<(String, Bytes)>;

/// The attributes of one event, without its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Unique within `source`.
    pub id: String,
    /// Who says so: `/outlets/cdrb`, `/dedup` …
    pub source: String,
    /// `org.lianbo.<noun>.<what happened>`.
    pub kind: String,
    /// What it is about, e.g. the article's uri.
    pub subject: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// The media type of the data.
    pub content_type: Option<String>,
    /// The schema of the data.
    pub schema: Option<String>,
    /// W3C Trace Context of this hop, carried through from record to record.
    pub traceparent: Option<String>,
    /// Extension attributes, all of them strings.
    pub extensions: BTreeMap<String, String>,
}

/// Why headers and value are not a CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A required attribute is missing or empty.
    #[error("the CloudEvents attribute `{0}` is missing")]
    Missing(&'static str),
    /// An attribute cannot be read.
    #[error("the CloudEvents attribute `{name}` cannot be read: {cause}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        cause: String,
    },
    /// The structured event is not a JSON object with proper data.
    #[error("the structured CloudEvent cannot be read: {0}")]
    Structured(String),
}

const JSON: &str = "application/json";

impl Event {
    /// An event of the hub's own, its data being JSON.
    pub fn new(id: impl Into<String>, source: impl Into<String>, kind: &str, time: Timestamp) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: format!("org.lianbo.{kind}"),
            subject: None,
            time: Some(time),
            content_type: Some(JSON.to_owned()),
            schema: None,
            traceparent: None,
            extensions: BTreeMap::new(),
        }
    }

    /// Whether it is one of the hub's own of this type, named without the common prefix.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.strip_prefix("org.lianbo.") == Some(kind)
    }

    /// Says what it is about; the record's key is the same (`partitionkey`).
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self.extensions.insert("partitionkey".to_owned(), subject.to_owned());
        self
    }

    /// Carries a trace on.
    #[must_use]
    pub fn traced(mut self, traceparent: Option<&str>) -> Self {
        self.traceparent = traceparent.map(str::to_owned);
        self
    }

    /// The headers of binary mode. `ce_traceparent` (the trace that made the event) and `traceparent` (this hop) are
    /// both written, as the distributed tracing extension asks.
    pub fn to_headers(&self) -> Headers {
        let mut headers: Headers = Vec::with_capacity(10);
        let mut put =
            |name: &str, value: &str| headers.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
        put("ce_specversion", "1.0");
        put("ce_id", &self.id);
        put("ce_source", &self.source);
        put("ce_type", &self.kind);
        if let Some(subject) = &self.subject {
            put("ce_subject", subject);
        }
        if let Some(time) = &self.time {
            put("ce_time", &time.to_string());
        }
        if let Some(schema) = &self.schema {
            put("ce_dataschema", schema);
        }
        for (name, value) in &self.extensions {
            put(&format!("ce_{name}"), value);
        }
        if let Some(content_type) = &self.content_type {
            put("content-type", content_type);
        }
        if let Some(traceparent) = &self.traceparent {
            if !self.extensions.contains_key("traceparent") {
                put("ce_traceparent", traceparent);
            }
            put("traceparent", traceparent);
        }
        headers
    }

    /// Whether a record says it is a CloudEvent at all, in either mode.
    pub fn is_claimed(headers: &Headers) -> bool {
        is_structured(headers) || headers.iter().any(|(name, _)| name == "ce_specversion" || name == "ce_id")
    }

    /// The data of a record and its attributes; one without CloudEvents headers is data alone.
    ///
    /// # Errors
    /// It claims to be an event and is none.
    pub fn open(headers: &Headers, value: &Bytes) -> Result<(Option<Self>, Bytes), EventError> {
        if !Self::is_claimed(headers) {
            return Ok((None, value.clone()));
        }
        Self::read(headers, value).map(|(event, data)| (Some(event), data))
    }

    /// Reads a record in binary or structured mode: the attributes and the data.
    pub fn read(headers: &Headers, value: &Bytes) -> Result<(Self, Bytes), EventError> {
        if is_structured(headers) {
            read_structured(headers, value)
        } else {
            Ok((read_binary(headers)?, value.clone()))
        }
    }
}

fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.and_then(|(_, value)| std::str::from_utf8(value).ok())
}

fn is_structured(headers: &Headers) -> bool {
    header(headers, "content-type")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/cloudevents"))
}

fn read_binary(headers: &Headers) -> Result<Event, EventError> {
    let mut attributes = BTreeMap::new();
    for (name, value) in headers {
        let Some(attribute) = name.strip_prefix("ce_") else { continue };
        let text = std::str::from_utf8(value)
            .map_err(|error| EventError::Unreadable { name: attribute.to_owned(), cause: error.to_string() })?;
        attributes.insert(attribute.to_owned(), text.to_owned());
    }
    if let Some(content_type) = header(headers, "content-type") {
        attributes.insert("datacontenttype".to_owned(), content_type.to_owned());
    }
    from_attributes(attributes, header(headers, "traceparent"))
}

fn read_structured(headers: &Headers, value: &Bytes) -> Result<(Event, Bytes), EventError> {
    let document: Value = serde_json::from_slice(value).map_err(|error| EventError::Structured(error.to_string()))?;
    let Value::Object(mut members) = document else {
        return Err(EventError::Structured("it is not a JSON object".to_owned()));
    };
    let (plain, encoded) = (members.remove("data"), members.remove("data_base64"));
    let mut attributes = BTreeMap::new();
    for (name, member) in members {
        match member {
            Value::String(text) => drop(attributes.insert(name, text)),
            Value::Null => {}
            member => drop(attributes.insert(name, member.to_string())),
        }
    }
    let data = match (plain, encoded) {
        (_, Some(Value::String(text))) => {
            let decoded = BASE64.decode(text.as_bytes());
            Bytes::from(decoded.map_err(|error| EventError::Structured(format!("data_base64: {error}")))?)
        }
        (Some(Value::String(text)), _) if !claims_json(&attributes) => Bytes::from(text),
        (Some(member), _) => Bytes::from(member.to_string()),
        (None, _) => Bytes::new(),
    };
    Ok((from_attributes(attributes, header(headers, "traceparent"))?, data))
}

/// A string as `data` is the text itself, unless the data is declared to be JSON.
fn claims_json(attributes: &BTreeMap<String, String>) -> bool {
    attributes.get("datacontenttype").is_none_or(|value| value.contains("json"))
}

fn from_attributes(mut attributes: BTreeMap<String, String>, hop: Option<&str>) -> Result<Event, EventError> {
    let mut required =
        |name: &'static str| attributes.remove(name).filter(|value| !value.is_empty()).ok_or(EventError::Missing(name));
    let version = required("specversion")?;
    if version != "1.0" {
        return Err(EventError::Unreadable {
            name: "specversion".to_owned(),
            cause: format!("`{version}` is not 1.0"),
        });
    }
    let (id, source, kind) = (required("id")?, required("source")?, required("type")?);
    let time = match attributes.remove("time") {
        Some(text) => Some(text.parse().map_err(|error: jiff::Error| EventError::Unreadable {
            name: "time".to_owned(),
            cause: error.to_string(),
        })?),
        None => None,
    };
    Ok(Event {
        id,
        source,
        kind,
        subject: attributes.remove("subject"),
        time,
        content_type: attributes.remove("datacontenttype"),
        schema: attributes.remove("dataschema"),
        traceparent: hop.map(str::to_owned).or_else(|| attributes.get("traceparent").cloned()),
        extensions: attributes,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::{Event, EventError, Headers};

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()))).collect()
    }

    #[test]
    fn binary_mode_comes_back_as_it_went() {
        let mut event =
            Event::new("1", "/dedup", "article.published", Timestamp::UNIX_EPOCH).about("tag:x,2026:article:1");
        event.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        let (read, data) = Event::read(&event.to_headers(), &Bytes::from_static(b"{}")).unwrap();
        assert_eq!(data, "{}");
        assert_eq!(read.traceparent, event.traceparent);
        assert_eq!(
            (read.id, read.source, read.kind, read.subject),
            (event.id, event.source, event.kind, event.subject)
        );
    }

    #[test]
    fn structured_mode_is_read() {
        let value = Bytes::from_static(br#"{"specversion":"1.0","id":"7","source":"/outlets/a","type":"t","datacontenttype":"text/html","data":"<p>x</p>","time":"2026-11-20T10:00:00+08:00"}"#);
        let (event, data) =
            Event::read(&headers(&[("content-type", "application/cloudevents+json; charset=UTF-8")]), &value).unwrap();
        assert_eq!(data, "<p>x</p>");
        assert_eq!(event.content_type.as_deref(), Some("text/html"));
        assert_eq!(event.time.unwrap().to_string(), "2026-11-20T02:00:00Z");
    }

    #[test]
    fn a_missing_attribute_is_named() {
        let result =
            Event::read(&headers(&[("ce_specversion", "1.0"), ("ce_id", "1"), ("ce_type", "t")]), &Bytes::new());
        assert_eq!(result.unwrap_err(), EventError::Missing("source"));
    }
}
