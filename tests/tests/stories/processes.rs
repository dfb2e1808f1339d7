//! Three processes on one Kafka, each killed -9 in mid-flow and started again: nothing lost, nothing doubled.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Stdio;

use lianbo_hub::cli::Hub;
use lianbo_hub::secrets::Secret;
use lianbo_tests::corpus::article;
use lianbo_tests::{Alliance, Site, headline, kafka, until};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

const KEY: &str = "lb_admin_story_of_three_processes";
/// Originals; each is reprinted once.
const ARTICLES: usize = 90;

struct Process {
    roles: &'static str,
    listen: String,
    data: TempDir,
    child: Option<Child>,
}

impl Process {
    fn new(roles: &'static str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        Self { roles, listen: free.to_string(), data: tempfile::tempdir().expect("a folder"), child: None }
    }

    fn start(&mut self, bootstrap: &str, prefix: &str) {
        let child = Command::new(env!("CARGO_BIN_EXE_lianbo-under-test"))
            .args(["serve", "--roles", self.roles])
            .current_dir(self.data.path())
            .env("LIANBO__DATA", self.data.path())
            .env("LIANBO__SERVER__LISTEN", &self.listen)
            .env("LIANBO__SERVER__ADMIN_KEY", KEY)
            .env("LIANBO__HTTP__ALLOW", "127.0.0.0/8")
            .env("LIANBO__LOG__ENGINE", "kafka")
            .env("LIANBO__LOG__KAFKA__BOOTSTRAP", bootstrap)
            .env("LIANBO__LOG__PREFIX", prefix)
            .env("LIANBO__LOG__KAFKA__SESSION_TIMEOUT_MS", "6000")
            .env("LIANBO__SECRETS__SITES", "whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.expect("the hub starts"));
    }

    async fn kill(&mut self) {
        self.child.take().expect("a running process").kill().await.expect("kill -9");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_flow_nothing_is_lost_and_nothing_doubled() {
    let Some(bootstrap) = kafka() else { return };
    for victim in 0..3 {
        let prefix = format!("p{}-{victim}-", std::process::id());
        let mut processes =
            [Process::new("ingest,feed"), Process::new("normalise,dedup,route"), Process::new("deliver")];
        for process in &mut processes {
            process.start(&bootstrap, &prefix);
        }
        let hub = Hub::at(&format!("http://{}", processes[0].listen), Some(Secret::new(KEY)));
        let site = Site::start().await;
        found(&hub, &site).await;
        let mut accepted = 0;
        for number in 0..ARTICLES {
            accepted += usize::from(post(&hub, "mianzhou", &original(number), "application/json").await);
            accepted +=
                usize::from(post(&hub, "suizhou", reprint(number).as_bytes(), "text/plain; charset=utf-8").await);
            if number == ARTICLES / 3 {
                processes[victim].kill().await;
                processes[victim].start(&bootstrap, &prefix);
            }
        }
        assert_eq!(accepted, 2 * ARTICLES, "every submission was acknowledged in the end");
        let expected: BTreeSet<String> = (0..ARTICLES).map(title).collect();
        until("every article at the site", async || {
            (site.headlines().into_iter().collect::<BTreeSet<_>>() == expected).then_some(())
        })
        .await;
        let calls = site.calls();
        let ids: BTreeSet<&String> = calls.iter().map(|(id, _)| id).collect();
        assert_eq!(site.posts().len(), ARTICLES, "one post an article");
        // Two outlets' topics have no order between them: after a kill the reprint may be read before its original,
        // which then corrects the credit in a second version. Nothing else makes one.
        let versions = versions(&calls);
        assert!(versions.len() <= 2 * ARTICLES, "a version for the reprint, one for the original: {}", versions.len());
        assert_eq!(ids.len(), versions.len(), "one delivery a version, whatever was repeated");
        if victim != 2 {
            assert_eq!(calls.len(), versions.len(), "only a killed deliverer may repeat a call, under the same id");
        }
        let feed = until("the feed", async || {
            let feed: Value = hub.get("/channels/city/feed.json?limit=200").await.ok()?;
            Some(feed).filter(|feed| feed["items"].as_array().map(Vec::len) == Some(ARTICLES))
        });
        feed.await;
        let shown = site.posts();
        assert!(shown.iter().all(|post| !headline(post).is_empty()));
    }
}

/// The versions of articles that were sent.
fn versions(calls: &[(String, Value)]) -> BTreeSet<(String, u64)> {
    let version = |event: &Value| (event["data"]["uri"].to_string(), event["data"]["version"].as_u64().unwrap_or(0));
    calls.iter().map(|(_, event)| version(event)).collect()
}

async fn found(hub: &Hub, site: &Site) {
    until("the hub", async || hub.get::<Value>("/v1/outlets").await.ok()).await;
    for id in ["mianzhou", "suizhou"] {
        put(hub, "outlets", id, json!({"id": id, "name": id})).await;
        put(hub, "grants", id, json!({"id": id, "outlet": id, "channels": "all"})).await;
    }
    put(hub, "channels", "city", json!({"id": "city", "title": "city", "rule": "true"})).await;
    let connector = json!({"kind": "webhook", "url": site.url(), "secret": "sites"});
    put(
        hub,
        "partners",
        "portal",
        json!({"id": "portal", "name": "portal", "channels": ["city"], "connector": connector}),
    )
    .await;
}

async fn put(hub: &Hub, kind: &str, id: &str, document: Value) {
    until("the registry", async || {
        hub.send::<Value>(Method::PUT, &format!("/v1/{kind}/{id}"), Some(&document)).await.ok()
    })
    .await;
}

/// Posts until it is acknowledged: the hub may be the process that was killed. The key makes repeats harmless.
async fn post(hub: &Hub, outlet: &str, body: &[u8], media_type: &str) -> bool {
    until("an acknowledgement", async || {
        let request = hub.request(Method::POST, &format!("/v1/outlets/{outlet}/submissions"));
        let request = request.header("content-type", media_type).body(body.to_vec());
        hub.read::<Value>(request).await.ok().map(|_accepted| true)
    })
    .await
}

fn title(number: usize) -> String {
    article(number as u64, 400).0
}

fn text(number: usize) -> String {
    article(number as u64, 400).1
}

fn original(number: usize) -> Vec<u8> {
    Alliance::ninjs(&format!("m-{number}"), &title(number), &text(number), json!({}))
}

fn reprint(number: usize) -> String {
    format!("看看{}\n\n来源：mianzhou\n\n{}", title(number), text(number))
}
