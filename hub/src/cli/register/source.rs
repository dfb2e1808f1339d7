//! Where an outlet's pieces are fetched: a feed that is named, or whatever stands at an address.

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::address;
use super::draft::Draft;
use super::secret::{read_secret, store_secret};
use crate::cli::output::text;
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;
use crate::secrets::Secret;

/// Where to fetch from.
#[derive(Debug, Args)]
pub(super) struct SourceArguments {
    /// Take in what a WordPress, a Ghost or a feed publishes: the address of the site, or of its API where that is on
    /// another host. It is tried at once.
    #[arg(long, value_name = "URL", conflicts_with = "feed")]
    from: Option<String>,
    /// The user name there (WordPress).
    #[arg(long, requires = "from")]
    user: Option<String>,
    /// The name of a secret the hub's machine already has: an application password (WordPress), an Admin API key (Ghost).
    #[arg(long, requires = "from", conflicts_with = "secret_stdin")]
    secret: Option<String>,
    /// Read that secret from standard input and store it on the hub.
    #[arg(long, requires = "from")]
    secret_stdin: bool,
    /// A feed to pull (RSS, Atom, JSON Feed), for an outlet that does not push; `--feed ""` ends all fetching.
    #[arg(long, value_name = "URL")]
    feed: Option<String>,
    /// Seconds between polls; at first 300 for a feed and a Ghost, 60 for a WordPress.
    #[arg(long, value_name = "SECONDS")]
    every: Option<u32>,
}

/// What was typed, looked at.
pub(super) enum Found {
    /// Nothing about sources, or an end of fetching.
    Nothing,
    /// A feed.
    Feed,
    /// A CMS, and one sentence about it.
    Cms { kind: String, found: String },
}

/// Puts the source that was typed into the draft; what stands at an address is looked at and tried first.
pub(super) async fn put(hub: &Hub, draft: &mut Draft, id: &str, typed: SourceArguments) -> Result<Found, CliError> {
    if let Some(address) = typed.from.clone() {
        return join(hub, draft, id, &address, typed).await;
    }
    if typed.feed.as_deref() == Some("") {
        draft.set("source", Some(""));
        return Ok(Found::Nothing);
    }
    let has_source = draft.get("source").is_some();
    match (typed.feed, typed.every) {
        (None, None) => Ok(Found::Nothing),
        (None, Some(every)) if has_source => {
            draft.part("source").set("every_seconds", Some(every));
            Ok(Found::Nothing)
        }
        (None, Some(_)) => Err(CliError::Usage("--every needs --from or --feed: this outlet has no source".to_owned())),
        (Some(feed), every) => Ok(put_feed(draft, Some(feed), every)),
    }
}

/// Looks at an address and tries the secret; one that does not open the site takes no other's place.
async fn join(
    hub: &Hub,
    draft: &mut Draft,
    id: &str,
    address: &str,
    typed: SourceArguments,
) -> Result<Found, CliError> {
    let read = if typed.secret_stdin { Some(read_secret()?) } else { None };
    let key = read.as_ref().map(Secret::expose);
    let question = json!({"url": address, "user": typed.user, "secret": typed.secret, "key": key});
    let answer: Value = hub.send(Method::POST, "/v1/sources/probe", Some(&question)).await?;
    let (kind, url) = (text(&answer, "/kind"), text(&answer, "/url"));
    if kind == "feed" {
        return Ok(put_feed(draft, Some(url), typed.every));
    }
    let secret = match read {
        Some(secret) => Some(store_secret(hub, &format!("{id}-source"), &secret).await?),
        None => typed.secret,
    };
    draft.set("source", Some(cms(draft.get("source"), &kind, &url, typed.user, secret, typed.every)));
    Ok(Found::Cms { kind, found: text(&answer, "/found") })
}

/// A feed takes the place of a CMS; another address of a feed leaves the rest of the record.
fn put_feed(draft: &mut Draft, url: Option<String>, every: Option<u32>) -> Found {
    let was_feed = draft.get("source").is_some_and(|source| text(source, "/kind") == "feed");
    if !was_feed {
        draft.set("source", Some(json!({"kind": "feed"})));
    }
    let mut source = draft.part("source");
    source.set("url", url);
    source.set("every_seconds", every);
    Found::Feed
}

/// The record of a CMS. The seconds stay when the same kind is joined again, the key of a Ghost's webhooks only at the
/// same address: the webhooks of another site are not this one's.
fn cms(
    former: Option<&Value>,
    kind: &str,
    url: &str,
    user: Option<String>,
    secret: Option<String>,
    every: Option<u32>,
) -> Value {
    let mut source = json!({"kind": kind, "url": url, "secret": secret});
    if kind == "wordpress" {
        source["user"] = json!(user);
    }
    let former = former.filter(|former| text(former, "/kind") == kind);
    let same_site = former.filter(|former| text(former, "/url") == url);
    for (member, from) in [("webhook_secret", same_site), ("every_seconds", former)] {
        if let Some(value) = from.and_then(|former| former.get(member)) {
            source[member] = value.clone();
        }
    }
    if let Some(every) = every {
        source["every_seconds"] = every.into();
    }
    source
}

/// Says what was found and what the hub does about it; has a Ghost send its webhooks.
pub(super) async fn tell(hub: &Hub, output: &Output, id: &str, found: &Found, entry: &Value) {
    let every = text(entry, "/source/every_seconds");
    match found {
        Found::Nothing => {}
        Found::Feed => output.line(format!("Its feed {} is polled every {every} s.", text(entry, "/source/url"))),
        Found::Cms { kind, found } => {
            output.line(format!("Found at {}: {found}.", text(entry, "/source/url")));
            output.line(format!(
                "Its lists are asked every {every} s. What is public is taken in, edits follow; what is taken back, \
                 trashed or deleted there is withdrawn everywhere. What a hub has posted there is passed over."
            ));
            if kind == "ghost" {
                webhooks(hub, output, id).await;
            }
        }
    }
}

/// Without webhooks changes come with the next poll, so that a failure here is said and is none of the whole.
async fn webhooks(hub: &Hub, output: &Output, id: &str) {
    let path = format!("{}/webhooks", address(Kind::Outlet, id));
    match hub.send::<Value>(Method::POST, &path, None::<&Value>).await {
        Ok(answer) => output.line(format!(
            "Ghost tells of every change at once, to {}: it must be able to reach that address (`server.public_url` of \
             the hub).",
            text(&answer, "/target")
        )),
        Err(error) => output.line(format!(
            "Ghost does not tell of changes by itself, so they come with the next poll: {error}. The same command tries \
             again."
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::cms;

    #[test]
    fn the_key_of_the_webhooks_stays_with_the_site_and_the_seconds_with_the_kind() {
        let former = json!({"kind": "ghost", "url": "https://a.example", "secret": "k", "webhook_secret": "w",
                            "every_seconds": 60});
        let again = |kind: &str, url: &str| cms(Some(&former), kind, url, None, Some("k".to_owned()), None);
        assert_eq!(again("ghost", "https://a.example"), former);
        let elsewhere = again("ghost", "https://b.example");
        assert_eq!((&elsewhere["webhook_secret"], &elsewhere["every_seconds"]), (&Value::Null, &json!(60)));
        let another = again("wordpress", "https://a.example");
        assert_eq!((&another["webhook_secret"], &another["every_seconds"]), (&Value::Null, &Value::Null));
    }
}
