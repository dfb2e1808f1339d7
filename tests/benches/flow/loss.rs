//! A node that has lost its view, its ledger and what route had decided, as one that takes over from another has none:
//! how long until it delivers what is published next.

use std::time::Instant;

use lianbo_tests::corpus::article;
use lianbo_tests::{Alliance, Engine};
use serde_json::json;

use super::{CHARACTERS, all_there, alliance_with, submit_all};

/// As many as a city's outlets publish in a day.
pub(super) const ARTICLES: u64 = 3_000;
const PARTNERS: u64 = 20;

pub(super) async fn take_over(engine: &Engine, name: &str, articles: u64) {
    let (mut alliance, arrivals) = alliance_with(engine, PARTNERS).await;
    submit_all(&alliance, 0..articles, CHARACTERS).await;
    all_there(&arrivals, articles * PARTNERS).await;
    alliance.halt().await;
    for entry in std::fs::read_dir(alliance.data()).expect("the data").flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if ["view.db", "ledger.db", "holdings.db"].iter().any(|lost| file.starts_with(lost)) {
            std::fs::remove_file(entry.path()).expect("a file that can be lost");
        }
    }
    let started = Instant::now();
    alliance.resume().await;
    let answered = started.elapsed().as_secs_f64();
    let (headline, text) = article(articles, CHARACTERS);
    let next = Alliance::ninjs("next", &headline, &text, json!({}));
    alliance.submit("bench", "application/json", next).await;
    all_there(&arrivals, (articles + 1) * PARTNERS).await;
    println!(
        "{name}: a node without view and ledger takes over {articles} articles at {PARTNERS} partners: it answers after {answered:.2} s, and has delivered what is published next after {:.2} s",
        started.elapsed().as_secs_f64()
    );
    alliance.stop().await;
}
