//! Small documents with all that counts in each format. What is read of them stands in `snapshots/`; what must never
//! change is asserted here.

use lianbo_connectors::format::moment::Moment;
use lianbo_connectors::format::{self, Body, FormatError, Piece};
use lianbo_schemas::ninjs::PubStatus;

use crate::shared::pieces;

pub(crate) const G2_ITEM: &str = include_str!("data/item.xml");
pub(crate) const G2_MESSAGE: &str = include_str!("data/message.xml");
pub(crate) const NITF: &str = include_str!("data/nitf.xml");
pub(crate) const NITF_KILL: &str = include_str!("data/kill.xml");
pub(crate) const WXR: &str = include_str!("data/export.xml");
pub(crate) const NINJS: &str = include_str!("data/ninjs.json");
/// All of them, by name.
pub(crate) const SAMPLES: [(&str, &str); 6] = [
    ("newsml_g2_item", G2_ITEM),
    ("newsml_g2_message", G2_MESSAGE),
    ("nitf", NITF),
    ("nitf_kill", NITF_KILL),
    ("wordpress_export", WXR),
    ("ninjs", NINJS),
];

fn read(text: &str) -> Vec<Result<Piece, FormatError>> {
    format::read(text.as_bytes(), None, None).unwrap()
}

#[test]
fn samples_are_read_as_before() {
    for (name, text) in SAMPLES {
        insta::assert_debug_snapshot!(name, read(text));
    }
}

#[test]
fn a_newsml_g2_item_keeps_identity_status_embargo_and_rights() {
    let piece = pieces(G2_ITEM.as_bytes()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!((piece.own_id.as_deref(), piece.version), (Some("tag:yunxi.example,2026:news-8801"), Some(3)));
    assert_eq!(piece.embargoed_until, Moment::parse("2026-11-25T12:00:00+08:00"));
    assert_eq!(news.copyright_holder.as_deref(), Some("云溪县融媒体中心, 张某"));
    let terms = news.usage_terms.as_deref().unwrap();
    for term in ["可全文转载，须注明来源。", "May be reprinted", "图片不得裁剪。", "DMI-PROHIBITED-AIMLTRAINING"]
    {
        assert!(terms.contains(term), "{terms}");
    }
    let rights = news.other["rightsInfo"]["encodedRights"].as_str().unwrap();
    assert!(rights.starts_with("<Policy xmlns=\"http://www.w3.org/ns/odrl/2/\" uid="), "{rights}");
    assert_eq!(news.ed_note.as_deref(), Some("更正：开幕时间应为 11 月 25 日。\nsignal: correction"));
    assert_eq!(piece.hops.len(), 2);
    assert_eq!((piece.hops[1].party.as_str(), piece.hops[1].seq), ("hub.province.example", 2));
    assert_eq!(piece.hops[1].action, "http://cv.iptc.org/newscodes/hopaction/enhanced");
}

#[test]
fn a_newsml_g2_item_keeps_words_and_subjects() {
    let piece = pieces(G2_ITEM.as_bytes()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!(piece.title.as_deref(), Some("云溪县第六届茶旅节开幕"));
    assert_eq!(piece.byline.as_deref(), Some("记者 王某 通讯员 李某"));
    assert_eq!(piece.source.as_deref(), Some("云溪县融媒体中心"));
    assert_eq!(news.subjects[0].name.as_deref(), Some("农业"));
    assert_eq!(news.subjects[0].uri.as_deref(), Some("http://cv.iptc.org/newscodes/mediatopic/20000209"));
    // A code of a scheme nobody declares is kept as it stands.
    assert_eq!(news.subjects[1].literal.as_deref(), Some("other:99"));
    let about = news.people.iter().find(|person| person.rel.as_deref() == Some("about")).unwrap();
    assert_eq!(
        (about.name.as_deref(), about.uri.as_deref()),
        (Some("赵某"), Some("https://cv.yunxi.example/person/7"))
    );
    let Body::Html(html) = &piece.body else { panic!("{:?}", piece.body) };
    assert!(html.starts_with("<h2>一片叶子富一方</h2><p>11 月 25 日，云溪县第六届茶旅节开幕。<br>现场"), "{html}");
    assert_eq!(piece.pictures[0].url, "https://img.yunxi.example/8801.jpg");
}

#[test]
fn a_message_brings_what_is_news_and_says_what_is_not() {
    let read = read(G2_MESSAGE);
    let unsupported = |at: usize, name: &str| matches!(&read[at], Err(FormatError::Unsupported { media_type }) if media_type.ends_with(name));
    assert!(unsupported(0, "packageItem") && unsupported(4, "conceptItem"), "{read:?}");
    let killed = read[1].as_ref().unwrap();
    assert_eq!((killed.status, &killed.body), (PubStatus::Canceled, &Body::Empty));
    assert_eq!(killed.ed_note.as_deref(), Some("数据有误，撤稿。"));
    // An embargo without an end holds until another version says more.
    let held = read[2].as_ref().unwrap();
    assert_eq!((held.status, held.embargoed_until), (PubStatus::Withheld, None));
    assert_eq!(held.body, Body::Text("议程另行通知。".to_owned()));
    assert!(matches!(&read[3], Err(FormatError::Malformed { cause, .. }) if cause.contains("secret")));
}

#[test]
fn an_nitf_document_keeps_identity_times_and_rights() {
    let piece = pieces(NITF.as_bytes()).remove(0);
    let news = piece.ninjs.as_deref().unwrap();
    assert_eq!((piece.own_id.as_deref(), piece.version), (Some("yx-20261125-031"), Some(2)));
    assert_eq!(piece.published, Moment::parse("2026-11-25T08:30:00+08:00"));
    assert_eq!(piece.updated, Moment::parse("2026-11-25T09:15:00+08:00"));
    assert_eq!(piece.embargoed_until, Moment::parse("2026-11-25T18:00:00+08:00"));
    assert_eq!(piece.url.as_deref(), Some("https://yunxi.example/paper/20261126/2"));
    assert_eq!(news.copyright_holder.as_deref(), Some("云溪日报社"));
    assert_eq!(news.copyright_notice.as_deref(), Some("© 2026 云溪日报社"));
    assert!(news.usage_terms.as_deref().unwrap().contains("limitations: 不得改动标题"));
    assert_eq!(news.ed_note.as_deref(), Some("请于 18 时后刊发\n更正受益户数\n版面二版头条"));
    assert_eq!(piece.pictures[0].caption.as_deref(), Some("送水车开到田头"));
}

#[test]
fn a_notice_of_withdrawal_kills_the_article_it_names_and_is_none_itself() {
    let read = pieces(NITF_KILL.as_bytes());
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].own_id.as_deref(), read[0].status), (Some("yx-20261125-031"), PubStatus::Canceled));
    assert_eq!(read[0].ed_note.as_deref(), Some("撤稿通知\n来源不实"));
    let replacing = NITF_KILL.replace("management-status=\"canceled\"", "management-idref-status=\"canceled\"");
    let both = pieces(replacing.as_bytes());
    assert_eq!(both.iter().map(|piece| piece.status).collect::<Vec<_>>(), [PubStatus::Usable, PubStatus::Canceled]);
    assert_eq!(both[0].own_id.as_deref(), Some("yx-20261125-040"));
}

