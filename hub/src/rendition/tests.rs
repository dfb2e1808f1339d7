//! Every medium laid out, what templates owe put back, and bad templates refused by line.

use lianbo_schemas::ninjs::{Association, Headline, Text};
use lianbo_schemas::registry::Form;
use lianbo_schemas::{ArticleUri, Content, NewsItem, Template, TemplateId};

use super::engine::TemplateError;
use super::words::{characters, cut, duration, seconds, sentence, spoken};
use super::{builtins, check, lay_out};
use lianbo_connectors::partner::Outgoing;

fn article() -> Outgoing {
    let mut news = NewsItem::new("tag:example,2026:a:1");
    news.headlines.push(Headline::main("锦江区新增三处口袋公园"));
    news.by = Some("记者 李某".to_owned());
    news.first_created = Some("2026-11-25T06:05:00Z".parse().unwrap());
    news.ed_note = Some("更正：面积应为 3.5 万平方米。".to_owned());
    let text = "锦江区今年新增三处口袋公园，绿地率提高 2.5%。\n详情见 https://example.com/park 公示。\n来源：锦江报";
    news.bodies.push(Text::new("main", "text/plain", text));
    let mut picture = Association::picture("featured", "https://example.com/park.jpg");
    picture.descriptions.push(Text::new("caption", "text/plain", "公园一角"));
    picture.by = Some("赵某".to_owned());
    news.associations.push(picture);
    news.digital_source_type =
        Some(serde_json::json!({"uri": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}));
    Outgoing {
        uri: ArticleUri::new("tag:example,2026:a:1").unwrap(),
        version: 2,
        news,
        html: "<p>锦江区今年新增三处口袋公园&amp;绿道。</p><p>来源：锦江报</p>".to_owned(),
        attribution: "来源：锦江报".to_owned(),
        content: Content::Full,
        canonical_url: Some("https://example.com/1".to_owned()),
        channels: Vec::new(),
        delivery_id: String::new(),
        traceparent: None,
        returned: None,
    }
}

fn template(form: Form, text: &str) -> Template {
    Template {
        id: TemplateId::new("own").unwrap(),
        title: "自订".to_owned(),
        title_en: None,
        form,
        text: text.to_owned(),
    }
}

#[test]
fn every_built_in_template_lays_out_every_article() {
    let made: Vec<String> = builtins()
        .iter()
        .map(|template| {
            check(template).unwrap();
            format!("== {}\n{}", template.id, lay_out(template, &article()).unwrap())
        })
        .collect();
    insta::assert_snapshot!(made.join("\n"));
}

#[test]
fn what_a_template_forgets_is_put_back() {
    let html = lay_out(&template(Form::Html, "<h1>{{ headline }}</h1>"), &article()).unwrap();
    assert_eq!(html, "<h1>锦江区新增三处口袋公园</h1>\n<p>来源：锦江报</p>\n<p>本文由人工智能生成</p>");
    let text = lay_out(&template(Form::Text, "{{ headline }}（{{ ai }}）"), &article()).unwrap();
    assert_eq!(text, "锦江区新增三处口袋公园（本文由人工智能生成）\n来源：锦江报\n");
    let json = lay_out(&template(Form::Json, "{{ {'t': headline}|tojson }}"), &article()).unwrap();
    assert!(json.contains("\"attribution\":\"来源：锦江报\"") && json.contains("\"ai\""), "{json}");
}

