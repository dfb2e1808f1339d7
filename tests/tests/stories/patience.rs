//! Each partner is waited for as its limits say, and an operator is told what was waited for.

use lianbo_tests::{Alliance, Site, sick, until};
use serde_json::{Value, json};

use crate::engines;

async fn partner(alliance: &Alliance, id: &str, url: &str, limits: Value) {
    let connector = json!({"kind": "webhook", "url": url, "secret": "sites"});
    let entry = json!({"id": id, "name": id, "channels": ["city"], "connector": connector, "limits": limits});
    alliance.put("partners", id, entry).await;
}

async fn last_error(alliance: &Alliance, partner: &str) -> String {
    until("what went wrong", async || {
        let lanes: Value = alliance.hub.get("/v1/lanes").await.ok()?;
        let lane = lanes["lanes"].as_array()?.iter().find(|lane| lane["partner"] == partner)?.clone();
        Some(lane["last_error"]["reason"].as_str()?.to_owned())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_says_what_was_waited_for() {
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.outlet("meizhou", "眉州新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let shut = sick::never_accepts().await;
        let limits = json!({"connect_ms": 300, "first_byte_ms": 600, "timeout_ms": 1_200});
        for (id, url) in
            [("shut", &shut.url), ("silent", &sick::never_answers().await), ("drips", &sick::drips().await)]
        {
            partner(&alliance, id, url, limits.clone()).await;
        }
        let piece = Alliance::ninjs(
            "m-1",
            "夜航船复航",
            "停航二十年的夜航船本周复航，从大佛脚下出发沿三江口绕行一周。",
            json!({}),
        );
        alliance.post("meizhou", "application/json", piece).await;
        for (partner, said) in [
            ("shut", "`127.0.0.1` took longer than 0.3 s: no connection"),
            ("silent", "`127.0.0.1` took longer than 0.6 s: no answer"),
            ("drips", "the attempt took longer than 1200 ms in all"),
        ] {
            assert_eq!(last_error(&alliance, partner).await, said, "{partner}");
        }
        until("the healthy one", async || (site.posts().len() == 1).then_some(())).await;
        alliance.stop().await;
    }
}
