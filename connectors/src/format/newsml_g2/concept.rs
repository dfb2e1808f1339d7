//! The people, places, organisations, subjects and sources that an item names.

use std::collections::HashMap;

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::{InfoSource, Kind, Named};
use serde_json::{Map, Value};

use super::catalog::{Catalog, code, code_of};
use crate::format::xml::Element;

/// What a reader of concepts knows: the meaning of codes, and the names that `assert` gives them.
pub(super) struct Concepts<'a> {
    pub(super) catalog: &'a Catalog<'a>,
    names: HashMap<String, String>,
    language: Option<String>,
}

impl<'a> Concepts<'a> {
    /// Of an item.
    pub(super) fn of(item: &Element, catalog: &'a Catalog<'a>, language: Option<&str>) -> Self {
        let mut concepts = Self { catalog, names: HashMap::new(), language: language.map(str::to_owned) };
        for assertion in item.children("assert") {
            let keys = ["qcode", "uri", "literal"].iter().filter_map(|key| assertion.attribute(key));
            if let Some(name) = concepts.name(assertion) {
                concepts.names.extend(keys.map(|key| (key.to_owned(), name.clone())));
            }
        }
        concepts
    }

    /// A concept's name in the item's language, else in any; or the one asserted for its code elsewhere.
    pub(super) fn name(&self, element: &Element) -> Option<String> {
        let named = || element.children("name").filter(|name| name.text().is_some());
        let same = named().find(|name| name.attribute("xml:lang") == self.language.as_deref());
        let asserted =
            || ["qcode", "uri", "literal"].iter().find_map(|key| self.names.get(element.attribute(key)?)).cloned();
        same.or_else(|| named().next()).and_then(Element::text).or_else(asserted)
    }

    /// A concept as ninjs has it; `None` when it states nothing.
    pub(super) fn named(&self, element: &Element, rel: &str) -> Option<Named> {
        let uri = self.catalog.uri_of(element);
        let unresolved = element.attribute("qcode").filter(|_| uri.is_none());
        let literal = element.attribute("literal").or(unresolved).map(str::to_owned);
        let name = self.name(element);
        if name.is_none() && uri.is_none() && literal.is_none() {
            return None;
        }
        let rel = Some(rel.to_owned()).filter(|rel| !rel.is_empty());
        Some(Named { name, rel, uri, literal, other: grades(element) })
    }

    /// Sorts the subjects of `contentMeta` by their nature into the members that ninjs has for each.
    pub(super) fn subjects(&self, meta: &Element, news: &mut NewsItem) {
        for subject in meta.children("subject") {
            let Some(mut named) = self.named(subject, "about") else { continue };
            let nature = subject.attribute("type").or(subject.attribute("typeuri")).map_or("", code);
            if !matches!(nature, "" | "abstract") {
                // Only `subjects` has these.
                named.other.clear();
            }
            match nature {
                "person" => news.people.push(named),
                "geoArea" | "poi" => news.places.push(named),
                "organisation" => list(news, "organisations", named),
                "event" => list(news, "events", named),
                "object" => list(news, "objects", named),
                _ => news.subjects.push(named),
            }
        }
        let keywords = meta.children("keyword").filter_map(Element::text);
        news.subjects.extend(keywords.map(|name| Named { name: Some(name), ..Named::default() }));
    }

