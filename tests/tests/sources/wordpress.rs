//! An outlet on WordPress.

use lianbo_connectors::http::plain_client;
use lianbo_tests::{Engine, kafka, named, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::joined::{Joined, join, text, title};

/// One site, as its editors use it.
struct WordPress {
    url: String,
    user: String,
    password: String,
}

fn sites() -> Vec<WordPress> {
    let site = |fields: Vec<String>| {
        let [url, user, password, ..] = fields.as_slice() else { panic!("LIANBO_WORDPRESS: {fields:?}") };
        let [url, user, password] = [url, user, password].map(String::clone);
        WordPress { url, user, password }
    };
    named("LIANBO_WORDPRESS", "url,user,app-password[,bridge]").into_iter().map(site).collect()
}

impl WordPress {
    async fn edit(&self, method: Method, route: &str, body: Value) -> Value {
        let request = plain_client().request(method, format!("{}/wp-json/wp/v2/{route}", self.url));
        let answer = request.basic_auth(&self.user, Some(&self.password)).json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{route}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// A new post; its id.
    async fn write(&self, post: Value) -> u64 {
        self.edit(Method::POST, "posts", post).await["id"].as_u64().expect("an id")
    }

    async fn change(&self, id: u64, change: Value) {
        self.edit(Method::POST, &format!("posts/{id}"), change).await;
    }

    async fn delete(&self, id: u64, force: bool) {
        self.edit(Method::DELETE, &format!("posts/{id}?force={force}"), json!({})).await;
    }

    async fn joined(&self) -> Joined {
        self.joined_on(&Engine::Embedded).await
    }

    async fn joined_on(&self, engine: &Engine) -> Joined {
        let arguments = ["--from", &self.url, "--user", &self.user, "--secret-stdin", "--every", "1"];
        let (joined, said) = Joined::with(engine, &arguments, &self.password).await;
        assert!(said.contains(&format!("user {} sees posts", self.user)), "{said}");
        joined
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_edited_and_taken_back_follows_to_the_receiver() {
    for wordpress in sites() {
        let joined = wordpress.joined().await;
        let (first, corrected, body) = (title(""), title("更正"), text());
        let id = wordpress.write(json!({"title": first, "content": body, "status": "draft"})).await;
        wordpress.change(id, json!({"status": "publish", "excerpt": "渡口复航"})).await;
        let shown = joined.shows(&first).await;
        assert_eq!(shown["news"]["descriptions"][0]["value"], "渡口复航", "{shown}");
        wordpress.change(id, json!({"title": corrected})).await;
        joined.shows(&corrected).await;
        assert!(!joined.site.headlines().contains(&first), "a correction is the same article");
        // In and out of sight in each of the ways there are.
        let ways = [json!({"status": "draft"}), json!({"status": "private"}), json!({"password": "geheim"})];
        for hidden in ways {
            wordpress.change(id, hidden).await;
            joined.hides(&corrected).await;
            wordpress.change(id, json!({"status": "publish", "password": ""})).await;
            joined.shows(&corrected).await;
        }
        wordpress.delete(id, false).await;
        joined.hides(&corrected).await;
        wordpress.change(id, json!({"status": "publish"})).await;
        joined.shows(&corrected).await;
        wordpress.delete(id, true).await;
        joined.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_for_good_is_found_at_the_next_look_after_all_posts() {
    for wordpress in sites() {
        deleted_for_good(&wordpress, &Engine::Embedded).await;
        // What was public is read out of the log, which may be Kafka.
        if let Some(bootstrap) = kafka() {
            deleted_for_good(&wordpress, &Engine::Kafka(bootstrap)).await;
        }
    }
}

async fn deleted_for_good(wordpress: &WordPress, engine: &Engine) {
    let mut joined = wordpress.joined_on(engine).await;
    let (stays, goes) = (title("留"), title("删"));
    wordpress.write(json!({"title": stays, "content": text(), "status": "publish"})).await;
    let id = wordpress.write(json!({"title": goes, "content": text(), "status": "publish"})).await;
    joined.shows(&goes).await;
    joined.alliance.halt().await;
    wordpress.delete(id, true).await;
    // A node that has no memory of the site looks after all posts at once.
    std::fs::remove_file(joined.alliance.data().join("pull.db")).expect("the puller's memory");
    joined.alliance.resume().await;
    joined.hides(&goes).await;
    joined.shows(&stays).await;
    joined.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_has_posted_there_is_not_taken_in_again_whatever_its_address() {
    for wordpress in sites() {
        let joined = wordpress.joined().await;
        let connector =
            json!({"kind": "wordpress", "url": wordpress.url, "user": wordpress.user, "secret": "member-source"});
        let (article, foreign) = joined.others_article_goes_to(connector).await;
        let slug = format!("lianbo-{}", article.rsplit(':').next().expect("a short id"));
        let shown = until("the hub's post", async || {
            let found = wordpress.edit(Method::GET, &format!("posts?slug={slug}"), json!({})).await;
            found[0]["id"].as_u64()
        });
        wordpress.change(shown.await, json!({"slug": foreign})).await;
        let own = title("自");
        wordpress.write(json!({"title": own, "content": text(), "status": "publish"})).await;
        joined.shows(&own).await;
        joined.stands_alone(&article).await;
        joined.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_told_what_is_missing_and_what_is_wrong() {
    for wordpress in sites() {
        let joined = wordpress.joined().await;
        let refused = |arguments: &[&str], secret: &str| join(&joined.alliance, arguments, secret).unwrap_err();
        let nobody = refused(&["--from", &wordpress.url], "");
        assert!(nobody.contains("is a WordPress: give --user"), "{nobody}");
        let wrong = ["--from", &wordpress.url, "--user", &wordpress.user, "--secret-stdin"];
        let wrong = refused(&wrong, "AAAA BBBB CCCC DDDD EEEE FFFF");
        assert!(wrong.contains("Application Passwords"), "{wrong}");
        let nothing = refused(&["--from", &joined.site.url()], "");
        assert!(nothing.contains("answers 405"), "{nothing}");
        let feed = join(&joined.alliance, &["--from", &format!("{}/feed/", wordpress.url)], "").unwrap();
        assert!(feed.contains("is polled every 300 s"), "{feed}");
        joined.stop().await;
    }
}
