//! A hub with an alliance, driven through its front door.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use lianbo_hub::cli::Hub;
use lianbo_hub::serve::Running;
use lianbo_hub::settings::Settings;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Site, until};

/// Which log a story runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// SQLite in the data folder.
    Embedded,
    /// A real Kafka at this bootstrap address.
    Kafka(String),
}

/// A running hub and the keys to it.
pub struct Alliance {
    /// The operators' API.
    pub hub: Hub,
    running: Option<Running>,
    settings: Settings,
    folder: TempDir,
    admin: String,
}

/// What became of a submission.
#[derive(Debug, Clone)]
pub struct Posted(pub Value);

/// The settings of a hub for tests: a free port, loopback partners allowed, topics of its own.
pub fn settings(engine: &Engine, data: &Path) -> Settings {
    static HUBS: AtomicU32 = AtomicU32::new(0);
    let mut settings = Settings::defaults(data).expect("the defaults are usable");
    settings.server.listen = "127.0.0.1:0".parse().expect("an address");
    settings.http.allow = lianbo_connectors::http::Network::loopback().to_vec();
    let number = HUBS.fetch_add(1, Ordering::Relaxed);
    // Uris of its own, so that what an earlier run left at a real CMS is another article.
    settings.authority = format!("t{}-{number}.example", std::process::id());
    if let Engine::Kafka(bootstrap) = engine {
        settings.log.engine = lianbo_hub::log::Engine::Kafka;
        settings.log.kafka.bootstrap.clone_from(bootstrap);
        settings.log.prefix = format!("t{}-{number}-", std::process::id());
    }
    settings
}

impl Alliance {
    /// Starts a hub with nothing in its registry.
    pub async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    /// The same with other settings: `change` is handed those of a hub for tests.
    pub async fn start_with(engine: &Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = settings(engine, folder.path());
        change(&mut settings);
        let admin = settings.make_admin_key().expect("an admin key").expose().to_owned();
        let running = Running::start(settings.clone()).await.expect("the hub starts");
        let hub = Hub::at(running.url(), Some(lianbo_hub::secrets::Secret::new(&admin)));
        Self { hub, running: Some(running), settings, folder, admin }
    }

