//! Each partner is waited for as its limits say, and an operator is told what was waited for.

use std::time::Duration;

use lianbo_tests::{Alliance, Site, until};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::engines;

/// A partner's server that takes no connection: all the places before its door are taken.
async fn never_accepts() -> (String, TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let address = socket.local_addr().expect("a bound address");
    let listener = socket.listen(1).expect("it listens");
    let mut waiting = Vec::new();
    while let Ok(taken) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(taken.expect("a place before the door"));
    }
    (format!("http://{address}/hook"), listener, waiting)
}

/// One that takes connections and writes what it is told, again and again, for ever.
async fn speaks(first: &'static str, again: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut alive = stream.write_all(first.as_bytes()).await.is_ok();
                while alive {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    alive = stream.write_all(again.as_bytes()).await.is_ok();
                }
            });
        }
    });
    format!("http://{address}/hook")
}

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
        let (shut, _listener, _waiting) = never_accepts().await;
        let limits = json!({"connect_ms": 300, "first_byte_ms": 600, "timeout_ms": 1_200});
        partner(&alliance, "shut", &shut, limits.clone()).await;
        partner(&alliance, "silent", &speaks("", "").await, limits.clone()).await;
        partner(&alliance, "drips", &speaks("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", "x").await, limits)
            .await;
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
