//! `rightsInfo`: who owns the content and what may be done with it. There may be several, in several languages and for
//! several parts; ninjs has one of each member, so that all are kept: holders in a row, words each on a line of their own.

use lianbo_schemas::NewsItem;
use serde_json::{Map, Value};

use super::concept::Concepts;
use crate::format::nitf::lines;
use crate::format::xml::Element;

/// Puts all rights of an item into ninjs.
pub(super) fn put(item: &Element, concepts: &Concepts<'_>, news: &mut NewsItem) {
    let all = || item.children("rightsInfo");
    let holders = all().flat_map(|rights| rights.children("copyrightHolder"));
    let holders = lines(holders.map(|holder| who(holder, concepts)));
    news.copyright_holder = holders.map(|names| names.replace('\n', ", "));
    let words = |name: &'static str| all().flat_map(move |rights| rights.children(name)).map(Element::text);
    news.copyright_notice = lines(words("copyrightNotice"));
    let mining = all().flat_map(|rights| rights.children("dataMining"));
    let mining =
        mining.filter_map(|mining| stated(mining, concepts)).map(|terms| Some(format!("data mining: {terms}")));
    let accountable = all().flat_map(|rights| rights.children("accountable"));
    let accountable =
        accountable.filter_map(|party| who(party, concepts)).map(|party| Some(format!("accountable: {party}")));
    news.usage_terms = lines(words("usageTerms").chain(mining).chain(accountable));
    if let Some(rights) = for_machines(all, concepts) {
        news.other.insert("rightsInfo".to_owned(), Value::Object(rights));
    }
}

/// A party by name, else by whatever names it.
fn who(party: &Element, concepts: &Concepts<'_>) -> Option<String> {
    concepts.name(party).or_else(|| party.attribute("literal").map(str::to_owned)).or_else(|| stated(party, concepts))
}

fn stated(element: &Element, concepts: &Concepts<'_>) -> Option<String> {
    concepts.catalog.uri_of(element).or_else(|| element.attribute("qcode").map(str::to_owned))
}

/// One statement is all ninjs can hold: an encoded one before one that is linked, and either before the page that the
/// words refer to.
fn for_machines<'a, I: Iterator<Item = &'a Element>>(
    all: impl Fn() -> I,
    concepts: &Concepts<'_>,
) -> Option<Map<String, Value>> {
    let encoded = all().flat_map(Element::elements).find_map(|element| {
        let expression = match element.name.as_str() {
            "rightsExpressionXML" => element.elements().next().map(Element::to_xml),
            "rightsExpressionData" => element.text(),
            _ => None,
        };
        Some((element.attribute("langid").map(str::to_owned), expression?))
    });
    if let Some((language, expression)) = encoded {
        return Some(members([("langId", language), ("encodedRights", Some(expression))]));
    }
    let linked = all().flat_map(|rights| rights.children("link")).find_map(|link| {
        let href = link.attribute("href").or(link.attribute("residref"))?;
        let language = link.attribute("format").or(link.attribute("formaturi")).filter(|format| format.contains("://"));
        Some((language.map(str::to_owned), href.to_owned()))
    });
    if let Some((language, href)) = linked {
        return Some(members([("langId", language), ("linkedRights", Some(href))]));
    }
    let page = all().flat_map(Element::elements).find_map(|words| {
        let is_words = matches!(words.name.as_str(), "usageTerms" | "copyrightNotice");
        words.attribute("href").filter(|href| is_words && href.contains("://")).map(str::to_owned)
    });
    let mining =
        || all().flat_map(|rights| rights.children("dataMining")).find_map(|mining| concepts.catalog.uri_of(mining));
    page.or_else(mining).map(|page| members([("linkedRights", Some(page))]))
}

fn members<const N: usize>(members: [(&str, Option<String>); N]) -> Map<String, Value> {
    let stated = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    stated.collect()
}
