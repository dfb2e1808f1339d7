//! What is Ghost's own: tags, pictures that nothing lists, a lock, editors who change things. Against real sites.

use axum::http::Method;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::{Headline, PubStatus, Text};
use serde_json::{Value, json};

use crate::article::{FORGOTTEN, article, corrected, with_picture, with_subjects, withdrawal};
use crate::bench::{Bench, connect};
use crate::gallery::Gallery;
use crate::ghost::sites;
use crate::meddler::meddling;

fn tags(post: &Value) -> Vec<&str> {
    post["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn channels_and_subjects_become_tags_and_a_killed_article_says_so_to_editors() {
    for site in sites() {
        let connector = site.connector_with(json!({"categories": {"city": ["本地", "城事"]}, "tags": 2}));
        let first = with_subjects(article(), &["本地", "#防汛 & 救援", "第三个"]);
        let own = format!("#lianbo-{}", first.uri.short());
        let held = connector.put(&first, None).await.unwrap();
        assert_eq!(tags(&site.post(&held.remote.id).await), ["本地", "城事", "防汛 & 救援", own.as_str()]);

        connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
        let post = site.post(&held.remote.id).await;
        assert_eq!(post["status"], "draft");
        assert!(tags(&post).contains(&"#lianbo-canceled") && tags(&post).contains(&own.as_str()), "{post}");

        connector.put(&corrected(&first), Some(&held)).await.unwrap();
        assert!(!tags(&site.post(&held.remote.id).await).contains(&"#lianbo-canceled"));
    }
}

#[tokio::test]
async fn a_post_that_changes_while_it_is_written_is_read_and_judged_again() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        for (option, is_kept) in [("keep", true), ("overwrite", false)] {
            // The ledger is up to date, so that nothing is known of the edit until Ghost says so.
            let held = site.connector().put(&first, Some(&held)).await.unwrap();
            // The edit is later than that by Ghost's own clock, which tells seconds.
            let (editor, before) = (site.clone(), held.clone());
            let edit = move || {
                let (editor, before) = (editor.clone(), before.clone());
                async move { editor.change_text(&before).await }
            };
            let url = meddling(site.url(), Method::PUT, edit).await;
            let record = json!({"kind": "ghost", "url": url, "options": {"on_local_edit": option}});
            let outcome = connect(record, site.secret()).put(&corrected(&first), Some(&held)).await;
            let html = site.post(&held.remote.id).await["html"].to_string();
            assert_eq!(html.contains("本地修改"), is_kept, "{html}");
            match outcome {
                Ok(_) => assert!(!is_kept),
                Err(failure) => assert!(is_kept && matches!(failure, Failure::Rejected { .. }), "{failure:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_picture_is_featured_with_its_words_and_goes_with_its_article() {
    for site in sites() {
        let gallery = Gallery::open().await;
        let plain = article();
        let connector = site.connector();
        let held = connector.put(&with_picture(plain.clone(), &gallery.picture()), None).await.unwrap();
        let post = site.post(&held.remote.id).await;
        let picture = post["feature_image"].as_str().unwrap();
        assert!(picture.ends_with(&format!("{}.png", gallery.name())), "{picture}");
        assert_eq!(post["feature_image_alt"], "会场 & 人群");
        assert_eq!(post["feature_image_caption"], "会议现场。摄影 &lt;李某&gt;");

        connector.put(&corrected(&plain), Some(&held)).await.unwrap();
        assert_eq!(site.post(&held.remote.id).await["feature_image"], Value::Null);
    }
}

#[tokio::test]
async fn a_post_is_known_again_after_an_editor_changed_its_address_or_its_tags() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let slug = format!("fang-xun-{}", first.uri.short());
        site.change(&held.remote.id, json!({"slug": slug})).await;
        let again = site.connector().put(&corrected(&first), FORGOTTEN).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(site.post(&held.remote.id).await["slug"], slug);

        site.change(&held.remote.id, json!({"tags": [{"name": "本站"}]})).await;
        let again = site.connector().put(&corrected(&first), Some(&again)).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(site.shown(&first).await.len(), 1);
    }
}

#[tokio::test]
async fn a_double_post_becomes_a_draft() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let twin = site.post(&held.remote.id).await;
        let double = json!({"title": twin["title"], "html": twin["html"], "status": "published",
            "tags": [{"name": format!("#lianbo-{}", first.uri.short())}]});
        site.edit(Method::POST, "posts/?source=html", Some(json!({"posts": [double]}))).await;
        assert_eq!(site.shown(&first).await.len(), 2);
        let again = site.connector().put(&first, FORGOTTEN).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(site.shown(&first).await.len(), 1);
    }
}

#[tokio::test]
async fn a_reader_gets_the_text_as_it_was_sent_and_the_original_in_the_head() {
    for site in sites() {
        let mut first = article();
        let text = "<details><summary>问</summary><p>答</p></details><dl><dt>甲</dt><dd>乙</dd></dl>";
        // Escaped text in no element: made live, it would be a script in every reader's browser.
        let script = "&lt;script&gt;alert(1)&lt;/script&gt;";
        first.html = format!("<p>来源：成都日报 {}</p>{text}{script}<!-- x -->", first.uri.short());
        first.news.headlines = vec![Headline::main(format!("A < B & {}", first.uri.short()))];
        first.news.descriptions = vec![Text::new("summary", "text/plain", "摘".repeat(400))];
        let held = site.connector().put(&first, None).await.unwrap();
        let post = site.post(&held.remote.id).await;
        let html = post["html"].as_str().unwrap();
        assert!(html.contains(&format!("{text}{script}&lt;!-- x")), "{html}");
        assert_eq!(post["custom_excerpt"].as_str().unwrap().chars().count(), 300);
        assert_eq!(post["published_at"], "2026-11-20T02:00:00.000Z");
        let page = crate::named::call(Method::GET, held.remote.url.as_deref().unwrap(), "none", None).await;
        assert!(page.text().contains(script) && !page.text().contains("<script>alert"), "{}", page.text());
        let head = page.text().split("</head>").next().unwrap().to_owned();
        let original = first.canonical_url.unwrap().replace('&', "&amp;").replace('=', "&#x3D;");
        assert!(head.contains(&format!("<link rel=\"canonical\" href=\"{original}\"")), "{head}");
    }
}

#[tokio::test]
async fn a_title_too_long_is_refused_and_a_clock_that_is_wrong_is_told() {
    for site in sites() {
        let mut first = article();
        first.news.headlines = vec![Headline::main("长".repeat(300))];
        let failure = site.connector().put(&first, None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("title")), "{failure:?}");
        let connector = connect(site.record(&site.url()), site.wrong_secret());
        let failure = connector.put(&first, None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("clock")), "{failure:?}");
    }
}
