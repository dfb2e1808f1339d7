//! What an official account does that no other system does.

use std::time::Duration;

use futures_util::future::join_all;
use lianbo_connectors::partner::{Failure, Held, Outgoing};
use lianbo_schemas::ninjs::{Headline, PubStatus, Text};
use serde_json::json;

use crate::account::{Account, Fault};
use crate::article::{FORGOTTEN, article, corrected, with_picture, withdrawal};
use crate::bench::Bench;
use crate::gallery::Gallery;

async fn refused(fault: Fault) -> Failure {
    Account::with(fault).await.connector(json!({})).put(&article(), None).await.unwrap_err()
}

#[tokio::test]
async fn many_articles_at_once_share_one_token() {
    let account = Account::with(Fault::None).await;
    let connector = account.connector(json!({}));
    let articles: Vec<Outgoing> = (0..6).map(|_| article()).collect();
    for held in join_all(articles.iter().map(|article| connector.put(article, None))).await {
        held.unwrap();
    }
    assert_eq!(account.kept.lock().unwrap().tokens.asked, 1);
}

#[tokio::test]
async fn a_token_that_ended_or_was_made_void_is_renewed_without_notice() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    account.kept.lock().unwrap().tokens.void();
    connector.put(&corrected(&first), Some(&held)).await.unwrap();
    assert_eq!(account.kept.lock().unwrap().tokens.asked, 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let account = Account::with(Fault::None).await;
    account.kept.lock().unwrap().tokens.life = Duration::from_millis(1_500);
    let (connector, first) = (account.connector(json!({})), article());
    for _ in 0..4 {
        connector.put(&first, FORGOTTEN).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert!(account.kept.lock().unwrap().tokens.asked > 1);
    assert_eq!(account.shown().len(), 1);
}

#[tokio::test]
async fn what_stops_every_article_stops_the_lane_and_says_what_to_do() {
    for (code, told) in [(40164, "IP whitelist"), (48001, "verified"), (40243, "unfreeze"), (40013, "AppID")] {
        let failure = refused(Fault::Code(code)).await;
        assert!(matches!(&failure, Failure::Denied { reason } if reason.contains(told)), "{failure:?}");
    }
    let failure = refused(Fault::ForeignTokens).await;
    assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("another program")), "{failure:?}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_waited_for() {
    let Failure::Transient { retry_after, .. } = refused(Fault::Code(45009)).await else { panic!("it comes back") };
    assert!(retry_after.unwrap() <= Duration::from_secs(86_400));
    assert!(matches!(refused(Fault::Code(-1)).await, Failure::Transient { retry_after: None, .. }));
}

#[tokio::test]
async fn a_draft_that_fails_the_check_is_a_dead_letter_and_waits_in_the_box() {
    for code in [53503, 53504, 53505] {
        let account = Account::with(Fault::NotHandedIn(code)).await;
        let failure = account.connector(json!({})).put(&article(), None).await.unwrap_err();
        assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("draft box")), "{failure:?}");
        assert_eq!(account.kept.lock().unwrap().drafts.len(), 1);
    }
}

#[tokio::test]
async fn what_was_accepted_and_then_not_published_is_not_called_delivered() {
    for (status, told) in [(2, "原创声明"), (3, "could not publish"), (4, "平台审核不通过"), (6, "系统封禁")]
    {
        let failure = refused(Fault::Ends(status)).await;
        assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains(told)), "{failure:?}");
    }
}

#[tokio::test]
async fn a_review_that_takes_long_is_waited_for_and_makes_no_second_post() {
    let account = Account::with(Fault::LongReview).await;
    let (connector, first) = (account.connector(json!({})), article());
    let failure = connector.put(&first, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Pending { .. }), "{failure:?}");
    account.becomes(Fault::None);
    // The connector is made anew, as after any change of the registry.
    let held = account.connector(json!({})).put(&first, FORGOTTEN).await.unwrap();
    assert!(held.remote.url.unwrap().contains("mp.weixin.qq.com"));
    assert_eq!((account.shown().len(), account.called("freepublish/submit")), (1, 1));
}

#[tokio::test]
async fn a_review_that_ends_badly_later_is_told_once_and_not_repeated() {
    let account = Account::with(Fault::LongReview).await;
    let (connector, first) = (account.connector(json!({})), article());
    connector.put(&first, None).await.unwrap_err();
    account.becomes(Fault::Ends(4));
    let failure = connector.put(&first, FORGOTTEN).await.unwrap_err();
    assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
    assert_eq!(account.called("freepublish/submit"), 1);
}

