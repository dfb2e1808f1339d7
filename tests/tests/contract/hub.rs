//! A real hub as another hub's partner, on an embedded log.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_connectors::partner::{Failure, Held, Outgoing};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_tests::{Alliance, Engine};
use rand::RngExt;
use serde_json::{Value, json};

use crate::article::{article, withdrawal};
use crate::bench::{Bench, Shown};

/// The member that the sending hub is there.
const MEMBER: &str = "neighbour";

/// The channel its readers see.
const CHANNEL: &str = "all";

/// The hub.
pub(crate) struct HubBench {
    pub(crate) alliance: Alliance,
    key: String,
}

impl HubBench {
    pub(crate) async fn start() -> Self {
        let alliance = Alliance::start(&Engine::Embedded).await;
        alliance.channel(CHANNEL, "true").await;
        alliance.outlet(MEMBER, "邻市联播").await;
        let key = alliance.key(MEMBER).await;
        Self { alliance, key }
    }

    /// Waits until readers see all that was taken before: one more article, which comes last. Written out, as a future of
    /// [`Bench`] must be one that any thread may go on with.
    async fn settle(&self) {
        let word = format!("{:032x}", rand::rng().random::<u128>());
        let last = Alliance::ninjs(&word, &word, &format!("{word} 末尾"), json!({}));
        self.alliance.submit(MEMBER, "application/json", last).await;
        let end = Instant::now() + Duration::from_secs(60);
        while !self.alliance.feed(CHANNEL).await.iter().any(|item| item["title"] == word) {
            assert!(Instant::now() < end, "the last article does not appear");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An entry's text without the line that every entry of a hub's feeds ends with.
fn without_foot(html: &str) -> String {
    let (text, foot) = html.rsplit_once("<p>").unwrap();
    assert!(foot.contains("rel=\"canonical\">阅读原文</a>"), "{foot}");
    text.to_owned()
}

#[async_trait]
impl Bench for HubBench {
    fn name(&self) -> String {
        "lianbo".to_owned()
    }

    fn record(&self, url: &str) -> Value {
        json!({"kind": "lianbo", "url": url, "user": MEMBER, "options": {"hub": self.alliance.authority()}})
    }

    fn url(&self) -> String {
        self.alliance.hub.url().to_owned()
    }

    fn secret(&self) -> String {
        self.key.clone()
    }

    fn wrong_secret(&self) -> String {
        self.key.chars().rev().collect()
    }

    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        self.settle().await;
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let feed = self.alliance.feed(CHANNEL).await;
        let shown = feed
            .iter()
            .map(|item| Shown { title: text(item, "title"), html: without_foot(&text(item, "content_html")) });
        shown.filter(|shown| shown.html.contains(article.uri.short())).collect()
    }

    async fn copies(&self, _picture: &str) -> Option<usize> {
        None
    }

    /// A kill is final there, whoever sends the article again.
    fn comes_back_after(&self) -> &'static [PubStatus] {
        &[PubStatus::Withheld]
    }

    async fn change_text(&self, _held: &Held) {
        unreachable!("its editors change no text");
    }

    async fn publish(&self, _held: &Held) {
        unreachable!("it has no drafts");
    }

    async fn delete(&self, _held: &Held) {
        unreachable!("it deletes nothing");
    }
}

#[tokio::test]
async fn a_hub_that_calls_itself_otherwise_is_told_before_anything_goes_there() {
    let bench = HubBench::start().await;
    let connector = bench.connector_with(json!({"hub": "elsewhere.example"}));
    let failure = connector.check().await.unwrap_err();
    assert!(
        matches!(&failure, Failure::Denied { reason } if reason.contains(bench.alliance.authority())),
        "{failure:?}"
    );
}

#[tokio::test]
async fn an_article_held_back_at_its_own_version_comes_back_however_often_that_is_said() {
    let bench = HubBench::start().await;
    let (connector, first) = (bench.connector(), article());
    let held = connector.put(&first, None).await.unwrap();
    let mut end = withdrawal(&first, PubStatus::Withheld);
    (end.version, end.decided) = (first.version, Timestamp::now());
    connector.withdraw(&end, Some(&held)).await.unwrap();
    assert_eq!(bench.shown(&first).await, []);
    let back = Outgoing { returned: Some(Timestamp::now()), ..first.clone() };
    for _ in 0..2 {
        let again = connector.put(&back, None).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(bench.shown(&first).await.len(), 1);
    }
}
