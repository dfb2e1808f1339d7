//! Lanes, measured as ratios within one run: rate against what window and latency allow, healthy lanes beside a sick
//! one, CPU at many partners against few, idle partners' memory, a replay against a plain client.
//! `cargo bench -p lianbo-tests --bench lanes`, or only some: `-- rate sick cpu idle replay`, `-- sick storm denied`.
//! `LIANBO_BENCH_SECONDS` (5) is the length of each spell of the sick measure, `LIANBO_BENCH_ARTICLES` (20,000) and
//! `LIANBO_BENCH_WINDOW` (64, as many as the plain client has in flight) those of the replay.

mod alarm;
mod receiver;
mod world;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lianbo_schemas::registry::Limits;

use receiver::{Manner, Receiver};
use world::{World, text};

const WINDOW: u32 = 8;
/// Partners of the sick measure, the sick one included, and deliveries a second to each.
const PARTNERS: usize = 20;
const RATE: u64 = 20;

/// Asks this program for [`cpu_at`] so many partners under one of two loads, and nothing else.
const CPU_AT: &str = "cpu-at";
const FULL: &str = "full";
const STEADY: &str = "steady";
/// The same posts by a plain client, without a hub: what as many connections cost by themselves.
const PLAIN: &str = "plain";

fn main() {
    let names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|named| named == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if let [first, partners, load] = names.as_slice()
            && first == CPU_AT
        {
            return cpu_at(partners.parse().expect("a number of partners"), load).await;
        }
        println!("{:<44} {:>8}   of what", "measure", "ratio");
        if wanted("rate") {
            // As many partners as two cores can serve at that latency.
            for (latency, partners) in [(5, 1), (50, 10), (500, 20)] {
                rate(latency, partners).await;
            }
        }
        if wanted("sick") {
            sick(&names).await;
        }
        if wanted("cpu") {
            cpu().await;
        }
        if wanted("idle") {
            idle().await;
        }
        if wanted("replay") {
            replay().await;
        }
    });
}

fn row(measure: &str, ratio: f64, what: &str) {
    println!("{measure:<44} {ratio:>8.3}   {what}");
}

fn limits(window: u32) -> Limits {
    Limits { window, timeout_ms: 10_000, attempts: 1_000, ..Limits::default() }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("p-{number}")).collect()
}

