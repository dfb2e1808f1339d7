//! The documents.

/// One of them.
pub struct Document {
    pub name: &'static str,
    pub media_type: &'static str,
    pub body: Vec<u8>,
    /// How the answer starts: `item`, or a refusal's code and sentence; `|` between those that are right.
    pub answer: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const FEED: &str = "application/rss+xml";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

pub fn all() -> Vec<Document> {
    [sizes(), deep_html(), floods(), xml(), json(), bytes()].into_iter().flatten().collect()
}

fn document(name: &'static str, media_type: &'static str, body: impl Into<Vec<u8>>, answer: &'static str) -> Document {
    Document { name, media_type, body: body.into(), answer }
}

fn page(inside: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>题目</title></head><body><p>一段话，足够长的一段话。</p>{inside}</body></html>"
    )
}

fn feed(inside: &str) -> String {
    format!("<rss version='2.0'><channel><title>甲</title>{inside}</channel></rss>")
}

fn sizes() -> Vec<Document> {
    const MEGABYTE: usize = 1024 * 1024;
    let sentence = "会议部署冬季水利建设，要求各县在年底前完成。";
    let line = sentence.repeat(20 * MEGABYTE / sentence.len());
    vec![
        document("50 MB", TEXT, vec![b'a'; 50 * MEGABYTE], "too-large"),
        document("20 MB in one line", TEXT, line, "item|empty"),
        document("a million lines", TEXT, format!("题目\n{}", "来源：甲\n".repeat(1_000_000)), "item|empty"),
        document("a million blanks", TEXT, format!("题目\n{}会议。", " ".repeat(1_000_000)), "item"),
        document("a million brackets", TEXT, format!("题目\n会议{}。", "（者".repeat(300_000)), "item"),
    ]
}

fn deep_html() -> Vec<Document> {
    let deep = "<div>".repeat(200_000);
    let half = "<div>".repeat(90_000);
    let levels = "too-large: the document breaks a bound";
    vec![
        document("nested elements", HTML, page(&deep), levels),
        document("after an abrupt comment", HTML, page(&format!("<!-->{half}")), levels),
        document("behind a false quotation mark", HTML, page(&format!("<a =\">{half}\">")), levels),
        document("in the title of a drawing", HTML, page(&format!("<svg><title>{half}")), levels),
        document("with end tags that close nothing", HTML, page(&"<div></b>".repeat(90_000)), levels),
        document("closed by a slash that closes nothing", HTML, page(&"<div/>".repeat(90_000)), levels),
        document("readings without a base", HTML, page(&"<rt>".repeat(90_000)), levels),
        document("end tags out of scope", HTML, page(&"<div><object></div></object>".repeat(40_000)), levels),
        document("a deep fragment", HTML, format!("<div>{half}"), levels),
        document("a deep frameset", HTML, format!("<html><frameset>{half}"), levels),
    ]
}

fn floods() -> Vec<Document> {
    let attributes: String = (0..300_000).map(|number| format!(" a{number}=1")).collect();
    let formats: String = (0..800).map(|number| format!("<b a={number}>")).collect();
    vec![
        document("a million empty elements", HTML, page(&"<p></p>".repeat(1_000_000)), "too-large"),
        document("a flood of attributes", HTML, page(&format!("<p{attributes}>x</p>")), "too-large"),
        document("a flood of character references", HTML, page(&"&amp;".repeat(1_000_000)), "too-large"),
        document(
            "elements that multiply",
            HTML,
            page(&format!("<div>{formats}</div>{}", "<div>x</div>".repeat(9_000))),
            "too-large",
        ),
        document("a million items", FEED, feed(&"<item></item>".repeat(1_000_000)), "too-large"),
        document(
            "a flood of CDATA",
            FEED,
            feed(&format!("<item><title>{}</title></item>", "<![CDATA[]]>".repeat(500_000))),
            "malformed|empty|item",
        ),
    ]
}

