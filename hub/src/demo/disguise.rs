//! How reprints look in the wild: other charsets, other scripts, page furniture, new headlines, cut ends.

use encoding_rs::GBK;
use hanconv::s2t;
use pinyin::ToPinyin;

use super::pieces::Piece;

/// A submission, ready to be posted.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    /// The media type as sent.
    pub(super) media_type: &'static str,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

/// The outlet's own ninjs 3.1 document.
pub(super) fn ninjs(piece: &Piece, version: u32, extra: serde_json::Value) -> Parcel {
    let body: String = piece.paragraphs.iter().map(|paragraph| format!("<p>{paragraph}</p>")).collect();
    let mut document = serde_json::json!({
        "uri": piece.id, "type": "text", "standard": {"name": "ninjs", "version": "3.1"}, "version": version.to_string(),
        "language": "zh-Hans", "pubStatus": "usable", "by": piece.by,
        "headlines": [{"role": "main", "value": piece.headline}],
        "bodies": [{"role": "main", "contentType": "text/html", "value": body}],
    });
    if let (Some(members), serde_json::Value::Object(extra)) = (document.as_object_mut(), extra) {
        members.extend(extra);
    }
    Parcel { media_type: "application/json", bytes: document.to_string().into_bytes() }
}

/// A GBK page of an old CMS: navigation, breadcrumbs, share bar, footer, and a declaration that says GB2312.
pub(super) fn gbk_page(piece: &Piece, site: &str, source: &str) -> Parcel {
    let paragraphs: String = piece.paragraphs.iter().map(|paragraph| format!("<p>　　{paragraph}</p>\n")).collect();
    let page = format!(
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\">\
         <title>{headline}_{site}</title></head><body>\
         <div class=\"nav\"><a href=\"/\">首页</a> <a href=\"/xw\">新闻</a> <a href=\"/ms\">民生</a> <a href=\"/wh\">文化</a></div>\
         <div class=\"path\">当前位置：<a href=\"/\">首页</a> &gt; <a href=\"/xw\">新闻</a> &gt; 正文</div>\
         <h1>{headline}</h1><div class=\"info\">2026-11-22 08:15　来源：{source}　责任编辑：小林　【字号：大 中 小】</div>\
         <div class=\"content\">{paragraphs}</div>\
         <div class=\"share\">分享到：微信 微博 <a href=\"#\">打印</a> <a href=\"#\">关闭</a></div>\
         <div class=\"footer\">版权所有 {site} 未经授权不得转载</div></body></html>",
        headline = piece.headline
    );
    Parcel { media_type: "text/html; charset=gb2312", bytes: GBK.encode(&page).0.into_owned() }
}

/// A Traditional-script mirror whose converter has left the reading of many a character behind it.
pub(super) fn traditional_mirror(piece: &Piece, source: &str) -> Parcel {
    let mut lines = vec![
        s2t("当前位置:首页 > 新闻 > 正文"),
        with_pinyin(&s2t(piece.headline)),
        s2t(format!("时间:2026-11-22   来源:{source}")),
    ];
    lines.extend(piece.paragraphs.iter().map(|paragraph| with_pinyin(&s2t(paragraph))));
    Parcel { media_type: "text/plain; charset=utf-8", bytes: lines.join("\n\n").into_bytes() }
}

/// Puts the reading in brackets behind every ninth character, as such converters do.
fn with_pinyin(text: &str) -> String {
    let mut noisy = String::new();
    for (position, character) in text.chars().enumerate() {
        noisy.push(character);
        if let Some(reading) = character.to_pinyin().filter(|_| position % 9 == 4) {
            noisy.push_str(&format!("({})", reading.with_tone()));
        }
    }
    noisy
}

/// An RSS feed of an app that reprints under a headline of its own and drops the last paragraph.
pub(super) fn cut_feed(piece: &Piece, headline: &str, source: &str, link: &str) -> Parcel {
    let kept = &piece.paragraphs[..piece.paragraphs.len().saturating_sub(1)];
    let body: String = kept.iter().map(|paragraph| format!("<p>{paragraph}</p>")).collect();
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>遂州新报</title><link>{link}</link><description>头条</description>\
         <item><title>{headline}</title><link>{link}/a/1</link><guid isPermaLink=\"false\">{link}/a/1</guid>\
         <pubDate>Sun, 22 Nov 2026 08:40:00 +0800</pubDate>\
         <content:encoded><![CDATA[{body}<p>（来源：{source}）</p>]]></content:encoded></item></channel></rss>"
    );
    Parcel { media_type: "application/rss+xml", bytes: feed.into_bytes() }
}
