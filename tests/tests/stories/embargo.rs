//! Nothing leaves before its embargo, not even when the hub restarts meanwhile.

use jiff::{SignedDuration, Timestamp};
use lianbo_tests::{Alliance, Site, until};
use serde_json::json;

use crate::engines;

#[tokio::test(flavor = "multi_thread")]
async fn an_embargo_is_kept_across_a_restart_and_ends() {
    for engine in engines() {
        let mut alliance = Alliance::start(&engine).await;
        alliance.outlet("meizhou", "眉州新报").await;
        alliance.channel("city", "true").await;
        let site = Site::start().await;
        alliance.webhook("portal", "city", &site).await;
        let until_then = Timestamp::now() + SignedDuration::from_secs(8);
        let text = "家书特展将于今晚开幕，四十二件手迹首次同室展出，观众可以预约参观。展厅共分四个单元，配有方言朗读。";
        let members = json!({"embargoedUntil": until_then.to_string()});
        let posted = alliance
            .post("meizhou", "application/json", Alliance::ninjs("m-1", "家书特展今晚开幕", text, members))
            .await;
        assert_eq!(posted.verdict(), "new");
        alliance.restart().await;
        loop {
            let (posts, feed) = (site.posts(), alliance.feed("city").await);
            if Timestamp::now() >= until_then {
                break;
            }
            assert!(posts.is_empty() && feed.is_empty(), "before its embargo");
        }
        until("the release", async || (site.posts().len() == 1).then_some(())).await;
        until("the feed", async || (alliance.feed("city").await.len() == 1).then_some(())).await;
        alliance.stop().await;
    }
}
