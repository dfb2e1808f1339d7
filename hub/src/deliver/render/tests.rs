//! What a partner gets under which terms.

use jiff::Timestamp;
use lianbo_schemas::ninjs::{Association, Headline, NewsItem, Text};
use lianbo_schemas::{Article, ArticleUri, ChannelId, Content, GrantId, ItemUri, OutletId, Terms};

use super::{Envelope, render};

fn article(html: &str) -> Article {
    let uri = ArticleUri::new("tag:x,2026:article:a").unwrap();
    let mut news = NewsItem::new(uri.as_str());
    news.headlines = vec![Headline::main("地铁 <18> 号线 & 天府")];
    news.descriptions = vec![Text::new("summary", "text/plain", "摘要：A & B")];
    news.bodies = vec![Text::new("main", "text/html", html), Text::new("main", "text/plain", "第一段。\n第二段。")];
    news.associations = vec![Association::picture("featured", "https://cdrb.example/a.jpg")];
    news.hub = Some(lianbo_schemas::ninjs::HubMember {
        received_at: Timestamp::UNIX_EPOCH,
        cluster: uri.as_str().to_owned(),
        canonical_url: Some("https://cdrb.example/1?a=1&b=2".to_owned()),
        content_digest: None,
        hops: Vec::new(),
    });
    Article {
        uri,
        version: 3,
        outlet: OutletId::new("cdrb").unwrap(),
        original: ItemUri::new("tag:x,2026:item:cdrb:1").unwrap(),
        first_seen: Timestamp::UNIX_EPOCH,
        news,
        sightings: Vec::new(),
        links: Vec::new(),
    }
}

fn terms(content: Content, images: bool) -> Terms {
    Terms {
        grant: GrantId::new("g").unwrap(),
        channels: vec![ChannelId::new("city").unwrap()],
        content,
        images,
        attribution: "来源：成都日报".to_owned(),
    }
}

fn rendered(html: &str, content: Content, images: bool) -> lianbo_connectors::partner::Outgoing {
    let envelope = Envelope { delivery_id: "d".to_owned(), traceparent: None };
    render(&article(html), &terms(content, images), envelope)
}

const LINE: &str = "<p class=\"attribution\"><a href=\"https://cdrb.example/1?a=1&amp;b=2\">来源：成都日报</a></p>";

#[test]
fn the_full_text_carries_its_credit_and_its_pictures() {
    let outgoing = rendered("<p>正文<img src=\"a.jpg\"></p>", Content::Full, true);
    assert_eq!(outgoing.html, format!("<p>正文<img src=\"a.jpg\"></p>{LINE}"));
    assert_eq!(outgoing.news.body("text/html"), Some(outgoing.html.as_str()));
    assert_eq!(outgoing.news.body("text/plain"), Some("第一段。\n第二段。\n来源：成都日报"));
    assert_eq!(outgoing.news.pictures().count(), 1);
    assert_eq!((outgoing.version, outgoing.channels), (3, vec!["city".to_owned()]));
}

#[test]
fn without_pictures_neither_text_nor_associations_have_any() {
    let outgoing = rendered("<p>正文<img src=\"a.jpg\"></p>", Content::Full, false);
    assert_eq!(outgoing.html, format!("<p>正文</p>{LINE}"));
    assert_eq!(outgoing.news.pictures().count(), 0);
}

#[test]
fn an_excerpt_is_the_summary_and_a_link_and_nothing_of_the_body() {
    let outgoing = rendered("<p>秘密正文</p>", Content::Excerpt, true);
    let more = "<p><a href=\"https://cdrb.example/1?a=1&amp;b=2\">阅读全文</a></p>";
    assert_eq!(outgoing.html, format!("<p>摘要：A &amp; B</p>{more}{LINE}"));
    let sent = serde_json::to_string(&outgoing.news).unwrap();
    assert!(!sent.contains("秘密正文") && !sent.contains("第一段"), "{sent}");
}

#[test]
fn a_link_is_headline_and_link_alone() {
    let outgoing = rendered("<p>秘密正文</p>", Content::Link, true);
    let link = "<p><a href=\"https://cdrb.example/1?a=1&amp;b=2\">地铁 &lt;18&gt; 号线 &amp; 天府</a></p>";
    assert_eq!(outgoing.html, format!("{link}{LINE}"));
    let sent = serde_json::to_string(&outgoing.news).unwrap();
    assert!(!sent.contains("秘密正文") && !sent.contains("摘要") && !sent.contains("a.jpg"), "{sent}");
}

#[test]
fn a_credit_that_stands_in_the_text_is_not_doubled() {
    for html in ["<p>正文</p><p>来源：成都日报</p>", "<div><strong>来源：</strong> 成都日报<br>正文</div>"]
    {
        assert_eq!(rendered(html, Content::Full, true).html, html);
    }
}

#[test]
fn a_longer_name_is_another_source() {
    let html = "<p>正文</p><p>来源：成都日报社</p>";
    assert_eq!(rendered(html, Content::Full, true).html, format!("{html}{LINE}"));
}

#[test]
fn only_web_addresses_become_links() {
    let mut article = article("<p>正文</p>");
    article.news.hub.as_mut().unwrap().canonical_url = Some("javascript:alert(1)".to_owned());
    let envelope = Envelope { delivery_id: "d".to_owned(), traceparent: None };
    let outgoing = render(&article, &terms(Content::Full, true), envelope);
    assert_eq!(outgoing.canonical_url, None);
    assert_eq!(outgoing.html, "<p>正文</p><p class=\"attribution\">来源：成都日报</p>");
}

#[test]
fn an_excerpt_has_a_summary_whatever_the_outlet_gave() {
    let mut article = article("<p>正文</p>");
    article.news.descriptions.clear();
    article.news.other.insert("renditions".to_owned(), serde_json::json!([{"href": "https://cdrb.example/a.jpg"}]));
    let envelope = Envelope { delivery_id: "d".to_owned(), traceparent: None };
    let outgoing = render(&article, &terms(Content::Excerpt, false), envelope);
    assert_eq!(outgoing.news.summary(), Some("第一段。"));
    assert!(outgoing.news.other.is_empty() && outgoing.news.associations.is_empty());
}

#[test]
fn the_label_of_what_a_machine_made_stands_once_in_every_medium() {
    let mut article = article("<p>正文</p>");
    article.news.digital_source_type = Some(serde_json::json!({"literal": "trainedAlgorithmicMedia"}));
    let envelope = Envelope { delivery_id: "d".to_owned(), traceparent: None };
    let outgoing = render(&article, &terms(Content::Full, true), envelope);
    for template in crate::rendition::builtins() {
        let made = crate::rendition::lay_out(&template, &outgoing).unwrap();
        assert_eq!(made.matches("本文由人工智能生成").count(), 1, "{}: {made}", template.id);
    }
}