fn xml() -> Vec<Document> {
    let mut laughs = String::from("<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a0 'ha'>");
    for level in 1..12 {
        laughs.push_str(&format!("<!ENTITY a{level} '{}'>", format!("&a{};", level - 1).repeat(10)));
    }
    laughs.push_str("]>");
    let blow_up = format!("<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a '{}'>]>", "a".repeat(1_000_000));
    let item = |title: &str, rest: &str| {
        feed(&format!("<item><title>{title}</title><description>一段话，足够长的一段话。</description>{rest}</item>"))
    };
    let utf_16 = |order: fn(u16) -> [u8; 2]| item("题目", "").encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let bases: String = (0..200).map(|number| format!("<a xml:base='../{number}/'>")).collect();
    let bases = format!("{bases}{}", "</a>".repeat(200));
    vec![
        document("a billion laughs", FEED, format!("{laughs}{}", item("&a11;", "")), "malformed|item|empty"),
        document(
            "a quadratic blow-up",
            FEED,
            format!("{blow_up}{}", item(&"&a;".repeat(50_000), "")),
            "malformed|item|empty",
        ),
        document("deep XML", FEED, format!("<feed>{}", "<a>".repeat(1_000_000)), "too-large"),
        document(
            "bases upon bases",
            FEED,
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/'><entry xml:base='.'><title>题目</title><content type='html' xml:base='./.'>一段话，足够长的一段话。</content>{bases}</entry></feed>"
            ),
            "item",
        ),
        document(
            "an invalid date",
            FEED,
            item("题目", "<pubDate>Wed, 99 Foo 99999999999999999999 99:99:99 +99:99</pubDate>"),
            "item",
        ),
        document("UTF-16, most significant byte first", FEED, utf_16(u16::to_be_bytes), "item"),
        document("UTF-16, least significant byte first", FEED, utf_16(u16::to_le_bytes), "item"),
        document(
            "a document type without end",
            FEED,
            format!("<!DOCTYPE rss [{}", "<!ENTITY ".repeat(300_000)),
            "malformed|unsupported|empty|item",
        ),
    ]
}

fn json() -> Vec<Document> {
    let item = |members: &str| {
        format!(
            r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{{"id":"1","title":"题目","content_text":"一段话。"{members}}}]}}"#
        )
    };
    vec![
        document(
            "deep JSON",
            JSON,
            format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)),
            "malformed: cannot parse the document as JSON",
        ),
        document(
            "deep JSON in a page",
            HTML,
            page(&format!("<script type='application/ld+json'>{}</script>", "[".repeat(500_000))),
            "item",
        ),
        document(
            "a lone surrogate",
            JSON,
            item(r#","summary":"\ud800""#),
            "malformed: cannot parse the document as JSON",
        ),
        document(
            "a number without end",
            JSON,
            item(&format!(r#","version":{}"#, "9".repeat(1_000_000))),
            "malformed: cannot parse the document as JSON",
        ),
        document(
            "a number too large",
            JSON,
            item(r#","version":1e999"#),
            "malformed: cannot parse the document as JSON",
        ),
        document("a date beyond time", JSON, item(r#","date_published":"+999999-13-45T99:99:99Z""#), "item"),
        document(
            "a version beyond counting",
            JSON,
            r#"{"uri":"a:1","version":"99999999999999999999999","headlines":[{"value":"题目"}],"bodies":[{"value":"一段话。"}]}"#,
            "item",
        ),
        document(
            "a million members",
            JSON,
            item(&(0..300_000).map(|number| format!(r#","a{number}":1"#)).collect::<String>()),
            "item",
        ),
    ]
}

fn bytes() -> Vec<Document> {
    vec![
        document("NULs", TEXT, vec![0; 100_000], "unsupported"),
        document("NULs among letters", TEXT, "题目\n会\0议\0在成都召开，一段话。", "item|unsupported"),
        document("an archive", TEXT, b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0".to_vec(), "unsupported"),
        document("a compressed stream", HTML, b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0\0\0\0\0\0".to_vec(), "unsupported"),
        document("no character of any charset", TEXT, vec![0xff; 1_000_000], "empty|item|unsupported"),
        document("half a pair of bytes", "text/html; charset=gbk", b"<p>\xb3\xc9\xb6".to_vec(), "item|empty"),
    ]
}
