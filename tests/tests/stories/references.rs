//! Large articles at a receiver of webhooks: a reference beside the text or in its place.

use data_encoding::BASE64;
use lianbo_tests::{Alliance, Site, until};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::engines;

/// A text of some 30 kB, no line of it twice.
fn long() -> String {
    let line = |number: u32| {
        format!("第{number}号桥墩的沉降观测数据在第{}个测次后趋于稳定，偏差不超过{}毫米。", number * 7, number % 5 + 1)
    };
    (1..300).map(line).collect::<Vec<_>>().join("\n")
}

/// Makes a site a partner, with options of its own.
async fn partner(alliance: &Alliance, site: &Site, options: Value) {
    alliance.webhook("portal", "all", site).await;
    let record: Value = alliance.hub.get("/v1/partners/portal").await.expect("the partner");
    let mut record = record;
    record["connector"]["options"] = options;
    alliance.put("partners", "portal", record).await;
}

async fn fetched(url: &str) -> (StatusCode, Vec<u8>) {
    let answer = lianbo_connectors::http::plain_client().get(url).send().await.expect("an answer");
    (answer.status(), answer.bytes().await.expect("a body").to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_article_comes_with_a_reference_and_a_small_one_without() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.channel("all", "true").await;
        alliance.outlet("suizhou", "遂州新报").await;
        let site = Site::start().await;
        partner(&alliance, &site, json!({})).await;
        let small = Alliance::ninjs("small", "湿地迎来候鸟", "湿地公园22日迎来今冬第一批红嘴鸥。", json!({}));
        alliance.post("suizhou", "application/json", small).await;
        alliance.post("suizhou", "application/json", Alliance::ninjs("long", "大桥监测报告", &long(), json!({}))).await;
        let posts = until("both", async || Some(site.posts()).filter(|posts| posts.len() == 2)).await;
        let (large, small): (Vec<Value>, Vec<Value>) =
            posts.into_iter().partition(|post| post["html"].as_str().unwrap().len() > 20_000);
        assert!(large.len() == 1 && small[0].get("reference").is_none());
        let reference = &large[0]["reference"];
        let (status, whole) = fetched(reference["url"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(reference["size"], whole.len());
        assert_eq!(reference["digest"], format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(&whole))));
        let whole: Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!((&whole["html"], &whole["news"]), (&large[0]["html"], &large[0]["news"]));
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_alone_leads_to_the_article_until_it_is_killed_and_never_to_another() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.channel("all", "true").await;
        alliance.outlet("suizhou", "遂州新报").await;
        let site = Site::start().await;
        partner(&alliance, &site, json!({"large": "reference"})).await;
        let other = Alliance::ninjs("small", "湿地迎来候鸟", "湿地公园22日迎来今冬第一批红嘴鸥。", json!({}));
        let other = alliance.post("suizhou", "application/json", other).await.article().to_owned();
        let id = alliance
            .post("suizhou", "application/json", Alliance::ninjs("long", "大桥监测报告", &long(), json!({})))
            .await;
        let post =
            until("the reference", async || site.posts().into_iter().find(|post| post["uri"] == id.article())).await;
        assert!(post.get("html").is_none() && post.get("news").is_none(), "{post}");
        assert_eq!(post["attribution"], "来源：遂州新报");
        let url = post["reference"]["url"].as_str().unwrap().to_owned();
        let (status, whole) = fetched(&url).await;
        assert_eq!(status, StatusCode::OK);
        assert!(String::from_utf8(whole).unwrap().contains("第299号桥墩"));

        let short = |uri: &str| uri.rsplit(':').next().unwrap().to_owned();
        let elsewhere = url.replace(&short(id.article()), &short(&other));
        for wrong in [elsewhere, url.replace("key=", "key=x"), url.split('?').next().unwrap().to_owned()] {
            assert_eq!(fetched(&wrong).await.0, StatusCode::NOT_FOUND, "{wrong}");
        }
        let kill = json!({"uri": "long", "version": "2", "pubStatus": "canceled"});
        alliance.post("suizhou", "application/json", kill.to_string()).await;
        until("the end of it", async || (fetched(&url).await.0 == StatusCode::GONE).then_some(())).await;
        alliance.stop().await;
    }
}