#[test]
fn only_what_readers_see_as_it_stands_counts_as_said() {
    let made = |text: &str| lay_out(&template(Form::Html, text), &article()).unwrap();
    let (credit, label) = ("\n<p>来源：锦江报</p>", "\n<p>本文由人工智能生成</p>");
    for hidden in [
        "<!-- {{ attribution }} {{ ai }} --><p>新</p>",
        "<p title=\"{{ attribution }}　{{ ai }}\">新</p>",
        "<p>来源：锦江报客户端　本文由人工智能生成器写成</p>",
    ] {
        assert!(made(hidden).ends_with(&format!("{credit}{label}")), "{hidden}");
    }
    for said in
        ["<p>{{ attribution }}<br>{{ ai }}</p>", "（来源：<a href=\"{{ link }}\">锦江 报</a>）<i>{{ ai }}</i>记者"]
    {
        let html = made(said);
        assert!(!html.contains(credit) && !html.contains(label), "{html}");
    }
    let mut slashed = article();
    slashed.attribution = "来源：新华社/锦江'报'".to_owned();
    slashed.news.digital_source_type = None;
    let html =
        lay_out(&template(Form::Html, "<p>{{ attribution }}</p><a href=\"{{ link }}\">原文</a>"), &slashed).unwrap();
    assert_eq!(html, "<p>来源：新华社/锦江&#39;报&#39;</p><a href=\"https://example.com/1\">原文</a>");
}

#[test]
fn what_an_article_does_not_have_leaves_nothing() {
    let mut bare = article();
    bare.news.by = None;
    bare.news.digital_source_type = None;
    let all = "{{ byline }}{{ ai }}{{ subheadline }}|{{ attribution }}";
    assert_eq!(lay_out(&template(Form::Text, all), &bare).unwrap(), "|来源：锦江报");
    assert_eq!(lay_out(&template(Form::Html, all), &bare).unwrap(), "|来源：锦江报");
}

#[test]
fn a_picture_s_address_is_one_of_the_web() {
    let mut article = article();
    article.news.associations = vec![Association::picture("featured", "javascript:alert(1)")];
    assert_eq!(
        lay_out(&template(Form::Text, "{{ pictures|length }}{{ attribution }}{{ ai }}"), &article).unwrap(),
        "0来源：锦江报本文由人工智能生成\n来源：锦江报\n"
    );
}

#[test]
fn a_template_that_cannot_work_is_refused_with_its_line() {
    let refused = |form, text: &str| check(&template(form, text)).unwrap_err();
    let TemplateError::Line { line, cause } = refused(Form::Text, "{{ headline }}\n{{ headlne }}") else { panic!() };
    assert_eq!(line, 2, "{cause}");
    let TemplateError::Line { line, .. } = refused(Form::Text, "\n\n{% if %}") else { panic!() };
    assert_eq!(line, 3);
    assert!(matches!(refused(Form::Json, "{{ headline }}"), TemplateError::NotJson(_)));
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    assert!(matches!(refused(Form::Text, endless), TemplateError::Line { .. }));
    assert!(matches!(refused(Form::Text, &"x".repeat(70_000)), TemplateError::TooLarge(_)));
}

#[test]
fn what_an_outlet_wrote_stays_text_in_html() {
    let mut article = article();
    article.news.headlines = vec![Headline::main("<script>alert(1)</script>")];
    let made = lay_out(&template(Form::Html, "{{ headline }}{{ html }}"), &article).unwrap();
    assert!(made.starts_with("&lt;script&gt;"), "{made}");
    assert!(made.contains("<p>锦江区今年新增三处口袋公园&amp;绿道。</p>"), "{made}");
}

#[test]
fn words_are_counted_cut_and_spoken_as_a_desk_does() {
    assert_eq!((characters("成都，2026年 GDP 增长"), seconds(&"字".repeat(250))), (10, 60));
    assert_eq!((duration(45), duration(60), duration(95)), ("45秒".to_owned(), "1分".to_owned(), "1分35秒".to_owned()));
    assert_eq!(cut("第一句。第二句很长很长。", 6), "第一句。");
    assert_eq!(cut("没有句号的一长串字", 5), "没有句号…");
    assert_eq!(cut("前三季度实现地区生产总值17253.58亿元，同比增长", 20), "前三季度实现地区生产总值…");
    assert_eq!(sentence(" 今日 开通 "), "今日 开通。");
    assert_eq!(sentence("开通了吗？"), "开通了吗？");
    assert_eq!(spoken("增长 3.5%，最高 38℃，见https://a.example/b?c=1。"), "增长 百分之3.5，最高 38摄氏度，见。");
}
