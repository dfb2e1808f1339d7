//! Five real documents, as found: what they state must be read right, and their page furniture must be gone.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{Normalised, Outlet, OutletId, Submission, SubmissionId};

fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("LIANBO_SHARED").map_or_else(beside, PathBuf::from)
}

fn seed(start: &str) -> Option<String> {
    let folder = shared().join("data/seeds");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    };
    let found = entries.flatten().find(|entry| entry.file_name().to_string_lossy().starts_with(start));
    Some(std::fs::read_to_string(found.expect("the seed is there").path()).unwrap())
}

fn outlet(name: &str) -> Outlet {
    serde_json::from_value(serde_json::json!({ "id": "member", "name": name })).unwrap()
}

fn item(body: Vec<u8>, media_type: &str, outlet_name: &str) -> Normalised {
    let submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type: Some(media_type.to_owned()),
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url: Some("https://member.example/n/1.html".to_owned()),
        own_id: None,
        full_pages: false,
        body: Bytes::from(body),
    };
    let profile = Profile { authority: "example.org".to_owned(), outlet: Arc::new(outlet(outlet_name)) };
    normalise(&submission, &profile).pop().unwrap().unwrap()
}

struct Expected {
    seed: &'static str,
    title: &'static str,
    source: Option<&'static str>,
    byline: Option<&'static str>,
    editor: Option<&'static str>,
    time: Option<&'static str>,
    language: &'static str,
    /// Starts of paragraphs that are the text: the first one, and one of the last.
    text: [&'static str; 2],
    /// Words of furniture, in the seed's own script, none of which may be left.
    gone: &'static [&'static str],
}

const SEEDS: [Expected; 5] = [
    Expected {
        seed: "000",
        title: "四川8市媒体携手建“五大平台”",
        source: Some("每日经济新闻"),
        byline: Some("黄名扬"),
        editor: Some("官远星"),
        time: Some("2018-12-11T12:16:00Z"),
        language: "zh-Hans",
        text: [
            "8市媒体(集团)共同签署了“成都平原经济区协同发展媒体合作框架协议”",
            "根据合作框架协议,8市媒体将建立完善长效合作机制",
        ],
        gone: &["版权声明", "违者必究", "上一篇", "天海防务", "分享成功", "免费下载体验", "官远星"],
    },
    Expected {
        seed: "001",
        title: "大众日报与临淄博山战略合作签约",
        source: Some("大众日报淄博融媒体中心"),
        byline: Some("韩凯 任灵芝 李超颖"),
        editor: None,
        time: Some("2020-12-23T01:03:24Z"),
        language: "zh-Hans",
        text: ["12月22日上午,大众日报与临淄区签署战略合作协议。", "站在省级党报赋予的更高平台上"],
        gone: &["鲁中网微信二维码", "版权归", "线索奖最低", "来源:大众日报", "2020-12-23"],
    },
    Expected {
        seed: "002",
        title: "資陽:著力打造地市級媒體深度融合改革樣板",
        source: Some("資陽日報"),
        byline: Some("李梅"),
        editor: None,
        time: Some("2023-04-25T16:00:00Z"),
        language: "zh-Hant",
        text: ["打造新型傳播平臺,建成新型主流媒體。4月25日", "4月7日,資陽新欣傳媒集團"],
        gone: &["無障礙瀏覽", "資陽要聞", "瀏覽量", "主辦:", "蜀ICP備", "市政府辦公室聯系電話"],
    },
    Expected {
        seed: "003",
        title: "主力軍挺進(jìn)主戰(zhàn)場(chǎng) 走好全媒體時(shí)代群眾路 重慶加快推進(jìn)媒體深度融合發(fā)展",
        source: None,
        byline: None,
        editor: Some("張靜怡"),
        time: None,
        language: "zh-Hant",
        text: ["今年9月,中共中央辦公廳", "著眼可持續(xù)發(fā)展,兩江新區(qū)融媒體中心"],
        gone: &["當(dāng)前位置", "張靜怡", "版權(quán)聲明", "免責(zé)聲明", "67175860"],
    },
    Expected {
        seed: "004",
        title: "湘潭市融媒體中心",
        source: None,
        byline: None,
        editor: None,
        time: None,
        language: "zh-Hant",
        text: ["湘潭市融媒體中心7月3日,湘潭市縣級融媒體中心建設現場推進會", "彭瑞林在致辭中表示"],
        gone: &["檢視原始碼", "參考文獻", "↑", "搜狐,2019"],
    },
];

fn check(expected: &Expected, found: &Normalised, how: &str) {
    let news = &found.item.news;
    let label = format!("seed {} as {how}", expected.seed);
    assert_eq!(news.headline(), expected.title, "{label}");
    assert_eq!(found.item.stated_source.as_deref(), expected.source, "{label}");
    assert_eq!(news.by.as_deref(), expected.byline, "{label}");
    let editor = news.people.iter().find(|person| person.rel.as_deref() == Some("editor"));
    assert_eq!(editor.and_then(|editor| editor.name.as_deref()), expected.editor, "{label}");
    assert_eq!(found.item.stated_time.map(|time| time.to_string()).as_deref(), expected.time, "{label}");
    assert_eq!(news.language.as_deref(), Some(expected.language), "{label}");
    let text = news.body("text/plain").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(expected.text[0]), "{label}: the text starts with {}", lines[0]);
    assert!(lines.iter().any(|line| line.starts_with(expected.text[1])), "{label}: own words are missing");
    for word in expected.gone {
        assert!(!text.contains(word), "{label}: `{word}` is still in the text");
        let folded = lianbo_hub::normalise::fold::fold(word);
        let matched = !folded.is_empty() && found.match_text.contains(&folded);
        assert!(!matched, "{label}: `{word}` is still in the match text");
    }
}

#[test]
fn the_seeds_are_read_as_plain_text() {
    for expected in &SEEDS {
        let Some(text) = seed(expected.seed) else { return };
        check(expected, &item(text.into_bytes(), "text/plain; charset=utf-8", "某某日报"), "plain text");
    }
}

/// A page of the kind such documents come from: every line a block, navigation before and links after it.
fn page(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let body: String = lines.map(|line| format!("<p>{line}</p>\n")).collect();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"gb2312\"><title>某某网</title><style>p{{}}</style></head><body>\
         <div class=\"nav\"><a href=\"/\">首页</a><a href=\"/n\">新闻</a><a href=\"/l\">本地</a></div>\
         <div class=\"content\">{body}</div><ul class=\"hot\"><li><a href=\"/1\">别的一则新闻</a></li></ul></body></html>"
    )
}

#[test]
fn the_seeds_are_read_as_gbk_pages() {
    for expected in &SEEDS {
        let Some(text) = seed(expected.seed) else { return };
        let page = page(&text);
        let (bytes, _, lossy) = encoding_rs::GB18030.encode(&page);
        assert!(!lossy);
        check(expected, &item(bytes.into_owned(), "text/html; charset=gb2312", "某某日报"), "page in GBK");
    }
}
