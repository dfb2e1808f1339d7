//! Atom 1.0, RFC 4287.

use jiff::Timestamp;

use super::document::Source;
use super::terms::Shown;
use super::xml::Xml;

/// Writes the feed.
pub(super) fn write(source: &Source<'_>) -> String {
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", source.language())]);
    xml.text("id", &[], &source.home);
    xml.text("title", &[], &source.channel.title);
    if let Some(description) = &source.channel.description {
        xml.text("subtitle", &[], description);
    }
    xml.text("updated", &[], &source.changed.unwrap_or(Timestamp::UNIX_EPOCH).to_string());
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &source.address)]);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &source.home)]);
    // RFC 4287, 4.1.1: a feed without entries has no author but its own.
    xml.open("author", &[]);
    xml.text("name", &[], &source.channel.title);
    xml.close("author");
    xml.text("generator", &[], "Lianbo 联播");
    for item in &source.items {
        write_entry(&mut xml, source, item);
    }
    xml.close("feed");
    xml.finish()
}

fn write_entry(xml: &mut Xml, source: &Source<'_>, item: &Shown) {
    let language = item.language.as_deref().unwrap_or_else(|| source.language());
    xml.open("entry", &[("xml:lang", language)]);
    xml.text("id", &[], item.uri.as_str());
    xml.text("title", &[], &item.headline);
    xml.text("updated", &[], &item.updated.to_string());
    xml.text("published", &[], &item.published.to_string());
    xml.open("author", &[]);
    xml.text("name", &[], &item.author);
    xml.close("author");
    xml.empty("link", &[("rel", "alternate"), ("href", &item.link)]);
    for category in &item.categories {
        xml.empty("category", &[("term", category)]);
    }
    xml.text("rights", &[], &item.attribution);
    xml.open("source", &[]);
    xml.text("id", &[], &format!("{}outlets/{}", source.outlets, item.outlet_id));
    xml.text("title", &[], &item.outlet);
    xml.text("updated", &[], &item.updated.to_string());
    xml.close("source");
    if !item.summary.is_empty() {
        xml.text("summary", &[], &item.summary);
    }
    xml.text("content", &[("type", "html")], &item.html);
    xml.close("entry");
}