    /// Stops the hub and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.halt().await;
        self.resume().await;
    }

    /// The same with other settings from then on.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        self.halt().await;
        change(&mut self.settings);
        self.resume().await;
    }

    /// Stops the hub; its data stays.
    pub async fn halt(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Starts a stopped hub again on the same data.
    pub async fn resume(&mut self) {
        let running = Running::start(self.settings.clone()).await.expect("the hub starts again");
        self.hub = Hub::at(running.url(), Some(lianbo_hub::secrets::Secret::new(&self.admin)));
        self.running = Some(running);
    }

    /// Stops the hub.
    pub async fn stop(mut self) {
        self.halt().await;
    }

    /// The hub's data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// A member whose articles everybody may have in full.
    pub async fn outlet(&self, id: &str, name: &str) {
        self.put("outlets", id, json!({"id": id, "name": name, "domains": [format!("{id}.example")]})).await;
        let grant = json!({"id": format!("{id}-all"), "outlet": id, "channels": "all", "partners": "all"});
        self.put("grants", &format!("{id}-all"), grant).await;
    }

    /// A channel with a rule.
    pub async fn channel(&self, id: &str, rule: &str) {
        self.put("channels", id, json!({"id": id, "title": id, "rule": rule})).await;
    }

    /// A site as a partner of a channel.
    pub async fn webhook(&self, id: &str, channel: &str, site: &Site) {
        let request = self
            .hub
            .request(Method::PUT, "/v1/secrets/sites")
            .body("whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==");
        let _empty: Value = self.hub.read(request).await.expect("the secret is stored");
        let connector = json!({"kind": "webhook", "url": site.url(), "secret": "sites"});
        self.put("partners", id, json!({"id": id, "name": id, "channels": [channel], "connector": connector})).await;
    }

    /// The hub's authority.
    pub fn authority(&self) -> &str {
        &self.settings.authority
    }

    /// A new key of a member.
    pub async fn key(&self, outlet: &str) -> String {
        let path = format!("/v1/outlets/{outlet}/keys");
        let made: Value = self.hub.send(Method::POST, &path, None::<&Value>).await.expect("a key is made");
        made["key"].as_str().expect("a key").to_owned()
    }

    /// Writes to the registry.
    pub async fn put(&self, kind: &str, id: &str, document: Value) {
        let _stored: Value = self
            .hub
            .send(Method::PUT, &format!("/v1/{kind}/{id}"), Some(&document))
            .await
            .expect("the registry takes it");
    }

    /// Posts bytes as an outlet, with the admin key, and waits for what becomes of them, and until its article can be
    /// looked up: a verdict is known before that.
    pub async fn post(&self, outlet: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Posted {
        let submission = self.submit(outlet, media_type, bytes).await;
        let posted = self.judged(&submission).await;
        if !posted.article().is_empty() {
            let path = path_of(posted.article());
            until("the article in the view", async || self.hub.get_or_gone::<Value>(&path).await.ok()).await;
        }
        posted
    }

    /// Posts bytes as an outlet and returns the submission's id as soon as it is acknowledged.
    pub async fn submit(&self, outlet: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> String {
        let request = self.hub.request(Method::POST, &format!("/v1/outlets/{outlet}/submissions"));
        let request = request.header("content-type", media_type).body(bytes.into());
        let accepted: Value = self.hub.read(request).await.expect("the submission is accepted");
        accepted["submission"].as_str().expect("an id").to_owned()
    }

    /// Waits until a submission is judged or refused.
    pub async fn judged(&self, submission: &str) -> Posted {
        let path = format!("/v1/submissions/{submission}");
        let judged = until("a verdict", async || {
            let status: Value = self.hub.get(&path).await.ok()?;
            (status["pending"] == false).then_some(status)
        });
        Posted(judged.await)
    }

    /// An article as operators see it.
    pub async fn article(&self, id: &str) -> Value {
        self.hub.get(&path_of(id)).await.expect("the article is there")
    }

    /// The newest articles.
    pub async fn articles(&self) -> Vec<Value> {
        let answer: Value = self.hub.get("/v1/articles?limit=200").await.expect("the list");
        answer["articles"].as_array().cloned().unwrap_or_default()
    }

    /// A channel's JSON Feed.
    pub async fn feed(&self, channel: &str) -> Vec<Value> {
        let answer: Value = self.hub.get(&format!("/channels/{channel}/feed.json")).await.expect("the feed");
        answer["items"].as_array().cloned().unwrap_or_default()
    }

    /// An outlet's own ninjs article, whose body is one paragraph a line.
    pub fn ninjs(id: &str, headline: &str, text: &str, members: Value) -> Vec<u8> {
        let body: String = text.lines().map(|line| format!("<p>{line}</p>")).collect();
        let mut document = json!({
            "uri": id, "type": "text", "standard": {"name": "ninjs", "version": "3.1"}, "version": "1",
            "headlines": [{"role": "main", "value": headline}],
            "bodies": [{"role": "main", "contentType": "text/html", "value": body}],
        });
        if let (Some(document), Value::Object(members)) = (document.as_object_mut(), members) {
            document.extend(members);
        }
        document.to_string().into_bytes()
    }
}

fn path_of(article: &str) -> String {
    format!("/v1/articles/{}", article.rsplit(':').next().unwrap_or(article))
}

impl Posted {
    /// The first item's verdict.
    pub fn verdict(&self) -> &str {
        self.0["items"][0]["verdict"].as_str().unwrap_or("none")
    }

    /// The first item's article.
    pub fn article(&self) -> &str {
        self.0["items"][0]["article"].as_str().unwrap_or_default()
    }
}
