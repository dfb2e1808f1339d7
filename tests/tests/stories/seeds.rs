//! Five real documents, as found on the web: each posted as found, again as a GBK page, again by another outlet in the
//! other script, once more cut short under a new headline. Five articles come of it, five posts, five feed entries.

use encoding_rs::GBK;
use hanconv::{s2t, t2s};
use lianbo_tests::{Alliance, Site, shared, until};
use serde_json::{Value, json};

use crate::{engines, wordpress};

/// A document, what a reader sees in it, and the lines its article lies between.
struct Seed {
    file: &'static str,
    outlet: (&'static str, &'static str),
    headline: &'static str,
    byline: Option<&'static str>,
    source: Option<&'static str>,
    /// RFC 3339, UTC.
    time: Option<&'static str>,
    /// Words of the page's furniture, which must not reach the match text, folded.
    furniture: &'static [&'static str],
    /// What the first line of the article's own text begins with.
    first: &'static str,
    traditional: bool,
}

const SEEDS: [Seed; 5] = [
    Seed {
        file: "data/seeds/000_93e2eb8d01e483a9.txt",
        outlet: ("mrjj", "每日经济新闻"),
        headline: "四川8市媒体携手建“五大平台”",
        byline: Some("黄名扬"),
        source: Some("每日经济新闻"),
        time: Some("2018-12-11T12:16:00Z"),
        furniture: &["分享成功", "下一篇", "免费下载体验"],
        first: "12月11日下午",
        traditional: false,
    },
    Seed {
        file: "data/seeds/001_aa432055bc9bbc4e.txt",
        outlet: ("luzhong", "鲁中网"),
        headline: "大众日报与临淄博山战略合作签约",
        byline: Some("韩凯"),
        source: Some("大众日报淄博融媒体中心"),
        time: Some("2020-12-23T01:03:24Z"),
        furniture: &["鲁中网微信二维码", "新闻热线"],
        first: "大众日报淄博融媒体中心12月22日讯",
        traditional: false,
    },
    Seed {
        file: "data/seeds/002_af4b096f67b01dd3.txt",
        outlet: ("ziyang-gov", "资阳市人民政府"),
        headline: "資陽:著力打造地市級媒體深度融合改革樣板",
        byline: Some("李梅"),
        source: Some("資陽日報"),
        time: Some("2023-04-25T16:00:00Z"),
        furniture: &["无障碍浏览", "网站标识码", "浏览量"],
        first: "打造新型傳播平臺",
        traditional: true,
    },
    Seed {
        file: "data/seeds/003_f20c698ef0dabe59.txt",
        outlet: ("cbg", "重庆网络广播电视台"),
        headline: "主力軍挺進(jìn)主戰(zhàn)場(chǎng) 走好全媒體時(shí)代群眾路 重慶加快推進(jìn)媒體深度融合發(fā)展",
        byline: None,
        source: None,
        time: None,
        furniture: &["当前位置", "免责声明"],
        first: "今年9月",
        traditional: true,
    },
    Seed {
        file: "data/seeds/004_b6bf5b67d9ab2119.txt",
        outlet: ("wiki", "湘潭百科"),
        headline: "湘潭市融媒體中心",
        byline: None,
        source: None,
        time: None,
        furniture: &["检视原始码", "检视历史"],
        first: "會前,周曉理一行",
        traditional: true,
    },
];

/// Takes the readings out that a converter left behind characters: `統(tǒng)一`.
fn without_readings(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        clean.push_str(before);
        let close = after.find(')').filter(|close| {
            let inside = &after[1..*close];
            !inside.is_empty()
                && inside.chars().count() <= 7
                && inside.chars().all(|letter| letter.is_alphabetic() && !('\u{2E80}'..).contains(&letter))
        });
        let kept = close.map_or(1, |close| close + 1);
        if close.is_none() {
            clean.push('(');
        }
        rest = &after[kept..];
    }
    clean + rest
}

fn gbk_page(seed: &Seed, text: &str) -> Vec<u8> {
    let lines: String =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("<p>{}</p>\n", line.trim())).collect();
    let page =
        format!("<html><head><meta charset=\"gbk\"><title>{}</title></head><body>{lines}</body></html>", seed.headline);
    GBK.encode(&page).0.into_owned()
}

