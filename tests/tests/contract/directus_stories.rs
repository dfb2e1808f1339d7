//! What is Directus' own: ids we give, success without effect, faults that are none. Against real systems.

use axum::http::Method;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::PubStatus;
use serde_json::{Value, json};

use crate::article::{FORGOTTEN, article, corrected, with_picture, with_subjects, withdrawal};
use crate::bench::{Bench, connect};
use crate::directus::sites;
use crate::gallery::Gallery;
use crate::meddler::meddling;

#[tokio::test]
async fn success_without_effect_is_noticed() {
    for site in sites().await {
        let first = article();
        let held = site.connector().put(&first, None).await.unwrap();
        // Somebody deletes the item after it was found: the change is answered with success.
        let (editor, gone) = (site.clone(), held.clone());
        let delete = move || {
            let (editor, gone) = (editor.clone(), gone.clone());
            async move { editor.delete(&gone).await }
        };
        let url = meddling(site.url(), Method::PATCH, delete).await;
        let failure = connect(site.record(&url), site.secret()).put(&corrected(&first), Some(&held)).await.unwrap_err();
        assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
        site.connector().put(&corrected(&first), Some(&held)).await.unwrap();
        assert_eq!(site.shown(&first).await.len(), 1);
    }
}

#[tokio::test]
async fn a_withdrawn_item_says_so_or_is_deleted_as_the_operator_wants() {
    for site in sites().await {
        let first = article();
        let filter = format!("[external_id][_eq]={}", first.uri);
        let held = site.connector().put(&first, None).await.unwrap();
        for (status, says) in [(PubStatus::Withheld, "draft"), (PubStatus::Canceled, "archived")] {
            site.connector().withdraw(&withdrawal(&first, status), Some(&held)).await.unwrap();
            assert_eq!(site.items(&filter).await[0]["status"], says);
        }
        let deleting = site.connector_with(json!({"statuses": {"canceled": null, "withheld": "paused"}}));
        deleting.put(&corrected(&first), Some(&held)).await.unwrap();
        deleting.withdraw(&withdrawal(&first, PubStatus::Withheld), Some(&held)).await.unwrap();
        assert_eq!(site.items(&filter).await[0]["status"], "paused");
        deleting.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
        assert!(site.items(&filter).await.is_empty());
        deleting.withdraw(&withdrawal(&first, PubStatus::Canceled), FORGOTTEN).await.unwrap();
    }
}

#[tokio::test]
async fn fields_are_filled_as_the_operator_names_them() {
    for site in sites().await {
        let gallery = Gallery::open().await;
        let first = with_subjects(with_picture(article(), &gallery.picture()), &["防汛", "应急 & 救援"]);
        let connector = site.connector();
        let held = connector.put(&first, None).await.unwrap();
        let item = site.items(&format!("[id][_eq]={}", held.remote.id)).await[0].clone();
        assert_eq!(item["external_id"], first.uri.as_str());
        assert_eq!(item["summary"], "会议要求各区全力防汛。");
        assert_eq!(item["subjects"], json!(["防汛", "应急 & 救援"]));
        assert_eq!(item["published_at"], "2026-11-20T02:00:00.000Z");
        let file = site.edit(Method::GET, &format!("files/{}", item["image"].as_str().unwrap()), None).await;
        assert_eq!(file["data"]["title"], "会场 & 人群");
        assert_eq!(file["data"]["description"], "会议现场。摄影 <李某>");
        assert_eq!(file["data"]["type"], "image/png");

        connector.put(&corrected(&article()), None).await.unwrap();
        let plain = with_subjects(first, &[]);
        let plain = lianbo_connectors::partner::Outgoing { version: 2, ..plain };
        let mut without = plain.clone();
        without.news.associations.clear();
        connector.put(&without, Some(&held)).await.unwrap();
        assert_eq!(site.items(&format!("[id][_eq]={}", held.remote.id)).await[0]["image"], Value::Null);
    }
}

#[tokio::test]
async fn an_item_that_came_another_way_is_changed_and_not_doubled() {
    for site in sites().await {
        let first = article();
        let id = format!("{:08x}-0000-4000-8000-000000000000", rand::random::<u32>());
        let imported = json!({"id": id, "title": "旧稿", "external_id": first.uri.as_str(), "status": "published"});
        site.edit(Method::POST, "items/articles", Some(imported)).await;
        let held = site.connector().put(&first, None).await.unwrap();
        assert_eq!(held.remote.id, id);
        assert_eq!(site.shown(&first).await.len(), 1);
        site.connector().withdraw(&withdrawal(&first, PubStatus::Canceled), FORGOTTEN).await.unwrap();
        assert_eq!(site.shown(&first).await, []);
    }
}

#[tokio::test]
async fn an_article_too_large_is_refused() {
    for site in sites().await {
        let mut first = article();
        first.html.push_str(&"<p>很长的正文</p>".repeat(100_000));
        let failure = site.connector().put(&first, None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("too large")), "{failure:?}");
    }
}

#[tokio::test]
async fn a_collection_or_a_field_that_does_not_fit_stops_the_lane() {
    for site in sites().await {
        for options in [json!({"collection": "nothing"}), json!({"fields": {"byline": "author"}})] {
            let connector = site.connector_with(options);
            for failure in [connector.check().await.unwrap_err(), connector.put(&article(), None).await.unwrap_err()] {
                assert!(matches!(failure, Failure::Denied { .. }), "{failure:?}");
            }
        }
        // A source is no time, and Directus calls that a fault of its own.
        let misnamed = site.connector_with(json!({"fields": {"published_at": null, "source": "published_at"}}));
        let failure = misnamed.put(&article(), None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("options.fields")), "{failure:?}");
    }
}
