//! Feeds of every kind and quality, read.

use super::read;
use crate::format::moment::Moment;
use crate::format::{Body, FormatError};

const RSS: &str = r#"<?xml version="1.0" encoding="gb2312"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>甲市日报</title><language>zh-cn</language>
<item><title>甲市召开防汛会议</title><link>/n/7.html</link><guid isPermaLink="false">cms-7</guid>
<pubDate>2026-11-21 08:00:00</pubDate><dc:creator>记者 王某</dc:creator><category>自然灾害</category>
<source url="https://b.example/">乙市发布</source>
<description>会议部署冬季水利建设。</description>
<content:encoded><![CDATA[<p>会议部署</p><p>冬季水利建设,要求各县在年底前完成。</p>]]></content:encoded>
<enclosure url="https://a.example/a.jpg" type="image/jpeg" length="1"/></item>
<item><title>第二条</title><link>https://a.example/n/8</link><pubDate>Sat, 21 Nov 2026 09:00:00 +0800</pubDate>
<description>只有摘要…</description></item>
</channel></rss>"#;

#[test]
fn an_rss_item_is_read_in_full() {
    let pieces = read(RSS, Some("https://a.example/feed.xml")).unwrap();
    let piece = pieces[0].as_ref().unwrap();
    assert_eq!(piece.title.as_deref(), Some("甲市召开防汛会议"));
    assert_eq!(piece.own_id.as_deref(), Some("cms-7"));
    assert_eq!(piece.url.as_deref(), Some("https://a.example/n/7.html"));
    assert_eq!(piece.byline.as_deref(), Some("记者 王某"));
    assert_eq!(piece.source.as_deref(), Some("乙市发布"));
    assert_eq!(piece.summary.as_deref(), Some("会议部署冬季水利建设。"));
    assert_eq!(piece.subjects, ["自然灾害"]);
    assert_eq!(piece.pictures[0].url, "https://a.example/a.jpg");
    assert_eq!(piece.language.as_deref(), Some("zh-cn"));
    assert!(matches!(piece.published, Some(Moment::Wall(wall)) if wall.hour() == 8), "{:?}", piece.published);
    assert!(matches!(&piece.body, Body::Html(html) if html.contains("<p>冬季")));
    assert!(!super::is_summary_only(piece));
}

#[test]
fn an_item_with_a_summary_only_says_so() {
    let pieces = read(RSS, None).unwrap();
    let piece = pieces[1].as_ref().unwrap();
    assert_eq!(piece.own_id.as_deref(), Some("https://a.example/n/8"));
    assert!(matches!(piece.published, Some(Moment::At(_))));
    assert!(super::is_summary_only(piece));
}

#[test]
fn one_broken_item_takes_down_no_other() {
    let text = "<rss version='2.0'><channel><item><title>甲</title></item><item><title>乙</b></title></item>\
                <item><title>丙</title></item></channel></rss>";
    let pieces = read(text, None).unwrap();
    let titles: Vec<_> = pieces.iter().map(|piece| piece.as_ref().ok().and_then(|piece| piece.title.clone())).collect();
    assert_eq!(titles, [Some("甲".to_owned()), None, Some("丙".to_owned())]);
    assert!(matches!(pieces[1], Err(FormatError::Malformed { .. })));
}

#[test]
fn a_declaration_within_a_feed_changes_no_charset() {
    let text = "<rss version='2.0'><channel><?xml version='1.0' encoding='gbk'?><item><title>甲市会议</title><description>\
                <![CDATA[<?xml version='1.0' encoding='gbk'?>]]></description></item></channel></rss>";
    let pieces = read(text, None).unwrap();
    let piece = pieces[0].as_ref().unwrap();
    assert_eq!(piece.title.as_deref(), Some("甲市会议"));
    assert!(matches!(&piece.body, Body::Html(body) | Body::Text(body) if body.contains("<?xml")), "{:?}", piece.body);
}

#[test]
fn an_entity_bomb_is_never_expanded() {
    let mut text = String::from("<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a0 'boom'>");
    for level in 1..30 {
        let before = level - 1;
        text.push_str(&format!("<!ENTITY a{level} '{}'>", format!("&a{before};").repeat(10)));
    }
    text.push_str("]><rss version='2.0'><channel><item><title>&a29;</title></item></channel></rss>");
    let started = std::time::Instant::now();
    for piece in read(&text, None).into_iter().flatten().flatten() {
        assert!(piece.title.is_none_or(|title| title.len() < 100));
    }
    assert!(started.elapsed().as_secs() < 2);
}

#[test]
fn atom_is_read() {
    let text = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh"><title>t</title><entry><id>tag:a,2026:1</id>
        <title type="html">甲市&lt;b&gt;会议&lt;/b&gt;</title><link href="https://a.example/1"/>
        <published>2026-11-21T08:00:00+08:00</published><updated>2026-11-21T09:00:00+08:00</updated>
        <author><name>王某</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>正文</p></div></content>
        </entry></feed>"#;
    let pieces = read(text, None).unwrap();
    let piece = pieces[0].as_ref().unwrap();
    assert_eq!(piece.title.as_deref(), Some("甲市会议"));
    assert_eq!(piece.own_id.as_deref(), Some("tag:a,2026:1"));
    assert_eq!(piece.byline.as_deref(), Some("王某"));
    assert!(matches!(&piece.body, Body::Html(html) if html.contains("<p>正文</p>")), "{:?}", piece.body);
    assert_ne!(piece.published, piece.updated);
}
