//! Made-up articles and records for tests of the view and of what is served from it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::ninjs::{HubMember, NewsItem, PubStatus, Text};
use lianbo_schemas::{
    Article, ArticleChange, ArticleUri, Cause, ChannelId, Content, Event, Evidence, ItemUri, OutletId, Relation,
    Sighting, SubmissionId, topic,
};
use tempfile::TempDir;

use super::{ChannelEntry, Selector, Settings, View};
use crate::log::{Partition, Record};
use crate::stage::Clock;

/// The moment all samples start at.
pub(crate) fn start() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

/// So many seconds after the start.
pub(crate) fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// The n-th article, version 1, of 成都日报.
pub(crate) fn article(number: u32) -> Article {
    let outlet = OutletId::new("cdrb").unwrap();
    let item = ItemUri::of("example.org", &outlet, &number.to_string());
    let uri = ArticleUri::of("example.org", &item);
    let url = format!("https://cdrb.example/a/{number}");
    let mut news = NewsItem::new(uri.as_str());
    news.version = Some("1".to_owned());
    news.language = Some("zh-Hans".to_owned());
    news.by = Some("记者 王某".to_owned());
    news.first_created = Some(after(0));
    news.headlines = vec![lianbo_schemas::ninjs::Headline::main(format!("第{number}号防汛工作会议 <召开> & 部署"))];
    news.descriptions = vec![Text::new("summary", "text/plain", "会议部署冬季水利建设。")];
    news.bodies = vec![
        Text::new(
            "main",
            "text/html",
            "<p>成都召开防汛工作会议。</p><figure><img src=\"https://cdrb.example/p.jpg\" alt=\"会场\"></figure>",
        ),
        Text::new("main", "text/plain", "成都召开防汛工作会议。\n水利建设投资5.2亿元。"),
    ];
    news.hub = Some(HubMember {
        received_at: after(0),
        cluster: uri.to_string(),
        canonical_url: Some(url.clone()),
        content_digest: None,
        hops: Vec::new(),
    });
    let sightings = vec![sighting(&item, &outlet, &url, Relation::Original, None)];
    Article { uri, version: 1, outlet, original: item, first_seen: after(0), news, sightings, links: Vec::new() }
}

/// A sighting.
pub(crate) fn sighting(
    item: &ItemUri,
    outlet: &OutletId,
    url: &str,
    relation: Relation,
    parent: Option<ItemUri>,
) -> Sighting {
    Sighting {
        item: item.clone(),
        outlet: outlet.clone(),
        submission: SubmissionId::new("sub-1").unwrap(),
        url: Some(url.to_owned()),
        headline: "防汛工作会议召开".to_owned(),
        stated_source: Some("成都日报".to_owned()),
        seen: after(60),
        published: None,
        relation,
        parent,
        evidence: Evidence {
            score: 0.97,
            reasons: vec!["12 of 12 passages are the same".to_owned()],
            differing: Vec::new(),
        },
        withdrawn: false,
    }
}

/// A reprint of an article by 重庆日报.
pub(crate) fn reprint(of: &Article) -> Sighting {
    let outlet = OutletId::new("cqrb").unwrap();
    let item = ItemUri::of("example.org", &outlet, "7");
    sighting(&item, &outlet, "https://cqrb.example/7", Relation::Reprint, Some(of.original.clone()))
}

/// A full version.
pub(crate) fn version(cause: Cause, article: &Article) -> ArticleChange {
    ArticleChange::Version { cause, article: article.clone() }
}

/// The first version.
pub(crate) fn published(article: &Article) -> ArticleChange {
    version(Cause::Published, article)
}

/// The next version of an article, under another headline.
pub(crate) fn corrected(article: &Article, number: u32, headline: &str) -> ArticleChange {
    let mut next = article.clone();
    next.version = number;
    next.news.version = Some(number.to_string());
    next.news.headlines = vec![lianbo_schemas::ninjs::Headline::main(headline)];
    next.news.ed_note = Some("更正：标题有误".to_owned());
    version(Cause::Corrected, &next)
}

