//! Whether what partners say they took down is gone for their readers too: each former address is looked at, again and
//! again until it is proven, and an operator is told when it is not in time.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::format::markup::plain;
use lianbo_connectors::partner::look_as_reader;
use lianbo_connectors::source::Fetch;
use lianbo_schemas::takedown::{Finding, Look, Proof};
use lianbo_schemas::{Article, PartnerId, TakeDown};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::attempt::bounded;
use super::lane::Shared;
use super::ledger::{LedgerError, Watched};

/// How often the ledger is asked which take-downs are due.
const EVERY: Duration = Duration::from_secs(2);
/// The longest one look may take: a reader would have left by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// Looks at once, one of each partner at most: a site that does not answer holds up no other.
const AT_ONCE: usize = 64;
/// The wait before a second look where the first did not find it gone; doubles with each.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest such wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(3_600);

/// Looks at the take-downs of the partners whose lanes this node has, until stopped.
pub(super) async fn watch(
    shared: Arc<Shared>,
    pages: Arc<dyn Fetch>,
    stop: CancellationToken,
) -> Result<(), LedgerError> {
    let mut busy: HashSet<PartnerId> = HashSet::new();
    let mut looks = FuturesUnordered::new();
    loop {
        let idle = shared.status.lanes().into_iter().map(|lane| lane.partner);
        let idle: HashSet<PartnerId> = idle.filter(|partner| !busy.contains(partner)).collect();
        let places = AT_ONCE.saturating_sub(looks.len());
        for watched in due(&shared, idle, places).await? {
            busy.insert(watched.partner.clone());
            looks.push(look(Arc::clone(&shared), Arc::clone(&pages), watched));
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            Some(done) = looks.next(), if !looks.is_empty() => drop(busy.remove(&done?)),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// What is due, one article of each partner, `places` in all.
async fn due(shared: &Shared, partners: HashSet<PartnerId>, places: usize) -> Result<Vec<Watched>, LedgerError> {
    if places == 0 || partners.is_empty() {
        return Ok(Vec::new());
    }
    let now = (shared.clock)();
    shared.ledger.call(move |store| store.watched(&partners, now, places)).await
}

async fn look(shared: Arc<Shared>, pages: Arc<dyn Fetch>, watched: Watched) -> Result<PartnerId, LedgerError> {
    // Without the view the words are not known: what then cannot be told is looked at again.
    let article = shared.articles.article(&watched.article).await.ok().flatten();
    let passages = article.map(|article| passages(&article)).unwrap_or_default();
    let looking = async { Ok(look_as_reader(pages.as_ref(), &watched.url, &passages).await) };
    let found = bounded(PATIENCE, looking).await;
    let found = found.unwrap_or_else(|failure| (Finding::Unclear, failure.to_string()));
    let take_down = follow_up(&watched, found, (shared.clock)(), &shared.settings);
    if is_news(&watched, &take_down) {
        tracing::error!(
            partner.id = watched.partner.as_str(),
            article.uri = watched.article.as_str(),
            found = take_down.last.detail,
            "a take-down is overdue: have the partner remove it; `lianbo takedown URI` tells more"
        );
    }
    shared.appender.take_down(take_down).await?;
    Ok(watched.partner)
}

/// Headline and sentences by which readers would know the article.
fn passages(article: &Article) -> Vec<String> {
    let news = &article.news;
    let body = news.body("text/plain").map(str::to_owned);
    let body = body.or_else(|| news.body("text/html").map(plain)).unwrap_or_default();
    let sentences = body.split(['。', '！', '？', '\n', '.', '!', '?']).map(str::trim);
    let all = std::iter::once(news.headline()).chain(sentences);
    all.filter(|passage| !passage.is_empty()).map(str::to_owned).collect()
}

/// The first time that it is overdue.
fn is_news(watched: &Watched, found: &TakeDown) -> bool {
    let was_overdue = watched.before.as_ref().is_some_and(|before| before.proof == Proof::Overdue);
    found.proof == Proof::Overdue && !was_overdue
}

/// What a further look comes to. Pure.
fn follow_up(watched: &Watched, (finding, detail): (Finding, String), now: Timestamp, settings: &Settings) -> TakeDown {
    let before = watched.before.as_ref();
    let looks = before.map_or(0, |before| before.looks).saturating_add(1);
    let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
    let settle = seconds(settings.takedown_settle_seconds);
    let gone_since = (finding == Finding::Gone).then(|| before.and_then(|before| before.gone_since).unwrap_or(now));
    let is_proven = gone_since.is_some_and(|since| now.duration_since(since) >= settle);
    let is_late = now.duration_since(watched.acknowledged) >= seconds(settings.takedown_overdue_seconds);
    let was_overdue = before.is_some_and(|before| before.proof == Proof::Overdue);
    let proof = match (is_proven, gone_since) {
        (true, _) => Proof::Gone,
        (false, None) if is_late => Proof::Overdue,
        (false, _) if was_overdue => Proof::Overdue,
        (false, _) => Proof::Open,
    };
    let wait = match gone_since {
        _ if is_proven => None,
        Some(_) => Some(settle),
        None if looks >= settings.takedown_looks => None,
        None => Some(doubled(looks)),
    };
    TakeDown {
        partner: watched.partner.clone(),
        article: watched.article.clone(),
        acknowledged: watched.acknowledged,
        url: watched.url.clone(),
        looks,
        last: Look { at: now, finding, detail },
        gone_since,
        proof,
        next: wait.and_then(|wait| now.checked_add(wait).ok()),
    }
}

/// The wait after so many looks.
fn doubled(looks: u32) -> SignedDuration {
    let times = 1_i32 << looks.saturating_sub(1).min(20);
    FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use lianbo_schemas::takedown::{Finding, Proof};
    use lianbo_schemas::{ArticleUri, PartnerId, TakeDown};

    use super::{Watched, follow_up};
    use crate::deliver::Settings;

    const KILLED: Timestamp = Timestamp::UNIX_EPOCH;

    /// Looks as planned, each finding the same, until a minute; what the last one said.
    fn looks(finding: impl Fn(i64) -> Finding, until_minute: i64) -> TakeDown {
        let (partner, article) = (PartnerId::new("p").unwrap(), ArticleUri::new("tag:x,2026:article:a").unwrap());
        let url = "https://a.example/7".to_owned();
        let mut watched = Watched { partner, article, acknowledged: KILLED, url, before: None };
        let mut now = KILLED + SignedDuration::from_secs(10);
        loop {
            let found = (finding(now.as_second() / 60), String::new());
            let next = follow_up(&watched, found, now, &Settings::default());
            let Some(at) = next.next.filter(|at| at.as_second() < until_minute * 60) else { return next };
            (now, watched.before) = (at, Some(next));
        }
    }

    #[test]
    fn gone_is_proven_only_when_it_still_is_after_a_while() {
        assert_eq!(looks(|_| Finding::Gone, 1).proof, Proof::Open);
        let proven = looks(|_| Finding::Gone, 100);
        assert_eq!((proven.proof, proven.looks, proven.next), (Proof::Gone, 2, None));
        // A cache that brings it back once begins the wait anew.
        let flickering = looks(|minute| if minute == 5 { Finding::Standing } else { Finding::Gone }, 100);
        assert_eq!(flickering.proof, Proof::Gone);
        assert!(flickering.looks > 3, "{flickering:?}");
    }

    #[test]
    fn what_still_stands_is_overdue_after_a_quarter_of_an_hour_and_given_up_in_the_end() {
        for finding in [Finding::Standing, Finding::Unclear] {
            assert_eq!(looks(|_| finding, 14).proof, Proof::Open);
            assert_eq!(looks(|_| finding, 60).proof, Proof::Overdue);
            let last = looks(|_| finding, i64::MAX / 60);
            assert_eq!((last.proof, last.looks, last.next), (Proof::Overdue, Settings::default().takedown_looks, None));
        }
    }

    #[test]
    fn late_is_better_than_never() {
        let late = looks(|minute| if minute < 40 { Finding::Standing } else { Finding::Gone }, 1_000);
        assert_eq!((late.proof, late.next), (Proof::Gone, None));
    }
}
