//! What makes two versions of a piece the same: everything a reader or receiver would see, and nothing else.

use data_encoding::HEXLOWER;
use lianbo_schemas::NewsItem;
use sha2::{Digest, Sha256};

/// SHA-256, in hexadecimal, over what an item shows. Not over its version, the times it was made or received, or its
/// identifiers. `published` is the publication time as stated, if any.
pub(super) fn of(news: &NewsItem, published: Option<jiff::Timestamp>) -> String {
    let mut sum = Sum(Sha256::new());
    sum.list("headline", news.headlines.iter().map(|headline| headline.value.as_str()));
    sum.list("description", news.descriptions.iter().map(|text| text.value.as_str()));
    sum.list("body", news.bodies.iter().map(|text| text.value.as_str()));
    sum.list("by", news.by.iter().map(String::as_str));
    sum.list("person", news.people.iter().filter_map(|person| person.name.as_deref()));
    sum.list("source", news.info_sources.iter().filter_map(|source| source.name.as_deref()));
    sum.list("subject", news.subjects.iter().filter_map(|subject| subject.name.as_deref()));
    sum.list("place", news.places.iter().filter_map(|place| place.name.as_deref()));
    for association in &news.associations {
        sum.list("href", association.href());
        sum.list("caption", association.descriptions.iter().map(|text| text.value.as_str()));
        sum.list("alt", association.headlines.iter().map(|text| text.value.as_str()));
        sum.list("photographer", association.by.as_deref());
    }
    sum.list("status", [format!("{:?}", news.pub_status).as_str()]);
    sum.list("language", news.language.as_deref());
    sum.list("embargo", news.embargoed_until.map(|until| until.to_string()).as_deref());
    sum.list("expires", news.expires.map(|until| until.to_string()).as_deref());
    sum.list("published", published.map(|time| time.to_string()).as_deref());
    sum.list("urgency", news.urgency.map(|urgency| urgency.to_string()).as_deref());
    sum.list("note", news.ed_note.as_deref());
    sum.list("holder", news.copyright_holder.as_deref());
    sum.list("notice", news.copyright_notice.as_deref());
    sum.list("terms", news.usage_terms.as_deref());
    sum.list("rights", news.other.get("rightsInfo").map(ToString::to_string).as_deref());
    HEXLOWER.encode(&sum.0.finalize())
}

struct Sum(Sha256);

impl Sum {
    /// Length-prefixed, so that no text can pass for two.
    fn list<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        self.0.update(name.as_bytes());
        for value in values {
            self.0.update((value.len() as u64).to_be_bytes());
            self.0.update(value.as_bytes());
        }
        self.0.update([0xff; 8]);
    }
}
