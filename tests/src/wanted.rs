//! What route writes.

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_hub::log::NewRecord;
use lianbo_schemas::{Action, ArticleUri, ChannelId, Content, Delivery, GrantId, Terms, topic};

/// All of an article, in the channel `city` under the grant `all`, with this line of credit.
pub fn all_of_it(attribution: &str) -> Terms {
    Terms {
        grant: GrantId::new("all").expect("an id"),
        channels: vec![ChannelId::new("city").expect("an id")],
        content: Content::Full,
        images: true,
        attribution: attribution.to_owned(),
    }
}

/// The record that a partner should hold an article of the benches' alliance.
pub fn wanted(partner: &str, article: &str) -> NewRecord {
    let delivery = Delivery {
        article: ArticleUri::new(format!("tag:bench.example,2026:article:{article}")).expect("a uri"),
        version: 1,
        action: Action::Hold,
        not_before: None,
        terms: Some(all_of_it("")),
        redelivery: None,
        status: None,
        note: None,
        decided: Timestamp::now(),
    };
    NewRecord {
        topic: format!("{}{partner}", topic::DELIVERIES_PREFIX),
        key: Some(Bytes::from(delivery.article.to_string())),
        headers: Vec::new(),
        value: Some(Bytes::from(serde_json::to_vec(&delivery).expect("a delivery is JSON"))),
    }
}
