//! What an operator does at three in the morning: look, ask why, replay, redrive.

use lianbo_tests::{Alliance, Engine, Site, until};
use serde_json::{Value, json};

use crate::engines;

const TEXT: &str = "资阳城东的旧粮仓22日改成了社区书店，一层卖书，二层是自习室，三层保留了原来的升运机。\n开业首日，附近中学的学生排起了队，店主准备的两百杯姜茶一个上午就发完了。";

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_changes_only_what_really_differs() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.outlet("ziyang", "资阳新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        for number in 0..5 {
            let text = format!("{TEXT}\n第{number}号书架上放着店主从外地背回来的旧书，编号{}。", number * 7919);
            alliance
                .post(
                    "ziyang",
                    "application/json",
                    Alliance::ninjs(&number.to_string(), &format!("旧粮仓里开书店之{number}"), &text, json!({})),
                )
                .await;
        }
        let before = until("all deliveries", async || {
            (site.calls().len() >= alliance.articles().await.len() && !site.calls().is_empty())
                .then(|| site.calls().len())
        })
        .await;
        let summary = replay(&alliance, json!({"topic": "outlet.ziyang", "from": "start"})).await;
        assert_eq!(summary["done"], 5, "{summary}");
        let summary =
            replay(&alliance, json!({"topic": "articles", "from": "start", "partner": "portal", "dry_run": true}))
                .await;
        assert_eq!(summary["finished"], true, "{summary}");
        assert_eq!(site.calls().len(), before, "neither a replay that changes nothing nor a dry run sends anything");
        let articles = alliance.articles().await.len();
        replay(&alliance, json!({"topic": "articles", "from": "start", "partner": "portal"})).await;
        until("the re-delivery", async || (site.calls().len() == before + articles).then_some(())).await;
        assert_eq!(site.posts().len(), articles);
        alliance.stop().await;
    }
}

