//! Publishing: WeChat accepts a draft at once and shows it later, or not at all.
//! <https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_submit>
//! <https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_get>

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lianbo_schemas::ArticleUri;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Api;
use super::find::Found;
use crate::partner::Failure;

/// Waits before each look at a draft that was accepted, in milliseconds: 12 s in all, less than half of what a lane
/// waits for one attempt. A review by people takes longer; then the lane comes back, and one look is enough.
const LOOKS: [u64; 7] = [250, 500, 1_000, 2_000, 2_500, 2_750, 3_000];

/// When the lane shall look again after that.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How long a draft may be nowhere after a submission whose answer was lost, before it is written anew.
const LOST: Duration = Duration::from_secs(5 * 60);

/// Publications under way that are remembered at most, before old ones are forgotten: a lane has as many as its window,
/// and as many as wait for a review.
const REMEMBERED: usize = 1_000;

/// A draft on its way to readers.
#[derive(Debug, Clone)]
struct UnderWay {
    /// The draft.
    draft: String,
    /// The digest in its mark.
    digest: String,
    /// WeChat's id of the publication, once it has answered.
    publication: Option<Value>,
    since: Instant,
}

/// What is under way, by account and article. It outlives its connector, which is made anew whenever the registry
/// changes, and is gone when the process ends.
static UNDER_WAY: LazyLock<Mutex<HashMap<(String, ArticleUri), UnderWay>>> = LazyLock::new(Mutex::default);

/// What publishes for one account.
#[derive(Debug)]
pub(super) struct Publisher {
    /// Its AppID.
    account: String,
}

/// What came of a publication.
#[derive(Debug)]
pub(super) enum Outcome {
    /// None is under way.
    Nothing,
    /// Readers see it, under this id.
    Visible(String),
    /// WeChat does not show it.
    Refused {
        /// Why, in one sentence.
        reason: String,
        /// The digest in the mark of what was refused.
        digest: String,
    },
}

#[derive(Deserialize)]
struct Submitted {
    /// A number, or a text.
    publish_id: Value,
}

#[derive(Deserialize)]
struct Told {
    publish_status: i64,
    #[serde(default)]
    article_id: String,
}

impl Publisher {
    /// For the account with this AppID.
    pub(super) fn new(account: &str) -> Self {
        Self { account: account.to_owned() }
    }

    /// Hands the draft in, and waits until readers see it. `digest` is that of its mark.
    pub(super) async fn publish(
        &self,
        api: &Api,
        article: &ArticleUri,
        draft: &str,
        digest: &str,
    ) -> Result<Outcome, Failure> {
        let (draft_id, digest) = (draft.to_owned(), digest.to_owned());
        let before = UnderWay { draft: draft_id, digest, publication: None, since: Instant::now() };
        self.note(article, before.clone());
        match api.post::<Submitted>("freepublish/submit", &json!({"media_id": draft})).await {
            Ok(submitted) => self.note(article, UnderWay { publication: Some(submitted.publish_id), ..before }),
            Err(error) => {
                let failure = Failure::from(error);
                // After a failure that passes, whether it was taken is not known.
                if !matches!(failure, Failure::Transient { .. }) {
                    self.forget(article);
                }
                return Err(failure);
            }
        }
        self.outcome(api, article).await
    }

    /// What came of the publication under way, waiting for a bounded time.
    pub(super) async fn outcome(&self, api: &Api, article: &ArticleUri) -> Result<Outcome, Failure> {
        let Some(under_way) = self.of(article) else { return Ok(Outcome::Nothing) };
        let Some(publication) = &under_way.publication else { return Ok(Outcome::Nothing) };
        let looks = if under_way.since.elapsed() < LOOK_AGAIN { &LOOKS[..] } else { &LOOKS[..1] };
        for wait in looks.iter().copied() {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let told: Told = api.post("freepublish/get", &json!({"publish_id": publication})).await?;
            if let Some(outcome) = read(told, &under_way.digest) {
                self.forget(article);
                return Ok(outcome);
            }
        }
        let reason = "WeChat has accepted the article and does not show it yet".to_owned();
        Err(Failure::Pending { after: LOOK_AGAIN, reason })
    }

    /// A submission whose answer was lost: where the draft still lies it was not taken, and where readers see what was in
    /// it, it was; else it may be on its way, and must not be written a second time for a while.
    pub(super) fn settle_lost(&self, article: &ArticleUri, found: &Found) -> Result<(), Failure> {
        let Some(under_way) = self.of(article) else { return Ok(()) };
        let is_seen = found.published.iter().any(|standing| standing.digest == under_way.digest);
        let is_left = found.drafts.iter().any(|standing| standing.id == under_way.draft);
        if is_seen || is_left || under_way.since.elapsed() > LOST {
            self.forget(article);
            return Ok(());
        }
        let reason = "WeChat did not say whether it accepted the article, and it is not to be seen yet".to_owned();
        Err(Failure::Pending { after: LOOK_AGAIN, reason })
    }

    fn note(&self, article: &ArticleUri, under_way: UnderWay) {
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.retain(|_, under_way| under_way.since.elapsed() <= LOST);
        }
        known.insert(self.key(article), under_way);
    }

    fn of(&self, article: &ArticleUri) -> Option<UnderWay> {
        known().get(&self.key(article)).cloned()
    }

    fn forget(&self, article: &ArticleUri) {
        known().remove(&self.key(article));
    }

    fn key(&self, article: &ArticleUri) -> (String, ArticleUri) {
        (self.account.clone(), article.clone())
    }
}

fn known() -> MutexGuard<'static, HashMap<(String, ArticleUri), UnderWay>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `None` while it is being published.
fn read(told: Told, digest: &str) -> Option<Outcome> {
    let refused = |why: &str| {
        let reason = format!("WeChat accepted the article and then {why}");
        Some(Outcome::Refused { reason, digest: digest.to_owned() })
    };
    match told.publish_status {
        0 => Some(Outcome::Visible(told.article_id)),
        1 => None,
        2 => refused("found its claim to be an original (原创声明) wrong"),
        3 => refused("could not publish it"),
        4 => refused("refused it in its review (平台审核不通过)"),
        5 => refused("the account's editors deleted it"),
        6 => refused("blocked it (系统封禁)"),
        other => refused(&format!("gave it the unknown status {other}")),
    }
}