#[tokio::test]
async fn a_kill_waits_for_what_is_under_review_and_then_deletes_it() {
    let account = Account::with(Fault::LongReview).await;
    let (connector, first) = (account.connector(json!({})), article());
    connector.put(&first, None).await.unwrap_err();
    let kill = withdrawal(&first, PubStatus::Canceled);
    let failure = connector.withdraw(&kill, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Pending { .. }), "{failure:?}");
    account.becomes(Fault::None);
    connector.withdraw(&kill, None).await.unwrap();
    assert_eq!(account.shown(), Vec::<serde_json::Value>::new());
    assert_eq!(account.called("freepublish/delete"), 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_makes_no_second_post() {
    let account = Account::with(Fault::LostAnswer).await;
    account.kept.lock().unwrap().publishing = Duration::from_millis(800);
    let (connector, first) = (account.connector(json!({})), article());
    for _ in 0..2 {
        let failure = connector.put(&first, None).await.unwrap_err();
        assert!(matches!(failure, Failure::Transient { .. } | Failure::Pending { .. }), "{failure:?}");
    }
    account.becomes(Fault::None);
    tokio::time::sleep(Duration::from_millis(900)).await;
    connector.put(&first, FORGOTTEN).await.unwrap();
    assert_eq!((account.shown().len(), account.called("freepublish/submit")), (1, 1));
}

#[tokio::test]
async fn a_correction_whose_answer_was_lost_makes_no_second_post() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    account.becomes(Fault::LostAnswer);
    account.kept.lock().unwrap().publishing = Duration::from_millis(800);
    for _ in 0..2 {
        let failure = connector.put(&corrected(&first), Some(&held)).await.unwrap_err();
        assert!(matches!(failure, Failure::Transient { .. } | Failure::Pending { .. }), "{failure:?}");
    }
    account.becomes(Fault::None);
    tokio::time::sleep(Duration::from_millis(900)).await;
    connector.put(&corrected(&first), Some(&held)).await.unwrap();
    assert_eq!((account.shown().len(), account.called("freepublish/submit")), (1, 2));
    assert!(account.shown()[0]["title"].as_str().unwrap().starts_with("更正"));
}

#[tokio::test]
async fn a_correction_is_published_anew_and_only_then_the_old_one_goes() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    account.becomes(Fault::Ends(4));
    let failure = connector.put(&corrected(&first), Some(&held)).await.unwrap_err();
    assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
    assert!(account.shown()[0]["title"].as_str().unwrap().starts_with("防汛"));
    account.becomes(Fault::None);
    let next = connector.put(&corrected(&first), Some(&held)).await.unwrap();
    assert_ne!(next.remote.url, held.remote.url);
    assert_eq!(account.shown().len(), 1);
    assert!(account.shown()[0]["title"].as_str().unwrap().starts_with("更正"));
}

#[tokio::test]
async fn where_publications_are_kept_a_correction_is_a_dead_letter_and_a_kill_still_works() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({"on_correction": "keep"})), article());
    let held = connector.put(&first, None).await.unwrap();
    connector.put(&first, Some(&held)).await.unwrap();
    let failure = connector.put(&corrected(&first), Some(&held)).await.unwrap_err();
    assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("on_correction")), "{failure:?}");
    assert_eq!(account.shown().len(), 1);
    connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
    assert_eq!(account.shown().len(), 0);
}

#[tokio::test]
async fn a_kill_that_had_no_effect_is_not_called_done() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    account.becomes(Fault::IgnoresDeletes);
    let failure = connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_draft_without_its_text_is_never_published() {
    let account = Account::with(Fault::DropsText).await;
    let failure = account.connector(json!({})).put(&article(), None).await.unwrap_err();
    // Neither the line of attribution nor the mark is left.
    assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
    assert_eq!(account.called("freepublish/submit"), 0);
}

#[tokio::test]
async fn an_article_is_known_again_by_its_original_or_by_its_text() {
    let account = Account::with(Fault::DropsAttributes).await;
    let first = article();
    account.connector(json!({})).put(&first, None).await.unwrap();
    account.connector(json!({})).put(&first, FORGOTTEN).await.unwrap();
    assert_eq!(account.shown().len(), 1);

    let account = Account::with(Fault::None).await;
    let without = Outgoing { canonical_url: None, ..article() };
    account.connector(json!({})).put(&without, None).await.unwrap();
    account.connector(json!({})).put(&without, FORGOTTEN).await.unwrap();
    assert_eq!(account.shown().len(), 1);
    assert_eq!(account.shown()[0]["content_source_url"], "");
}

#[tokio::test]
async fn an_old_publication_is_found_by_the_ledger_alone() {
    let account = Account::with(Fault::None).await;
    let (connector, first) = (account.connector(json!({"look_back": 20})), article());
    let held = connector.put(&first, None).await.unwrap();
    {
        let mut kept = account.kept.lock().unwrap();
        let mut other = kept.published[0].clone();
        other.news[0]["content_source_url"] = json!("");
        other.news[0]["content"] = json!("<p>本号其他文章</p>");
        kept.published.extend(std::iter::repeat_n(other, 30));
    }
    connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
    assert!(account.kept.lock().unwrap().published[0].news[0]["is_deleted"] == true);
    assert_eq!(account.shown().len(), 30);
}