async fn replay(alliance: &Alliance, request: Value) -> Value {
    let request = alliance.hub.request(reqwest::Method::POST, "/v1/replays").json(&request);
    let body = alliance.hub.open(request).await.expect("the replay starts").text().await.expect("the replay ends");
    serde_json::from_str(body.lines().last().expect("a summary")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_dead_letter_and_can_be_redriven() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.outlet("ziyang", "资阳新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;

        let refused = alliance.post("ziyang", "application/json", "{\"uri\": ").await;
        assert_eq!(refused.0["refusals"][0]["code"], "malformed", "{:?}", refused.0);

        site.answer(Some(422));
        alliance.post("ziyang", "application/json", Alliance::ninjs("1", "旧粮仓里开书店", TEXT, json!({}))).await;
        let letters = until("two dead letters", async || {
            let answer: Value = alliance.hub.get("/v1/dead").await.ok()?;
            answer["dead"].as_array().filter(|letters| letters.len() == 2).cloned()
        })
        .await;
        let delivery = letters.iter().find(|letter| letter["origin"]["kind"] == "delivery").expect("the delivery's");
        site.answer(None);
        let id = delivery["id"].as_str().expect("an id").replace(':', "%3A");
        let _redriven: Value = alliance
            .hub
            .send(reqwest::Method::POST, &format!("/v1/dead/{id}/redrive"), None::<&Value>)
            .await
            .expect("it is redriven");
        until("the delivery", async || (site.posts().len() == 1).then_some(())).await;
        let open = async |left: usize| {
            until("letters left", async || {
                let answer: Value = alliance.hub.get("/v1/dead").await.ok()?;
                let letters = answer["dead"].as_array().cloned()?;
                (letters.len() == left).then_some(letters)
            })
            .await
        };
        let id = open(1).await[0]["id"].as_str().expect("an id").replace(':', "%3A");
        let dismiss = async |note: &str| {
            let path = format!("/v1/dead/{id}/dismiss");
            alliance.hub.send::<Value>(reqwest::Method::POST, &path, Some(&json!({"note": note}))).await
        };
        assert!(dismiss(" ").await.expect_err("without a reason").to_string().contains("`note`"));
        let dismissed = dismiss("资阳新报已重新投稿").await.expect("it is put away");
        assert_eq!(dismissed["dismissed"]["note"], "资阳新报已重新投稿");
        open(0).await;
        let all: Value = alliance.hub.get("/v1/dead?all=true").await.expect("the letters");
        assert_eq!(all["dead"].as_array().map(Vec::len), Some(2), "{all}");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_still_there_after_a_restart() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.outlet("ziyang", "资阳新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let posted =
            alliance.post("ziyang", "application/json", Alliance::ninjs("1", "旧粮仓里开书店", TEXT, json!({}))).await;
        until("the delivery", async || (site.posts().len() == 1).then_some(())).await;
        alliance.restart().await;
        assert_eq!(alliance.articles().await.len(), 1);
        let again =
            alliance.post("ziyang", "application/json", Alliance::ninjs("1", "旧粮仓里开书店", TEXT, json!({}))).await;
        assert_eq!(again.verdict(), "unchanged");
        let corrected = Alliance::ninjs("1", "旧粮仓里开书店（更正）", TEXT, json!({"version": "2"}));
        assert_eq!(alliance.post("ziyang", "application/json", corrected).await.article(), posted.article());
        until("the correction", async || (site.headlines() == ["旧粮仓里开书店（更正）"]).then_some(())).await;
        assert_eq!(site.calls().len(), 2);
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cursor_shows_versions_and_withdrawals() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.outlet("ziyang", "资阳新报").await;
        alliance.channel("city", "true").await;
        alliance.post("ziyang", "application/json", Alliance::ninjs("1", "旧粮仓里开书店", TEXT, json!({}))).await;
        let first = page(&alliance, "", 1).await;
        let cursor = first["next"].as_str().expect("a cursor").to_owned();
        alliance
            .post(
                "ziyang",
                "application/json",
                Alliance::ninjs("1", "旧粮仓里开书店（更正）", TEXT, json!({"version": "2"})),
            )
            .await;
        let second = page(&alliance, &cursor, 1).await;
        assert_eq!(second["items"][0]["version"], 2, "{second}");
        let cursor = second["next"].as_str().expect("a cursor").to_owned();
        alliance
            .post(
                "ziyang",
                "application/json",
                json!({"uri": "1", "version": "3", "pubStatus": "canceled"}).to_string(),
            )
            .await;
        let third = page(&alliance, &cursor, 1).await;
        assert_eq!(third["items"][0]["change"], "canceled", "{third}");
        alliance.stop().await;
    }
}

/// The next page that holds at least `items` changes.
async fn page(alliance: &Alliance, cursor: &str, items: usize) -> Value {
    until("a page of the channel", async || {
        let page: Value = alliance.hub.get(&format!("/v1/channels/city/items?cursor={cursor}")).await.ok()?;
        (page["items"].as_array().map_or(0, Vec::len) >= items).then_some(page)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn dedup_tells_what_it_remembers_where_it_runs_and_that_it_does_not_elsewhere() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.outlet("ziyang", "资阳新报").await;
        alliance.post("ziyang", "application/json", Alliance::ninjs("1", "旧粮仓里开书店", TEXT, json!({}))).await;
        let stats: Value = alliance.hub.get("/v1/dedup/stats").await.unwrap();
        assert_eq!((&stats["state"], &stats["items"], &stats["near"]), (&json!("running"), &json!(1), &json!(1)));
        assert_eq!(stats["window"]["days"], 90, "{stats}");
        assert!(stats["bytes"]["memory"].as_u64() > Some(0) && stats["process"].as_u64() > Some(0), "{stats}");
        assert_eq!(stats["restored"]["records"], 0);
        alliance.restart().await;
        let stats = until("dedup to remember", async || {
            let stats: Value = alliance.hub.get("/v1/dedup/stats").await.ok()?;
            (stats["state"] == "running").then_some(stats)
        });
        assert_eq!(stats.await["restored"]["records"], 1);
        alliance.stop().await;
    }
    let without = Alliance::start_with(&Engine::Embedded, |settings| {
        settings.roles.retain(|role| *role != lianbo_hub::settings::Role::Dedup);
    });
    let alliance = without.await;
    let stats: Value = alliance.hub.get("/v1/dedup/stats").await.unwrap();
    assert_eq!(stats["state"], "elsewhere");
    assert!(stats["advice"].as_str().unwrap().contains("lianbo --hub URL dedup stats"), "{stats}");
    alliance.stop().await;
}
