//! Hubs that feed hubs: what goes on, what comes back, and what goes no further.

use lianbo_tests::{Alliance, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::engines;

const TEXT: &str = "凌江大桥合龙段昨日完成浇筑，全桥贯通后过江时间由四十分钟缩短到六分钟。\n施工方说，护栏和照明将在年底前装完，明年三月通车。";
const OTHER: &str =
    "翠屏山步道二期开放，新增观景台三处、急救点两处，全程五点六公里。\n园林部门提醒，雨天石阶湿滑，请走栈道。";

/// A hub with one channel, and one member of its own.
async fn hub(engine: &lianbo_tests::Engine, member: &str, name: &str) -> Alliance {
    let alliance = Alliance::start(engine).await;
    alliance.channel("all", "true").await;
    alliance.outlet(member, name).await;
    alliance
}

/// `to` becomes a partner of `from`, which is its member `member`. `there` is the authority that `from` believes it has.
async fn joined(from: &Alliance, to: &Alliance, member: &str, partner: &str, there: &str) {
    to.outlet(member, &format!("{member} 联播")).await;
    let key = to.key(member).await;
    let request = from.hub.request(Method::PUT, &format!("/v1/secrets/{partner}")).body(key);
    let _empty: Value = from.hub.read(request).await.expect("the secret is stored");
    let connector = json!({
        "kind": "lianbo", "url": to.hub.url(), "user": member, "secret": partner, "options": {"hub": there},
    });
    let record = json!({"id": partner, "name": partner, "channels": ["all"], "connector": connector});
    from.put("partners", partner, record).await;
}

/// Lets what `member` sends go on to a third hub.
async fn lets_climb(alliance: &Alliance, member: &str) {
    let id = format!("{member}-all");
    let grant = json!({"id": id, "outlet": member, "channels": "all", "partners": "all", "reexport": true});
    alliance.put("grants", &id, grant).await;
}

/// The article of this headline as it is listed, once it stands there with this status.
async fn stands(alliance: &Alliance, headline: &str, status: &str) -> Value {
    until(headline, async || {
        let articles = alliance.articles().await;
        articles.into_iter().find(|article| article["headline"] == headline && article["status"] == status)
    })
    .await
}

/// The article's words, as everybody may see them.
async fn news(alliance: &Alliance, listed: &Value) -> Value {
    alliance.article(listed["id"].as_str().unwrap()).await["article"].clone()
}

/// Whom it has passed.
async fn parties(alliance: &Alliance, listed: &Value) -> Vec<String> {
    let news = news(alliance, listed).await;
    let hops = news["hub"]["hops"].as_array().unwrap();
    hops.iter().map(|hop| hop["party"].as_str().unwrap().to_owned()).collect()
}

/// Why a partner holds it, or not, in one text.
async fn why(alliance: &Alliance, listed: &Value, partner: &str) -> String {
    let path = format!("/v1/articles/{}/why?partner={partner}", listed["id"].as_str().unwrap());
    let why: Value = alliance.hub.get(&path).await.unwrap();
    why["steps"].to_string()
}

async fn dead_letters(alliance: &Alliance) -> Vec<Value> {
    let answer: Value = alliance.hub.get("/v1/dead").await.expect("the dead letters");
    answer["dead"].as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_its_correction_and_its_kill_reach_the_next_hub() {
    for engine in engines() {
        let city = hub(&engine, "suizhou", "遂州新报").await;
        let province = hub(&engine, "shengbao", "省报").await;
        joined(&city, &province, "city", "province", province.authority()).await;
        let piece = Alliance::ninjs("bridge", "凌江大桥合龙", TEXT, json!({"usageTerms": "限联盟成员转载"}));
        city.post("suizhou", "application/json", piece).await;
        let there = stands(&province, "凌江大桥合龙", "usable").await;
        assert_eq!(parties(&province, &there).await, [city.authority(), province.authority()]);
        let news = news(&province, &there).await;
        assert_eq!(news["usageTerms"], "限联盟成员转载");
        assert_eq!(news["infoSources"][0]["name"], "遂州新报", "{news}");
        assert_eq!(there["outlet"], "city");
        let shown = until("the feed there", async || province.feed("all").await.pop()).await;
        for body in [&shown["content_html"], &shown["content_text"]].into_iter().filter_map(Value::as_str) {
            assert_eq!(body.matches("来源：").count(), 1, "credited once: {body}");
            assert!(body.contains("来源：遂州新报"), "{body}");
        }

        let members = json!({"version": "2"});
        let corrected = Alliance::ninjs("bridge", "凌江大桥合龙（更正）", TEXT, members);
        city.post("suizhou", "application/json", corrected).await;
        let again = stands(&province, "凌江大桥合龙（更正）", "usable").await;
        assert_eq!(again["uri"], there["uri"]);
        assert_eq!(province.articles().await.len(), 1);

        let kill = json!({"uri": "bridge", "version": "3", "pubStatus": "canceled", "edNote": "稿件有误"});
        city.post("suizhou", "application/json", kill.to_string()).await;
        stands(&province, "凌江大桥合龙（更正）", "canceled").await;
        until("readers to see it no longer", async || province.feed("all").await.is_empty().then_some(())).await;
        city.stop().await;
        province.stop().await;
    }
}

/// Three hubs in a ring, each with a member of its own, each letting everything climb.
async fn ring(engine: &lianbo_tests::Engine, home: impl Fn(&Alliance) -> String) -> [Alliance; 3] {
    let [one, two, three] = [
        hub(engine, "one-daily", "甲市日报").await,
        hub(engine, "two-daily", "乙市日报").await,
        hub(engine, "three-daily", "丙市日报").await,
    ];
    joined(&one, &two, "one", "two", two.authority()).await;
    joined(&two, &three, "two", "three", three.authority()).await;
    joined(&three, &one, "three", "one", &home(&one)).await;
    lets_climb(&two, "one").await;
    lets_climb(&three, "two").await;
    lets_climb(&one, "three").await;
    [one, two, three]
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_ring_of_three_hubs_nothing_circulates() {
    for engine in engines() {
        let [one, two, three] = ring(&engine, |one| one.authority().to_owned()).await;
        let piece = Alliance::ninjs("bridge", "凌江大桥合龙", TEXT, json!({}));
        one.post("one-daily", "application/json", piece).await;
        let last = stands(&three, "凌江大桥合龙", "usable").await;
        assert_eq!(parties(&three, &last).await, [one.authority(), two.authority(), three.authority()]);
        // What the third hub's own member publishes goes round after it, and further than it.
        let other = Alliance::ninjs("path", "翠屏山步道二期开放", OTHER, json!({}));
        three.post("three-daily", "application/json", other).await;
        stands(&two, "翠屏山步道二期开放", "usable").await;
        for hub in [&one, &two, &three] {
            assert_eq!(hub.articles().await.len(), 2);
            assert_eq!(dead_letters(hub).await, Vec::<Value>::new());
        }
        let home = stands(&one, "凌江大桥合龙", "usable").await;
        assert_eq!(home["sightings"], 1);
        let told = why(&three, &last, "one").await;
        assert!(told.contains("has passed the hub behind `one`"), "{told}");
        for hub in [one, two, three] {
            hub.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_refuses_what_has_passed_it_although_the_sender_does_not_know() {
    for engine in engines() {
        let [one, two, three] = ring(&engine, |_| "misspelt.example".to_owned()).await;
        let piece = Alliance::ninjs("bridge", "凌江大桥合龙", TEXT, json!({}));
        one.post("one-daily", "application/json", piece).await;
        let letter = until("the refusal", async || dead_letters(&three).await.into_iter().next()).await;
        assert!(letter.to_string().contains("has passed this hub"), "{letter}");
        assert_eq!(one.articles().await.len(), 1);
        for hub in [one, two, three] {
            hub.stop().await;
        }
    }
}

/// A county's hub feeds a city's, and that one a province's.
async fn line(engine: &lianbo_tests::Engine) -> [Alliance; 3] {
    let county = hub(engine, "county-daily", "县报").await;
    let city = hub(engine, "city-daily", "市报").await;
    let province = hub(engine, "province-daily", "省报").await;
    joined(&county, &city, "county", "city", city.authority()).await;
    joined(&city, &province, "city", "province", province.authority()).await;
    [county, city, province]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_from_another_hub_goes_no_further_unless_its_grant_says_so() {
    for engine in engines() {
        let [county, city, province] = line(&engine).await;
        let piece = Alliance::ninjs("bridge", "凌江大桥合龙", TEXT, json!({}));
        county.post("county-daily", "application/json", piece).await;
        let there = stands(&city, "凌江大桥合龙", "usable").await;
        let own = Alliance::ninjs("path", "翠屏山步道二期开放", OTHER, json!({}));
        city.post("city-daily", "application/json", own).await;
        stands(&province, "翠屏山步道二期开放", "usable").await;
        assert_eq!(province.articles().await.len(), 1);
        let told = why(&city, &there, "province").await;
        assert!(told.contains("only under a grant with reexport"), "{told}");

        lets_climb(&city, "county").await;
        let next = Alliance::ninjs("bridge", "凌江大桥合龙（更新）", TEXT, json!({"version": "2"}));
        county.post("county-daily", "application/json", next).await;
        let there = stands(&province, "凌江大桥合龙（更新）", "usable").await;
        assert_eq!(parties(&province, &there).await, [county.authority(), city.authority(), province.authority()]);
        for hub in [county, city, province] {
            hub.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_that_comes_by_two_ways_is_one_article() {
    for engine in engines() {
        let [county, city, province] = line(&engine).await;
        joined(&county, &province, "county", "province", province.authority()).await;
        lets_climb(&city, "county").await;
        let piece = Alliance::ninjs("bridge", "凌江大桥合龙", TEXT, json!({}));
        county.post("county-daily", "application/json", piece).await;
        until("both ways", async || {
            let article = province.articles().await.into_iter().next()?;
            (article["sightings"] == 2).then_some(())
        })
        .await;
        assert_eq!(province.articles().await.len(), 1);
        let next = Alliance::ninjs("bridge", "凌江大桥合龙（更正）", TEXT, json!({"version": "2"}));
        county.post("county-daily", "application/json", next).await;
        stands(&province, "凌江大桥合龙（更正）", "usable").await;
        let kill = json!({"uri": "bridge", "version": "3", "pubStatus": "canceled"});
        county.post("county-daily", "application/json", kill.to_string()).await;
        stands(&province, "凌江大桥合龙（更正）", "canceled").await;
        assert_eq!(province.articles().await.len(), 1);
        until("readers to see it no longer", async || province.feed("all").await.is_empty().then_some(())).await;
        for hub in [county, city, province] {
            hub.stop().await;
        }
    }
}
