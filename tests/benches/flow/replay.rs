//! A replay as an operator asks for it: all articles once more to one partner.

use std::sync::PoisonError;
use std::time::Instant;

use lianbo_tests::{Engine, until};
use serde_json::json;

use super::{CHARACTERS, alliance_with, count, submit_all};

/// As many as are replayed.
pub(super) const ARTICLES: u64 = 5_000;

pub(super) async fn replay(engine: &Engine, name: &str, articles: u64) {
    let (alliance, arrivals) = alliance_with(engine, 1).await;
    submit_all(&alliance, 0..articles, CHARACTERS).await;
    let all_there = async || (count(&arrivals) == articles).then_some(());
    until("every article", all_there).await;
    arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let started = Instant::now();
    let asked = json!({"topic": "articles", "partner": "receiver-0"});
    let request = alliance.hub.request(reqwest::Method::POST, "/v1/replays").json(&asked);
    alliance.hub.open(request).await.expect("the replay starts").text().await.expect("it ends");
    let decided = started.elapsed().as_secs_f64();
    until("every article again", all_there).await;
    let rate = |seconds: f64| articles as f64 / seconds;
    println!(
        "{name}: a replay of {articles} articles to one partner: decided {:.0}/s, delivered {:.0}/s",
        rate(decided),
        rate(started.elapsed().as_secs_f64())
    );
    alliance.stop().await;
}