#[tokio::test]
async fn an_article_among_others_of_one_publication_goes_alone() {
    let account = Account::with(Fault::None).await;
    let drafting = account.connector(json!({"status": "draft"}));
    let first = article();
    let held = drafting.put(&first, None).await.unwrap();
    {
        let mut kept = account.kept.lock().unwrap();
        let mut other = kept.drafts[0].news[0].clone();
        other["content_source_url"] = json!("");
        other["content"] = json!("<p>头条</p>");
        kept.drafts[0].news.insert(0, other);
    }
    Bench::publish(&account, &held).await;
    drafting.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
    let shown = account.shown();
    assert!(shown.len() == 1 && shown[0]["content"] == "<p>头条</p>", "{shown:?}");
}

#[tokio::test]
async fn a_draft_that_editors_work_on_is_left_alone_until_there_is_a_new_version() {
    let account = Account::with(Fault::None).await;
    let drafting = account.connector(json!({"status": "draft"}));
    let first = article();
    let held: Held = drafting.put(&first, None).await.unwrap();
    account.kept.lock().unwrap().drafts[0].news[0]["title"] = json!("编辑改的标题");
    drafting.put(&first, Some(&held)).await.unwrap();
    assert_eq!(account.kept.lock().unwrap().drafts[0].news[0]["title"], "编辑改的标题");
    drafting.put(&corrected(&first), Some(&held)).await.unwrap();
    let kept = account.kept.lock().unwrap();
    assert!(kept.drafts.len() == 1 && kept.drafts[0].news[0]["title"].as_str().unwrap().starts_with("更正"));
}

#[tokio::test]
async fn pictures_of_the_text_become_wechats_own_and_the_first_one_stands_in_front() {
    let account = Account::with(Fault::None).await;
    let (gallery, other) = (Gallery::open().await, Gallery::open().await);
    let mut first = with_picture(article(), &gallery.picture());
    first.html.push_str(&format!("<p><img src=\"{}\"><img src=\"{}\"></p>", other.picture(), gallery.gone()));
    account.connector(json!({})).put(&first, None).await.unwrap();
    let shown = account.shown();
    let html = shown[0]["content"].as_str().unwrap();
    assert_eq!(html.matches("<img ").count(), 2, "{html}");
    assert_eq!(html.matches("src=\"http://mmbiz.qpic.cn/").count(), 2, "{html}");
    assert!(html.contains("会议现场。摄影 &lt;李某&gt;"), "{html}");
    let kept = account.kept.lock().unwrap();
    assert_eq!(shown[0]["thumb_media_id"], kept.materials[0]["media_id"]);
    assert!(kept.materials[0]["name"].as_str().unwrap().contains(&gallery.name()));
    assert_eq!(kept.text_pictures.len(), 1);
}

#[tokio::test]
async fn without_pictures_the_operators_cover_stands_in_front() {
    let account = Account::with(Fault::None).await;
    let gallery = Gallery::open().await;
    let connector = account.connector(json!({"pictures": "none"}));
    connector.put(&with_picture(article(), &gallery.picture()), None).await.unwrap();
    connector.put(&article(), None).await.unwrap();
    assert!(!account.shown()[0]["content"].as_str().unwrap().contains("<img"));
    assert_eq!(account.kept.lock().unwrap().materials.len(), 1);
    let cover = json!({"cover": gallery.gone()});
    let failure = account.connector(cover).put(&article(), None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Denied { reason } if reason.contains("options.cover")), "{failure:?}");
}

#[tokio::test]
async fn a_cover_deleted_from_the_library_is_uploaded_again() {
    let account = Account::with(Fault::None).await;
    let gallery = Gallery::open().await;
    let connector = account.connector(json!({}));
    connector.put(&with_picture(article(), &gallery.picture()), None).await.unwrap();
    account.kept.lock().unwrap().materials.clear();
    let next = with_picture(article(), &gallery.picture());
    let failure = connector.put(&next, None).await.unwrap_err();
    assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
    connector.put(&next, None).await.unwrap();
    assert_eq!(account.shown().len(), 2);
}

#[tokio::test]
async fn a_long_headline_is_cut_and_stands_in_full_above_the_text() {
    let account = Account::with(Fault::None).await;
    let mut first = article();
    let headline = "长".repeat(40);
    first.news.headlines = vec![Headline::main(headline.clone())];
    first.news.descriptions = vec![Text::new("summary", "text/plain", "摘".repeat(400))];
    first.news.by = Some("本报记者张三李四王五赵六孙七周八吴九".to_owned());
    account.connector(json!({})).put(&first, None).await.unwrap();
    let shown = account.shown();
    assert_eq!(shown[0]["title"].as_str().unwrap(), format!("{}…", "长".repeat(31)));
    assert!(shown[0]["content"].as_str().unwrap().contains(&headline));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_before_anything_is_written() {
    let account = Account::with(Fault::None).await;
    let mut first = article();
    first.html.push_str(&"<p>字</p>".repeat(5_000));
    let failure = account.connector(json!({})).put(&first, None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Rejected { reason } if reason.contains("20000")), "{failure:?}");
    assert_eq!(account.called("draft/add"), 0);
}
