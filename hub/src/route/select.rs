//! Which channels and partners may hold an article, on which terms. Pure: time comes in as an argument.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::{Article, Channel, ChannelId, Content, Grant, GrantId, Partner, Terms};

use super::rule::{Rule, Subject};
use crate::registry::Snapshot;

/// The registry, with its rules compiled.
#[derive(Debug, Default)]
pub struct Rules {
    registry: Arc<Snapshot>,
    compiled: BTreeMap<ChannelId, Result<Rule, String>>,
}

/// A channel that shows an article, and on which terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelEntry {
    /// The channel.
    pub channel: ChannelId,
    /// The grant that allows it.
    pub grant: GrantId,
    /// Not before this moment; `None`: with the article's own release.
    pub not_before: Option<Timestamp>,
    /// How much.
    pub content: Content,
    /// Whether pictures go along.
    pub images: bool,
    /// The line that must stand with it.
    pub attribution: String,
}

/// What was decided for one partner, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It should hold the article.
    Hold {
        /// On these terms.
        terms: Terms,
        /// Not before this moment; `None`: now.
        not_before: Option<Timestamp>,
    },
    /// The article is its own: the partner is the site of an outlet that published it.
    OwnArticle,
    /// The partner is a hub, and the article has passed it.
    PassedThere,
    /// None of its channels takes the article; for each, why.
    NoChannel(Vec<(ChannelId, String)>),
    /// Channels take it, but no grant of the outlet allows it now.
    NoGrant(Vec<ChannelId>),
}

impl Rules {
    /// Compiles the rules of a registry. A rule that does not compile takes nothing, and says so.
    pub fn new(registry: Arc<Snapshot>) -> Self {
        let compile = |channel: &Arc<Channel>| Rule::compile(&channel.rule).map_err(|error| error.to_string());
        let compiled = registry.channels.iter().map(|(id, channel)| (id.clone(), compile(channel))).collect();
        Self { registry, compiled }
    }

    /// Makes them anew if this is another registry; tells whether it is.
    pub fn follow(&mut self, registry: Arc<Snapshot>) -> bool {
        let is_another = !Arc::ptr_eq(&registry, &self.registry);
        if is_another {
            *self = Self::new(registry);
        }
        is_another
    }

    /// The registry these rules were made from.
    pub fn registry(&self) -> &Arc<Snapshot> {
        &self.registry
    }

    /// What they say about an article.
    pub fn about<'a>(&'a self, article: &'a Article) -> About<'a> {
        About { rules: self, article, subject: OnceCell::new(), answers: RefCell::default() }
    }
}

/// What the rules say about one article. Each is asked once, however many partners follow its channel.
pub struct About<'a> {
    rules: &'a Rules,
    /// The article.
    pub article: &'a Article,
    subject: OnceCell<Subject>,
    answers: RefCell<BTreeMap<&'a ChannelId, Result<(), String>>>,
}

impl<'a> About<'a> {
    /// The channels that may show the article at `now`, leaving its own embargo aside.
    pub fn channels(&self, now: Timestamp) -> Vec<ChannelEntry> {
        let mut entries = Vec::new();
        for id in self.rules.compiled.keys() {
            if self.takes(id).is_err() {
                continue;
            }
            let grant = self.best_grant(now, |grant| grant.channels.includes(id));
            if let Some(grant) = grant {
                entries.push(self.entry(id, grant));
            }
        }
        entries
    }

    /// Whether a channel's rule takes the article; the error is the reason why not.
    pub fn takes(&self, channel: &ChannelId) -> Result<(), String> {
        let Some((id, rule)) = self.rules.compiled.get_key_value(channel) else {
            return Err("there is no such channel".to_owned());
        };
        if let Some(answer) = self.answers.borrow().get(id) {
            return answer.clone();
        }
        let answer = rule.as_ref().map_err(String::clone).and_then(|rule| self.ask(rule));
        self.answers.borrow_mut().insert(id, answer.clone());
        answer
    }

