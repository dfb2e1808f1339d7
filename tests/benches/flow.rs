//! The whole flow, measured: articles a second from submission to `articles`, the time from submission to a partner's
//! webhook at a fixed rate, the start with many articles, memory. On the embedded log, and on Kafka when
//! `LIANBO_KAFKA` names one. `cargo bench -p lianbo-tests --bench flow`

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use futures_util::StreamExt;
use lianbo_tests::corpus::article;
use lianbo_tests::{Alliance, Engine, kafka, until};
use serde_json::{Value, json};

/// Articles of the throughput run.
const BURST: u64 = 5_000;
/// Submissions in flight in that run.
const CALLERS: usize = 64;
/// The latency run: this many a second, for this many seconds.
const RATE: u64 = 100;
const SECONDS: u64 = 20;
/// The start-up run.
const MANY: u64 = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut engines = vec![Engine::Embedded];
        engines.extend(kafka().map(Engine::Kafka));
        for engine in engines {
            let name = if engine == Engine::Embedded { "embedded" } else { "kafka" };
            throughput(&engine, name).await;
            latency(&engine, name).await;
        }
        start_up().await;
    });
}

async fn throughput(engine: &Engine, name: &str) {
    let alliance = Alliance::start(engine).await;
    alliance.outlet("bench", "基准").await;
    let started = Instant::now();
    submit_all(&alliance, 0..BURST).await;
    let acknowledged = started.elapsed();
    until_articles(&alliance, BURST).await;
    let judged = started.elapsed();
    println!(
        "{name}: {BURST} articles of 600 characters, {CALLERS} callers: acknowledged {:.0}/s, submit → articles {:.0}/s, memory {} MB",
        BURST as f64 / acknowledged.as_secs_f64(),
        BURST as f64 / judged.as_secs_f64(),
        memory_megabytes()
    );
    alliance.stop().await;
}

async fn submit_all(alliance: &Alliance, numbers: std::ops::Range<u64>) {
    let submissions = futures_util::stream::iter(numbers).map(|number| {
        let (headline, text) = article(number, 600);
        alliance.submit("bench", "application/json", Alliance::ninjs(&number.to_string(), &headline, &text, json!({})))
    });
    submissions.buffer_unordered(CALLERS).for_each(async |_id| {}).await;
}

async fn until_articles(alliance: &Alliance, count: u64) {
    loop {
        let topics: Value = alliance.hub.get("/v1/topics").await.expect("the topics");
        let articles = topics["topics"].as_array().into_iter().flatten().find(|topic| topic["name"] == "articles");
        // Transaction markers take offsets on Kafka: the lag of dedup tells there when all is judged.
        let normalised = topics["topics"].as_array().into_iter().flatten().find(|topic| topic["name"] == "normalised");
        let end = articles.and_then(|topic| topic["end"].as_u64()).unwrap_or(0);
        let behind = normalised.and_then(|topic| topic["lag"][0]["behind"].as_u64()).unwrap_or(1);
        if end >= count && behind == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

async fn latency(engine: &Engine, name: &str) {
    let alliance = Alliance::start(engine).await;
    alliance.outlet("bench", "基准").await;
    alliance.channel("city", "true").await;
    let arrivals: Arrivals = Arc::default();
    let url = receiver(arrivals.clone()).await;
    let connector = json!({"kind": "webhook", "url": url, "secret": "sites"});
    let request =
        alliance.hub.request(reqwest::Method::PUT, "/v1/secrets/sites").body("whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==");
    let _empty: Value = alliance.hub.read(request).await.expect("the secret");
    let partner = json!({"id": "receiver", "name": "receiver", "channels": ["city"], "connector": connector, "limits": {"window": 32}});
    alliance.put("partners", "receiver", partner).await;

    let total = RATE * SECONDS;
    let begin = tokio::time::Instant::now() + Duration::from_millis(200);
    let alliance = Arc::new(alliance);
    let mut sends = tokio::task::JoinSet::new();
    let mut intended = HashMap::new();
    for number in 0..total {
        let at = begin + Duration::from_micros(1_000_000 / RATE * number);
        let (headline, text) = article(1_000_000 + number, 600);
        intended.insert(headline.clone(), at.into_std());
        let alliance = alliance.clone();
        sends.spawn(async move {
            tokio::time::sleep_until(at).await;
            alliance
                .submit("bench", "application/json", Alliance::ninjs(&number.to_string(), &headline, &text, json!({})))
                .await
        });
    }
    sends.join_all().await;
    until("every delivery", async || {
        (arrivals.lock().unwrap_or_else(PoisonError::into_inner).len() as u64 == total).then_some(())
    })
    .await;
    let arrived = arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut waits: Vec<f64> =
        arrived.iter().map(|(headline, at)| at.duration_since(intended[headline]).as_secs_f64() * 1000.0).collect();
    waits.sort_by(f64::total_cmp);
    let part = |share: f64| waits[((waits.len() as f64 - 1.0) * share) as usize];
    println!(
        "{name}: submit → webhook at {RATE}/s, {total} articles, from the intended moment: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        part(0.5),
        part(0.99),
        part(1.0)
    );
    if let Ok(alliance) = Arc::try_unwrap(alliance) {
        alliance.stop().await;
    }
}

async fn receiver(arrivals: Arrivals) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = Router::new().route("/hook", post(arrive)).with_state(arrivals);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn arrive(State(arrivals): State<Arrivals>, body: Bytes) {
    let now = Instant::now();
    let event: Value = serde_json::from_slice(&body).expect("a webhook");
    let headline = event["data"]["news"]["headlines"][0]["value"].as_str().unwrap_or_default().to_owned();
    arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(headline).or_insert(now);
}

async fn start_up() {
    let mut alliance = Alliance::start(&Engine::Embedded).await;
    alliance.outlet("bench", "基准").await;
    let started = Instant::now();
    submit_all(&alliance, 0..MANY).await;
    until_articles(&alliance, MANY).await;
    println!(
        "embedded: {MANY} articles taken in {:.0} s, memory {} MB",
        started.elapsed().as_secs_f64(),
        memory_megabytes()
    );
    let started = Instant::now();
    alliance.restart().await;
    until("a first page", async || (alliance.articles().await.len() == 200).then_some(())).await;
    println!(
        "embedded: restart with {MANY} articles, stop included, to the first answer {:.2} s",
        started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    let (headline, text) = article(MANY + 1, 600);
    alliance.post("bench", "application/json", Alliance::ninjs("after", &headline, &text, json!({}))).await;
    println!(
        "embedded: and to the first verdict {:.2} s more, memory {} MB",
        started.elapsed().as_secs_f64(),
        memory_megabytes()
    );
    alliance.stop().await;
}

/// Resident memory of this process, hub and callers together.
fn memory_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1024)
}
