//! The same by HTTP: a problem document for what cannot be taken, a refusal for what was taken and cannot be read, and a
//! hub that goes on.

use lianbo_tests::{Alliance, Engine, until};

use crate::documents;
use crate::ingest_hub::{Answer, builder};

#[tokio::test]
async fn what_is_too_large_or_compressed_is_answered_with_a_problem_document() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    Answer::of(hub.submit("cdrb", &key, vec![b'a'; 50 * 1024 * 1024])).await.problem(413);
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let request = hub.submit("cdrb", &key, vec![0x1f, 0x8b]).header("content-encoding", coding);
        assert!(Answer::of(request).await.problem(415).contains("Content-Encoding"), "{coding}");
    }
    for kind in ["application/zip", "application/gzip", "application/x-7z-compressed"] {
        Answer::of(hub.submit("cdrb", &key, "PK").header("content-type", kind)).await.problem(415);
    }
    assert!(hub.records("outlet.cdrb").await.is_empty());
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_sent_hostile_documents_refuses_them_and_takes_the_next_article() {
    let alliance = Alliance::start(&Engine::Embedded).await;
    alliance.outlet("cdrb", "成都日报").await;
    let hostile = ["after an abrupt comment", "a flood of attributes", "deep XML", "deep JSON", "NULs"];
    let mut sent = Vec::new();
    for document in documents::all().into_iter().filter(|document| hostile.contains(&document.name)) {
        let submission = alliance.submit("cdrb", document.media_type, document.body).await;
        sent.push((document.name, document.answer, submission));
    }
    assert_eq!(sent.len(), hostile.len());
    for (name, answer, submission) in sent {
        let judged = alliance.judged(&submission).await.0;
        let code = judged["refusals"][0]["code"].as_str().unwrap_or_default();
        assert!(!code.is_empty() && answer.starts_with(code), "{name}: {judged}");
    }
    let text = "会议部署冬季水利建设，要求各县在年底前完成，并对汛期的准备作了安排。";
    let article = Alliance::ninjs("a-1", "某市召开水利会议", text, serde_json::json!({}));
    assert_eq!(alliance.post("cdrb", "application/json", article).await.verdict(), "new");
    alliance.stop().await;
}

/// Its canonical form has a text three times: once a submission that the door takes made an item that the log does not,
/// and no outlet's articles were normalised any more.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_log_does_not_take_stops_nobody_and_goes_once_there_is_room() {
    let small = |settings: &mut lianbo_hub::settings::Settings| settings.log.embedded.max_record_bytes = 200_000;
    let mut alliance = Alliance::start_with(&Engine::Embedded, small).await;
    alliance.outlet("cdrb", "成都日报").await;
    let line = "会议部署冬季水利建设，要求各县在年底前完成，并对汛期的准备作了安排。\n";
    let large = Alliance::ninjs("a-1", "水利建设规划全文", &line.repeat(1_000), serde_json::json!({}));
    let refused = alliance.post("cdrb", "application/json", large).await.0;
    assert_eq!(refused["refusals"][0]["code"], "too-large", "{refused}");
    let article = Alliance::ninjs("a-2", "某市召开水利会议", line, serde_json::json!({}));
    assert_eq!(alliance.post("cdrb", "application/json", article).await.verdict(), "new");

    alliance.restart_with(|settings| settings.log.embedded.max_record_bytes = 2_000_000).await;
    let redriven: serde_json::Value =
        alliance.hub.send(reqwest::Method::POST, "/v1/dead/redrive", None::<&()>).await.unwrap();
    assert_eq!(redriven["redriven"], 1);
    let submission = refused["submission"].as_str().unwrap();
    until("the large article", async || {
        let judged = alliance.judged(submission).await;
        (judged.verdict() == "new").then_some(())
    })
    .await;
    alliance.stop().await;
}
