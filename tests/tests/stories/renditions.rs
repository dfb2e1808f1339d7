//! One article in many media: an alliance's own template, tried, stored, used for a partner.

use lianbo_tests::{Alliance, Site, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::engines;

const TEXT: &str =
    "蒲江的猕猴桃冷链专列25日首发，当天装车一百二十吨，次日抵达广州。\n果农说，往年要等四天的路程，如今一夜就到。";
const AI: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

async fn refused(alliance: &Alliance, method: Method, path: &str, document: Option<Value>) -> String {
    let answer = alliance.hub.send::<Value>(method, path, document.as_ref()).await;
    answer.expect_err("it is refused").to_string()
}

async fn render(alliance: &Alliance, article: &str, wish: Value) -> String {
    let short = article.rsplit(':').next().unwrap_or(article);
    let path = format!("/v1/articles/{short}/renditions");
    let answer: Value = alliance.hub.send(Method::POST, &path, Some(&wish)).await.expect("it is laid out");
    answer["rendition"].as_str().expect("a text").to_owned()
}

async fn page_of(alliance: &Alliance, path: &str) -> (u16, String) {
    let answer = alliance.hub.request(Method::GET, path).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alliance_lays_an_article_out_as_it_likes_and_credit_and_label_stay() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.outlet("pujiang", "蒲江融媒").await;
        alliance.channel("city", "true").await;
        let typing =
            json!({"id": "site", "title": "站点", "form": "html", "text": "<h2>{{ headline }}</h2>\n{{ hedline }}"});
        let said = refused(&alliance, Method::PUT, "/v1/templates/site", Some(typing)).await;
        assert!(said.contains("line 2"), "{said}");
        let own = "<h2>{{ headline }}</h2>{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>{% endfor %}";
        alliance.put("templates", "site", json!({"id": "site", "title": "站点", "form": "html", "text": own})).await;

        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let mut partner: Value = alliance.hub.get("/v1/partners/portal").await.expect("the partner");
        partner["template"] = "site".into();
        alliance.put("partners", "portal", partner.clone()).await;
        let text_only = json!({"id": "site", "title": "站点", "form": "text", "text": "{{ headline }}"});
        let said = refused(&alliance, Method::PUT, "/v1/templates/site", Some(text_only)).await;
        assert!(said.contains("`portal`"), "{said}");
        let said = refused(&alliance, Method::DELETE, "/v1/templates/site", None).await;
        assert!(said.contains("`portal`"), "{said}");

        let members = json!({"digitalSourceType": {"uri": AI}});
        let posted =
            alliance.post("pujiang", "application/json", Alliance::ninjs("1", "猕猴桃专列首发", TEXT, members)).await;
        let post = until("the post", async || site.posts().into_iter().next()).await;
        let html = post.to_string();
        for part in ["<h2>猕猴桃专列首发</h2><p>蒲江的猕猴桃", "<p>来源：蒲江融媒</p>", "<p>本文含人工智能生成内容</p>"]
        {
            assert!(html.contains(part), "`{part}` in {html}");
        }
        let radio = render(&alliance, posted.article(), json!({"template": "radio", "partner": "portal"})).await;
        assert!(radio.starts_with("【口播稿】猕猴桃专列首发\n【时长】约 "), "{radio}");
        let draft = json!({"text": "{{ headline|cut(4) }}", "form": "text"});
        let tried = render(&alliance, posted.article(), draft).await;
        assert_eq!(tried, "猕猴桃…\n来源：蒲江融媒\n本文含人工智能生成内容\n");
        alliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_no_more_than_the_partner_may_have() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.put("outlets", "pujiang", json!({"id": "pujiang", "name": "蒲江融媒"})).await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let posted =
            alliance.post("pujiang", "application/json", Alliance::ninjs("1", "猕猴桃专列首发", TEXT, json!({}))).await;
        let short = posted.article().rsplit(':').next().unwrap_or_default().to_owned();
        let path = format!("/v1/articles/{short}/renditions");
        let wish = json!({"template": "print", "partner": "portal"});
        let said = refused(&alliance, Method::POST, &path, Some(wish.clone())).await;
        assert!(said.contains(&format!("lianbo why {short} --partner portal")), "{said}");
        for (partner, lang, parts) in [
            ("portal", "zh", ["合作方“portal”不能得到这篇稿件", "可在上方改选其他合作方"]),
            ("portal", "en", ["the partner `portal` may not have this article", "Choose another partner above"]),
            ("nobody", "zh", ["没有合作方“nobody”", "<option value=\"portal\">"]),
        ] {
            let page = format!("/articles/{short}/renditions?partner={partner}&lang={lang}");
            let (status, page) = page_of(&alliance, &page).await;
            assert!(status == 404 && parts.iter().all(|part| page.contains(part)), "{status} {page}");
        }
        let (status, page) = page_of(&alliance, "/articles/nothing/renditions?lang=zh").await;
        assert!(status == 404 && page.contains("没有稿件“nothing”"), "{status} {page}");
        let grant =
            json!({"id": "links", "outlet": "pujiang", "channels": "all", "partners": "all", "content": "link"});
        alliance.put("grants", "links", grant).await;
        let print = render(&alliance, posted.article(), wish).await;
        assert!(print.contains("猕猴桃专列首发") && !print.contains("装车一百二十吨"), "{print}");
        alliance.stop().await;
    }
}
