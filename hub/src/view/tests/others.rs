//! Submissions, verdicts, receipts, deliveries, dead letters, search.

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::dead::Dismissal;
use lianbo_schemas::{
    Action, ArticleUri, DeadLetter, Delivery, Event, Origin, OutletId, PartnerId, Reason, Receipt, ReceiptState,
    SubmissionId, topic,
};
use serde_json::json;

use crate::log::{Partition, Record};
use crate::view::sample::{Fixture, after, article, killed, open_channel, published, record};
use crate::view::{Letters, Mark};

fn outlet() -> OutletId {
    OutletId::new("cdrb").unwrap()
}

fn submission(offset: i64) -> Record {
    let mut event = Event::new(format!("sub-{offset}"), "/outlets/cdrb", "article.received", after(offset));
    event.content_type = Some("text/html; charset=gbk".to_owned());
    event.extensions.insert("idempotencykey".to_owned(), format!("key-{offset}"));
    Record {
        partition: Partition { topic: topic::of_outlet(&outlet()), number: 0 },
        offset,
        time: after(offset),
        key: None,
        headers: event.to_headers(),
        value: Some(Bytes::from_static(b"<p>x</p>")),
    }
}

#[tokio::test]
async fn a_submission_is_followed_from_arrival_to_verdict() {
    let fixture = Fixture::new(vec![]).await;
    let id = SubmissionId::new("sub-1").unwrap();
    assert_eq!(fixture.view.submission(&id).await.unwrap(), None);
    fixture.view.fold(vec![submission(1)]).await.unwrap();
    let status = fixture.view.submission(&id).await.unwrap().unwrap();
    assert!(status.pending);
    let received = status.received.unwrap();
    assert_eq!((received.size, received.media_type.as_deref()), (8, Some("text/html; charset=gbk")));
    let one = article(1);
    let judged = json!({
        "item": one.original, "outlet": "cdrb", "submission": "sub-1", "verdict": {"verdict": "new"},
        "article": one.uri, "evidence": {"score": 0.0}, "judged_at": "2026-11-20T08:00:02Z", "other": "x"
    });
    fixture.view.fold(vec![record(topic::FINGERPRINTS, 0, 2, &judged)]).await.unwrap();
    let status = fixture.view.submission(&id).await.unwrap().unwrap();
    assert!(!status.pending);
    assert_eq!(status.items[0].article.as_ref(), Some(&one.uri));
    assert_eq!(fixture.view.counts(after(0)).await.unwrap().verdicts["new"], 1);
}

#[tokio::test]
async fn an_idempotency_key_finds_its_submission() {
    let fixture = Fixture::new(vec![]).await;
    fixture.view.fold(vec![submission(1)]).await.unwrap();
    let (id, sha256) = fixture.view.idempotent(&outlet(), "key-1").await.unwrap().unwrap();
    assert_eq!((id.as_str(), sha256.len()), ("sub-1", 64));
    assert_eq!(fixture.view.idempotent(&outlet(), "key-2").await.unwrap(), None);
    assert_eq!(fixture.view.idempotent(&OutletId::new("cqrb").unwrap(), "key-1").await.unwrap(), None);
}

fn refused(number: i64) -> DeadLetter {
    let origin = Origin::Submission {
        outlet: outlet(),
        submission: SubmissionId::new(format!("sub-{number}")).unwrap(),
        entry: None,
        topic: "outlet.cdrb".to_owned(),
        partition: 0,
        offset: number,
    };
    let reason = Reason { code: "malformed".to_owned(), detail: "it is not a feed".to_owned() };
    DeadLetter::new(origin, reason, after(1))
}

#[tokio::test]
async fn a_refusal_is_open_until_it_is_redriven_or_put_away() {
    let fixture = Fixture::new(vec![]).await;
    let open = refused(1);
    fixture.view.fold(vec![record(topic::DEAD, 0, 1, &open)]).await.unwrap();
    assert_eq!(fixture.view.dead_letters(Letters::Open, None, 10).await.unwrap().letters, std::slice::from_ref(&open));
    let status = fixture.view.submission(&SubmissionId::new("sub-1").unwrap()).await.unwrap().unwrap();
    assert_eq!((status.refusals.len(), status.pending), (1, false));
    let redriven = DeadLetter { redriven: Some(after(2)), ..open.clone() };
    let dismissed = DeadLetter { dismissed: Some(Dismissal { at: after(2), note: "why".to_owned() }), ..open.clone() };
    for (offset, closed) in [(2, redriven), (4, dismissed)] {
        fixture.view.fold(vec![record(topic::DEAD, offset - 1, 1, &open)]).await.unwrap();
        assert_eq!(fixture.view.dead_letters(Letters::Open, None, 10).await.unwrap().open, 1);
        fixture.view.fold(vec![record(topic::DEAD, offset, 2, &closed)]).await.unwrap();
        assert_eq!(fixture.view.dead_letters(Letters::Open, None, 10).await.unwrap().open, 0);
        assert_eq!(fixture.view.dead_letters(Letters::All, None, 10).await.unwrap().letters, [closed]);
    }
}

