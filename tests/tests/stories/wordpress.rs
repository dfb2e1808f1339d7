//! Real WordPresses as partners, named by `LIANBO_WORDPRESS` (`url,user,application password`, separated by `;`).

use lianbo_tests::{Alliance, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::engines;

/// A WordPress that is a partner.
pub(crate) struct WordPress {
    url: String,
    user: String,
    password: String,
    client: reqwest::Client,
}

/// Makes every WordPress there is a partner of a channel; none, said out loud, when there is none.
pub(crate) async fn partners(alliance: &Alliance, channel: &str) -> Vec<WordPress> {
    let listed = std::env::var("LIANBO_WORDPRESS").unwrap_or_default();
    if listed.is_empty() {
        eprintln!("skipped on WordPress: LIANBO_WORDPRESS is not set");
    }
    let mut partners = Vec::new();
    for (number, entry) in listed.split(';').filter(|entry| !entry.is_empty()).enumerate() {
        let fields: Vec<&str> = entry.split(',').collect();
        let [url, user, password] = [fields[0], fields[1], fields[2]].map(str::to_owned);
        let secret = format!("wordpress-{number}");
        let request = alliance.hub.request(Method::PUT, &format!("/v1/secrets/{secret}")).body(password.clone());
        let _empty: Value = alliance.hub.read(request).await.expect("the secret is stored");
        let connector = json!({"kind": "wordpress", "url": url, "user": user, "secret": secret});
        alliance
            .put(
                "partners",
                &secret,
                json!({"id": secret, "name": secret, "channels": [channel], "connector": connector}),
            )
            .await;
        partners.push(WordPress { url, user, password, client: lianbo_connectors::http::plain_client() });
    }
    partners
}

impl WordPress {
    /// The posts readers see of an article.
    async fn posts(&self, article: &str) -> Vec<Value> {
        let short = article.rsplit(':').next().unwrap_or(article);
        // A second post of the same slug gets a number.
        let slugs: Vec<String> = ["", "-2", "-3", "-4"].iter().map(|end| format!("lianbo-{short}{end}")).collect();
        let query = format!("per_page=100&context=edit&status=publish&slug={}", slugs.join(","));
        let path = format!("{}/wp-json/wp/v2/posts?{query}", self.url);
        let answer = self.client.get(path).basic_auth(&self.user, Some(&self.password)).send().await;
        let Ok(answer) = answer else { return Vec::new() };
        answer.json().await.unwrap_or_default()
    }

    /// Waits until each article stands here, and checks that it stands once.
    pub(crate) async fn holds_once(&self, articles: &[String]) {
        for article in articles {
            let posts = until("an article in WordPress", async || {
                Some(self.posts(article).await).filter(|posts| !posts.is_empty())
            })
            .await;
            assert_eq!(posts.len(), 1, "{article} at {}", self.url);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wordpress_shows_an_article_its_correction_and_its_kill() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.channel("city", "true").await;
        alliance.outlet("suizhou", "遂州新报").await;
        let wordpresses = partners(&alliance, "city").await;
        if wordpresses.is_empty() {
            alliance.stop().await;
            return;
        }
        let text = "遂州湿地公园22日迎来今冬第一批越冬的红嘴鸥，观鸟点新添了望远镜和解说牌。\n护鸟员说，往年要到十二月才见得到这么多。";
        let id = format!("gulls-{}", std::process::id());
        let first = alliance
            .post("suizhou", "application/json", Alliance::ninjs(&id, "红嘴鸥飞抵遂州湿地", text, json!({})))
            .await;
        let articles = [first.article().to_owned()];
        for wordpress in &wordpresses {
            wordpress.holds_once(&articles).await;
        }
        alliance.restart().await;
        let corrected = Alliance::ninjs(&id, "红嘴鸥飞抵遂州湿地（更正）", text, json!({"version": "2"}));
        alliance.post("suizhou", "application/json", corrected).await;
        for wordpress in &wordpresses {
            let post = until("the correction", async || {
                wordpress
                    .posts(&articles[0])
                    .await
                    .into_iter()
                    .find(|post| post["title"]["raw"] == "红嘴鸥飞抵遂州湿地（更正）")
            });
            assert!(post.await["content"]["raw"].as_str().is_some_and(|html| html.contains("来源：遂州新报")));
            assert_eq!(wordpress.posts(&articles[0]).await.len(), 1);
        }
        alliance
            .post(
                "suizhou",
                "application/json",
                json!({"uri": id, "version": "3", "pubStatus": "canceled"}).to_string(),
            )
            .await;
        for wordpress in &wordpresses {
            until("the kill", async || wordpress.posts(&articles[0]).await.is_empty().then_some(())).await;
        }
        alliance.stop().await;
    }
}
