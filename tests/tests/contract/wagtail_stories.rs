//! What is Wagtail's own: page types, parents, slugs that are taken once. Against real sites.

use axum::http::Method;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::PubStatus;
use serde_json::{Value, json};

use crate::article::{FORGOTTEN, article, corrected, with_picture, withdrawal};
use crate::bench::Bench;
use crate::gallery::Gallery;
use crate::wagtail::sites;

#[tokio::test]
async fn the_fields_of_a_page_are_filled() {
    for site in sites() {
        let gallery = Gallery::open().await;
        let first = with_picture(article(), &gallery.picture());
        let connector = site.connector();
        let held = connector.put(&first, None).await.unwrap();
        let page = site.page(&held.remote.id).await;
        assert_eq!(page["external_id"], first.uri.as_str());
        assert_eq!(page["canonical_url"].as_str(), first.canonical_url.as_deref());
        assert_eq!(page["summary"], "会议要求各区全力防汛。");
        assert_eq!(page["source_name"], "成都日报");
        assert_eq!(page["slug"], format!("lianbo-{}", first.uri.short()));
        let image = site.edit(Method::GET, &format!("images/{}/", page["lead_image"]), None).await;
        assert_eq!(image["title"], format!("会场 & 人群 [{}]", gallery.name()));
        assert!(held.remote.url.unwrap().starts_with(&format!("{}/lianbo-", site.url())));

        let held = connector.put(&article(), None).await.unwrap();
        assert_eq!(site.page(&held.remote.id).await["lead_image"], Value::Null);
        connector.put(&corrected(&article()), None).await.unwrap();
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_the_site_stop_the_lane_and_are_told() {
    for site in sites() {
        for (options, told) in [
            (json!({"type": "news.Nothing"}), "options.type"),
            (json!({"type": "home.HomePage", "fields": {"source": "source_name"}}), "field"),
            (json!({"parent": 99_999_999}), "options.parent"),
            (json!({"parent": "/nowhere/"}), "options.parent"),
            (json!({"fields": {"byline": "author"}}), "`author`"),
        ] {
            let first = article();
            let connector = site.connector_with(options.clone());
            for failure in [connector.check().await.unwrap_err(), connector.put(&first, None).await.unwrap_err()] {
                assert!(matches!(failure, Failure::Denied { .. }), "{options}: {failure:?}");
            }
            let failure = connector.put(&first, None).await.unwrap_err();
            assert!(failure.to_string().contains(told), "{options}: {failure}");
            assert_eq!(site.shown(&first).await, []);
        }
        let below_path = site.connector_with(json!({"parent": "/"}));
        below_path.check().await.unwrap();
        below_path.put(&article(), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_is_known_again_after_an_editor_changed_its_slug() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let slug = json!({"slug": format!("fang-xun-{}", first.uri.short()), "action": "publish"});
        site.edit(Method::PATCH, &format!("pages/{}/", held.remote.id), Some(slug.clone())).await;
        for held in [Some(&held), FORGOTTEN] {
            let again = site.connector().put(&corrected(&first), held).await.unwrap();
            assert_eq!(again.remote.id.as_str(), site.page(&again.remote.id).await["id"].to_string());
        }
        assert_eq!(site.shown(&first).await.len(), 1);
        assert_eq!(site.page(&held.remote.id).await["slug"], slug["slug"]);
    }
}

#[tokio::test]
async fn a_page_that_belongs_to_another_is_left_alone() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let mut stale = held.clone();
        stale.remote.id = "3".to_owned();
        let same = site.connector().put(&corrected(&first), Some(&stale)).await.unwrap();
        assert_eq!(same.remote.id, held.remote.id);
        assert_eq!(site.page("3").await["slug"], "home");
    }
}

#[tokio::test]
async fn a_copy_an_editor_made_is_left_to_the_editor_until_the_article_is_killed() {
    for site in sites() {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        let copy = format!("pages/{}/copy/", held.remote.id);
        let copy = site.edit(Method::POST, &copy, Some(json!({"destination": 3}))).await;
        site.edit(Method::POST, &format!("pages/{}/publish/", copy["id"]), None).await;
        assert_eq!(site.shown(&first).await.len(), 2);
        let again = site.connector().put(&corrected(&first), FORGOTTEN).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id);
        assert_eq!(site.shown(&first).await.len(), 2);
        site.connector().withdraw(&withdrawal(&first, PubStatus::Canceled), FORGOTTEN).await.unwrap();
        assert_eq!(site.shown(&first).await, []);
    }
}

#[tokio::test]
async fn a_text_that_does_not_fit_is_refused() {
    for site in sites() {
        let mut first = article();
        first.news.headlines[0].value = "长".repeat(300);
        let failure = site.connector().put(&first, None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("title")), "{failure:?}");
    }
}