/// The article's own paragraphs, cut after the first three fifths.
fn cut(seed: &Seed, text: &str) -> String {
    let start = text.find(seed.first).expect("the article's first words");
    let own: String = text[start..].to_owned();
    let kept: String = own.chars().take(own.chars().count() * 3 / 5).collect();
    format!("融合路上：几家媒体的做法\n\n{kept}")
}

#[tokio::test(flavor = "multi_thread")]
async fn five_real_documents_in_every_disguise_are_five_articles() {
    if shared("data/seeds").is_none() {
        return;
    }
    for engine in engines() {
        let alliance = Alliance::start(&engine).await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let real = wordpress::partners(&alliance, "city").await;
        for seed in &SEEDS {
            alliance.outlet(seed.outlet.0, seed.outlet.1).await;
        }
        for (id, name) in [("page", "网页一家"), ("mirror", "镜像一家"), ("short", "摘编一家")] {
            alliance.outlet(id, name).await;
        }
        let mut articles = Vec::new();
        for seed in &SEEDS {
            articles.push(every_disguise(&alliance, seed).await);
        }
        until("five posts", async || (site.posts().len() == 5).then_some(())).await;
        until("five feed entries", async || (alliance.feed("city").await.len() == 5).then_some(())).await;
        for wordpress in &real {
            wordpress.holds_once(&articles).await;
        }
        assert_eq!(alliance.articles().await.len(), 5);
        assert_eq!(site.posts().len(), 5);
        alliance.stop().await;
    }
}

async fn every_disguise(alliance: &Alliance, seed: &Seed) -> String {
    let path = shared(seed.file).expect("the seed");
    let text = std::fs::read_to_string(path).expect("a text");
    let found = alliance.post(seed.outlet.0, "text/plain; charset=utf-8", text.clone()).await;
    assert_eq!(found.verdict(), "new", "{} {:?}", seed.file, found.0);
    let article = alliance.article(found.article()).await;
    extracted(seed, &article);

    let page = alliance.post("page", "text/html", gbk_page(seed, &text)).await;
    assert_eq!(
        (page.verdict(), page.article()),
        ("reprint", found.article()),
        "{} as a GBK page: {:?}",
        seed.file,
        page.0
    );

    let other_script = if seed.traditional { t2s(without_readings(&text)) } else { s2t(text.as_str()) };
    let mirrored = alliance.post("mirror", "text/plain; charset=utf-8", other_script).await;
    assert_eq!(
        (mirrored.verdict(), mirrored.article()),
        ("reprint", found.article()),
        "{} in the other script: {:?}",
        seed.file,
        mirrored.0
    );

    let short = alliance.post("short", "text/plain; charset=utf-8", cut(seed, &text)).await;
    assert_eq!(
        (short.verdict(), short.article()),
        ("reprint", found.article()),
        "{} cut short: {:?}",
        seed.file,
        short.0
    );
    let article = until("the four sightings", async || {
        let article = alliance.article(found.article()).await;
        (article["lineage"]["sightings"].as_array()?.len() == 4).then_some(article)
    });
    let article = article.await;
    let original = article["lineage"]["original"].as_str().unwrap_or_default();
    assert!(original.contains(&format!(":{}:", seed.outlet.0)), "{}: credited to {original}", seed.file);
    found.article().to_owned()
}

fn extracted(seed: &Seed, shown: &Value) {
    let news = &shown["article"];
    assert_eq!(news["headlines"][0]["value"], seed.headline, "{}", seed.file);
    if let Some(byline) = seed.byline {
        assert!(news["by"].as_str().is_some_and(|by| by.contains(byline)), "{}: {}", seed.file, news["by"]);
    }
    let stated = &shown["lineage"]["sightings"][0]["stated_source"];
    assert_eq!(stated.as_str(), seed.source, "{}", seed.file);
    if let Some(time) = seed.time {
        assert_eq!(shown["lineage"]["sightings"][0]["published"], time, "{}", seed.file);
    }
    let body = news["bodies"].as_array().into_iter().flatten().find(|body| body["contentType"] == "text/plain");
    let body = body.and_then(|body| body["value"].as_str()).unwrap_or_default();
    assert!(body.contains(seed.first), "{}: the outlet's own words are kept", seed.file);
    let folded = lianbo_hub::normalise::fold::fold(body);
    for words in seed.furniture {
        assert!(!folded.contains(words), "{}: `{words}` is page furniture: {folded}", seed.file);
    }
    assert!(
        json!(folded).as_str().is_some_and(|text| !text.contains('ǒ') && !text.contains('à')),
        "{}: pinyin noise",
        seed.file
    );
}
