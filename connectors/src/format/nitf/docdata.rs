//! What the head of an NITF document states: identity, times, status, rights, subjects.

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::{AltId, Named, PubStatus};
use serde_json::Value;

use super::FORMAT;
use crate::format::FormatError;
use crate::format::moment::Moment;
use crate::format::xml::Element;

/// What is not part of the item itself.
#[derive(Debug, Default)]
pub(super) struct Management {
    pub(super) status: PubStatus,
    pub(super) embargo: Option<Moment>,
    pub(super) published: Option<Moment>,
    pub(super) updated: Option<Moment>,
    /// Another document, and what becomes of it.
    pub(super) other: Option<(String, PubStatus)>,
    pub(super) role: Role,
}

/// What a document is beside another one it names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// An article.
    #[default]
    Article,
    /// A notice to editors that the other one is withdrawn; nothing for readers.
    Notice,
}

/// Reads the `head`. Errors: a status or an embargo that cannot be understood.
pub(super) fn read(head: &Element, news: &mut NewsItem) -> Result<Management, FormatError> {
    if let Some(title) = head.text_of("title") {
        news.other.insert("title".to_owned(), Value::String(title));
    }
    subjects(head, news);
    let docdata = head.child("docdata");
    let mut management = match docdata {
        Some(docdata) => {
            identity(docdata, news);
            words(docdata, news);
            rights(docdata, news);
            identified(docdata, news);
            management(docdata)?
        }
        None => Management::default(),
    };
    let published = publication(head, news);
    management.published = management.published.or(published);
    let revisions = head.children("revision-history").filter_map(|revision| moment(revision.attribute("norm")?));
    management.updated = revisions.last();
    Ok(management)
}

fn identity(docdata: &Element, news: &mut NewsItem) {
    if let Some(id) = docdata.child("doc-id").and_then(|id| id.attribute("id-string")) {
        news.uri = id.to_owned();
        if let Some(registry) = docdata.child("doc-id").and_then(|id| id.attribute("regsrc")) {
            news.alt_ids.push(AltId { role: Some(format!("doc-id {registry}")), value: id.to_owned() });
        }
    }
    if let Some(key) = docdata.child("du-key") {
        news.version = key.attribute("version").map(str::to_owned);
        if let Some(slug) = key.attribute("key") {
            news.other.insert("slugline".to_owned(), Value::from(slug));
        }
    }
}

fn words(docdata: &Element, news: &mut NewsItem) {
    let urgency = docdata.child("urgency").and_then(|urgency| urgency.attribute("ed-urg"));
    news.urgency = urgency.and_then(|urgency| urgency.parse().ok()).filter(|urgency| (1..=9).contains(urgency));
    let notes = docdata.elements().filter(|element| matches!(element.name.as_str(), "ed-msg" | "correction"));
    let notes: Vec<&str> = notes.filter_map(|note| note.attribute("info")).collect();
    news.ed_note = Some(notes.join("\n")).filter(|note| !note.is_empty());
    if let Some(Moment::At(expires)) = norm(docdata, "date.expire") {
        news.expires = Some(expires);
    }
    let keywords = docdata.children("key-list").flat_map(|list| list.children("keyword"));
    for keyword in keywords.filter_map(|keyword| keyword.attribute("key")) {
        news.subjects.push(named(keyword));
    }
}

fn named(name: &str) -> Named {
    Named { name: Some(name.to_owned()), ..Named::default() }
}

fn rights(docdata: &Element, news: &mut NewsItem) {
    if let Some(copyright) = docdata.child("doc.copyright") {
        let holder = copyright.attribute("holder");
        news.copyright_holder = holder.map(str::to_owned);
        let notice = [copyright.attribute("year"), holder].into_iter().flatten().collect::<Vec<_>>().join(" ");
        news.copyright_notice = Some(notice).filter(|notice| !notice.is_empty()).map(|notice| format!("© {notice}"));
    }
    const NAMES: [&str; 7] = ["owner", "agent", "type", "geography", "startdate", "enddate", "limitations"];
    let terms = docdata.children("doc.rights").map(|rights| {
        let stated = NAMES.iter().filter_map(|name| Some(format!("{name}: {}", rights.attribute(name)?)));
        stated.collect::<Vec<_>>().join("; ")
    });
    let terms = terms.filter(|terms| !terms.is_empty()).collect::<Vec<_>>().join("\n");
    news.usage_terms = Some(terms).filter(|terms| !terms.is_empty());
}

