//! The pages of entries that only summarise: each is fetched once and is a submission of its own.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::source::{FetchError, Fetched};
use lianbo_schemas::dead::Origin;
use lianbo_schemas::{DeadLetter, Outlet, Reason, SubmissionId};
use url::Url;

use crate::letter;
use crate::pull::poll::{Context, PollError};
use crate::received::Received;
use crate::trace::Trace;

/// A page to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// The entry's own id.
    pub(super) own_id: String,
    pub(super) url: String,
    pub(super) tries: u32,
    /// Where the entry stands in the log, if its document is there.
    pub(super) document: Option<Origin>,
}

/// How a try ended.
enum Tried {
    Have(Fetched),
    /// The host asks to be left alone; no try is counted.
    Busy,
    Failed(String),
}

/// Fetches pages of a feed that are waiting, a bounded number, one after the other with a pause between.
pub(super) async fn fetch_due(context: &Context, outlet: &Outlet) -> Result<(), PollError> {
    let pages = context.state.pages(&outlet.id, context.settings.pages_per_poll).await?;
    for (index, page) in pages.into_iter().enumerate() {
        if index > 0 {
            tokio::time::sleep(context.settings.page_delay()).await;
        }
        match fetch(context, &page).await {
            Tried::Have(fetched) => {
                append(context, outlet, &page, &fetched).await?;
                context.state.page_done(&outlet.id, &page).await?;
            }
            Tried::Busy => return Ok(()),
            Tried::Failed(why) => failed(context, outlet, page, &why).await?,
        }
    }
    Ok(())
}

async fn fetch(context: &Context, page: &Page) -> Tried {
    let _turn = context.hosts.turn(&page.url).await;
    let fetched = context.fetch.get(&page.url, HeaderMap::new(), context.settings.max_bytes as usize).await;
    match fetched {
        Ok(fetched) => match fetched.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Tried::Busy,
            status if !status.is_success() => Tried::Failed(format!("the page `{}` answers {status}", page.url)),
            _ if fetched.body.is_empty() => Tried::Failed(format!("the page `{}` is empty", page.url)),
            _ => Tried::Have(fetched),
        },
        Err(FetchError::Transient(why) | FetchError::Address(why) | FetchError::TooLarge(why)) => Tried::Failed(why),
    }
}

async fn append(context: &Context, outlet: &Outlet, page: &Page, fetched: &Fetched) -> Result<(), PollError> {
    let received = Received {
        id: SubmissionId::fresh(),
        outlet: outlet.id.clone(),
        media_type: fetched.header(CONTENT_TYPE.as_str()).map(str::to_owned),
        time: (context.clock)(),
        url: Some(page.url.clone()),
        own_id: Some(page.own_id.clone()),
        site: None,
        idempotency_key: None,
        full_pages: false,
        trace: Trace::fresh(),
    };
    context.log.append(vec![received.into_record(fetched.body.clone())]).await?;
    Ok(())
}

async fn failed(context: &Context, outlet: &Outlet, mut page: Page, why: &str) -> Result<(), PollError> {
    page.tries += 1;
    if page.tries < context.settings.page_tries {
        return Ok(context.state.page_tried(&outlet.id, page).await?);
    }
    let why = format!("{why}; tried {} times; it is fetched again when the entry changes", page.tries);
    give_up(context, outlet, &page, "page-unreachable", &why).await?;
    Ok(context.state.page_done(&outlet.id, &page).await?)
}

/// Tells the operator that an entry's text cannot be had: by a dead letter, if the entry stands in the log.
pub(super) async fn give_up(
    context: &Context,
    outlet: &Outlet,
    page: &Page,
    code: &str,
    why: &str,
) -> Result<(), PollError> {
    tracing::warn!(member.id = %outlet.id, own_id = page.own_id, why, "the text of an entry cannot be had");
    let Some(origin) = page.document.clone() else { return Ok(()) };
    let at = (context.clock)();
    let reason = Reason { code: code.to_owned(), detail: why.to_owned() };
    let letter = DeadLetter::new(origin, reason, at);
    context.log.append(vec![letter::refusal(&letter, "/pull", None)]).await?;
    Ok(())
}

/// Whether a page belongs to the outlet: it is on the feed's own host, or on one of the outlet's domains, if it named
/// any. Else a feed that links to others' articles would have them published as the outlet's own.
pub(super) fn is_ours(outlet: &Outlet, feed: &str, page: &str) -> Result<(), String> {
    let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
    let Some(of_page) = host(page) else {
        let shown: String = page.chars().take(80).collect();
        return Err(format!("`{shown}` is not the whole address of the entry's page"));
    };
    let within = |domain: &String| {
        let domain = domain.to_ascii_lowercase();
        of_page == domain || of_page.strip_suffix(&domain).is_some_and(|front| front.ends_with('.'))
    };
    if outlet.domains.is_empty() || host(feed).as_ref() == Some(&of_page) || outlet.domains.iter().any(within) {
        return Ok(());
    }
    Err(format!(
        "the entry's page is on `{of_page}`, none of the outlet's domains; add it to `domains` if it is its own"
    ))
}

/// A moment after another; the end of time, if that is nearer.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::Outlet;

    use super::is_ours;

    #[test]
    fn a_page_is_the_outlets_own_on_its_feeds_host_or_one_of_its_domains() {
        let document = |domains: &str| format!(r#"{{"id":"cdrb","name":"成都日报","domains":{domains}}}"#);
        let outlet: Outlet = serde_json::from_str(&document(r#"["cdrb.com.cn"]"#)).unwrap();
        let ours = |page: &str| is_ours(&outlet, "https://rss.example/feed", page);
        assert!(ours("https://rss.example/1").is_ok());
        assert!(ours("https://e.CDRB.com.cn/1").is_ok());
        assert!(ours("https://cdrb.com.cn/1").is_ok());
        assert!(ours("https://notcdrb.com.cn/1").is_err());
        assert!(ours("/1.html").is_err());
        let open: Outlet = serde_json::from_str(&document("[]")).unwrap();
        assert!(is_ours(&open, "https://rss.example/feed", "https://anywhere.example/1").is_ok());
    }
}
