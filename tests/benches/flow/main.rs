//! The whole flow, measured: articles a second from submission to `articles`, the time from submission to a partner's
//! webhook at a fixed rate, a replay, the start with many articles, with many holdings, with many partners, and of a node that has lost
//! its files (`LIANBO_BENCH_ARTICLES`), memory. On the embedded log, and on Kafka when `LIANBO_KAFKA` names one, where it is also
//! measured what the broker sends for an article, short and long, at 1, 10 and 100 partners (Linux only, by `ss`).
//! `cargo bench -p lianbo-tests --bench flow`, or only some of it:
//! `cargo bench -p lianbo-tests --bench flow -- embedded throughput latency`, `-- start`

mod holdings;
mod loss;
mod partners;
mod replay;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, State};
use axum::routing::post;
use futures_util::StreamExt;
use lianbo_tests::corpus::article;
use lianbo_tests::{Alliance, Engine, kafka, until};
use serde_json::{Value, json};

/// Articles of the throughput run.
const BURST: u64 = 5_000;
/// Characters of an article.
const CHARACTERS: usize = 600;
/// Submissions in flight in that run.
const CALLERS: usize = 64;
/// The latency run: this many a second, for this many seconds.
const RATE: u64 = 100;
const SECONDS: u64 = 20;
/// The start-up run.
const MANY: u64 = 100_000;

fn main() {
    let names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |name: &str, of: &[&str]| {
        let named: Vec<&String> = names.iter().filter(|named| of.contains(&named.as_str())).collect();
        named.is_empty() || named.iter().any(|named| *named == name)
    };
    let parts = ["throughput", "latency", "fanout", "loss", "partners", "replay", "start", "holdings"];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut engines = vec![(Engine::Embedded, "embedded")];
        engines.extend(kafka().map(|address| (Engine::Kafka(address), "kafka")));
        for (engine, name) in engines.iter().filter(|(_, name)| wanted(name, &["embedded", "kafka"])) {
            if wanted("throughput", &parts) {
                throughput(engine, name).await;
            }
            if wanted("latency", &parts) {
                latency(engine, name).await;
            }
            if wanted("loss", &parts) {
                loss::take_over(engine, name, many(loss::ARTICLES)).await;
            }
            if wanted("partners", &parts) {
                partners::start_again(engine, name).await;
            }
            if wanted("replay", &parts) {
                replay::replay(engine, name, many(replay::ARTICLES)).await;
            }
            if wanted("fanout", &parts)
                && let Engine::Kafka(address) = engine
            {
                fanout(engine, address).await;
            }
        }
        if wanted("start", &parts) {
            start_up().await;
        }
        if wanted("holdings", &parts) {
            holdings::start_up(many(holdings::ARTICLES)).await;
        }
    });
}

/// A hub that refuses nobody for haste: what is measured is the flow, not the bounds of one member.
async fn alliance(engine: &Engine) -> Alliance {
    let alliance = Alliance::start_with(engine, |settings| {
        settings.ingest.per_second = 100_000;
        settings.ingest.burst = 100_000;
        settings.ingest.in_flight = 4 * CALLERS as u32;
    });
    alliance.await
}

async fn throughput(engine: &Engine, name: &str) {
    let alliance = alliance(engine).await;
    alliance.outlet("bench", "基准").await;
    let started = Instant::now();
    submit_all(&alliance, 0..BURST, CHARACTERS).await;
    let acknowledged = started.elapsed();
    until_articles(&alliance, BURST).await;
    let judged = started.elapsed();
    until_viewed(alliance.data(), BURST).await;
    let viewed = started.elapsed();
    let rate = |time: Duration| BURST as f64 / time.as_secs_f64();
    println!(
        "{name}: {BURST} articles of {CHARACTERS} characters, {CALLERS} callers: acknowledged {:.0}/s, submit → articles {:.0}/s, submit → view and search {:.0}/s, memory {} MB",
        rate(acknowledged),
        rate(judged),
        rate(viewed),
        memory_megabytes()
    );
    alliance.stop().await;
}

async fn submit_all(alliance: &Alliance, numbers: std::ops::Range<u64>, characters: usize) {
    let submissions = futures_util::stream::iter(numbers).map(|number| {
        let (headline, text) = article(number, characters);
        alliance.submit("bench", "application/json", Alliance::ninjs(&number.to_string(), &headline, &text, json!({})))
    });
    submissions.buffer_unordered(CALLERS).for_each(async |_id| {}).await;
}

