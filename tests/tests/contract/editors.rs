//! Systems that have editors of their own, who change, publish and delete what the hub put there.

use futures_util::future::join_all;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::PubStatus;
use serde_json::json;

use crate::article::{FORGOTTEN, article, corrected, with_picture, withdrawal};
use crate::bench::systems;
use crate::gallery::Gallery;

#[tokio::test]
async fn a_local_edit_is_overwritten_or_kept_as_the_operator_wants() {
    for system in systems().await {
        let keeping = system.connector_with(json!({"on_local_edit": "keep"}));
        let first = article();
        let held = system.connector().put(&first, None).await.unwrap();
        let same = keeping.put(&first, Some(&held)).await.unwrap();
        system.change_text(&same).await;
        let kept = keeping.put(&corrected(&first), Some(&same)).await.unwrap_err();
        assert!(matches!(kept, Failure::Rejected { .. }), "{}: {kept:?}", system.name());

        let next = corrected(&first);
        let held = system.connector().put(&next, Some(&same)).await.unwrap();
        let shown = system.shown(&first).await;
        assert!(shown.len() == 1 && shown[0].html.contains("更正后的正文"), "{}: {shown:?}", system.name());
        assert!(!shown[0].html.contains("本地修改"), "{}: {shown:?}", system.name());

        system.change_text(&held).await;
        keeping.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
        assert_eq!(system.shown(&first).await, [], "{}", system.name());
    }
}

#[tokio::test]
async fn what_the_partners_editors_own_is_given_once_and_the_text_still_follows() {
    // A correction at WeChat is another post, which has no headline of its editors' yet.
    for system in systems().await.into_iter().filter(|system| !system.name().starts_with("WeChat")) {
        let owning = system.connector_with(json!({"partner_owns": ["title"]}));
        let first = article();
        let held = owning.put(&first, None).await.unwrap();
        let headline = system.shown(&first).await[0].title.clone();
        owning.put(&corrected(&first), Some(&held)).await.unwrap();
        let shown = system.shown(&first).await;
        assert!(shown.len() == 1 && shown[0].title == headline, "{}: {shown:?}", system.name());
        assert!(shown[0].html.contains("更正后的正文"), "{}: {shown:?}", system.name());
        system.connector().put(&corrected(&first), Some(&held)).await.unwrap();
        assert_ne!(system.shown(&first).await[0].title, headline, "{}", system.name());
    }
}

#[tokio::test]
async fn where_drafts_are_asked_for_the_editors_decide() {
    for system in systems().await {
        let drafting = system.connector_with(json!({"status": "draft"}));
        drafting.check().await.unwrap();
        let first = article();
        let held = drafting.put(&first, None).await.unwrap();
        assert_eq!(system.shown(&first).await, [], "{}", system.name());
        let again = drafting.put(&first, FORGOTTEN).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id, "{}", system.name());
        assert_eq!(system.shown(&first).await, [], "{}", system.name());
        system.publish(&held).await;
        drafting.put(&corrected(&first), Some(&held)).await.unwrap();
        let shown = system.shown(&first).await;
        assert!(shown.len() == 1 && shown[0].html.contains("更正后的正文"), "{}: {shown:?}", system.name());
    }
}

#[tokio::test]
async fn what_was_deleted_for_good_is_made_anew() {
    for system in systems().await {
        let first = article();
        let held = system.connector().put(&first, None).await.unwrap();
        system.delete(&held).await;
        assert_eq!(system.shown(&first).await, [], "{}", system.name());
        system.connector().put(&corrected(&first), Some(&held)).await.unwrap();
        assert_eq!(system.shown(&first).await.len(), 1, "{}", system.name());
        system.delete(&system.connector().put(&first, FORGOTTEN).await.unwrap()).await;
        system.connector().withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_attribution_line_is_added() {
    for system in systems().await {
        let mut first = article();
        first.html = format!("<p>没有来源行的正文 {}</p>", first.uri.short());
        system.connector().put(&first, None).await.unwrap();
        let shown = system.shown(&first).await;
        assert_eq!(shown[0].html.matches("来源：成都日报").count(), 1, "{}: {shown:?}", system.name());
    }
}

#[tokio::test]
async fn an_article_dated_ahead_is_shown_at_once() {
    for system in systems().await {
        let mut ahead = article();
        ahead.news.first_created = Some("2099-01-01T00:00:00Z".parse().unwrap());
        system.connector().put(&ahead, None).await.unwrap();
        assert_eq!(system.shown(&ahead).await.len(), 1, "{}", system.name());
    }
}

#[tokio::test]
async fn the_original_is_linked_under_the_text() {
    for system in systems().await {
        let first = article();
        system.connector().put(&first, None).await.unwrap();
        let shown = system.shown(&first).await;
        let original = first.canonical_url.as_deref().unwrap().split('&').next().unwrap().to_owned();
        assert!(shown[0].html.contains(&original) && shown[0].html.contains("阅读原文"), "{shown:?}");
    }
}

#[tokio::test]
async fn articles_put_at_the_same_time_do_not_disturb_each_other() {
    for system in systems().await {
        let gallery = Gallery::open().await;
        let connector = system.connector();
        let articles: Vec<_> = (0..4).map(|_| with_picture(article(), &gallery.picture())).collect();
        let puts = articles.iter().map(|article| connector.put(article, None));
        for held in join_all(puts).await {
            held.unwrap();
        }
        for article in &articles {
            assert_eq!(system.shown(article).await.len(), 1, "{}", system.name());
        }
        assert_eq!(system.copies(&gallery.name()).await, Some(1), "{}", system.name());
    }
}

#[tokio::test]
async fn the_same_article_put_four_times_at_once_is_one_post_in_the_end() {
    for system in systems().await {
        let first = article();
        let connector = system.connector();
        let puts = (0..4).map(|_| connector.put(&first, None));
        for held in join_all(puts).await {
            // One that lost its post to another's clearing up says so, and is tried again.
            assert!(matches!(held, Ok(_) | Err(Failure::Transient { .. })), "{}: {held:?}", system.name());
        }
        connector.put(&first, FORGOTTEN).await.unwrap();
        assert_eq!(system.shown(&first).await.len(), 1, "{}", system.name());
    }
}