/// A kill.
pub(crate) fn killed(article: &Article, version: u32) -> ArticleChange {
    ArticleChange::Withdrawn {
        uri: article.uri.clone(),
        version,
        status: PubStatus::Canceled,
        note: Some("稿件有误".to_owned()),
        at: after(0),
    }
}

/// The end of an embargo.
pub(crate) fn lifted(article: &Article) -> ArticleChange {
    ArticleChange::Lifted { uri: article.uri.clone(), version: article.version, at: after(0) }
}

/// A record of any topic, as a CloudEvent.
pub(crate) fn record<T: serde::Serialize>(topic: &str, offset: i64, seconds: i64, value: &T) -> Record {
    let event = Event::new(format!("{topic}-{offset}"), "/test", "test", after(seconds));
    Record {
        partition: Partition { topic: topic.to_owned(), number: 0 },
        offset,
        time: after(seconds),
        key: None,
        headers: event.to_headers(),
        value: Some(Bytes::from(serde_json::to_vec(value).unwrap())),
    }
}

/// A record of `articles`.
pub(crate) fn change(offset: i64, seconds: i64, change: &ArticleChange) -> Record {
    record(topic::ARTICLES, offset, seconds, change)
}

/// A view in a folder of its own, its clock, and the rules that fill its channels.
pub(crate) struct Fixture {
    pub(crate) view: Arc<View>,
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<Mutex<Timestamp>>,
    pub(crate) rules: Arc<Mutex<Vec<Rule>>>,
}

/// A channel of the fixture: takes articles whose headline contains `word`, `embargo` seconds after release.
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) channel: ChannelId,
    pub(crate) word: String,
    pub(crate) embargo: i64,
    pub(crate) content: Content,
    pub(crate) images: bool,
}

/// A channel that takes everything in full.
pub(crate) fn open_channel(id: &str) -> Rule {
    Rule { channel: ChannelId::new(id).unwrap(), word: String::new(), embargo: 0, content: Content::Full, images: true }
}

fn selector(rules: Arc<Mutex<Vec<Rule>>>) -> Selector {
    Arc::new(move |article, _now| {
        let rules = rules.lock().unwrap().clone();
        let takes = rules.into_iter().filter(|rule| article.news.headline().contains(&rule.word));
        let entry = |rule: Rule| {
            let release = article.news.embargoed_until.unwrap_or(article.first_seen);
            ChannelEntry {
                channel: rule.channel,
                not_before: (rule.embargo > 0).then(|| release + SignedDuration::from_secs(rule.embargo)),
                content: rule.content,
                images: rule.images,
                attribution: "来源：成都日报".to_owned(),
            }
        };
        takes.map(entry).collect()
    })
}

impl Fixture {
    pub(crate) async fn new(rules: Vec<Rule>) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), rules).await
    }

    pub(crate) async fn in_folder(folder: TempDir, rules: Vec<Rule>) -> Self {
        let clock = Arc::new(Mutex::new(after(0)));
        let rules = Arc::new(Mutex::new(rules));
        let told = Arc::clone(&clock);
        let time: Clock = Arc::new(move || *told.lock().unwrap());
        let path = folder.path().join("view.db");
        let view = View::open(path, selector(Arc::clone(&rules)), time, &Settings::default()).await.unwrap();
        Self { view, folder, clock, rules }
    }

    pub(crate) fn time(&self) -> Clock {
        let told = Arc::clone(&self.clock);
        Arc::new(move || *told.lock().unwrap())
    }

    /// Folds changes of articles from an offset on, one second apart.
    pub(crate) async fn fold(&self, first: i64, changes: &[ArticleChange]) {
        let records = (first..).zip(changes).map(|(offset, one)| change(offset, offset, one)).collect();
        self.view.fold(records).await.unwrap();
    }
}
