//! What a real WordPress does not do on demand.

use std::time::Duration;

use lianbo_connectors::http::{HttpClient, Settings};
use lianbo_connectors::partner::{Failure, open};
use lianbo_schemas::ninjs::PubStatus;
use serde_json::json;

use crate::article::{FORGOTTEN, article, corrected, with_picture, with_subjects, withdrawal};
use crate::gallery::Gallery;
use crate::stand_in::{Fault, StandIn};

#[tokio::test]
async fn an_answer_cut_short_is_tried_again_and_makes_no_second_post() {
    let site = StandIn::with(Fault::CutAnswers).await;
    let first = article();
    let failure = site.connector(json!({})).put(&first, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
    site.heal();
    site.connector(json!({})).put(&first, FORGOTTEN).await.unwrap();
    assert_eq!(site.statuses(), ["publish"]);
}

#[tokio::test]
async fn after_a_time_out_the_post_is_looked_for_before_it_is_made() {
    let site = StandIn::with(Fault::SilentAnswers).await;
    let first = article();
    let hasty = Settings { first_byte_ms: 300, ..Settings::with_loopback() };
    let record = serde_json::from_value(json!({"kind": "wordpress", "url": site.url(), "user": "bot"})).unwrap();
    let connector = open(&record, Some("abcd".to_owned()), &HttpClient::new(&hasty).unwrap().into(), None).unwrap();
    let failure = connector.put(&first, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
    site.heal();
    connector.put(&first, FORGOTTEN).await.unwrap();
    assert_eq!(site.statuses(), ["publish"]);
}

#[tokio::test]
async fn a_maintenance_page_with_status_200_is_no_success() {
    let site = StandIn::with(Fault::Maintenance).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
    let end = withdrawal(&article(), PubStatus::Canceled);
    let failure = site.connector(json!({})).withdraw(&end, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
}

#[tokio::test]
async fn an_article_too_large_for_the_database_is_refused_and_a_database_that_is_down_is_not() {
    let site = StandIn::with(Fault::PacketTooLarge).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
    let site = StandIn::with(Fault::DatabaseDown).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_limit_on_writing_is_heeded() {
    let site = StandIn::with(Fault::Busy).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    let Failure::Transient { retry_after, .. } = failure else { panic!("{failure:?}") };
    assert_eq!(retry_after, Some(Duration::from_secs(9)));
}

#[tokio::test]
async fn a_user_who_may_not_publish_stops_the_lane() {
    let site = StandIn::with(Fault::OnlyPending).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("Editor")), "{failure:?}");
}

#[tokio::test]
async fn a_post_without_its_text_is_not_called_delivered() {
    let site = StandIn::with(Fault::DropsText).await;
    let failure = site.connector(json!({})).put(&article(), None).await.unwrap_err();
    assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
    assert_eq!(site.statuses(), ["draft"]);
}

#[tokio::test]
async fn a_correction_that_lost_its_text_does_not_take_down_what_the_ledger_knows() {
    let site = StandIn::with(Fault::None).await;
    let (connector, first) = (site.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    site.kept.lock().unwrap().fault = Fault::DropsText;
    connector.put(&corrected(&first), Some(&held)).await.unwrap_err();
    assert_eq!(site.statuses(), ["publish"]);
}

#[tokio::test]
async fn a_site_with_a_slow_clock_shows_the_article_at_once() {
    let site = StandIn::with(Fault::SlowClock).await;
    site.connector(json!({})).put(&article(), None).await.unwrap();
    assert_eq!(site.statuses(), ["publish"]);
}

#[tokio::test]
async fn a_picture_that_is_refused_does_not_stop_its_article() {
    let gallery = Gallery::open().await;
    let site = StandIn::with(Fault::RefusesPictures).await;
    site.connector(json!({})).put(&with_picture(article(), &gallery.picture()), None).await.unwrap();
    assert_eq!(site.statuses(), ["publish"]);
}

#[tokio::test]
async fn a_picture_kept_by_a_server_that_died_over_it_is_used() {
    let gallery = Gallery::open().await;
    let site = StandIn::with(Fault::DiesOverThumbnails).await;
    let held = site.connector(json!({})).put(&with_picture(article(), &gallery.picture()), None).await.unwrap();
    let kept = site.kept.lock().unwrap();
    assert_eq!(kept.media.len(), 1);
    assert_eq!(kept.posts[&held.remote.id.parse().unwrap()]["featured_media"], kept.media[0]["id"]);
}

#[tokio::test]
async fn a_category_that_cannot_be_made_stops_the_lane_and_a_tag_does_not() {
    let site = StandIn::with(Fault::NoNewCategories).await;
    let tagged = with_subjects(article(), &["防汛"]);
    site.connector(json!({})).put(&tagged, None).await.unwrap();
    let options = json!({"categories": {"city": "本地"}});
    let failure = site.connector(options).put(&tagged, None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("本地")), "{failure:?}");
}

#[tokio::test]
async fn a_category_dropped_in_silence_is_noticed() {
    let site = StandIn::with(Fault::DropsCategories).await;
    let options = json!({"categories": {"city": "本地"}});
    let failure = site.connector(options).put(&article(), None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("category")), "{failure:?}");
    assert_eq!(site.statuses(), ["draft"]);
}

#[tokio::test]
async fn a_kill_works_where_there_is_no_trash() {
    let site = StandIn::with(Fault::NoTrash).await;
    let (connector, first) = (site.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
    assert_eq!(site.statuses(), [""; 0]);
}

#[tokio::test]
async fn a_kill_that_had_no_effect_is_not_called_done() {
    let site = StandIn::with(Fault::IgnoresDeletes).await;
    let (connector, first) = (site.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    let failure = connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_post_that_turns_up_late_goes_to_the_trash() {
    let site = StandIn::with(Fault::None).await;
    let (connector, first) = (site.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    site.double(&held.remote.id);
    assert_eq!(site.statuses(), ["publish", "publish"]);
    connector.put(&first, Some(&held)).await.unwrap();
    assert_eq!(site.statuses(), ["publish", "trash"]);
    site.double(&held.remote.id);
    connector.withdraw(&withdrawal(&first, PubStatus::Canceled), FORGOTTEN).await.unwrap();
    assert_eq!(site.statuses(), ["trash", "trash", "trash"]);
}