async fn until(receiver: &Receiver, count: usize) {
    while receiver.count() < count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Delivery rate ÷ (partners × window ÷ latency), from the first post of a backlog to the last.
async fn rate(latency: u64, partners: usize) {
    let each = (4_000 / latency as usize).clamp(8, 400) * WINDOW as usize;
    let receiver = Receiver::start();
    let names = names(partners);
    let entries = names.iter().map(|name| (name.clone(), receiver.url(name, Manner::After(latency)), limits(WINDOW)));
    let mut world = World::new(entries.collect()).await;
    for name in &names {
        world.want(name, (0..each).map(|number| number.to_string())).await;
    }
    world.start();
    until(&receiver, each * partners).await;
    let arrivals = receiver.arrivals();
    let first = arrivals.values().min().expect("arrivals");
    let last = arrivals.values().max().expect("arrivals");
    // The last ones are seen when they come, not when they are answered.
    let took = last.duration_since(*first) + Duration::from_millis(latency);
    let ideal = receiver.latency().mul_f64(each as f64 / f64::from(WINDOW));
    let per_second = (each * partners) as f64 / took.as_secs_f64();
    let (url, in_flight) = (receiver.url("plain", Manner::After(latency)), WINDOW as usize * partners);
    let plain = plain_client(&url, &body(), in_flight, each * partners).await;
    let plain = plain * receiver.latency().as_secs_f64() / in_flight as f64;
    let what = format!(
        "{per_second:.0} deliveries/s at {partners} partners, {:.1?} each; a plain client reaches {plain:.3}",
        receiver.latency()
    );
    row(&format!("rate / (partners*window/latency), {latency} ms"), ideal.as_secs_f64() / took.as_secs_f64(), &what);
    world.stop().await;
}

/// p99 of the healthy lanes from append to arrival, with a sick one and without, in turns; the medians of them, for the
/// runs without scatter by a seventh.
async fn sick(names: &[String]) {
    const TURNS: usize = 6;
    let manners = [Manner::BlackHole, Manner::Drip, Manner::Sleeper, Manner::Storm, Manner::Denied, Manner::Busy];
    let named = |manner: &Manner| names.iter().any(|name| format!("{manner:?}").eq_ignore_ascii_case(name));
    let all = !manners.iter().any(named);
    for manner in manners.into_iter().filter(|manner| all || named(manner)) {
        let mut with = Vec::new();
        let mut without = Vec::new();
        for _ in 0..TURNS {
            without.push(spell(Manner::After(5)).await);
            with.push(spell(manner).await);
        }
        let [with, without] = [with, without].map(|mut turns| part(&mut turns, 0.5));
        let what = format!("p99 {with:.1} ms with, {without:.1} ms without");
        row(&format!("healthy p99 beside {manner:?}"), with / without, &what);
    }
}

/// The healthy lanes' p99 in milliseconds while the first partner behaves so.
async fn spell(manner: Manner) -> f64 {
    let seconds = environment("LIANBO_BENCH_SECONDS", 5);
    let receiver = Receiver::start();
    let names = names(PARTNERS);
    let manner_of = |place: usize| if place == 0 { manner } else { Manner::After(5) };
    let entries = names.iter().enumerate();
    let entries = entries.map(|(place, name)| (name.clone(), receiver.url(name, manner_of(place)), limits(WINDOW)));
    let mut world = World::new(entries.collect()).await;
    world.start();
    world.want(&names[1], ["ready".to_owned()]).await;
    until(&receiver, 1).await;
    let begin = tokio::time::Instant::now() + Duration::from_millis(50);
    for turn in 0..seconds * RATE {
        tokio::time::sleep_until(begin + Duration::from_millis(1_000 / RATE * turn)).await;
        world.want_all(&names, &[turn.to_string()]).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let arrivals = receiver.arrivals();
    let mut waits = Vec::new();
    for turn in 0..seconds * RATE {
        let at = (begin + Duration::from_millis(1_000 / RATE * turn)).into_std();
        for name in &names[1..] {
            let arrived = arrivals.get(&(name.clone(), turn.to_string()));
            let arrived = arrived.copied().unwrap_or_else(Instant::now);
            waits.push(arrived.saturating_duration_since(at).as_secs_f64() * 1_000.0);
        }
    }
    world.stop().await;
    part(&mut waits, 0.99)
}

/// CPU for each delivery, receivers included, at 100 partners ÷ at 10, once all have their connections and the allocator
/// its memory: each in processes of its own, for what one leaves behind is to the other's cost or gain. The medians of
/// several turns, for what a processor is charged with hangs on what else the machine does.
async fn cpu() {
    let loads = [("at full speed", FULL, 6), ("at 2,000 a second", STEADY, 2), ("a plain client", PLAIN, 6)];
    for (measure, load, turns) in loads {
        let (mut ten, mut hundred) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            ten.extend(cpu_apart(10, load).await);
            hundred.extend(cpu_apart(100, load).await);
        }
        let [ten, hundred] = [ten, hundred].map(|mut spells| part(&mut spells, 0.5));
        let what = format!("{:.0} us at 100 partners, {:.0} us at 10", hundred * 1e6, ten * 1e6);
        row(&format!("CPU per delivery, 100/10, {measure}"), hundred / ten, &what);
    }
}

/// What [`cpu_at`] finds in a process of its own.
async fn cpu_apart(partners: usize, load: &str) -> Vec<f64> {
    let this = std::env::current_exe().expect("this program");
    let mut command = tokio::process::Command::new(this);
    let output = command.args([CPU_AT, &partners.to_string(), load]).output().await.expect("a process");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace().map(|word| word.parse().expect("seconds")).collect()
}

/// Seconds for each delivery, of one spell after another.
async fn cpu_at(partners: usize, load: &str) {
    const DELIVERIES: usize = 10_000;
    const SPELLS: usize = 3;
    let receiver = Receiver::start();
    let names = names(partners);
    let urls: Vec<String> = names.iter().map(|name| receiver.url(name, Manner::After(0))).collect();
    let (client, body) = (lianbo_connectors::http::plain_client(), body());
    let entries = names.iter().zip(&urls).map(|(name, url)| (name.clone(), url.clone(), limits(WINDOW)));
    let mut world = World::new(entries.collect()).await;
    world.start();
    for spell in 0..=SPELLS {
        let before = cpu_seconds();
        let articles: Vec<String> = (0..DELIVERIES / partners).map(|number| format!("{spell}-{number}")).collect();
        match load {
            FULL => world.want_all(&names, &articles).await,
            PLAIN => {
                let posts = urls.iter().map(|url| plain_posts(&client, url, &body, WINDOW as usize, articles.len()));
                futures_util::future::join_all(posts).await;
            }
            _ => steadily(&world, &names, &articles).await,
        }
        if load != PLAIN {
            until(&receiver, DELIVERIES).await;
        }
        receiver.arrivals();
        // The first makes it warm.
        if spell > 0 {
            println!("{}", (cpu_seconds() - before) / DELIVERIES as f64);
        }
    }
    world.stop().await;
}

/// Each article to every partner, as `route` decides, at 2,000 deliveries a second.
async fn steadily(world: &World, names: &[String], articles: &[String]) {
    let begin = tokio::time::Instant::now();
    for (turn, article) in (0..).zip(articles) {
        let moment = begin + Duration::from_micros(500) * u32::try_from(names.len()).expect("partners") * turn;
        tokio::time::sleep_until(moment).await;
        world.want_all(names, std::slice::from_ref(article)).await;
    }
}

/// What 1,000 idle partners take.
async fn idle() {
    const IDLE: usize = 1_000;
    let receiver = Receiver::start();
    let before = memory_megabytes();
    let names = names(IDLE);
    let entries = names.iter().map(|name| (name.clone(), receiver.url(name, Manner::After(0)), limits(WINDOW)));
    let mut world = World::new(entries.collect()).await;
    world.start();
    let began = Instant::now();
    world.want(&names[IDLE - 1], ["ready".to_owned()]).await;
    until(&receiver, 1).await;
    let first = began.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (used, cpu) = (memory_megabytes() - before, cpu_seconds());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let busy = (cpu_seconds() - cpu) / 5.0 * 100.0;
    let what = format!("{used:.0} MB for 1,000 idle partners, {busy:.1} % of a core, first delivery after {first:.1?}");
    row("memory of 1,000 idle partners / 200 MB", used / 200.0, &what);
    world.stop().await;
}

/// A replay to one partner ÷ a plain client that posts the same bytes as often as it can; p99 of a live lane meanwhile ÷
/// alone.
async fn replay() {
    let many = usize::try_from(environment("LIANBO_BENCH_ARTICLES", 20_000)).unwrap_or(20_000);
    let window = u32::try_from(environment("LIANBO_BENCH_WINDOW", 64)).unwrap_or(64);
    let receiver = Receiver::start();
    let (plain, client) = plain(&receiver).await;
    let hub_client = plain_client(&receiver.url("plain", Manner::After(0)), &body(), 64, 60_000).await;
    receiver.arrivals();
    let entries =
        ["replayed", "live"].map(|name| (name.to_owned(), receiver.url(name, Manner::After(0)), limits(window)));
    let mut world = World::new(entries.to_vec()).await;
    world.start();
    // Once all have their lane, their connector and a connection.
    world.want("replayed", ["ready".to_owned()]).await;
    world.want("live", ["ready".to_owned()]).await;
    until(&receiver, 2).await;
    let alone = live(&world, &receiver, "alone", |turn| turn < 250).await;
    receiver.arrivals();
    world.want("replayed", (0..many).map(|number| format!("r{number}"))).await;
    let beside = live(&world, &receiver, "beside", |_| receiver.count() < many).await;
    until(&receiver, many).await;
    let arrivals = receiver.arrivals();
    let replayed = arrivals.iter().filter(|((partner, _), _)| partner == "replayed").map(|(_, at)| *at);
    let (first, last) = (replayed.clone().min().expect("arrivals"), replayed.max().expect("arrivals"));
    let rate = many as f64 / last.duration_since(first).as_secs_f64();
    row("replay / POST rate", rate / plain, &format!("{rate:.0}/s of {many}, {client} {plain:.0}/s"));
    row("replay / the hub's client alone", rate / hub_client, &format!("which posts {hub_client:.0}/s"));
    row("live p99 beside a replay / alone", beside / alone, &format!("p99 {beside:.1} ms beside, {alone:.1} ms alone"));
    world.stop().await;
}

/// p99 in milliseconds of deliveries, fifty a second, as long as it goes on.
async fn live(world: &World, receiver: &Receiver, word: &str, goes_on: impl Fn(u64) -> bool) -> f64 {
    let begin = tokio::time::Instant::now();
    let moment = |turn: u64| begin + Duration::from_millis(20 * turn);
    let mut count = 0;
    while goes_on(count) {
        tokio::time::sleep_until(moment(count)).await;
        world.want("live", [format!("{word}{count}")]).await;
        count += 1;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut waits: Vec<f64> = (0..count)
        .map(|turn| {
            let arrived = receiver.arrived("live", &format!("{word}{turn}")).unwrap_or_else(Instant::now);
            arrived.saturating_duration_since(moment(turn).into_std()).as_secs_f64() * 1_000.0
        })
        .collect();
    part(&mut waits, 0.99)
}

/// Posts a second of a client with 64 calls in flight and a body of the same size: `wrk`, where it is installed.
async fn plain(receiver: &Receiver) -> (f64, &'static str) {
    let url = receiver.url("plain", Manner::After(0));
    match wrk(&url, &body()).await {
        Some(rate) => (rate, "wrk"),
        None => (plain_client(&url, &body(), 64, 20_000).await, "a plain client"),
    }
}

/// As large as a delivery of an article.
fn body() -> String {
    format!("{{\"uri\":\"tag:bench.example,2026:article:x\",\"html\":\"{0}{0}\"}}", text())
}

/// <https://github.com/wg/wrk>
async fn wrk(url: &str, body: &str) -> Option<f64> {
    let script = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(script.path(), format!("wrk.method = 'POST'\nwrk.body = [==[{body}]==]\n")).expect("a script");
    let mut command = tokio::process::Command::new("wrk");
    command.args(["-t1", "-c64", "-d5s", "-s"]).arg(script.path()).arg(url);
    let output = command.output().await.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "wrk was refused: {text}");
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?.trim().parse().ok()
}

/// Posts a second, so many in flight and so many in all.
async fn plain_client(url: &str, body: &str, in_flight: usize, posts: usize) -> f64 {
    let client = lianbo_connectors::http::plain_client();
    let began = Instant::now();
    plain_posts(&client, url, body, in_flight, posts).await;
    posts as f64 / began.elapsed().as_secs_f64()
}

async fn plain_posts(client: &reqwest::Client, url: &str, body: &str, in_flight: usize, posts: usize) {
    let sent = futures_util::stream::iter(0..posts).map(|_| client.post(url).body(body.to_owned()).send());
    sent.buffer_unordered(in_flight)
        .for_each(async |answer| assert!(answer.is_ok_and(|answer| answer.status().is_success())))
        .await;
}

fn part(waits: &mut [f64], share: f64) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits[((waits.len() as f64 - 1.0) * share) as usize]
}

fn environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// User and system time of this process; 100 ticks a second on Linux.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory of this process.
fn memory_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}
