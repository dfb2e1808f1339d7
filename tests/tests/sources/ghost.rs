//! An outlet on Ghost.

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use lianbo_connectors::format::post::GHOST;
use lianbo_connectors::http::plain_client;
use lianbo_connectors::source::cms::seen;
use lianbo_tests::{Engine, ghost_token, named, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::joined::{Joined, join, text, title};

/// One site, as its editors use it.
struct Ghost {
    url: String,
    key: String,
}

fn sites() -> Vec<Ghost> {
    let site = |fields: Vec<String>| {
        let [url, key] = <[String; 2]>::try_from(fields).expect("LIANBO_GHOST: url,key");
        Ghost { url, key }
    };
    named("LIANBO_GHOST", "url,admin-key").into_iter().map(site).collect()
}

impl Ghost {
    /// One post in, or none.
    async fn edit(&self, method: Method, route: &str, post: Option<Value>) -> Value {
        self.send(method, route, post.map(|post| json!({"posts": [post]}))).await
    }

    async fn send(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let request = plain_client().request(method, format!("{}/ghost/api/admin/{route}", self.url));
        let request = request.header("authorization", ghost_token(&self.key));
        let request = body.into_iter().fold(request, |request, body| request.json(&body));
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{route}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// A new post; its id.
    async fn write(&self, post: Value) -> String {
        let written = self.edit(Method::POST, "posts/?source=html", Some(post)).await;
        written["posts"][0]["id"].as_str().expect("an id").to_owned()
    }

    async fn change(&self, id: &str, mut change: Value) {
        let before = self.edit(Method::GET, &format!("posts/{id}/"), None).await;
        change["updated_at"] = before["posts"][0]["updated_at"].clone();
        self.edit(Method::PUT, &format!("posts/{id}/?source=html"), Some(change)).await;
    }

    async fn delete(&self, id: &str) {
        self.edit(Method::DELETE, &format!("posts/{id}/"), None).await;
    }

    async fn joined(&self, every: &str) -> (Joined, String) {
        let (joined, said) =
            Joined::with(&Engine::Embedded, &["--from", &self.url, "--secret-stdin", "--every", every], &self.key)
                .await;
        assert!(said.contains("the integration sees posts"), "{said}");
        assert!(said.contains("Ghost tells of every change at once"), "{said}");
        (joined, said)
    }
}

/// Polls only once, at the start: what comes later comes by webhook.
const NEVER_AGAIN: &str = "86400";

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_bring_what_is_published_edited_and_taken_back() {
    for ghost in sites() {
        let (joined, _) = ghost.joined(NEVER_AGAIN).await;
        let first_poll = title("先");
        ghost.write(json!({"title": first_poll, "html": text(), "status": "published"})).await;
        joined.shows(&first_poll).await;
        let (first, corrected) = (title(""), title("更正"));
        let post = json!({"title": first, "html": text(), "status": "published", "custom_excerpt": "渡口复航"});
        let id = ghost.write(post).await;
        let shown = joined.shows(&first).await;
        assert_eq!(shown["news"]["descriptions"][0]["value"], "渡口复航", "{shown}");
        ghost.change(&id, json!({"title": corrected})).await;
        joined.shows(&corrected).await;
        assert!(!joined.site.headlines().contains(&first), "a correction is the same article");
        ghost.change(&id, json!({"status": "draft"})).await;
        joined.hides(&corrected).await;
        ghost.change(&id, json!({"status": "published"})).await;
        joined.shows(&corrected).await;
        ghost.change(&id, json!({"visibility": "members"})).await;
        joined.hides(&corrected).await;
        ghost.change(&id, json!({"visibility": "public"})).await;
        joined.shows(&corrected).await;
        ghost.delete(&id).await;
        joined.hides(&corrected).await;
        joined.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_the_hub_was_down_is_caught_up() {
    for ghost in sites() {
        let (mut joined, _) = ghost.joined("1").await;
        let (edited, after, deleted, unpublished) = (title("前"), title("后"), title("删"), title("撤"));
        let mut ids = Vec::new();
        for title in [&edited, &deleted, &unpublished] {
            ids.push(ghost.write(json!({"title": title, "html": text(), "status": "published"})).await);
            joined.shows(title).await;
        }
        joined.alliance.halt().await;
        let missed = title("漏");
        ghost.write(json!({"title": missed, "html": text(), "status": "published"})).await;
        ghost.change(&ids[0], json!({"title": after})).await;
        ghost.delete(&ids[1]).await;
        ghost.change(&ids[2], json!({"status": "draft"})).await;
        // What is deleted is looked for once an hour; a node without memory of the site does so at once.
        std::fs::remove_file(joined.alliance.data().join("pull.db")).expect("the puller's memory");
        joined.alliance.resume().await;
        joined.shows(&missed).await;
        joined.shows(&after).await;
        joined.hides(&edited).await;
        joined.hides(&deleted).await;
        joined.hides(&unpublished).await;
        joined.stop().await;
    }
}

/// Else the poll would submit again what a webhook has brought.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_reads_the_same_whether_asked_for_or_told_of() {
    for ghost in sites() {
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let target = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let hook = move |body: Bytes| {
            let sent = sender.send(body);
            std::future::ready(if sent.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
        };
        let router = Router::new().route("/hook", post(hook));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let webhook = json!({"webhooks": [{"event": "post.published", "target_url": target}]});
        let webhook = ghost.send(Method::POST, "webhooks/", Some(webhook)).await;
        let own = title("一样");
        let words = json!({"title": own, "html": format!("{}<hr>", text()), "status": "published", "tags": ["本地", "#内部"],
            "custom_excerpt": "摘要", "feature_image": "https://img.example/a.jpg", "feature_image_alt": "渡船"});
        let id = ghost.write(words).await;
        let told = loop {
            let body = told.recv().await.expect("the webhook comes");
            if String::from_utf8_lossy(&body).contains(&own) {
                break body;
            }
        };
        let asked = ghost.send(Method::GET, &format!("posts/{id}/?formats=html&include=tags,authors"), None).await;
        let asked = seen(GHOST, asked.to_string().as_bytes()).expect("a post");
        assert_eq!(seen(GHOST, &told), Some(asked));
        let id = webhook["webhooks"][0]["id"].as_str().expect("an id");
        ghost.send(Method::DELETE, &format!("webhooks/{id}/"), None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_has_posted_there_is_not_taken_in_again_whatever_its_address() {
    for ghost in sites() {
        let (joined, _) = ghost.joined("1").await;
        let connector = json!({"kind": "ghost", "url": ghost.url, "secret": "member-source"});
        let (article, foreign) = joined.others_article_goes_to(connector).await;
        let slug = format!("lianbo-{}", article.rsplit(':').next().expect("a short id"));
        let shown = until("the hub's post", async || {
            let found = ghost.edit(Method::GET, &format!("posts/?filter=slug:{slug}"), None).await;
            found["posts"][0]["id"].as_str().map(str::to_owned)
        });
        ghost.change(&shown.await, json!({"slug": foreign})).await;
        let own = title("自");
        ghost.write(json!({"title": own, "html": text(), "status": "published"})).await;
        joined.shows(&own).await;
        joined.stands_alone(&article).await;
        joined.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_again_is_harmless_and_a_wrong_key_is_told() {
    for ghost in sites() {
        let (joined, first) = ghost.joined(NEVER_AGAIN).await;
        let again = join(&joined.alliance, &["--from", &ghost.url, "--secret-stdin"], &ghost.key).unwrap();
        assert!(first.contains("is added") && again.contains("is unchanged"), "{first} {again}");
        assert!(again.contains("Ghost tells of every change at once"), "{again}");
        let nobody = join(&joined.alliance, &["--from", &ghost.url], "").unwrap_err();
        assert!(nobody.contains("is a Ghost: give --secret-stdin"), "{nobody}");
        let id = ghost.key.split(':').next().expect("an id");
        let wrong =
            join(&joined.alliance, &["--from", &ghost.url, "--secret-stdin"], &format!("{id}:{}", "0f".repeat(32)));
        assert!(wrong.as_ref().is_err_and(|error| error.contains("Ghost answered 401")), "{wrong:?}");
        joined.stop().await;
    }
}