    /// Who made the content, where it was made, what kind of text it is.
    pub(super) fn makers(&self, meta: &Element, news: &mut NewsItem) {
        let mut creators = Vec::new();
        for (element, rel) in [("creator", "creator"), ("contributor", "contributor")] {
            for maker in meta.children(element) {
                let Some(named) = self.named(maker, rel) else { continue };
                creators.extend(named.name.clone().filter(|_| element == "creator"));
                match maker.attribute("type").map(code) {
                    Some("organisation") => list(news, "organisations", named),
                    _ => news.people.push(Named { other: Map::new(), ..named }),
                }
            }
        }
        let by: Vec<String> = meta.children("by").filter_map(Element::text).collect();
        let by = if by.is_empty() { creators.join(" ") } else { by.join(" ") };
        news.by = Some(by).filter(|by| !by.is_empty());
        for genre in meta.children("genre").filter_map(|genre| self.named(genre, "")) {
            list(news, "genres", Named { other: Map::new(), ..genre });
        }
        let located: Vec<Named> = meta.children("located").filter_map(|place| self.named(place, "located")).collect();
        let names: Vec<&str> = located.iter().filter_map(|place| place.name.as_deref()).collect();
        let dateline = meta.text_of("dateline");
        if let Some(text) = dateline.or_else(|| Some(names.join(" / ")).filter(|names| !names.is_empty())) {
            news.other.insert("located".to_owned(), Value::String(text));
        }
        news.places.extend(located.into_iter().map(|place| Named { other: Map::new(), ..place }));
    }

    /// Where the content is from: the information sources; the provider and the credit line behind them.
    pub(super) fn sources(&self, item_meta: Option<&Element>, meta: Option<&Element>, news: &mut NewsItem) {
        let stated = meta.into_iter().flat_map(|meta| meta.children("infoSource"));
        for element in stated {
            let Some(named) = self.named(element, "") else { continue };
            let role = element.attribute("roleuri").map(str::to_owned);
            let role = role.or_else(|| {
                element.attribute("role").map(|role| self.catalog.uri(role).unwrap_or_else(|| role.to_owned()))
            });
            news.info_sources.push(source(named, role));
        }
        let credit = meta.and_then(|meta| meta.text_of("creditline"));
        let known = news.info_sources.iter().any(|source| source.name == credit);
        if let Some(name) = credit.filter(|_| !known) {
            let named = Named { name: Some(name), ..Named::default() };
            news.info_sources.push(source(named, Some("creditline".to_owned())));
        }
        let provider = item_meta.and_then(|meta| meta.child("provider"));
        if let Some(provider) = provider.filter(|_| news.info_sources.iter().all(|source| source.name.is_none()))
            && let Some(named) = self.named(provider, "")
        {
            let name = named.name.clone().or_else(|| code_of(provider).map(str::to_owned));
            news.info_sources.push(source(Named { name, ..named }, Some("provider".to_owned())));
        }
    }
}

fn source(named: Named, role: Option<String>) -> InfoSource {
    let mut other = Map::new();
    if let Some(literal) = named.literal {
        other.insert("literal".to_owned(), Value::String(literal));
    }
    InfoSource { name: named.name, role, uri: named.uri, other }
}

/// Relevance and confidence, 0 to 100.
fn grades(element: &Element) -> Map<String, Value> {
    let grade = |name: &str| element.attribute(name)?.parse::<u8>().ok().filter(|grade| *grade <= 100);
    let names = ["relevance", "confidence"].iter();
    names.filter_map(|name| Some(((*name).to_owned(), Value::from(grade(name)?)))).collect()
}

/// Puts a concept into a member that [`NewsItem`] keeps unread.
fn list(news: &mut NewsItem, member: &str, named: Named) {
    let mut entry = Map::new();
    // Genres have no relation.
    let rel = named.rel.filter(|_| member != "genres");
    for (name, value) in [("name", named.name), ("rel", rel), ("uri", named.uri), ("literal", named.literal)] {
        if let Some(value) = value {
            entry.insert(name.to_owned(), Value::String(value));
        }
    }
    if let Value::Array(values) = news.other.entry(member).or_insert_with(|| Value::Array(Vec::new())) {
        values.push(Value::Object(entry));
    }
}

/// The nature of an item: `ninat:picture`.
pub(super) fn kind(item_class: Option<&Element>) -> Kind {
    match item_class.and_then(code_of) {
        Some("picture") => Kind::Picture,
        Some("graphic") => Kind::Graphic,
        Some("video") => Kind::Video,
        Some("audio") => Kind::Audio,
        Some("composite") => Kind::Composite,
        _ => Kind::Text,
    }
}
