//! RSS 2.0. <https://www.rssboard.org/rss-specification>, <https://www.rssboard.org/rss-profile>

use jiff::Timestamp;

use super::document::Source;
use super::terms::Shown;
use super::xml::Xml;

/// Writes the feed.
pub(super) fn write(source: &Source<'_>) -> String {
    let mut xml = Xml::new();
    let namespaces = [
        ("version", "2.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ];
    xml.open("rss", &namespaces);
    xml.open("channel", &[]);
    xml.text("title", &[], &source.channel.title);
    xml.text("link", &[], &source.home);
    xml.text("description", &[], source.channel.description.as_deref().unwrap_or(&source.channel.title));
    xml.text("language", &[], source.language());
    if let Some(changed) = source.changed {
        xml.text("lastBuildDate", &[], &date(changed));
    }
    xml.text("generator", &[], "Lianbo 联播");
    let link = [("href", source.address.as_str()), ("rel", "self"), ("type", "application/rss+xml")];
    xml.empty("atom:link", &link);
    for item in &source.items {
        write_item(&mut xml, item);
    }
    xml.close("channel");
    xml.close("rss");
    xml.finish()
}

fn write_item(xml: &mut Xml, item: &Shown) {
    xml.open("item", &[]);
    xml.text("title", &[], &item.headline);
    xml.text("link", &[], &item.link);
    xml.text("guid", &[("isPermaLink", "false")], item.uri.as_str());
    xml.text("pubDate", &[], &date(item.published));
    xml.text("atom:updated", &[], &item.updated.to_string());
    xml.text("dc:creator", &[], &item.author);
    for category in &item.categories {
        xml.text("category", &[], category);
    }
    let description = if item.summary.is_empty() { &item.attribution } else { &item.summary };
    xml.text("description", &[], description);
    xml.text("dc:rights", &[], &item.attribution);
    xml.text("content:encoded", &[], &item.html);
    xml.close("item");
}

/// A date of RFC 822 with four digits of year, in GMT.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
