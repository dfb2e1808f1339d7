//! Nothing stands after its time: an article that expires and a copy whose grant has ended are taken down, whether the
//! hub was running when the moment came or not.

use jiff::{SignedDuration, Timestamp};
use lianbo_tests::{Alliance, Site, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::engines;

const HEADLINE: &str = "家书特展今晚闭幕";
const TEXT: &str = "家书特展将于今晚闭幕，四十二件手迹首次同室展出，观众可以预约参观。展厅共分四个单元，配有方言朗读。";

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(seconds)
}

fn piece(version: u32, expires: Timestamp) -> Vec<u8> {
    let members = json!({"version": version.to_string(), "expires": expires.to_string()});
    Alliance::ninjs("m-1", HEADLINE, TEXT, members)
}

async fn shown(site: &Site, count: usize) {
    until("what the site shows", async || (site.posts().len() == count).then_some(())).await;
}

fn withdrawals(site: &Site) -> Vec<Value> {
    let calls = site.calls().into_iter().map(|(_, event)| event);
    calls.filter(|event| event["type"] == "article.withdrawn").collect()
}

async fn why(alliance: &Alliance, article: &str, partner: &str) -> String {
    let short = article.rsplit(':').next().expect("a last part");
    let why: Value = alliance.hub.get(&format!("/v1/articles/{short}/why?partner={partner}")).await.expect("why");
    why["steps"].to_string()
}

async fn take_down(alliance: &Alliance, article: &str) -> Value {
    let short = article.rsplit(':').next().expect("a last part");
    alliance.hub.get(&format!("/v1/articles/{short}/takedown")).await.expect("the report")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_article_is_taken_down_and_a_later_expiry_brings_it_back() {
    for engine in engines() {
        let mut alliance = Alliance::start_with(&engine, |settings| {
            settings.deliver.takedown_settle_seconds = 1;
        })
        .await;
        alliance.outlet("meizhou", "眉州新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let end = in_seconds(8);
        let posted = alliance.post("meizhou", "application/json", piece(1, end)).await;
        shown(&site, 1).await;
        alliance.restart().await;
        assert_eq!(alliance.feed("city").await.len(), 1);
        assert!(Timestamp::now() >= end || site.posts().len() == 1, "it stands until its end");

        shown(&site, 0).await;
        assert!(Timestamp::now() >= end, "it was taken down before its end");
        let note = withdrawals(&site)[0]["data"]["note"].clone();
        assert!(note.as_str().is_some_and(|note| note.starts_with("It expired at ")), "{note}");
        until("the feed", async || alliance.feed("city").await.is_empty().then_some(())).await;
        let closed = until("the closing report", async || {
            let report = take_down(&alliance, posted.article()).await;
            (report["closed"] == true).then_some(report)
        });
        let closed = closed.await;
        assert_eq!((&closed["status"], &closed["partners"][0]["state"]), (&json!("withheld"), &json!("gone")));
        assert_eq!(closed["note"], note);
        let said = why(&alliance, posted.article(), "portal").await;
        assert!(said.contains("it was taken down, until the outlet sends it with a later expiry"), "{said}");

        // Neither a partner that joins later nor a replay gets it.
        let newcomer = Site::start().await;
        alliance.webhook("newcomer", "city", &newcomer).await;
        let asked = json!({"topic": "articles", "from": "start", "partner": "newcomer"});
        let request = alliance.hub.request(Method::POST, "/v1/replays").json(&asked);
        alliance.hub.open(request).await.expect("the replay starts").text().await.expect("it ends");
        alliance.post("meizhou", "application/json", piece(2, in_seconds(-60))).await;
        alliance
            .post(
                "meizhou",
                "application/json",
                Alliance::ninjs(
                    "m-2",
                    "另一篇",
                    "嘉州夜航船复航，船上供应盖碗茶与豆腐脑，沿三江口绕行一周。",
                    json!({}),
                ),
            )
            .await;
        until("the next article", async || (newcomer.headlines() == ["另一篇"]).then_some(())).await;
        assert_eq!(newcomer.calls().iter().filter(|(_, event)| event["type"] != "article.withdrawn").count(), 1);

        alliance.post("meizhou", "application/json", piece(3, in_seconds(3_600))).await;
        for site in [&site, &newcomer] {
            shown(site, 2).await;
        }
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_ends_takes_its_copies_down_unless_it_lets_them_stay() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.put("outlets", "meizhou", json!({"id": "meizhou", "name": "眉州新报"})).await;
        alliance.channel("city", "true").await;
        let sites = [Site::start().await, Site::start().await, Site::start().await];
        let end = in_seconds(8);
        let grants = [("ends", json!({"until": end})), ("stays", json!({"until": end, "on_end": "keep"}))];
        let [ending, keeping, other] = &sites;
        for (partner, site) in [("ends", ending), ("stays", keeping), ("other", other)] {
            alliance.webhook(partner, "city", site).await;
        }
        for (name, mut grant) in grants.into_iter().chain([("other", json!({"until": end}))]) {
            let members = json!({"id": name, "outlet": "meizhou", "partners": [name]});
            grant.as_object_mut().expect("an object").extend(members.as_object().expect("one").clone());
            alliance.put("grants", name, grant).await;
        }
        // Another grant gives less, and for ever.
        let less = json!({"id": "less", "outlet": "meizhou", "partners": ["other"], "content": "link"});
        alliance.put("grants", "less", less).await;
        let text = Alliance::ninjs("m-1", HEADLINE, TEXT, json!({}));
        let posted = alliance.post("meizhou", "application/json", text).await;
        for site in &sites {
            shown(site, 1).await;
        }
        // Nobody is there when the moment comes.
        alliance.halt().await;
        assert!(Timestamp::now() < end, "the machine was too slow for this story");
        while Timestamp::now() < end {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        alliance.resume().await;

        shown(ending, 0).await;
        let note = withdrawals(ending)[0]["data"]["note"].clone();
        assert!(note.as_str().is_some_and(|note| note.starts_with("The grant `ends` ended at ")), "{note}");
        let has_text = |site: &Site| site.posts()[0]["html"].as_str().is_some_and(|html| html.contains("四十二件"));
        until("what the other grant allows", async || (!has_text(other)).then_some(())).await;
        assert!(has_text(keeping));
        until("the report with that note", async || {
            let report = take_down(&alliance, posted.article()).await;
            let row = report["partners"].as_array()?.iter().find(|row| row["partner"] == "ends")?;
            (row["note"] == note).then_some(())
        })
        .await;
        for (partner, told) in [("ends", "is taken down"), ("stays", "may stay")] {
            let said = why(&alliance, posted.article(), partner).await;
            assert!(said.contains(&format!("Grant `{partner}` allowed it until")) && said.contains(told), "{said}");
        }

        // A correction reaches only those who may have it; a kill reaches everybody.
        let next = Alliance::ninjs("m-1", "家书特展延期", TEXT, json!({"version": "2"}));
        alliance.post("meizhou", "application/json", next).await;
        until("the correction", async || (other.headlines() == ["家书特展延期"]).then_some(())).await;
        assert_eq!(keeping.headlines(), [HEADLINE]);
        assert!(ending.posts().is_empty() && withdrawals(keeping).is_empty());
        let kill = json!({"uri": "m-1", "version": "9", "pubStatus": "canceled"}).to_string();
        alliance.post("meizhou", "application/json", kill).await;
        for site in &sites {
            shown(site, 0).await;
        }
        alliance.stop().await;
    }
}
