//! What goes out to a partner: an article, or the end of one.

use crate::http::is_web;
use jiff::Timestamp;
use lianbo_schemas::ninjs::{Named, PubStatus};
use lianbo_schemas::{ArticleUri, Content, NewsItem};

/// An article, ready for one partner: the grant's terms are already applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// ninjs 3.1, with `bodies` cut to the terms and pictures left out where the terms say so.
    pub news: NewsItem,
    /// Sanitised HTML of the body, with the attribution line already in it.
    pub html: String,
    /// The attribution line alone: 来源：成都日报.
    pub attribution: String,
    /// How much of the article this is.
    pub content: Content,
    /// Where the original stands.
    pub canonical_url: Option<String>,
    /// Ids of the channels that selected it, to be mapped to categories.
    pub channels: Vec<String>,
    /// The same for every try of this version: (partner, article, version, redelivery). Receivers drop repeats by it.
    pub delivery_id: String,
    /// W3C trace context to hand on.
    pub traceparent: Option<String>,
    /// Where the partner was told to take it down before: when it was decided that it stands there again. The same for
    /// every try.
    pub returned: Option<Timestamp>,
}

/// A kill or a holding back, as told to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// Canceled (for good) or withheld (may come again).
    pub status: PubStatus,
    /// What the outlet says about it.
    pub note: Option<String>,
    /// When it was decided: the same for every try.
    pub decided: Timestamp,
    /// The same for every try.
    pub delivery_id: String,
    /// W3C trace context to hand on.
    pub traceparent: Option<String>,
}

impl Outgoing {
    /// When it was first published, as far as that is not yet to come: some systems hold a post of tomorrow back,
    /// others show it above all of today's.
    pub(super) fn published_at(&self) -> Option<Timestamp> {
        let created = self.news.first_created.or(self.news.version_created)?;
        (created <= Timestamp::now()).then_some(created)
    }

    /// Whose it is: the name of its first source, or what the attribution line says where none is told.
    pub fn source(&self) -> &str {
        let named = self.news.info_sources.first().and_then(|source| source.name.as_deref());
        let named = named.map(str::trim).filter(|name| !name.is_empty());
        let line = self.attribution.trim();
        named.unwrap_or_else(|| line.strip_prefix("来源：").unwrap_or(line))
    }

    /// The original's address, if a reader's browser can open it.
    pub(super) fn original(&self) -> Option<&str> {
        self.canonical_url.as_deref().filter(|url| is_web(url))
    }

    /// The channels' ids and the subjects' names, uris and codes: what an operator's map is asked for.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let subjects = self.news.subjects.iter().flat_map(words_of);
        self.channels.iter().map(String::as_str).chain(subjects)
    }

    /// The subjects' names, of `longest` characters at most.
    pub(super) fn subject_names(&self, longest: usize) -> impl Iterator<Item = &str> {
        let names = self.news.subjects.iter().filter_map(|subject| subject.name.as_deref()).map(str::trim);
        names.filter(move |name| !name.is_empty() && name.chars().count() <= longest)
    }
}

fn words_of(subject: &Named) -> impl Iterator<Item = &str> {
    [&subject.name, &subject.uri, &subject.literal].into_iter().flatten().map(String::as_str)
}