#[test]
fn posts_of_an_export_are_articles_as_wordpress_shows_them() {
    let read = read(WXR);
    let post = read[0].as_ref().unwrap();
    assert_eq!(post.title.as_deref(), Some("新桥通车 & 夜市开街"));
    assert_eq!(
        (post.own_id.as_deref(), post.byline.as_deref()),
        (Some("https://yunxi.example/?p=101"), Some("记者 王某"))
    );
    assert_eq!(post.published, Moment::parse("2026-11-25T01:00:00Z"));
    assert_eq!(post.subjects, ["民生", "交通"]);
    let urls: Vec<&str> = post.pictures.iter().map(|picture| picture.url.as_str()).collect();
    assert_eq!(urls, ["https://yunxi.example/b.jpg", "https://yunxi.example/c.png"]);
    assert_eq!(post.pictures[0].alt.as_deref(), Some("新桥"));
    let Body::Html(html) = &post.body else { panic!("{:?}", post.body) };
    assert!(html.starts_with("<p>11 月 25 日，新桥通车。<br>\n全长 320 米。</p>\n<figure>"), "{html}");
    assert!(html.ends_with("<p>夜市同日开街。</p>\n"), "{html}");
}

#[test]
fn what_an_export_does_not_publish_is_held_back_or_refused() {
    let read = read(WXR);
    let statuses: Vec<Option<PubStatus>> =
        read.iter().map(|piece| piece.as_ref().ok().map(|piece| piece.status)).collect();
    let (usable, withheld, canceled) = (Some(PubStatus::Usable), Some(PubStatus::Withheld), Some(PubStatus::Canceled));
    assert_eq!(statuses, [usable, usable, withheld, canceled, None, None, None]);
    let scheduled = read[1].as_ref().unwrap();
    assert_eq!(scheduled.embargoed_until, Moment::parse("2026-11-26T00:00:00Z"));
    assert_eq!(scheduled.byline, None);
    assert!(read[2..4].iter().flatten().all(|piece| piece.body == Body::Empty));
    for (at, word) in [(4, "`草稿` is not published"), (5, "`关于我们` is a page"), (6, "`商品` is a `product`")]
    {
        assert!(
            matches!(&read[at], Err(FormatError::Empty { cause, .. }) if cause.starts_with(word)),
            "{:?}",
            read[at]
        );
    }
}
