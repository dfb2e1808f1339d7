//! A hub with ever more partners, each of which has a topic of its own, starts again: how long until it has delivered to
//! all of them what is published next, and how long it takes to tell how far its stages are. Twice as many partners
//! should cost no more than twice the time.

use std::time::Instant;

use lianbo_tests::corpus::article;
use lianbo_tests::{Alliance, Engine};
use serde_json::{Value, json};

use super::{CHARACTERS, all_there, alliance_with, submit_all};

const PARTNERS: [u64; 4] = [10, 50, 100, 200];

pub(super) async fn start_again(engine: &Engine, name: &str) {
    for partners in PARTNERS {
        let (mut alliance, arrivals) = alliance_with(engine, partners).await;
        submit_all(&alliance, 0..1, CHARACTERS).await;
        all_there(&arrivals, partners).await;
        alliance.halt().await;
        let started = Instant::now();
        alliance.resume().await;
        let (headline, text) = article(1, CHARACTERS);
        alliance.submit("bench", "application/json", Alliance::ninjs("next", &headline, &text, json!({}))).await;
        all_there(&arrivals, 2 * partners).await;
        let delivered = started.elapsed();
        let ask = async || {
            let asked = Instant::now();
            let _topics: Value = alliance.hub.get("/v1/topics").await.expect("the topics");
            asked.elapsed().as_secs_f64() * 1_000.0
        };
        println!(
            "{name}: {partners} partners: delivered to all {:.2} s after a start; stages told in {:.0} ms, then in {:.0} ms",
            delivered.as_secs_f64(),
            ask().await,
            ask().await
        );
        alliance.stop().await;
    }
}
