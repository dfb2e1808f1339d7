//! What two texts are to each other.

use lianbo_schemas::Verdict;

use crate::story::{FIRE, METRO, Story, kinds, piece, word};

#[test]
fn a_first_text_is_an_article_of_its_own() {
    let mut story = Story::new();
    let outcome = story.send(&piece("cdrb", "1", FIRE, 0));
    assert_eq!((word(&outcome), kinds(&outcome)), ("new", vec!["published"]));
    assert_eq!(word(&story.send(&piece("other", "2", METRO, 1).titled("地铁新线月底开通"))), "new");
}

#[test]
fn the_same_text_elsewhere_is_a_sighting_of_one_parent() {
    let mut story = Story::new();
    let original = piece("cdrb", "1", FIRE, 0);
    story.send(&original);
    let outcome = story.send(&piece("other", "7", FIRE, 5));
    assert_eq!(outcome.judged[0].verdict, Verdict::Reprint { of: original.uri() });
    assert_eq!(kinds(&outcome), ["sighted"]);
}

#[test]
fn headline_script_pinyin_cuts_and_furniture_make_no_new_article() {
    let (first, _) = FIRE.rsplit_once('\n').unwrap();
    let traditional = hanconv::s2t(FIRE);
    let copies = [
        ("headline", FIRE.to_owned()),
        ("cut", format!("{first}\n（未完，点击查看全文）")),
        ("traditional", traditional.clone()),
        ("pinyin", with_pinyin(&traditional)),
        (
            "furniture",
            format!("首页 > 新闻 > 正文\n时间：2026年3月2日 浏览量：2326\n{FIRE}\n（责任编辑：王某）\n扫一扫分享"),
        ),
        ("editor's note", format!("编者按：本报将继续关注此事的进展。\n{FIRE}")),
    ];
    for (what, text) in copies {
        let mut story = Story::new();
        story.send(&piece("cdrb", "1", FIRE, 0));
        let outcome = story.send(&piece("other", "2", &text, 9).titled("突发！39人遇难，官方通报来了"));
        assert_eq!(word(&outcome), "reprint", "{what}: {:?}", outcome.judged[0].evidence);
    }
}

fn with_pinyin(text: &str) -> String {
    use pinyin::ToPinyin;
    text.chars()
        .enumerate()
        .map(|(at, character)| match character.to_pinyin().filter(|_| at % 3 == 0) {
            Some(reading) if !reading.with_tone().is_ascii() => format!("{character}({})", reading.with_tone()),
            _ => character.to_string(),
        })
        .collect()
}

#[test]
fn changed_figures_are_an_update_that_names_them() {
    let mut story = Story::new();
    let original = piece("cdrb", "1", FIRE, 0);
    story.send(&original);
    let outcome = story.send(&piece("other", "2", &FIRE.replace("39人死亡", "41人死亡"), 60));
    let judged = &outcome.judged[0];
    assert_eq!(judged.verdict, Verdict::Update { of: original.uri() });
    assert_eq!(judged.evidence.differing, [("39".to_owned(), "41".to_owned())]);
    assert_eq!(kinds(&outcome), ["published"]);
}

#[test]
fn names_between_the_same_words_are_told_and_change_no_verdict() {
    let mut story = Story::new();
    let original = piece("cdrb", "1", &format!("本报记者张伟从现场获悉，{FIRE}"), 0);
    story.send(&original);
    let outcome = story.send(&piece("other", "2", &format!("本报记者李娜从现场获悉，{FIRE}"), 60));
    let judged = &outcome.judged[0];
    assert_eq!(judged.verdict, Verdict::Reprint { of: original.uri() });
    assert_eq!(judged.evidence.differing, [("张伟".to_owned(), "李娜".to_owned())]);
    let told = "Other names stand between the same words, e.g. `张伟` there, `李娜` here.";
    assert!(judged.evidence.reasons.iter().any(|reason| reason == told), "{:?}", judged.evidence);
    let elsewhere = FIRE.replace("江西省新余市渝水区", "江西省新余市分宜县").replace("39人死亡", "41人死亡");
    let outcome = story.send(&piece("third", "3", &elsewhere, 90));
    let expected = [("39", "41"), ("渝水区", "分宜县")].map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned()));
    assert_eq!(outcome.judged[0].evidence.differing, expected);
}

#[test]
fn two_broadcasts_of_one_template_stay_apart() {
    let tail = "届时，中央广播电视总台所属中央电视台综合频道、新闻频道、中文国际频道、中国国际电视台各外语频道，\
                中央人民广播电台中国之声、中国国际广播电台环球资讯广播等频率将进行现场直播；央视新闻、央视频、央视网等中央重点新媒体平台将同步转播。";
    let third = format!("十四届全国人大三次会议将于3月5日上午9时在北京开幕，国务院总理将作政府工作报告。{tail}");
    let fourth = format!("十四届全国人大四次会议将于3月5日上午9时在北京开幕，国务院总理将作政府工作报告。{tail}");
    let closing = format!("全国政协十四届三次会议将于3月10日在人民大会堂举行闭幕会，全国政协主席将发表讲话。{tail}");
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", &third, 0).titled("本台明天将直播十四届全国人大三次会议开幕会"));
    for (id, text, title) in [
        ("2", fourth, "本台明天将直播十四届全国人大四次会议开幕会"),
        ("3", closing, "本台明天将直播全国政协十四届三次会议闭幕会"),
    ] {
        let outcome = story.send(&piece("cdrb", id, &text, 9).titled(title));
        assert_ne!(word(&outcome), "reprint", "{:?}", outcome.judged[0].evidence);
    }
}

#[test]
fn a_round_up_does_not_swallow_its_parts() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    story.send(&piece("cdrb", "2", METRO, 1).titled("地铁新线月底开通"));
    let round_up = format!("早上好，今天的要闻请您查收，以下是本报编辑部为您整理的今日新闻速览。\n{METRO}\n{FIRE}");
    let outcome = story.send(&piece("other", "3", &round_up, 9).titled("早报"));
    assert_ne!(word(&outcome), "reprint", "{:?}", outcome.judged[0].evidence);
}

#[test]
fn a_verdict_says_why_in_sentences() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    let outcome = story.send(&piece("other", "2", &format!("本报讯 {FIRE}"), 5));
    let evidence = &outcome.judged[0].evidence;
    assert!(evidence.score > 0.9);
    assert!(evidence.reasons.iter().any(|reason| reason.contains("figures, dates and ordinals")), "{evidence:?}");
    assert!(evidence.reasons.iter().any(|reason| reason.contains("passage begins")), "{evidence:?}");
}
