//! A story told to dedup: outlets send pieces, the test looks at what became of them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lianbo_hub::dedup::{Dedup, Outcome, Settings};
use lianbo_hub::normalise::fold::fold;
use lianbo_hub::registry::{Entry, Kind, Snapshot};
use lianbo_schemas::ninjs::{Headline, PubStatus};
use lianbo_schemas::{
    Article, ArticleChange, ArticleUri, Hop, Item, ItemUri, Judged, NewsItem, Normalised, Order, OutletId, Reason,
    Revision, Settled, SubmissionId,
};

/// The alliance's domain in these stories.
pub const AUTHORITY: &str = "alliance.example";

/// A report long enough to be compared.
pub const FIRE: &str = "江西省新余市渝水区一临街店铺昨天下午发生火灾，当地消防救援力量接到报警后迅速赶到现场处置。\n截至目前，事故已造成39人死亡、9人受伤，受伤人员已送往当地医院救治，医院调集专家组成医疗小组。\n当地政府表示，将尽快查明事故原因，依法严肃追究责任，并在全市范围内开展安全隐患排查整治工作。\n附近居民告诉记者，起火的是一栋六层商住楼的地下一层，浓烟很快蔓延到二层的培训机构和宾馆。";
/// Another one.
pub const METRO: &str = "成都轨道交通集团今天宣布，新建的地铁线路将于本月底开通试运行，全长三十八公里，共设二十一座车站。\n新线路连接城市东部新区与中心城区，预计每天运送乘客二十万人次，沿线居民到达市中心只需要四十分钟。\n集团负责人介绍，线路全部采用全自动运行技术，车站内设置了母婴室和无障碍设施，方便不同乘客出行。";

/// When the stories begin.
pub fn start() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// So many minutes after the beginning.
pub fn minute(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// A piece as an outlet sends it.
#[derive(Debug, Clone)]
pub struct Piece {
    pub outlet: &'static str,
    pub own_id: String,
    pub title: String,
    pub text: String,
    pub version: u64,
    pub received: Timestamp,
    pub status: PubStatus,
    pub embargo: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub stated_source: Option<&'static str>,
    pub stated_time: Option<Timestamp>,
    pub canonical_url: Option<String>,
    pub note: Option<&'static str>,
    pub has_passed: Option<&'static str>,
}

/// A piece received `minutes` after the beginning.
pub fn piece(outlet: &'static str, own_id: &str, text: &str, minutes: i64) -> Piece {
    Piece {
        outlet,
        own_id: own_id.to_owned(),
        title: "临街店铺发生火灾".to_owned(),
        text: text.to_owned(),
        version: 0,
        received: minute(minutes),
        status: PubStatus::Usable,
        embargo: None,
        expires: None,
        stated_source: None,
        stated_time: None,
        canonical_url: None,
        note: None,
        has_passed: None,
    }
}

impl Piece {
    pub fn titled(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn uri(&self) -> ItemUri {
        ItemUri::of(AUTHORITY, &OutletId::new(self.outlet).unwrap(), &self.own_id)
    }

    pub fn normalised(&self) -> Normalised {
        let uri = self.uri();
        let mut news = NewsItem::new(uri.as_str());
        news.headlines = vec![Headline::main(&self.title)];
        news.pub_status = self.status;
        news.embargoed_until = self.embargo;
        news.expires = self.expires;
        news.ed_note = self.note.map(str::to_owned);
        let clock = (self.embargo, self.expires);
        let seen = format!("{}\n{}\n{:?}\n{clock:?}", self.title, self.text, self.status);
        let hop = |party: &str| Hop { seq: 1, party: party.to_owned(), action: "a".to_owned(), timestamp: start() };
        let match_text: Vec<String> = self.text.lines().map(fold).collect();
        let item = Item {
            outlet: OutletId::new(self.outlet).unwrap(),
            own_id: self.own_id.clone(),
            submission: SubmissionId::new(format!("{}-{}", self.outlet, self.received.as_second())).unwrap(),
            received: self.received,
            revision: Revision { version: self.version, stated: self.received, received: self.received },
            url: Some(format!("https://{}.example/{}", self.outlet, self.own_id)),
            canonical_url: self.canonical_url.clone(),
            stated_source: self.stated_source.map(str::to_owned),
            stated_time: self.stated_time,
            hops: self.has_passed.map(hop).into_iter().collect(),
            digest: data_encoding::HEXLOWER.encode(format!("{:0>32}", hash(&seen)).as_bytes()),
            news,
            uri,
        };
        Normalised { item, match_title: fold(&self.title), match_text: match_text.join("\n") }
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Three outlets: cdrb 成都日报, other 某某网, third 第三网.
pub fn registry() -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (id, name) in [("cdrb", "成都日报"), ("other", "某某网"), ("third", "第三网")] {
        let document = format!(r#"{{"id":"{id}","name":"{name}","aliases":["{name}社"],"domains":["{id}.example"]}}"#);
        let entry = Entry::read(Kind::Outlet, document.as_bytes()).unwrap();
        snapshot.put(entry);
    }
    snapshot
}

/// Dedup, and all it has written.
pub struct Story {
    pub dedup: Dedup,
    pub registry: Snapshot,
    pub changes: Vec<ArticleChange>,
    pub memory: BTreeMap<ItemUri, Judged>,
    pub settled: BTreeMap<ArticleUri, Settled>,
}

impl Story {
    pub fn new() -> Self {
        Self {
            dedup: Dedup::new(AUTHORITY, &Settings::default()),
            registry: registry(),
            changes: Vec::new(),
            memory: BTreeMap::new(),
            settled: BTreeMap::new(),
        }
    }

    /// Sends a piece, now being the time it is received.
    pub fn send(&mut self, piece: &Piece) -> Outcome {
        let outcome = self.dedup.step(piece.normalised(), &self.registry, piece.received);
        self.note(outcome)
    }

    /// Lets an editor decide, an hour after the beginning.
    pub fn decide(&mut self, order: &Order) -> Result<Outcome, Reason> {
        let outcome = self.dedup.decide(order, &self.registry, minute(60))?;
        Ok(self.note(outcome))
    }

    /// Lets the clock show `now`.
    pub fn clock(&mut self, now: Timestamp) -> Outcome {
        let outcome = self.dedup.due(now);
        self.note(outcome)
    }

    fn note(&mut self, outcome: Outcome) -> Outcome {
        self.changes.extend(outcome.changes.iter().cloned());
        self.memory.extend(outcome.judged.iter().map(|judged| (judged.item.clone(), judged.clone())));
        self.settled.extend(outcome.settled.iter().map(|settled| (settled.article.clone(), settled.clone())));
        outcome
    }

    /// Dedup as it is after a restart.
    pub fn restarted(&self) -> Dedup {
        Dedup::restore(AUTHORITY, &Settings::default(), self.memory.values().cloned())
            .with_decisions(self.settled.values().cloned())
    }
}

/// The words by which the changes of an outcome are known.
pub fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.changes.iter().map(ArticleChange::kind).collect()
}

/// The verdict's word.
pub fn word(outcome: &Outcome) -> &'static str {
    outcome.judged.last().unwrap().verdict.word()
}

/// The full version an outcome wrote.
pub fn article(outcome: &Outcome) -> &Article {
    match outcome.changes.as_slice() {
        [ArticleChange::Version { article, .. }] => article,
        changes => panic!("not one version: {changes:?}"),
    }
}
