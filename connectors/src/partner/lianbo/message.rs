//! What another hub is sent: ninjs 3.1, under the article's own uri, with the way it has come.
//! <https://iptc.org/std/ninjs/>

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::{AltId, Text};
use serde_json::{Value, json};

use crate::partner::{Outgoing, Withdrawal};

/// By what an alternative identifier is known that says where the original stands.
const CANONICAL: &str = "canonical";

/// An article: as rendered under the grant's terms, credit line and all. One that comes back at an unchanged version is of
/// the time of that decision, or it would be older than its withdrawal.
pub(super) fn article(article: &Outgoing) -> Value {
    let mut news = article.news.clone();
    news.uri = article.uri.as_str().to_owned();
    news.version = Some(article.version.to_string());
    news.version_created = news.version_created.max(article.returned);
    if news.body("text/html") != Some(article.html.as_str()) {
        news.bodies.insert(0, Text::new("main", "text/html", article.html.clone()));
    }
    if let Some(original) = &article.canonical_url {
        news.alt_ids.retain(|id| id.role.as_deref() != Some(CANONICAL));
        news.alt_ids.push(AltId { role: Some(CANONICAL.to_owned()), value: original.clone() });
    }
    json!(news)
}

/// A kill or a holding back. The time is the decision's own, so that every try says the same.
pub(super) fn withdrawal(withdrawal: &Withdrawal) -> Value {
    let mut news = NewsItem::new(withdrawal.uri.as_str());
    news.version = Some(withdrawal.version.to_string());
    news.version_created = Some(withdrawal.decided);
    news.pub_status = withdrawal.status;
    news.ed_note.clone_from(&withdrawal.note);
    json!(news)
}

/// The hubs and systems the article has passed, for the header.
pub(super) fn hops(news: &NewsItem) -> String {
    let parties: Vec<&str> = news.hops().iter().map(|hop| hop.party.as_str()).collect();
    parties.join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lianbo_schemas::ArticleUri;
    use lianbo_schemas::ninjs::PubStatus;

    use super::withdrawal;
    use crate::partner::Withdrawal;

    #[test]
    fn a_kill_is_ninjs_that_every_hub_reads_and_the_same_at_every_try() {
        let kill = Withdrawal {
            uri: ArticleUri::new("tag:a.example,2026:article:x").unwrap(),
            version: 3,
            status: PubStatus::Canceled,
            note: Some("撤稿".to_owned()),
            decided: Timestamp::UNIX_EPOCH,
            delivery_id: "d".to_owned(),
            traceparent: None,
        };
        let told = withdrawal(&kill);
        assert_eq!(
            (&told["uri"], &told["version"], &told["pubStatus"]),
            (&"tag:a.example,2026:article:x".into(), &"3".into(), &"canceled".into())
        );
        assert_eq!(told, withdrawal(&kill));
    }
}
