//! Normalise as a whole: bytes in, items out.

use std::sync::Arc;

use bytes::Bytes;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Normalised, Outlet, OutletId, Submission, SubmissionId};

use super::{Profile, Refusal, normalise};

fn outlet(name: &str) -> Outlet {
    let document = serde_json::json!({ "id": "cdrb", "name": name, "area": "510100" });
    serde_json::from_value(document).unwrap()
}

fn run(body: &str, media_type: &str, change: impl FnOnce(&mut Submission)) -> Vec<Result<Normalised, Refusal>> {
    let mut submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("cdrb").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: None,
        own_id: None,
        full_pages: false,
        body: Bytes::from(body.to_owned()),
    };
    change(&mut submission);
    let profile = Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet("成都日报")) };
    normalise(&submission, &profile)
}

fn single(body: &str, media_type: &str) -> Normalised {
    run(body, media_type, |submission| submission.url = Some("https://cdrb.example/n/7.html".to_owned()))
        .pop()
        .unwrap()
        .unwrap()
}

const PROSE: &str =
    "12月11日下午,成都平原经济区协同发展媒体座谈会在成都传媒集团大厦召开,8市主流媒体负责人进行了充分交流。";
const MORE: &str = "8市媒体共同签署了合作框架协议,建立了媒体融合发展合作平台、新闻信息共享平台等“五大平台”合作机制。";

fn page() -> String {
    format!(
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>8市媒体携手建平台_成都日报网</title></head><body>\
         <div class=nav><a href=/>首页</a> <a href=/n>新闻</a></div><div class=main><h1>8市媒体携手建平台</h1>\
         <div class=info><span>2018-12-11 20:16</span> <span>来源：资阳日报</span> <span>记者：王某</span> <a href=#>打印</a></div>\
         <div class=content><p>　　{PROSE}</p><p>　　{MORE}<img src=/a.jpg alt=现场></p><p>　　{PROSE}</p></div>\
         <p>责任编辑：李某</p><div class=rel><h3>相关阅读</h3><ul><li><a href=/a>别的新闻一则</a></li></ul></div></div>\
         <div class=footer>Copyright © 成都日报网 版权所有</div><script>x()</script></body></html>"
    )
}

#[test]
fn a_page_becomes_an_item() {
    let found = single(&page(), "text/html");
    let news = &found.item.news;
    assert_eq!(news.headline(), "8市媒体携手建平台");
    assert_eq!(found.item.stated_source.as_deref(), Some("资阳日报"));
    assert_eq!(news.by.as_deref(), Some("王某"));
    assert_eq!(found.item.stated_time.unwrap().to_string(), "2018-12-11T12:16:00Z");
    let editors: Vec<_> = news.people.iter().filter(|person| person.rel.as_deref() == Some("editor")).collect();
    assert_eq!(editors[0].name.as_deref(), Some("李某"));
    assert_eq!(news.body("text/plain").unwrap(), format!("{PROSE}\n{MORE}\n{PROSE}"));
    assert!(news.body("text/html").unwrap().contains("<img src=\"https://cdrb.example/a.jpg\" alt=\"现场\">"));
    assert_eq!(news.pictures().next().and_then(|picture| picture.href()), Some("https://cdrb.example/a.jpg"));
    assert_eq!(news.info_sources[0].name.as_deref(), Some("资阳日报"));
    assert_eq!(news.language.as_deref(), Some("zh-Hans"));
    assert_eq!(found.item.own_id, "https://cdrb.example/n/7.html");
    assert_eq!(found.match_text.lines().count(), 3);
    assert_eq!(news.places[0].literal.as_deref(), Some("GB/T2260:510100"));
}

#[test]
fn a_plain_text_becomes_an_item() {
    let text = format!(
        "8市媒体携手建平台\n\n来源：资阳日报 时间：2018年12月11日\n\n{PROSE}\n\n{MORE}\n\n（责任编辑：李某）\n"
    );
    let found = single(&text, "text/plain; charset=utf-8");
    assert_eq!(found.item.news.headline(), "8市媒体携手建平台");
    assert_eq!(found.item.stated_source.as_deref(), Some("资阳日报"));
    assert_eq!(found.item.news.body("text/html").unwrap(), format!("<p>{PROSE}</p><p>{MORE}</p>"));
}

