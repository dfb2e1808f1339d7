//! One story for every receiver: reprints are sightings, corrections follow, kills reach all who hold it.

use lianbo_tests::{Alliance, Site, headline, until};
use serde_json::{Value, json};

use crate::engines;

const HEADLINE: &str = "嘉州港冬季航线恢复 首船载客八十六人";
const TEXT: &str = "停航四十天的嘉州港冬季航线22日恢复。清晨六点五十分，“岷江三号”客船离港，船上有乘客八十六人，多数是回乡探亲的老人和带孩子的母亲。\n\
    船长龚师傅跑这条水路二十七年。他说，停航是为了等上游水库调度，现在水位稳定，江心的石梁露出来的不多，白天开船没有问题。\n\
    港务站把候船室的煤炉换成了电暖，售票窗口也能刷乘车码。站长说，恢复首周每天两班，视客流再加。";

async fn alliance(engine: &lianbo_tests::Engine) -> (Alliance, Site) {
    let alliance = Alliance::start(engine).await;
    alliance.outlet("jiazhou", "嘉州新报").await;
    alliance.outlet("meizhou", "眉州新报").await;
    alliance.channel("city", "true").await;
    let site = Site::start().await;
    alliance.webhook("portal", "city", &site).await;
    (alliance, site)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_stands_once_however_often_it_is_reprinted() {
    for engine in engines() {
        let (alliance, site) = alliance(&engine).await;
        let posted =
            alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        assert_eq!(posted.verdict(), "new", "{:?}", posted.0);
        let reprint = format!("快讯：嘉州到眉州又能坐船了\n\n来源：嘉州新报\n\n{TEXT}");
        let again = alliance.post("meizhou", "text/plain; charset=utf-8", reprint).await;
        assert_eq!(again.verdict(), "reprint", "{:?}", again.0);
        assert_eq!(again.article(), posted.article());
        until("the article at the site", async || site.headlines().contains(&HEADLINE.to_owned()).then_some(())).await;
        assert_eq!(site.posts().len(), 1);
        assert_eq!(site.posts()[0]["attribution"], "来源：嘉州新报");
        let shown = alliance.article(posted.article()).await;
        assert_eq!(shown["lineage"]["sightings"].as_array().map(Vec::len), Some(2), "{shown}");
        until("one feed entry", async || (alliance.feed("city").await.len() == 1).then_some(())).await;
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_replaces_and_a_kill_removes() {
    for engine in engines() {
        let (alliance, site) = alliance(&engine).await;
        let first = alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        until("the article", async || (site.posts().len() == 1).then_some(())).await;
        let better = HEADLINE.replace("八十六", "八十八");
        let corrected = Alliance::ninjs(
            "1",
            &better,
            &TEXT.replace("八十六", "八十八"),
            json!({"version": "2", "edNote": "更正：乘客为八十八人。"}),
        );
        assert_eq!(alliance.post("jiazhou", "application/json", corrected).await.verdict(), "correction");
        until("the correction", async || (site.headlines() == [better.clone()]).then_some(())).await;
        let feed =
            until("the feed", async || alliance.feed("city").await.into_iter().find(|item| item["title"] == *better))
                .await;
        assert!(feed["content_html"].as_str().is_some_and(|html| html.contains("八十八人")), "{feed}");

        let kill = json!({"uri": "1", "version": "3", "pubStatus": "canceled", "edNote": "撤稿"});
        alliance.post("jiazhou", "application/json", kill.to_string()).await;
        until("the kill", async || site.posts().is_empty().then_some(())).await;
        until("an empty feed", async || alliance.feed("city").await.is_empty().then_some(())).await;
        let calls = site.calls();
        let kinds: Vec<&str> = calls.iter().filter_map(|(_, event)| event["type"].as_str()).collect();
        assert_eq!(kinds, ["article.published", "article.published", "article.withdrawn"]);

        let late = Alliance::ninjs("1", &better, TEXT, json!({"version": "2"}));
        assert_eq!(alliance.post("jiazhou", "application/json", late).await.verdict(), "stale");
        assert!(site.posts().is_empty());
        assert_eq!(alliance.articles().await.len(), 1, "{:?}", first.0);
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_original_takes_its_credit_without_a_second_post() {
    for engine in engines() {
        let (alliance, site) = alliance(&engine).await;
        let reprint = format!("嘉州港复航\n\n来源：嘉州新报\n\n{TEXT}");
        let first = alliance.post("meizhou", "text/plain; charset=utf-8", reprint).await;
        until("the reprint", async || (site.posts().len() == 1).then_some(())).await;
        let original =
            alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        assert_eq!(original.article(), first.article(), "{:?}", original.0);
        until("the original's own words", async || (site.headlines() == [HEADLINE]).then_some(())).await;
        assert_eq!(site.posts()[0]["attribution"], "来源：嘉州新报");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_grant_no_route() {
    for engine in engines() {
        let (alliance, site) = alliance(&engine).await;
        alliance.put("outlets", "ziyang", json!({"id": "ziyang", "name": "资阳新报"})).await;
        let posted = alliance
            .post(
                "ziyang",
                "application/json",
                Alliance::ninjs(
                    "9",
                    "没有授权的稿件",
                    "这篇稿件没有授权给任何频道，所以哪里也不会去。只有管理员能看见它。",
                    json!({}),
                ),
            )
            .await;
        assert_eq!(posted.verdict(), "new");
        let free = alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        until("the granted one", async || (site.headlines() == [HEADLINE]).then_some(())).await;
        assert_ne!(free.article(), posted.article());
        let why: Value = alliance
            .hub
            .get(&format!("/v1/articles/{}/why?partner=portal", posted.article().rsplit(':').next().unwrap()))
            .await
            .unwrap();
        assert_eq!(why["routed"], false);
        assert!(why["steps"].to_string().contains("no grant"), "{why}");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_down_catches_up_and_hears_nothing_twice() {
    for engine in engines() {
        let (alliance, site) = alliance(&engine).await;
        site.answer(Some(503));
        alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        let better = Alliance::ninjs("1", "更正后的标题：嘉州港冬季航线恢复", TEXT, json!({"version": "2"}));
        alliance.post("jiazhou", "application/json", better).await;
        site.answer(None);
        until("the newest version", async || {
            (site.posts().iter().map(headline).collect::<Vec<_>>() == ["更正后的标题：嘉州港冬季航线恢复"])
                .then_some(())
        })
        .await;
        let calls = site.calls();
        let mut ids: Vec<&String> = calls.iter().map(|(id, _)| id).collect();
        ids.dedup();
        assert_eq!(ids.len(), calls.len());
        alliance.stop().await;
    }
}
