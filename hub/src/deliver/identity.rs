//! What stays the same when the same thing is done twice: the delivery's id, and the hash of a rendering. Pure.

use data_encoding::HEXLOWER;
use lianbo_connectors::partner::Outgoing;
use lianbo_schemas::{Action, Delivery, PartnerId};
use sha2::{Digest, Sha256};

/// Bytes that a rendering has beside its body, most often.
const BESIDE_BODY: usize = 4_096;

/// The id of a delivery: of partner, article, version, action and redelivery alone, so that every try, also after a
/// crash or on another node, carries the same one. Where the article was withdrawn before, also of when it was decided: it
/// may come back and go at one version, and a receiver that remembers ids would take that for a repetition.
pub(super) fn delivery_id(partner: &PartnerId, delivery: &Delivery, was_withdrawn: bool) -> String {
    let action = match delivery.action {
        Action::Hold => "hold",
        Action::Withdraw => "withdraw",
    };
    let redelivery = delivery.redelivery.as_deref().unwrap_or("");
    // None of the first four can hold a line break, so no two deliveries give one text.
    let mut text = format!("{partner}\n{}\n{}\n{action}\n{redelivery}", delivery.article, delivery.version);
    if was_withdrawn {
        text.push_str(&format!("\n{}", delivery.decided));
    }
    HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..16])
}

/// SHA-256 of all a partner would see of a rendering. The version's number and time do not count: a version that
/// changes nothing for this partner is not sent.
pub fn rendering_hash(outgoing: &Outgoing) -> String {
    let mut news = outgoing.news.clone();
    news.version = None;
    news.version_created = None;
    // The HTML is one of the bodies.
    let parts = (&news, &outgoing.attribution, outgoing.content, &outgoing.canonical_url, &outgoing.channels);
    let mut text = Vec::with_capacity(outgoing.html.len() + BESIDE_BODY);
    serde_json::to_writer(&mut text, &parts)
        .expect("a rendering's maps have text keys and its types serialise without error");
    HEXLOWER.encode(&Sha256::digest(&text))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lianbo_schemas::{Action, ArticleUri, Delivery, PartnerId};

    use super::delivery_id;

    #[test]
    fn a_delivery_id_follows_from_what_is_delivered_and_from_nothing_else() {
        let partner = PartnerId::new("city-portal").unwrap();
        let mut delivery = Delivery {
            article: ArticleUri::new("tag:x,2026:article:a").unwrap(),
            version: 1,
            action: Action::Hold,
            not_before: None,
            terms: None,
            redelivery: None,
            status: None,
            note: None,
            decided: Timestamp::UNIX_EPOCH,
        };
        let id = |delivery: &Delivery| delivery_id(&partner, delivery, false);
        let first = id(&delivery);
        // Pinned: receivers keep these ids, so a change of the recipe would deliver everything anew.
        assert_eq!(first, "a9727ba28725230a94adb1ba73138b90");
        delivery.decided = Timestamp::MAX;
        assert_eq!(first, id(&delivery));
        delivery.redelivery = Some("replay-1".to_owned());
        assert_ne!(first, id(&delivery));
        delivery.redelivery = None;
        let again = delivery_id(&partner, &delivery, true);
        assert_ne!(first, again, "after a withdrawal");
        delivery.decided = Timestamp::UNIX_EPOCH;
        assert_ne!(again, delivery_id(&partner, &delivery, true));
        delivery.action = Action::Withdraw;
        assert_ne!(first, id(&delivery));
    }
}
