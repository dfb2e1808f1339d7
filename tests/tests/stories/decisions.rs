//! An editor overrules the hub: every receiver ends with one post for each article, and a replay or a restart leaves it
//! so.

use lianbo_hub::cli::AskError;
use lianbo_tests::{Alliance, Site, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::engines;

const HEADLINE: &str = "老渡口夜航复航 头班船坐了六十三人";
const TEXT: &str = "停了半个月的老渡口夜航18日复航。晚上七点一刻，“岷江五号”离开码头，船上有乘客六十三人，多数是下班回家的工人。\n\
    船长说，停航是因为航标灯要换，新的灯用太阳能，阴雨天也能亮四个通宵。\n\
    渡口管理站把末班船改到了晚上十点半，周末再加一班，学生凭证半价。";
const OTHER_HEADLINE: &str = "夜航回来了：老渡口的灯重新亮起";
const OTHER_TEXT: &str = "记者18日傍晚来到江边，等船的人在坡上排了长长一队，有人提着刚买的菜，有人推着自行车。\n\
    换过的航标灯一盏接一盏亮起来，把江心照成一条线。等候的居民说，绕大桥回家要多走五十分钟。\n\
    管理站的值班员把时刻表贴在了售票窗上，末班是十点半。";

/// Two outlets and a portal that takes everything.
async fn alliance(engine: &lianbo_tests::Engine) -> (Alliance, Site) {
    let alliance = Alliance::start(engine).await;
    alliance.outlet("jiazhou", "嘉州新报").await;
    alliance.outlet("meizhou", "眉州新报").await;
    alliance.channel("city", "true").await;
    let portal = Site::start().await;
    alliance.webhook("portal", "city", &portal).await;
    (alliance, portal)
}

/// The second outlet's own site: it takes everything that is not its own.
async fn own_site(alliance: &Alliance) -> Site {
    let own = Site::start().await;
    let connector = json!({"kind": "webhook", "url": own.url(), "secret": "sites"});
    let partner = json!({"id": "meizhou-site", "name": "眉州网", "channels": ["city"], "outlet": "meizhou",
        "connector": connector});
    alliance.put("partners", "meizhou-site", partner).await;
    own
}

fn short(uri: &str) -> &str {
    uri.rsplit(':').next().unwrap_or(uri)
}

async fn decide(alliance: &Alliance, article: &str, decision: Value) -> Value {
    let mut document = json!({"by": "王编辑", "note": "核对过原稿"});
    document.as_object_mut().expect("an object").extend(decision.as_object().expect("an object").clone());
    let path = format!("/v1/articles/{}/decisions", short(article));
    let accepted: Value = alliance.hub.send(Method::POST, &path, Some(&document)).await.expect("it is accepted");
    let watch = accepted["watch"].as_str().expect("where to watch").to_owned();
    until("what became of the decision", async || alliance.hub.get::<Value>(&watch).await.ok()).await
}

/// Runs both outlets' topics again and waits until dedup has judged all of it.
async fn replay(alliance: &Alliance) {
    for outlet in ["jiazhou", "meizhou"] {
        let request = json!({"topic": format!("outlet.{outlet}"), "from": "start"});
        let request = alliance.hub.request(Method::POST, "/v1/replays").json(&request);
        alliance.hub.open(request).await.expect("the replay starts").text().await.expect("the replay ends");
    }
    // What comes after the replay in the same log is judged after it.
    let mark =
        Alliance::ninjs("mark", "校对标记", "这一篇只用来确认前面的稿件都已经处理完毕，没有别的意思。", json!({}));
    alliance.post("jiazhou", "application/json", mark).await;
}

/// A replay before and after a restart leaves articles and posts as they are.
async fn stays(alliance: &mut Alliance, sites: &[&Site]) {
    replay(alliance).await;
    until("the mark", async || {
        sites.iter().all(|site| site.headlines().contains(&"校对标记".to_owned())).then_some(())
    })
    .await;
    let before: Vec<usize> = sites.iter().map(|site| site.calls().len()).collect();
    let articles = alliance.articles().await.len();
    alliance.restart().await;
    replay(alliance).await;
    assert_eq!(alliance.articles().await.len(), articles);
    assert_eq!(sites.iter().map(|site| site.calls().len()).collect::<Vec<_>>(), before, "nothing is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_off_reprint_is_a_post_of_its_own() {
    for engine in engines() {
        let (mut alliance, portal) = alliance(&engine).await;
        let first = alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        let second =
            alliance.post("meizhou", "application/json", Alliance::ninjs("2", HEADLINE, TEXT, json!({}))).await;
        assert_eq!((second.verdict(), second.article()), ("reprint", first.article()));
        until("the post", async || (portal.posts().len() == 1).then_some(())).await;
        // It comes when the article is its own already, and is not given it.
        let own = own_site(&alliance).await;

        let wish = json!({"ruling": "split", "item": "meizhou"});
        let mut dry = wish.clone();
        dry["dry_run"] = json!(true);
        dry["by"] = json!("王编辑");
        let path = format!("/v1/articles/{}/decisions", short(first.article()));
        let foreseen: Value = alliance.hub.send(Method::POST, &path, Some(&dry)).await.expect("it is foreseen");
        let said = foreseen["would"].to_string();
        assert!(said.contains("`portal` gets it, as a post of its own"), "{said}");
        assert!(said.contains("`meizhou-site` gets the article it is split from"), "{said}");

        let done = decide(&alliance, first.article(), wish).await;
        assert_eq!(done["state"], "carried-out", "{done}");
        let result = done["decision"]["result"].as_str().expect("the new article").to_owned();
        assert_ne!(result, first.article());
        until("two posts", async || (portal.posts().len() == 2).then_some(())).await;
        until("the other outlet's article", async || (own.posts().len() == 1).then_some(())).await;
        assert_eq!(own.posts()[0]["uri"], first.article());
        let shown = alliance.article(first.article()).await;
        assert_eq!(shown["lineage"]["sightings"].as_array().map(Vec::len), Some(1), "{shown}");
        assert_eq!(shown["decisions"][0]["by"], "王编辑");
        stays(&mut alliance, &[&portal, &own]).await;
        assert_eq!(portal.posts().len(), 3, "two articles and the mark");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_articles_stand_once_and_the_former_leads_to_the_one_that_stays() {
    for engine in engines() {
        let (mut alliance, portal) = alliance(&engine).await;
        alliance.channel("meizhou-only", "article.outlet == 'meizhou'").await;
        let fan = Site::start().await;
        alliance.webhook("fan", "meizhou-only", &fan).await;
        let stays_there =
            alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        let goes = alliance
            .post("meizhou", "application/json", Alliance::ninjs("2", OTHER_HEADLINE, OTHER_TEXT, json!({})))
            .await;
        assert_ne!(goes.article(), stays_there.article());
        until("both posts", async || (portal.posts().len() == 2 && fan.posts().len() == 1).then_some(())).await;

        let done = decide(&alliance, goes.article(), json!({"ruling": "merge", "into": stays_there.article()})).await;
        assert_eq!(done["state"], "carried-out", "{done}");
        until("one post", async || (portal.headlines() == [HEADLINE]).then_some(())).await;
        until("the other one in its place", async || (fan.headlines() == [HEADLINE]).then_some(())).await;
        let shown = alliance.article(stays_there.article()).await;
        assert_eq!(shown["lineage"]["sightings"].as_array().map(Vec::len), Some(2), "{shown}");
        let left: Value = alliance.hub.get_or_gone(&format!("/v1/articles/{}", short(goes.article()))).await.unwrap();
        assert_eq!(left["tombstone"]["replaced_by"]["uri"], stays_there.article(), "{left}");
        let page = alliance.hub.request(Method::GET, &format!("/articles/{}", short(goes.article())));
        let page = alliance.hub.open(page).await.expect("the page is there");
        assert_eq!(page.url().path(), format!("/articles/{}", short(stays_there.article())), "it leads to the other");

        let corrected = Alliance::ninjs("2", "夜航回来了（更新）", OTHER_TEXT, json!({"version": "2"}));
        let corrected = alliance.post("meizhou", "application/json", corrected).await;
        assert_eq!((corrected.verdict(), corrected.article()), ("correction", stays_there.article()));
        stays(&mut alliance, &[&portal]).await;
        assert_eq!((portal.posts().len(), fan.posts().len()), (2, 1), "the article and the mark; the article");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_that_an_editor_sets_corrects_the_credit_in_the_same_post() {
    for engine in engines() {
        let (mut alliance, portal) = alliance(&engine).await;
        let first = alliance.post("meizhou", "application/json", Alliance::ninjs("2", HEADLINE, TEXT, json!({}))).await;
        alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        until("the post", async || (portal.posts().len() == 1).then_some(())).await;
        assert_eq!(portal.posts()[0]["attribution"], "来源：眉州新报");
        let done = decide(&alliance, first.article(), json!({"ruling": "original", "item": "jiazhou"})).await;
        assert_eq!(done["state"], "carried-out", "{done}");
        until("the credit", async || (portal.posts()[0]["attribution"] == "来源：嘉州新报").then_some(())).await;
        assert_eq!(portal.posts().len(), 1);
        stays(&mut alliance, &[&portal]).await;
        assert_eq!(portal.posts().len(), 2, "the article and the mark");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decided_is_refused_at_once() {
    for engine in engines() {
        let (alliance, _portal) = alliance(&engine).await;
        let first = alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        let refused = async |article: &str, document: Value| -> u16 {
            let path = format!("/v1/articles/{}/decisions", short(article));
            let answer: Result<Value, AskError> = alliance.hub.send(Method::POST, &path, Some(&document)).await;
            match answer {
                Err(AskError::Refused { status, .. }) => status,
                other => panic!("not refused: {other:?}"),
            }
        };
        let article = first.article();
        assert_eq!(refused("none", json!({"ruling": "merge", "into": article, "by": "w"})).await, 404);
        assert_eq!(refused(article, json!({"ruling": "merge", "into": article, "by": "w"})).await, 409);
        assert_eq!(refused(article, json!({"ruling": "split", "item": "jiazhou", "by": "w"})).await, 409);
        assert_eq!(refused(article, json!({"ruling": "original", "item": "meizhou", "by": "w"})).await, 404);
        assert_eq!(refused(article, json!({"ruling": "original", "item": "jiazhou", "by": ""})).await, 400);
        assert_eq!(refused(article, json!({"ruling": "hide", "by": "w"})).await, 400);
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_sees_the_two_texts_side_by_side_with_the_figures_that_differ() {
    for engine in engines() {
        let (alliance, _portal) = alliance(&engine).await;
        let first = alliance.post("jiazhou", "application/json", Alliance::ninjs("1", HEADLINE, TEXT, json!({}))).await;
        let reprint = TEXT.replace("六十三人，多数", "六十三人，大多").replace("太阳能", "電池");
        let second =
            alliance.post("meizhou", "application/json", Alliance::ninjs("2", HEADLINE, &reprint, json!({}))).await;
        assert_eq!((second.verdict(), second.article()), ("reprint", first.article()));
        let changed = Alliance::ninjs("2", HEADLINE, &reprint.replace("六十三人", "六十五人"), json!({"version": "2"}));
        assert_eq!(alliance.post("meizhou", "application/json", changed).await.article(), first.article());

        let path = format!("/v1/articles/{}/compare?item=meizhou", short(first.article()));
        let found = until("the newest words", async || {
            let found: Value = alliance.hub.get(&path).await.ok()?;
            found["comparison"].to_string().contains("六十五").then_some(found)
        })
        .await;
        let figures: Vec<&Value> = found["comparison"]["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .filter(|change| change["kind"] == "figure")
            .collect();
        assert_eq!(figures, [&json!({"theirs": "六十三", "ours": "六十五", "kind": "figure"})], "{found}");
        assert!(found["comparison"]["passages"].to_string().contains("電池"), "in the outlet's own script");

        let page = format!("/articles/{}/compare?item=meizhou", short(first.article()));
        let page = alliance.hub.open(alliance.hub.request(Method::GET, &page)).await.expect("the page is there");
        let page = page.text().await.expect("its text");
        assert!(page.contains(r#"<mark class="figure">六十五</mark>"#), "{page}");
        let public =
            reqwest::get(format!("{}/articles/{}/compare?item=meizhou", alliance.hub.url(), short(first.article())));
        let public = public.await.expect("an answer");
        assert_eq!(public.url().path(), "/login", "the words of a reprint are for operators");

        let why: Value = alliance.hub.get(&format!("/v1/articles/{}/why", short(first.article()))).await.expect("why");
        let said = why["steps"].to_string();
        assert!(said.contains("is the original") && said.contains("is a reprint of the one of `jiazhou`"), "{said}");
        alliance.stop().await;
    }
}