/// IPTC subject codes: the predecessor of Media Topics.
const SUBJECT_CODES: &str = "http://cv.iptc.org/newscodes/subjectcode/";

fn subjects(head: &Element, news: &mut NewsItem) {
    let subjects = head.children("tobject").flat_map(|object| object.children("tobject.subject"));
    for subject in subjects {
        const NAMES: [&str; 3] = ["tobject.subject.detail", "tobject.subject.matter", "tobject.subject.type"];
        let code =
            subject.attribute("tobject.subject.refnum").filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let subject = Named {
            name: NAMES.iter().find_map(|name| subject.attribute(name)).map(str::to_owned),
            uri: code.map(|code| format!("{SUBJECT_CODES}{code}")),
            ..Named::default()
        };
        if subject.name.is_some() || subject.uri.is_some() {
            news.subjects.push(subject);
        }
    }
}

fn identified(docdata: &Element, news: &mut NewsItem) {
    let found = docdata.children("identified-content").flat_map(Element::elements);
    for element in found {
        let value = element.attribute("value").map(str::to_owned);
        let Some(name) = element.text().or(value) else { continue };
        match element.name.as_str() {
            "person" => news.people.push(named(&name)),
            "location" => news.places.push(named(&name)),
            "classifier" => news.subjects.push(named(&name)),
            "org" => list(news, "organisations", name),
            "event" => list(news, "events", name),
            "object.title" => list(news, "objects", name),
            _ => {}
        }
    }
}

fn list(news: &mut NewsItem, member: &str, name: String) {
    let list = news.other.entry(member).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(values) = list {
        values.push(serde_json::json!({ "name": name }));
    }
}

fn management(docdata: &Element) -> Result<Management, FormatError> {
    let release = docdata.child("date.release").and_then(|release| release.attribute("norm"));
    let embargo = match release {
        None => None,
        Some(text) => {
            Some(moment(text).ok_or_else(|| malformed(format!("the release date `{text}` is no date and time")))?)
        }
    };
    let stated = |name: &str| docdata.attribute(name);
    let status = stated("management-status").map(|word| status(word, embargo)).transpose()?.unwrap_or_default();
    let other_status = stated("management-idref-status").map(|word| self::status(word, None)).transpose()?;
    let (other, role) = match (stated("management-doc-idref"), other_status) {
        (Some(other), Some(status)) => (Some((other.to_owned(), status)), Role::Article),
        (Some(other), None) if status != PubStatus::Usable => (Some((other.to_owned(), status)), Role::Notice),
        _ => (None, Role::Article),
    };
    let published = norm(docdata, "date.issue");
    Ok(Management { status, embargo, published, other, role, ..Management::default() })
}

fn malformed(cause: String) -> FormatError {
    FormatError::Malformed { format: FORMAT, cause }
}

/// `embargoed` without a release date is held back until another version says more.
fn status(word: &str, embargo: Option<Moment>) -> Result<PubStatus, FormatError> {
    match word.to_ascii_lowercase().as_str() {
        "usable" => Ok(PubStatus::Usable),
        "embargoed" if embargo.is_some() => Ok(PubStatus::Usable),
        "embargoed" | "withheld" => Ok(PubStatus::Withheld),
        "canceled" | "cancelled" | "killed" => Ok(PubStatus::Canceled),
        other => {
            Err(malformed(format!("management status `{other}` is none of usable, embargoed, withheld, canceled")))
        }
    }
}

fn publication(head: &Element, news: &mut NewsItem) -> Option<Moment> {
    let publications: Vec<&Element> = head.children("pubdata").collect();
    let url = publications.iter().find_map(|data| data.attribute("ex-ref")).filter(|url| url.starts_with("http"));
    if let Some(url) = url {
        news.alt_ids.push(AltId { role: Some("url".to_owned()), value: url.to_owned() });
    }
    publications.iter().find_map(|data| moment(data.attribute("date.publication")?))
}

fn norm(docdata: &Element, name: &str) -> Option<Moment> {
    moment(docdata.child(name)?.attribute("norm")?)
}

/// NITF writes `20261121T080000+0800`, some senders `2026-11-21T08:00:00`.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let basic = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| basic.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    if !digits(0..8) {
        return Moment::parse(text);
    }
    let date = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]);
    let time = match &text[8..] {
        rest if rest.starts_with('T') && digits(9..15) => {
            format!("T{}:{}:{}{}", &text[9..11], &text[11..13], &text[13..15], &text[15..])
        }
        rest => rest.to_owned(),
    };
    Moment::parse(&format!("{date}{time}"))
}
