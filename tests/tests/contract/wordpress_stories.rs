//! What is WordPress's own: categories, tags, pictures, editors who change things. Against real sites.

use axum::http::Method;
use lianbo_schemas::ninjs::Headline;
use serde_json::{Value, json};

use crate::article::{FORGOTTEN, article, corrected, with_picture, with_subjects};
use crate::bench::Bench;
use crate::gallery::Gallery;
use crate::wordpress::{Site, sites};

async fn names(site: &Site, taxonomy: &str, post: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for id in post[taxonomy].as_array().unwrap() {
        let term = site.edit(Method::GET, &format!("{taxonomy}/{id}"), None).await;
        names.push(term["name"].as_str().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn channels_and_subjects_become_categories_and_tags() {
    for site in sites() {
        let fresh = format!("{:?}", rand::random::<u32>());
        let (city, flood) = (format!("本地 & 城事 {fresh}"), format!("防汛 {fresh}"));
        let options = json!({"categories": {"city": city, "防汛": [flood, city]}, "tags": 2});
        let article = with_subjects(article(), &["防汛", "应急 & 救援", "第三个"]);
        let connector = site.connector_with(options);
        let held = connector.put(&article, None).await.unwrap();
        let post = site.post(&held.remote.id).await;
        let mut categories = names(&site, "categories", &post).await;
        categories.sort();
        let mut expected = [city.replace('&', "&amp;"), flood.clone()];
        expected.sort();
        assert_eq!(categories, expected);
        let mut tags = names(&site, "tags", &post).await;
        tags.sort();
        assert_eq!(tags, ["应急 &amp; 救援", "防汛"]);

        // An editor deletes the category; the ids remembered are wrong now.
        let id = site.edit(Method::GET, &format!("categories?search={fresh}&per_page=100"), None).await;
        for category in id.as_array().unwrap() {
            site.edit(Method::DELETE, &format!("categories/{}?force=true", category["id"]), None).await;
        }
        connector.put(&corrected(&article), Some(&held)).await.unwrap();
        let post = site.post(&held.remote.id).await;
        assert_eq!(names(&site, "categories", &post).await.len(), 2, "{}", post["categories"]);
    }
}

#[tokio::test]
async fn a_picture_is_featured_with_its_words_and_goes_with_its_article() {
    for site in sites() {
        let gallery = Gallery::open().await;
        let plain = article();
        let connector = site.connector();
        let held = connector.put(&with_picture(plain.clone(), &gallery.picture()), None).await.unwrap();
        let featured = site.post(&held.remote.id).await["featured_media"].clone();
        let media = site.edit(Method::GET, &format!("media/{featured}?context=edit"), None).await;
        assert_eq!(media["alt_text"], "会场 & 人群");
        assert_eq!(media["caption"]["raw"], "会议现场。摄影 &lt;李某&gt;");
        assert_eq!(media["mime_type"], "image/png");
        assert_eq!(media["slug"], gallery.name());

        // Asked again, the outlet's server says that the picture has not changed.
        let next = with_picture(corrected(&plain), &gallery.picture());
        let held = connector.put(&next, Some(&held)).await.unwrap();
        assert_eq!(gallery.sent.load(std::sync::atomic::Ordering::Relaxed), 1);

        // Somebody deletes the picture there: it is brought again.
        site.edit(Method::DELETE, &format!("media/{featured}?force=true"), None).await;
        let held = connector.put(&next, Some(&held)).await.unwrap();
        assert_ne!(site.post(&held.remote.id).await["featured_media"], json!(0));

        // The next version may show none.
        connector.put(&corrected(&corrected(&plain)), Some(&held)).await.unwrap();
        assert_eq!(site.post(&held.remote.id).await["featured_media"], json!(0));
    }
}

#[tokio::test]
async fn pictures_of_the_text_stay_with_the_outlet_where_the_operator_wants_it_so() {
    for site in sites() {
        let gallery = Gallery::open().await;
        let mut first = article();
        first.html.push_str(&format!("<p><img src=\"{}\"></p>", gallery.picture()));
        for pictures in ["featured", "none"] {
            site.connector_with(json!({"pictures": pictures})).put(&first, None).await.unwrap();
            assert!(site.shown(&first).await[0].html.contains(&gallery.picture()), "{pictures}");
        }
        assert_eq!(site.copies(&gallery.name()).await, Some(0));
    }
}

#[tokio::test]
async fn a_post_is_known_again_after_an_editor_changed_its_address_or_binned_it() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let slug = json!({"slug": format!("fang-xun-{}", first.uri.short())});
        site.edit(Method::POST, &format!("posts/{}", held.remote.id), Some(slug.clone())).await;
        let again = site.connector().put(&corrected(&first), Some(&held)).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(site.shown(&first).await.len(), 1);
        if site.bridge {
            site.edit(Method::POST, &format!("posts/{}", held.remote.id), Some(slug)).await;
            let found = site.connector().put(&corrected(&first), FORGOTTEN).await.unwrap();
            assert_eq!(found.remote.id, held.remote.id);
        }
        site.edit(Method::DELETE, &format!("posts/{}", held.remote.id), None).await;
        let back = site.connector().put(&corrected(&first), FORGOTTEN).await.unwrap();
        assert_eq!(back.remote.id, held.remote.id);
        assert_eq!(site.shown(&first).await.len(), 1);
        assert_eq!(site.post(&held.remote.id).await["slug"], format!("lianbo-{}", first.uri.short()));
    }
}

#[tokio::test]
async fn a_post_that_belongs_to_another_is_left_alone() {
    for site in sites() {
        let first = article();
        let anew = site.connector().put(&first, None).await.unwrap();
        let own = json!({"title": "本站自己的稿件", "content": "<p>x</p>", "status": "publish"});
        let foreign = site.edit(Method::POST, "posts", Some(own)).await;
        let mut stale = anew.clone();
        stale.remote.id = foreign["id"].to_string();
        let same = site.connector().put(&corrected(&first), Some(&stale)).await.unwrap();
        assert_eq!(same.remote.id, anew.remote.id);
        assert_eq!(site.post(&stale.remote.id).await["title"]["raw"], "本站自己的稿件");
    }
}

#[tokio::test]
async fn the_original_is_named_in_the_text_and_by_the_bridge_in_the_head() {
    for site in sites() {
        let mut first = article();
        first.news.headlines = vec![Headline::main(format!("A < B & [gallery] {}", first.uri.short()))];
        first.html = "<p>来源：成都日报</p><p>一\n二 [gallery ids=1]</p>".to_owned();
        let held = site.connector().put(&first, None).await.unwrap();
        let page = site.page(held.remote.url.as_deref().unwrap()).await;
        let original = first.canonical_url.as_deref().unwrap();
        let escaped = original.replace('&', "&#038;");
        let in_text = page.contains(&original.replace('&', "&amp;")) || page.contains(&escaped);
        assert!(in_text && page.contains("阅读原文"), "{page}");
        assert!(page.contains("A &lt; B &amp; [gallery]"), "{page}");
        let as_text = ["[", "&#91;", "&#091;"].map(|bracket| format!("{bracket}gallery ids=1]</p>"));
        assert!(as_text.iter().any(|text| page.contains(text)), "{page}");
        assert!(!page.contains("一<br"), "{page}");
        let head = page.split("</head>").next().unwrap();
        assert_eq!(head.matches("rel=\"canonical\"").count(), 1, "{head}");
        assert_eq!(head.contains(&escaped), site.bridge, "{head}");
        let meta = &site.post(&held.remote.id).await["meta"];
        assert_eq!(meta["synd_external_id"].as_str() == Some(first.uri.as_str()), site.bridge, "{meta}");
        assert_eq!(meta["synd_canonical_url"].as_str() == Some(original), site.bridge, "{meta}");
    }
}

/// A hub that was killed in mid-call leaves a post in the making, which its successor's look cannot see.
#[tokio::test]
async fn the_bridge_makes_one_post_of_an_article_that_is_sent_twice_at_once() {
    for site in sites().into_iter().filter(|site| site.bridge) {
        let article = article();
        let post = || json!({"title": "一稿", "status": "publish", "meta": {"synd_external_id": article.uri.as_str()}});
        let answers = futures_util::future::join_all((0..8).map(|_| site.make(post()))).await;
        let made = answers.iter().filter(|answer| answer["id"].is_u64()).count();
        let there = answers.iter().filter(|answer| answer["code"] == "lianbo_bridge_there").count();
        assert_eq!((made, there), (1, 7), "{answers:?}");
        // In the trash it is no post any more: the article may come again.
        let id = answers.iter().find_map(|answer| answer["id"].as_u64()).unwrap();
        site.edit(Method::DELETE, &format!("posts/{id}"), None).await;
        assert!(site.make(post()).await["id"].is_u64());
    }
}
