//! Articles as the hub sends them.

use lianbo_connectors::partner::{Held, Outgoing, Withdrawal};
use lianbo_schemas::ninjs::{Association, Headline, Named, PubStatus, Text};
use lianbo_schemas::{ArticleUri, Content, ItemUri, NewsItem, OutletId};
use rand::RngExt;

/// A fresh article of 成都日报, not like any other: sites keep what earlier runs left there.
pub(crate) fn article() -> Outgoing {
    let own_id = format!("{:032x}", rand::rng().random::<u128>());
    let item = ItemUri::of("example.org", &OutletId::new("cdrb").unwrap(), &own_id);
    let uri = ArticleUri::of("example.org", &item);
    let headline = format!("防汛会议 {}", uri.short());
    let mut news = NewsItem::new(uri.as_str());
    news.version = Some("1".to_owned());
    news.language = Some("zh-Hans".to_owned());
    news.first_created = Some("2026-11-20T02:00:00Z".parse().unwrap());
    news.version_created = Some("2026-11-20T02:05:00Z".parse().unwrap());
    news.headlines = vec![Headline::main(headline)];
    news.descriptions = vec![Text::new("summary", "text/plain", "会议要求各区全力防汛。")];
    Outgoing {
        html: format!("<p>来源：成都日报</p>\n<p>第一版正文 {}</p>", uri.short()),
        attribution: "来源：成都日报".to_owned(),
        version: 1,
        content: Content::Full,
        canonical_url: Some(format!("https://cdrb.example/{own_id}?a=1&b=2")),
        channels: vec!["city".to_owned()],
        delivery_id: format!("test:{}:1", uri.short()),
        traceparent: None,
        returned: None,
        news,
        uri,
    }
}

/// The next version of it, with a text of its own.
pub(crate) fn corrected(article: &Outgoing) -> Outgoing {
    let mut next = article.clone();
    next.version += 1;
    next.news.version = Some(next.version.to_string());
    next.news.version_created = Some("2026-11-20T03:00:00Z".parse().unwrap());
    next.news.headlines = vec![Headline::main(format!("更正 {}", article.uri.short()))];
    next.html = format!("<p>来源：成都日报</p><p>更正后的正文 {}</p>", article.uri.short());
    next.delivery_id = format!("test:{}:{}", next.uri.short(), next.version);
    next
}

/// The end of it.
pub(crate) fn withdrawal(article: &Outgoing, status: PubStatus) -> Withdrawal {
    Withdrawal {
        uri: article.uri.clone(),
        version: article.version + 1,
        status,
        note: Some("撤稿".to_owned()),
        decided: jiff::Timestamp::UNIX_EPOCH,
        delivery_id: format!("test:{}:{}", article.uri.short(), article.version + 1),
        traceparent: None,
    }
}

/// With a picture at `url`.
pub(crate) fn with_picture(mut article: Outgoing, url: &str) -> Outgoing {
    let mut picture = Association::picture("featured", url);
    picture.headlines = vec![Headline { role: Some("alt".to_owned()), ..Headline::main("会场 & 人群") }];
    picture.descriptions = vec![Text::new("caption", "text/plain", "会议现场。摄影 <李某>")];
    article.news.associations = vec![picture];
    article
}

/// With these subjects.
pub(crate) fn with_subjects(mut article: Outgoing, names: &[&str]) -> Outgoing {
    let subject = |name: &&str| Named { name: Some((*name).to_owned()), ..Named::default() };
    article.news.subjects = names.iter().map(subject).collect();
    article
}

/// The ledger's entry after a crash between the effect and the receipt: none.
pub(crate) const FORGOTTEN: Option<&Held> = None;