#[tokio::test]
async fn letters_are_listed_in_parts_and_one_refused_again_meanwhile_does_not_come_twice() {
    let fixture = Fixture::new(vec![]).await;
    // All of one moment, as those of a large document are.
    let records = (0..7).map(|number| record(topic::DEAD, number, 1, &refused(number))).collect();
    fixture.view.fold(records).await.unwrap();
    let (mut seen, mut behind, mut parts) = (Vec::new(), None, 0);
    loop {
        let part = fixture.view.dead_letters(Letters::Open, behind, 3).await.unwrap();
        let again = DeadLetter { at: after(9), ..part.letters[0].clone() };
        fixture.view.fold(vec![record(topic::DEAD, 10 + parts, 9, &again)]).await.unwrap();
        seen.extend(part.letters.iter().map(DeadLetter::key));
        parts += 1;
        let Some(next) = part.next else { break };
        behind = Mark::parse(&next.to_string());
    }
    let expected: Vec<String> = (0..7).rev().map(|number| refused(number).key()).collect();
    assert_eq!((seen, parts), (expected, 3));
}

#[tokio::test]
async fn the_newest_delivery_and_receipt_of_an_article_count() {
    let fixture = Fixture::new(vec![]).await;
    let (one, partner) = (article(1), PartnerId::new("wp").unwrap());
    let delivery = |version, action| Delivery {
        article: one.uri.clone(),
        version,
        action,
        not_before: None,
        terms: None,
        redelivery: None,
        status: None,
        note: None,
        decided: after(1),
    };
    let receipt = |version, state| Receipt { version, ..receipt(&partner, &one.uri, state, 2) };
    let topic = topic::of_partner(&partner);
    let records = vec![
        record(&topic, 0, 1, &delivery(1, Action::Hold)),
        record(&topic, 1, 1, &delivery(2, Action::Withdraw)),
        record(topic::RECEIPTS, 0, 1, &receipt(1, ReceiptState::Held)),
        record(topic::RECEIPTS, 1, 1, &receipt(2, ReceiptState::Withdrawn)),
    ];
    fixture.view.fold(records).await.unwrap();
    assert_eq!(fixture.view.desired(&partner, &one.uri).await.unwrap(), Some(delivery(2, Action::Withdraw)));
    let held = [receipt(2, ReceiptState::Withdrawn)];
    assert_eq!(fixture.view.receipts_of_partner(&partner, "", 10).await.unwrap(), held);
    assert_eq!(fixture.view.receipts_of_article(&one.uri).await.unwrap(), held);
    assert!(fixture.view.receipts_of_partner(&partner, one.uri.as_str(), 10).await.unwrap().is_empty());
}

/// An answer about version 1 at a second.
fn receipt(partner: &PartnerId, article: &ArticleUri, state: ReceiptState, second: i64) -> Receipt {
    Receipt {
        partner: partner.clone(),
        article: article.clone(),
        version: 1,
        state,
        remote: None,
        content_hash: None,
        rendering: None,
        redelivery: None,
        attempts: 1,
        at: after(second),
        history: None,
    }
}

#[tokio::test]
async fn a_receipt_that_comes_late_does_not_undo_a_newer_one() {
    let fixture = Fixture::new(vec![]).await;
    let (uri, partner) = (article(1).uri, PartnerId::new("wp").unwrap());
    let answered = |offset: i64, answers: i64, second: i64, state| {
        let mut record = record(topic::RECEIPTS, offset, second, &receipt(&partner, &uri, state, second));
        record.headers.push(("ce_answers".to_owned(), answers.to_string().into()));
        record
    };
    let state = async || fixture.view.receipts_of_article(&uri).await.unwrap().remove(0).state;
    fixture.view.fold(vec![answered(0, 7, 5, ReceiptState::Withdrawn)]).await.unwrap();
    fixture.view.fold(vec![answered(1, 6, 4, ReceiptState::Held)]).await.unwrap();
    assert_eq!(state().await, ReceiptState::Withdrawn, "it answers what was decided before");
    // Its topic was made anew, and counts from the start.
    fixture.view.fold(vec![answered(2, 1, 6, ReceiptState::Held)]).await.unwrap();
    assert_eq!(state().await, ReceiptState::Held);
}

#[tokio::test]
async fn an_unreadable_record_is_left_out_and_counted() {
    let fixture = Fixture::new(vec![]).await;
    let records = vec![
        record(topic::ARTICLES, 0, 0, &json!({"change": "no such"})),
        record(topic::ARTICLES, 1, 1, &published(&article(1))),
        record(topic::RECEIPTS, 0, 1, &json!([])),
    ];
    fixture.view.fold(records).await.unwrap();
    let counts = fixture.view.counts(Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!((counts.unreadable, counts.articles), (2, 1));
}

/// Waits until all text is indexed.
async fn indexed(fixture: &Fixture) {
    while fixture.view.counts(after(0)).await.unwrap().not_indexed > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn search_finds_two_character_words_in_either_script() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    fixture.fold(0, &[published(&article(1)), published(&article(2))]).await;
    indexed(&fixture).await;
    for text in ["防汛", "防汛工作", "水利 5.2亿", "汛", "第2号", "會議", "王某"] {
        assert!(!fixture.view.search(text, 10).await.unwrap().is_empty(), "{text}");
    }
    // All pairs of 召开会议 occur, and the phrase does not.
    for text in ["召开会议", "抗旱", "会场", "", "\" OR *", "'"] {
        assert!(fixture.view.search(text, 10).await.unwrap().is_empty(), "{text}");
    }
    assert_eq!(fixture.view.search("防汛", 10).await.unwrap()[0].uri, article(2).uri);
    // An operator finds what was killed, to see whether it is gone.
    fixture.fold(2, &[killed(&article(2), 2)]).await;
    indexed(&fixture).await;
    let found = fixture.view.search("防汛", 10).await.unwrap();
    assert_eq!((found[0].uri.clone(), found[0].listed, found.len()), (article(2).uri, false, 2));
}
