//! What partners hold, what really stands there, and whether what they took down is gone.

use jiff::Timestamp;
use lianbo_tests::{Alliance, Cache, Engine, Site, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cms::Cms;
use crate::engines;

/// Pieces that have nothing in common.
const PIECES: [(&str, &str); 4] = [
    ("旧粮仓里开书店", "资阳城东的旧粮仓改成了社区书店，一层卖书，二层是自习室，三层保留了原来的升运机和木楼梯。"),
    ("湿地公园迎来越冬候鸟", "遂州湿地公园观鸟点新添望远镜，护鸟员说往年要到十二月才见得到这么多红嘴鸥在水面盘旋。"),
    ("眉州家书特展开幕", "四十二件手迹首次同室展出，观众可以预约参观，展厅分四个单元并配有方言朗读和拓印体验。"),
    ("嘉州夜航船复航", "停航二十年的夜航船本周复航，从大佛脚下出发沿三江口绕行一周，船上供应盖碗茶与豆腐脑。"),
];

async fn publish(alliance: &Alliance) -> Vec<String> {
    alliance.outlet("ziyang", "资阳新报").await;
    alliance.channel("city", "true").await;
    let mut articles = Vec::new();
    for (number, (headline, text)) in PIECES.iter().enumerate() {
        let piece = Alliance::ninjs(&number.to_string(), headline, text, json!({}));
        articles.push(alliance.post("ziyang", "application/json", piece).await.article().to_owned());
    }
    articles
}

/// An alliance with a CMS as its partner, which holds all of them.
async fn joined(engine: &Engine) -> (Alliance, Cms, Vec<String>) {
    let (alliance, cms) = (Alliance::start(engine).await, Cms::start().await);
    alliance.channel("city", "true").await;
    cms.join(&alliance, "cms", "city", json!({})).await;
    let articles = publish(&alliance).await;
    until("all articles", async || (cms.published() == 4).then_some(())).await;
    settled(&alliance).await;
    (alliance, cms, articles)
}

async fn kill(alliance: &Alliance, id: &str) {
    let end = json!({"uri": id, "version": "9", "pubStatus": "canceled"}).to_string();
    alliance.post("ziyang", "application/json", end).await;
}

/// The lines of a comparison, as (finding, article, outcome), and the last one.
async fn reconcile(alliance: &Alliance, asked: Value) -> (Vec<(String, String, String)>, Value) {
    let request = alliance.hub.request(Method::POST, "/v1/partners/cms/reconcile").json(&asked);
    let body = alliance.hub.open(request).await.expect("it starts").text().await.expect("it ends");
    let lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = lines.iter().map(|line| &line["row"]).filter(|row| !row.is_null());
    let mut rows: Vec<_> = rows.map(|row| (word(row, "finding"), word(row, "article"), word(row, "outcome"))).collect();
    rows.sort();
    (rows, lines.last().expect("a summary").clone())
}

async fn holdings(alliance: &Alliance, partner: &str, query: &str) -> Value {
    alliance.hub.get(&format!("/v1/partners/{partner}/holdings?{query}")).await.expect("the holdings")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_compared_with_the_ledger_and_mended() {
    for engine in engines() {
        let (alliance, cms, articles) = joined(&engine).await;
        let [edited, missing, standing, drifted] = &articles[..] else { panic!("{articles:?}") };
        let (rows, summary) = reconcile(&alliance, json!({})).await;
        assert_eq!((rows.len(), &summary["counts"]["same"], &summary["mended"]), (0, &json!(4), &json!(0)), "{rows:?}");

        // The site is set back to an old copy of one article, an editor changes another, one is lost, one comes back.
        let old = cms.item(drifted).expect("it is there");
        let next = Alliance::ninjs("3", "嘉州夜航船复航（更正）", PIECES[3].1, json!({"version": "2"}));
        alliance.post("ziyang", "application/json", next).await;
        until("the correction", async || (cms.item(drifted)?["title"] != old["title"]).then_some(())).await;
        let returned = cms.item(standing).expect("it is there");
        kill(&alliance, "2").await;
        until("the kill", async || (cms.item(standing)?["status"] != "published").then_some(())).await;
        settled(&alliance).await;
        cms.put_back(&old);
        cms.put_back(&returned);
        cms.edit(edited, &json!({"body": "<p>来源：资阳新报</p><p>本站编辑改过</p>"}));
        cms.delete(missing);

        let (seen, summary) = reconcile(&alliance, json!({"dry_run": true})).await;
        let expected = [
            ("drifted", drifted, "would be delivered again"),
            ("edited", edited, "would be delivered again"),
            ("missing", missing, "would be delivered again"),
            ("standing", standing, "would be withdrawn again"),
        ];
        let expected =
            expected.map(|(found, article, outcome)| (found.to_owned(), article.clone(), outcome.to_owned()));
        assert_eq!(seen, expected);
        assert_eq!((&summary["mended"], &summary["dry_run"]), (&json!(0), &json!(true)));
        assert!(cms.item(missing).is_none(), "a dry run changes nothing");

        cms.join(&alliance, "cms", "city", json!({"on_local_edit": "keep"})).await;
        let (_, summary) = reconcile(&alliance, json!({})).await;
        assert_eq!(summary["mended"], 3, "{summary}");
        until("what is mended", async || {
            let is_back = cms.item(missing).is_some_and(|item| item["status"] == "published");
            let is_new = cms.item(drifted)?["title"] == "嘉州夜航船复航（更正）";
            (is_back && is_new && cms.item(standing)?["status"] != "published").then_some(())
        })
        .await;
        assert!(cms.item(edited).expect("it stands").to_string().contains("本站编辑改过"), "an edit that is kept");
        settled(&alliance).await;
        let (rows, _) = reconcile(&alliance, json!({})).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((rows[0].0.as_str(), rows[0].2.as_str()), ("edited", "left: `on_local_edit` is `keep`"));
        alliance.stop().await;
    }
}

/// Waits until no lane has anything to do, and the view knows it.
async fn settled(alliance: &Alliance) {
    until("quiet lanes", async || {
        let lanes: Value = alliance.hub.get("/v1/lanes").await.ok()?;
        let is_idle = |lane: &Value| lane["backlog"] == 0 && lane["in_flight"] == 0 && lane["state"] == "running";
        let idle = lanes["lanes"].as_array().is_some_and(|lanes| lanes.iter().all(is_idle));
        let (rows, _) = if idle { reconcile(alliance, json!({"dry_run": true})).await } else { return None };
        rows.iter().all(|(finding, ..)| finding != "pending").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_was_removed_and_comes_back_follows_its_outlets_again() {
    for engine in engines() {
        let (alliance, cms, articles) = joined(&engine).await;
        let _empty: Value =
            alliance.hub.send(Method::DELETE, "/v1/partners/cms", None::<&Value>).await.expect("it is removed");
        let next = Alliance::ninjs("3", "嘉州夜航船复航（更正）", PIECES[3].1, json!({"version": "2"}));
        alliance.post("ziyang", "application/json", next).await;
        kill(&alliance, "2").await;
        assert_eq!(cms.published(), 4, "nobody tells it");
        cms.join(&alliance, "cms", "city", json!({})).await;
        until("the kill and the correction", async || {
            let is_gone = cms.item(&articles[2])?["status"] != "published";
            let is_new = cms.item(&articles[3])?["title"] == "嘉州夜航船复航（更正）";
            (is_gone && is_new && cms.published() == 3).then_some(())
        })
        .await;
        settled(&alliance).await;
        let (rows, summary) = reconcile(&alliance, json!({"dry_run": true})).await;
        assert_eq!((rows.len(), &summary["counts"]["same"]), (0, &json!(4)), "{rows:?}");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_of_and_taken_down_only_when_asked() {
    let alliance = Alliance::start(&Engine::Embedded).await;
    let cms = Cms::start().await;
    let articles = publish(&alliance).await;
    alliance.channel("none", "false").await;
    cms.join(&alliance, "cms", "none", json!({})).await;
    // An article of this hub and one of another's stand there, and no receipt says so.
    for (key, uri) in [("a", articles[0].as_str()), ("b", "tag:other.example,2026:article:zzzzzzzzzzzzzzzzzzzzzzzzzz")]
    {
        cms.put_back(&json!({"id": key, "external_id": uri, "title": "x", "body": "x", "status": "published"}));
    }
    until("the lane", async || alliance.hub.get::<Value>("/v1/lanes").await.ok()?["lanes"].get(0).map(|_| ())).await;
    let (rows, summary) = reconcile(&alliance, json!({})).await;
    assert_eq!((rows.len(), &summary["counts"]["stranger"]), (2, &json!(2)), "{rows:?}");
    assert!(rows.iter().any(|row| row.2.contains("another hub")), "{rows:?}");
    assert!(rows.iter().any(|row| row.2.contains("--take-down-strangers")), "{rows:?}");
    assert_eq!(cms.published(), 2);
    let (_, summary) = reconcile(&alliance, json!({"take_down_strangers": true})).await;
    assert_eq!(summary["mended"], 1);
    until("its end", async || (cms.item(&articles[0])?["status"] != "published").then_some(())).await;
    assert_eq!(cms.published(), 1, "the other hub's stands");
    alliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_says_that_it_cannot_be_compared() {
    let alliance = Alliance::start(&Engine::Embedded).await;
    alliance.channel("city", "true").await;
    alliance.webhook("portal", "city", &Site::start().await).await;
    let request = alliance.hub.request(Method::POST, "/v1/partners/portal/reconcile").json(&json!({}));
    let refused = alliance.hub.open(request).await.expect_err("it cannot").to_string();
    assert!(refused.contains("cannot be looked into") && refused.contains("lianbo replay"), "{refused}");
    alliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_partner_holds_is_known_of_every_moment_also_after_a_restart() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let before = Timestamp::now();
        let articles = publish(&alliance).await;
        let held = until("four articles", async || {
            let held = holdings(&alliance, "portal", "").await;
            (held["holdings"].as_array()?.len() == 4).then_some(held)
        })
        .await;
        let row =
            held["holdings"].as_array().unwrap().iter().find(|row| row["article"] == articles[0].as_str()).unwrap();
        assert_eq!((&row["version"], &row["headline"]), (&json!(1), &json!(PIECES[0].0)), "{row}");
        assert!(row["remote"]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{row}");
        assert!(row["content_hash"].is_string() && row["since"].is_string(), "{row}");

        let between = Timestamp::now();
        let next = Alliance::ninjs("0", "旧粮仓里开书店（更正）", PIECES[0].1, json!({"version": "2"}));
        alliance.post("ziyang", "application/json", next).await;
        kill(&alliance, "1").await;
        until("both", async || (site.posts().len() == 3 && site.calls().len() == 6).then_some(())).await;
        until("the newest", async || {
            (holdings(&alliance, "portal", "").await["holdings"].as_array()?.len() == 3).then_some(())
        })
        .await;
        alliance.restart().await;
        std::fs::remove_file(alliance.data().join("ledger.db")).ok();
        let at = async |moment: Timestamp| {
            let held = holdings(&alliance, "portal", &format!("at={moment}")).await;
            let rows = held["holdings"].as_array().cloned().unwrap_or_default();
            rows.iter().map(|row| row["version"].as_u64().unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(at(before).await, [0_u64; 0]);
        assert_eq!(at(between).await, [1, 1, 1, 1]);
        let mut now = at(Timestamp::now()).await;
        now.sort_unstable();
        assert_eq!(now, [1, 1, 2]);

        let page = holdings(&alliance, "portal", "limit=2").await;
        let next = page["next"].as_str().expect("more");
        let rest = holdings(&alliance, "portal", &format!("limit=2&after={next}")).await;
        assert_eq!((page["holdings"].as_array().unwrap().len(), rest["holdings"].as_array().unwrap().len()), (2, 1));
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_down_is_overdue_while_a_cache_shows_it_and_closed_when_it_is_gone() {
    for engine in engines() {
        let mut alliance = Alliance::start_with(&engine, |settings| {
            settings.deliver.takedown_overdue_seconds = 1;
            settings.deliver.takedown_settle_seconds = 1;
        })
        .await;
        alliance.channel("city", "true").await;
        let (site, clean, unheard) = (Site::start().await, Site::start().await, Site::start().await);
        unheard.answer(Some(503));
        alliance.webhook("portal", "city", &site).await;
        alliance.webhook("clean", "city", &clean).await;
        alliance.webhook("unheard", "city", &unheard).await;
        let articles = publish(&alliance).await;
        until("the articles", async || (site.posts().len() == 4 && clean.posts().len() == 4).then_some(())).await;
        site.cache(Cache::Kept);
        kill(&alliance, "0").await;
        let report = until("an overdue take-down", async || {
            let report = closing_report(&alliance, &articles[0]).await;
            (report["partners"][0]["state"] == "gone" && report["partners"][1]["state"] == "overdue").then_some(report)
        })
        .await;
        assert_eq!(
            (&report["closed"], &report["partners"][0]["partner"]),
            (&json!(false), &json!("clean")),
            "{report}"
        );
        let overdue = &report["partners"][1];
        assert_eq!(overdue["last_look"]["finding"], "standing", "{report}");
        assert!(
            overdue["acknowledged"].is_string() && overdue["advice"].as_str().unwrap().contains("caches"),
            "{report}"
        );
        // Nothing is known of a partner that never answered, not even that it has no copy.
        assert_eq!(report["partners"][2]["state"], "unacknowledged", "{report}");
        let request = alliance.hub.request(Method::GET, "/?lang=zh");
        let page = alliance.hub.open(request).await.expect("the page").text().await.expect("its text");
        assert!(["撤稿逾期", "仍可见", "未确认"].iter().all(|words| page.contains(words)), "{page}");

        alliance.restart().await;
        site.cache(Cache::Emptied);
        until("one still unheard of", async || {
            let report = closing_report(&alliance, &articles[0]).await;
            (report["partners"][1]["state"] == "gone").then(|| assert_eq!(report["closed"], false, "{report}"))
        })
        .await;
        unheard.answer(None);
        let closed = until("the end", async || {
            Some(closing_report(&alliance, &articles[0]).await).filter(|report| report["closed"] == true)
        })
        .await;
        assert_eq!(closed["partners"][1]["state"], "gone", "{closed}");
        assert_eq!(closed["partners"][2]["state"], "no-address", "{closed}");
        alliance.stop().await;
    }
}

async fn closing_report(alliance: &Alliance, article: &str) -> Value {
    let short = article.rsplit(':').next().unwrap_or(article);
    alliance.hub.get(&format!("/v1/articles/{short}/takedown")).await.unwrap_or_default()
}