#[test]
fn a_page_with_a_large_picture_inside_is_read() {
    let picture = "iVBORw0KGgo/AAA+".repeat(3 * 1024 * 1024 / 16);
    let page = format!(
        "<!DOCTYPE html><html><head><title>8市媒体携手建平台</title></head><body><h1>8市媒体携手建平台</h1><div><p>{PROSE}</p>\
         <p><img src=\"data:image/png;base64,{picture}\"></p><p>{MORE}</p><p>{PROSE}</p></div></body></html>"
    );
    let news = single(&page, "text/html; charset=utf-8").item.news;
    assert_eq!(news.body("text/plain").unwrap(), format!("{PROSE}\n{MORE}\n{PROSE}"));
    assert!(news.pictures().next().is_none(), "what has no address of its own is not passed on");
}

#[test]
fn the_digest_sees_words_but_no_arrival() {
    let text = format!("题目在这里\n{PROSE}");
    let at = |time: &str, body: &str| {
        let mut found = run(body, "text/plain", |submission| submission.received = time.parse().unwrap());
        found.pop().unwrap().unwrap().item.digest
    };
    let first = at("2026-11-22T00:00:00Z", &text);
    assert_eq!(first, at("2026-11-23T00:00:00Z", &text));
    assert_ne!(first, at("2026-11-22T00:00:00Z", &text.replace("8市", "9市")));
}

#[test]
fn a_kill_needs_no_text() {
    let kill = r#"{"uri":"urn:newsml:a:1","pubStatus":"canceled","edNote":"撤稿"}"#;
    let found = single(kill, "application/json");
    assert_eq!(found.item.news.pub_status, PubStatus::Canceled);
    assert_eq!(found.item.own_id, "urn:newsml:a:1");
    let nameless = run(r#"{"headline":"x","pubstatus":"canceled"}"#, "application/json", |_| {});
    assert_eq!(nameless[0].as_ref().unwrap_err().reason.code, "no-id");
}

#[test]
fn refusals_say_why() {
    let code = |body: &str, media_type: &str| run(body, media_type, |_| {}).pop().unwrap().unwrap_err().reason.code;
    assert_eq!(code("{", "application/json"), "malformed");
    assert_eq!(code("  ", "text/plain"), "empty");
    assert_eq!(code("%PDF-1.7", "application/pdf"), "unsupported");
    assert_eq!(code(&"<div>".repeat(2000), "text/html"), "too-large");
    assert_eq!(code(r#"{"uri":"urn:a","headline":"题目"}"#, "application/json"), "empty");
    assert_eq!(code(r#"{"uri":"urn:a","type":"event","headline":"题目"}"#, "application/json"), "unsupported");
    assert_eq!(
        code(r#"{"uri":"urn:a","headline":"x","body_text":"y","embargoed":"tomorrow"}"#, "application/json"),
        "malformed"
    );
}

#[test]
fn entries_that_only_summarise_are_left_to_their_pages() {
    let feed = format!(
        "<rss version='2.0'><channel><item><title>甲</title><link>https://a.example/1</link><description>摘要…</description></item>\
         <item><title>乙</title><link>https://a.example/2</link><description>&lt;p&gt;{PROSE}&lt;/p&gt;&lt;p&gt;{MORE}&lt;/p&gt;</description></item></channel></rss>"
    );
    let titles = |full_pages| {
        let found = run(&feed, "application/rss+xml", |submission| submission.full_pages = full_pages);
        found.into_iter().map(|found| found.unwrap().item.news.headline().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(true), ["乙"]);
    assert_eq!(titles(false), ["甲", "乙"]);
}

#[test]
fn an_outlets_own_terms_stand_when_the_piece_is_silent() {
    let news = single(&format!("题目在这里\n{PROSE}"), "text/plain").item.news;
    assert_eq!(news.copyright_holder.as_deref(), Some("成都日报"));
    let stated = format!(
        r#"{{"uri":"urn:a","headline":"题目","body_text":"{PROSE}","copyrightholder":"新华社","usageterms":"不得改动"}}"#
    );
    let news = single(&stated, "application/json").item.news;
    assert_eq!((news.copyright_holder.as_deref(), news.usage_terms.as_deref()), (Some("新华社"), Some("不得改动")));
}
