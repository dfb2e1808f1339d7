//! Probe.
#![allow(clippy::unwrap_used)]
use std::sync::Arc;
use bytes::Bytes;
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{OutletId, Submission, SubmissionId};
use lianbo_tests::work;

fn send(body: Vec<u8>, media_type: &str) -> String {
    let outlet = serde_json::json!({ "id": "member", "name": "某某日报", "area": "510100" });
    let profile = Profile { authority: "example.org".to_owned(), outlet: Arc::new(serde_json::from_value(outlet).unwrap()) };
    let submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: Some("https://a.example/1.html".to_owned()),
        own_id: None,
        full_pages: false,
        body: Bytes::from(body),
    };
    let out = normalise(&submission, &profile);
    match out.into_iter().next() { None => "nothing".into(), Some(Ok(_)) => "item".into(), Some(Err(e)) => format!("{}: {}", e.reason.code, e.reason.detail) }
}

#[test]
fn probe() {
    let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let page = |s: String| format!("<html><head><title>题目</title></head><body><p>一段话，足够长的一段话。</p>{s}</body></html>");
    let r = |s: &str| s.repeat(n);
    let attrs = (0..n).map(|i| format!(" a{i}=1")).collect::<String>();
    let cases: Vec<(&str, String)> = vec![
        ("div", page(r("<div>"))),
        ("hidden comment", page(format!("<!-->{}", r("<div>")))),
        ("hidden comment2", page(format!("<!--x--!>{}", r("<div>")))),
        ("hidden attr", page(format!("<a =\">{}\"></a>", r("<div>")))),
        ("wrong close", page(r("<div></b>"))),
        ("self closed", page(r("<div/>"))),
        ("rt", page(r("<rt>"))),
        ("svg source", page(format!("<svg>{}", r("<source>")))),
        ("svg title", page(format!("<svg><title>{}", r("<div>")))),
        ("object scope", page(r("<div><object></div></object>"))),
        ("b attrs", page((0..n).map(|i| format!("<p><b a={i}>x</p>")).collect())),
        ("nested tables", page(r("<table><tr><td>"))),
        ("fonts", page(r("<font color=a>x<p>"))),
        ("attr flood", page(format!("<p{attrs}>x</p>"))),
        ("empty tags", page(r("<p></p>"))),
        ("br", page(r("<br>"))),
        ("a", page(r("<a>x"))),
        ("select", page(r("<select><option>"))),
        ("template", page(r("<template>"))),
        ("li", page(r("<ul><li>"))),
        ("one line", "一".repeat(n * 10)),
        ("one line digits", "1".repeat(n * 10)),
        ("one line parens", "（".repeat(n * 10)),
        ("lines", "来源：甲\n".repeat(n)),
        ("spaces", format!("题\n{}文", " ".repeat(n * 10))),
    ];
    for (name, body) in cases {
        let kind = if body.starts_with('<') { "text/html" } else { "text/plain" };
        let len = body.len();
        let (answer, spent) = work(|| send(body.into_bytes(), kind));
        eprintln!("{name}: {len} bytes {spent:?} {}", answer.chars().take(90).collect::<String>());
    }
}