    fn ask(&self, rule: &Rule) -> Result<(), String> {
        match rule.takes(self.subject.get_or_init(|| Subject::of(self.article))) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("its rule `{}` is false", rule.text())),
            Err(error) => Err(format!("its rule `{}` cannot say: {error}", rule.text())),
        }
    }

    /// What a partner should hold of the article at `now`. A partner that holds it already keeps being updated
    /// whatever the rules say by now, as long as there is a grant: `holds` says so.
    pub fn decide(&self, partner: &Partner, holds: bool, now: Timestamp) -> Decision {
        let article = self.article;
        let own = partner.outlet.as_ref();
        let shown_there = own
            .is_some_and(|own| article.sightings.iter().any(|sighting| sighting.outlet == *own && !sighting.withdrawn));
        if shown_there && !holds {
            return Decision::OwnArticle;
        }
        if passed(article, partner) {
            return Decision::PassedThere;
        }
        let mut refusals = Vec::new();
        let mut taken = Vec::new();
        for channel in &partner.channels {
            match self.takes(channel) {
                Ok(()) => taken.push(channel.clone()),
                Err(reason) => refusals.push((channel.clone(), reason)),
            }
        }
        if taken.is_empty() && holds {
            taken.clone_from(&partner.channels);
        }
        if taken.is_empty() {
            return Decision::NoChannel(refusals);
        }
        let climbs = climbs(article, partner);
        let allows = |grant: &Grant| {
            (grant.reexport || !climbs)
                && (grant.partners.includes(&partner.id)
                    || taken.iter().any(|channel| grant.channels.includes(channel)))
        };
        match self.best_grant(now, allows) {
            Some(grant) => self.hold(grant, partner, taken),
            None => Decision::NoGrant(taken),
        }
    }

    fn hold(&self, grant: &Grant, partner: &Partner, channels: Vec<ChannelId>) -> Decision {
        let terms = Terms {
            grant: grant.id.clone(),
            channels,
            content: grant.content,
            images: grant.images,
            attribution: self.attribution(grant),
        };
        let delay = partner.limits.delay_minutes.saturating_mul(60);
        Decision::Hold { terms, not_before: not_before(grant.embargo_seconds.max(delay), self.article) }
    }

    fn entry(&self, channel: &ChannelId, grant: &Grant) -> ChannelEntry {
        ChannelEntry {
            channel: channel.clone(),
            grant: grant.id.clone(),
            not_before: not_before(grant.embargo_seconds, self.article),
            content: grant.content,
            images: grant.images,
            attribution: self.attribution(grant),
        }
    }

    /// The most generous of the outlet's grants that hold at `now`: most content first, then the shortest embargo.
    fn best_grant(&self, now: Timestamp, allows: impl Fn(&Grant) -> bool) -> Option<&'a Grant> {
        let grants = self.rules.registry.grants.values().map(Arc::as_ref);
        let valid = grants.filter(|grant| {
            grant.outlet == self.article.outlet
                && grant.from.is_none_or(|from| from <= now)
                && grant.until.is_none_or(|until| now < until)
                && allows(grant)
        });
        valid.min_by_key(|grant| (generosity(grant.content), !grant.images, grant.embargo_seconds))
    }

    fn attribution(&self, grant: &Grant) -> String {
        let outlet = self.rules.registry.outlets.get(&self.article.outlet);
        let name = outlet.map_or(self.article.outlet.as_str(), |outlet| outlet.name.as_str());
        grant.attribution.replace("{outlet}", stated_origin(self.article).unwrap_or(name))
    }
}

/// Whether the partner is a hub that the article has passed: it is never sent back there.
fn passed(article: &Article, partner: &Partner) -> bool {
    let there = partner.connector.hub();
    there.is_some_and(|there| article.news.hops().iter().any(|hop| hop.party.eq_ignore_ascii_case(there)))
}

/// Whether this would be the way from one hub through this one to a third: such articles need a grant that says so. The
/// last hop is this hub's own.
pub(super) fn climbs(article: &Article, partner: &Partner) -> bool {
    partner.connector.hub().is_some() && article.news.hops().len() > 1
}

/// When the hub has only a reprint, the credit goes to whom the reprint names.
fn stated_origin(article: &Article) -> Option<&str> {
    let original = article.sightings.iter().find(|sighting| sighting.item == article.original)?;
    original.stated_source.as_deref().filter(|source| !source.trim().is_empty())
}

fn generosity(content: Content) -> u8 {
    match content {
        Content::Full => 0,
        Content::Excerpt => 1,
        Content::Link => 2,
    }
}

/// So many seconds after the article's release.
fn not_before(seconds: u32, article: &Article) -> Option<Timestamp> {
    let release = article.news.embargoed_until.unwrap_or(article.first_seen).max(article.first_seen);
    let embargo = SignedDuration::from_secs(i64::from(seconds));
    (seconds > 0).then(|| release.checked_add(embargo).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use lianbo_schemas::ninjs::NewsItem;
    use lianbo_schemas::{Article, ArticleUri, ItemUri, OutletId, Partner};
    use serde_json::json;

    use super::{Decision, Rules};
    use crate::registry::{Entry, Snapshot};

    fn partner(delay: u32) -> Partner {
        let connector = json!({"kind": "webhook", "url": "https://wp.example"});
        let limits = json!({"delay_minutes": delay});
        let partner = json!({"id": "wp", "name": "wp", "channels": ["all"], "connector": connector, "limits": limits});
        serde_json::from_value(partner).unwrap()
    }

    fn article(embargo: Option<Timestamp>) -> Article {
        let uri = ArticleUri::new("tag:x,2026:article:a").unwrap();
        let mut news = NewsItem::new(uri.as_str());
        news.embargoed_until = embargo;
        Article {
            uri,
            version: 1,
            outlet: OutletId::new("cdrb").unwrap(),
            original: ItemUri::new("tag:x,2026:item:cdrb:a").unwrap(),
            first_seen: Timestamp::UNIX_EPOCH,
            news,
            sightings: Vec::new(),
            links: Vec::new(),
        }
    }

    #[test]
    fn a_partner_waits_for_the_longer_of_its_delay_and_the_embargo_of_the_grant() {
        let released = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        for (embargo, delay, waits) in [(0, 0, None), (0, 10, Some(600)), (900, 10, Some(900)), (60, 10, Some(600))] {
            let mut registry = Snapshot::default();
            let channel = json!({"id": "all", "title": "all", "rule": "true"});
            let grant = json!({"id": "g", "outlet": "cdrb", "channels": "all", "embargo_seconds": embargo});
            registry.put(Entry::Channel(serde_json::from_value(channel).unwrap()));
            registry.put(Entry::Grant(serde_json::from_value(grant).unwrap()));
            let rules = Rules::new(Arc::new(registry));
            let decision = rules.about(&article(Some(released))).decide(&partner(delay), false, released);
            let Decision::Hold { not_before, .. } = decision else { panic!("{decision:?}") };
            assert_eq!(not_before, waits.map(|seconds| released + SignedDuration::from_secs(seconds)));
        }
    }
}