/// Waits until all is judged.
async fn until_articles(alliance: &Alliance, count: u64) {
    loop {
        let answer: Value = alliance.hub.get("/v1/topics").await.expect("the topics");
        let topic = |name: &str| answer["topics"].as_array().into_iter().flatten().find(|topic| topic["name"] == name);
        let behind = |name: &str| topic(name).and_then(|topic| topic["lag"][0]["behind"].as_u64()).unwrap_or(u64::MAX);
        let end = topic("articles").and_then(|topic| topic["end"].as_u64()).unwrap_or(0);
        // On Kafka the marker of the last transaction takes an offset too, which no group ever commits.
        if end >= count && behind("outlet.bench") == 0 && behind("normalised") <= 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the view holds so many articles, each of them in the search index.
async fn until_viewed(data: &Path, count: u64) {
    loop {
        let file = data.join("view.db");
        let found = tokio::task::spawn_blocking(move || indexed(&file)).await.expect("the question ends");
        if found.is_some_and(|found| found >= count) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Articles in the search index; `None` while there is no view.
fn indexed(file: &Path) -> Option<u64> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let view = rusqlite::Connection::open_with_flags(file, flags).ok()?;
    // Rows are numbered without gaps, as articles are never removed.
    let sql = "SELECT coalesce((SELECT max(id) FROM articles), 0) - (SELECT count(*) FROM articles WHERE indexed = 0)";
    view.query_row(sql, [], |row| row.get::<_, i64>(0)).ok().and_then(|count| count.try_into().ok())
}

/// When each article came to each partner, by partner and headline.
type Arrivals = Arc<Mutex<HashMap<(String, String), Instant>>>;

/// How many have come to all partners.
fn count(arrivals: &Arrivals) -> u64 {
    arrivals.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
}

async fn all_there(arrivals: &Arrivals, wanted: u64) {
    while count(arrivals) < wanted {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn latency(engine: &Engine, name: &str) {
    let (alliance, arrivals) = alliance_with(engine, 1).await;

    let total = RATE * SECONDS;
    let begin = tokio::time::Instant::now() + Duration::from_millis(200);
    let alliance = Arc::new(alliance);
    let mut sends = tokio::task::JoinSet::new();
    let mut intended = HashMap::new();
    for number in 0..total {
        let at = begin + Duration::from_micros(1_000_000 / RATE * number);
        let (headline, text) = article(1_000_000 + number, CHARACTERS);
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
    until("every delivery", async || (count(&arrivals) == total).then_some(())).await;
    let arrived = arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut waits: Vec<f64> = arrived
        .iter()
        .map(|((_, headline), at)| at.duration_since(intended[headline]).as_secs_f64() * 1000.0)
        .collect();
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

/// An outlet, its channel, and so many partners who get all of it, with what comes to them.
async fn alliance_with(engine: &Engine, many: u64) -> (Alliance, Arrivals) {
    let alliance = alliance(engine).await;
    alliance.outlet("bench", "基准").await;
    alliance.channel("city", "true").await;
    let arrivals: Arrivals = Arc::default();
    let names: Vec<String> = (0..many).map(|number| format!("receiver-{number}")).collect();
    partners(&alliance, &receiver(arrivals.clone()).await, &names).await;
    (alliance, arrivals)
}

/// Partners that all have their webhook there, each at a path of its own.
async fn partners(alliance: &Alliance, url: &str, names: &[String]) {
    let request = alliance
        .hub
        .request(reqwest::Method::PUT, "/v1/secrets/sites")
        .body("whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==");
    let _empty: Value = alliance.hub.read(request).await.expect("the secret");
    for name in names {
        let connector = json!({"kind": "webhook", "url": format!("{url}/{name}"), "secret": "sites"});
        let limits = json!({"window": 32, "per_second": 10_000});
        let partner = json!({"id": name, "name": name, "channels": ["city"], "connector": connector, "limits": limits});
        alliance.put("partners", name, partner).await;
    }
}

/// What the broker sends to the hub for each article, at ever more partners: what hangs on the text, which the hub should
/// have sent no more often however many partners there are, and what is said of each delivery.
async fn fanout(engine: &Engine, address: &str) {
    const LONG: usize = 6_600;
    for many in [1, 10, 100] {
        let (alliance, arrivals) = alliance_with(engine, many).await;
        broker_bytes(&alliance, &arrivals, address, many, CHARACTERS, 0..20).await;
        let short = broker_bytes(&alliance, &arrivals, address, many, CHARACTERS, 1_000..1_200).await;
        let long = broker_bytes(&alliance, &arrivals, address, many, LONG, 2_000..2_200).await;
        let each = long.saturating_sub(short) * 1_000 / (LONG - CHARACTERS) as u64;
        println!(
            "kafka: at {many} partners the broker sends {short} bytes for an article of {CHARACTERS} characters, {} a delivery; {each} for each thousand characters more",
            short / many
        );
        alliance.stop().await;
    }
}

/// Bytes for each of these articles, once all have come to all partners.
async fn broker_bytes(
    alliance: &Alliance,
    arrivals: &Arrivals,
    address: &str,
    partners: u64,
    characters: usize,
    numbers: std::ops::Range<u64>,
) -> u64 {
    let (articles, there, before) = (numbers.end - numbers.start, count(arrivals), received_from(address));
    submit_all(alliance, numbers, characters).await;
    let all = there + articles * partners;
    until("every delivery", async || (count(arrivals) == all).then_some(())).await;
    // Who reads receipts back is a moment behind.
    tokio::time::sleep(Duration::from_secs(1)).await;
    (received_from(address) - before) / articles
}

/// Bytes that all connections to this address have received so far.
fn received_from(address: &str) -> u64 {
    let command = std::process::Command::new("ss").args(["-tinH", "dst", address]).output().expect("`ss`");
    let text = String::from_utf8_lossy(&command.stdout).into_owned();
    text.split_whitespace().filter_map(|word| word.strip_prefix("bytes_received:")?.parse::<u64>().ok()).sum()
}

async fn receiver(arrivals: Arrivals) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = Router::new().route("/hook/{partner}", post(arrive)).with_state(arrivals);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn arrive(State(arrivals): State<Arrivals>, extract::Path(partner): extract::Path<String>, body: Bytes) {
    let now = Instant::now();
    let event: Value = serde_json::from_slice(&body).expect("a webhook");
    let headline = event["data"]["news"]["headlines"][0]["value"].as_str().unwrap_or_default().to_owned();
    arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry((partner, headline)).or_insert(now);
}

/// As many as the environment says, or as are usual.
fn many(usual: u64) -> u64 {
    std::env::var("LIANBO_BENCH_ARTICLES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

async fn start_up() {
    let many = many(MANY);
    let mut alliance = alliance(&Engine::Embedded).await;
    alliance.outlet("bench", "基准").await;
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    submit_all(&alliance, 0..many, CHARACTERS).await;
    println!("embedded: {many} articles acknowledged in {:.1} s", seconds());
    until_articles(&alliance, many).await;
    println!("embedded: judged after {:.1} s", seconds());
    until_viewed(alliance.data(), many).await;
    println!("embedded: in the view and its search after {:.1} s, memory {} MB", seconds(), memory_megabytes());
    files(alliance.data());
    restart(&mut alliance, "an up-to-date view", many).await;
    alliance.halt().await;
    for name in ["view.db", "view.db-wal", "view.db-shm"] {
        drop(std::fs::remove_file(alliance.data().join(name)));
    }
    let started = Instant::now();
    alliance.resume().await;
    until_viewed(alliance.data(), many).await;
    println!(
        "embedded: a lost view is rebuilt from {many} articles, search included, in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    alliance.stop().await;
}

async fn restart(alliance: &mut Alliance, with: &str, many: u64) {
    let stopped = Instant::now();
    alliance.halt().await;
    let stop = stopped.elapsed().as_secs_f64();
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    alliance.resume().await;
    until("a first page", async || (alliance.articles().await.len() == 200).then_some(())).await;
    let answered = seconds();
    let (headline, text) = article(many + 1, CHARACTERS);
    alliance.post("bench", "application/json", Alliance::ninjs("after", &headline, &text, json!({}))).await;
    println!(
        "embedded: restart with {many} articles and {with}: stop {stop:.2} s, start to the first answer {answered:.2} s, to the first verdict {:.2} s, memory {} MB",
        seconds(),
        memory_megabytes()
    );
}

fn files(data: &Path) {
    let size = |name: &str| std::fs::metadata(data.join(name)).map_or(0, |file| file.len() / 1_000_000);
    for entry in std::fs::read_dir(data).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if size(&name) > 0 {
            println!("  {name}: {} MB", size(&name));
        }
    }
}

/// Resident memory of this process, hub and callers together.
fn memory_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1024)
}
