//! What every connector does, told by what the partner's readers see.

use axum::http::HeaderMap;
use lianbo_connectors::partner::{Copy, Failure, Outgoing, Standing, Words};
use lianbo_schemas::ninjs::PubStatus;

use crate::article::{FORGOTTEN, article, corrected, with_picture, withdrawal};
use crate::bench::{Bench, benches, client, connect};
use crate::gallery::Gallery;
use crate::server::nobody;

async fn the_one_title(bench: &dyn Bench, article: &Outgoing) -> String {
    let shown = bench.shown(article).await;
    assert_eq!(shown.len(), 1, "{}: {shown:?}", bench.name());
    shown[0].title.clone()
}

#[tokio::test]
async fn an_article_is_shown_with_its_text_and_its_attribution() {
    for bench in benches().await {
        let first = article();
        let held = bench.connector().put(&first, None).await.unwrap();
        assert!(!held.remote.id.is_empty() && !held.content_hash.is_empty(), "{}", bench.name());
        let shown = bench.shown(&first).await;
        assert_eq!(shown.len(), 1, "{}: {shown:?}", bench.name());
        assert_eq!(shown[0].title, first.news.headline(), "{}", bench.name());
        assert!(shown[0].html.contains("第一版正文"), "{}: {shown:?}", bench.name());
        assert_eq!(shown[0].html.matches("来源：成都日报").count(), 1, "{}: {shown:?}", bench.name());
    }
}

#[tokio::test]
async fn a_repeat_makes_no_second_post() {
    for bench in benches().await {
        let (connector, first) = (bench.connector(), article());
        let held = connector.put(&first, None).await.unwrap();
        let again = connector.put(&first, Some(&held)).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id, "{}", bench.name());
        assert_eq!(again.content_hash, held.content_hash, "{}", bench.name());
        the_one_title(bench.as_ref(), &first).await;
    }
}

#[tokio::test]
async fn a_crash_between_the_effect_and_its_receipt_makes_no_second_post() {
    for bench in benches().await {
        let first = article();
        let held = bench.connector().put(&first, None).await.unwrap();
        let again = bench.connector().put(&first, FORGOTTEN).await.unwrap();
        assert_eq!(again.remote.id, held.remote.id, "{}", bench.name());
        the_one_title(bench.as_ref(), &first).await;
    }
}

#[tokio::test]
async fn a_correction_replaces_the_post() {
    for bench in benches().await {
        let (connector, first) = (bench.connector(), article());
        let held = connector.put(&first, None).await.unwrap();
        let next = corrected(&first);
        let updated = connector.put(&next, Some(&held)).await.unwrap();
        assert_eq!(updated.remote.id, held.remote.id, "{}", bench.name());
        let shown = bench.shown(&first).await;
        assert_eq!(shown.len(), 1, "{}: {shown:?}", bench.name());
        assert_eq!(shown[0].title, next.news.headline(), "{}", bench.name());
        assert!(shown[0].html.contains("更正后的正文") && !shown[0].html.contains("第一版"), "{shown:?}");
    }
}

#[tokio::test]
async fn a_withdrawn_article_is_shown_no_longer_however_often_it_is_said() {
    for bench in benches().await {
        for status in [PubStatus::Canceled, PubStatus::Withheld] {
            let (connector, first) = (bench.connector(), article());
            let held = connector.put(&first, None).await.unwrap();
            let end = withdrawal(&first, status);
            connector.withdraw(&end, Some(&held)).await.unwrap();
            assert_eq!(bench.shown(&first).await, [], "{} {status:?}", bench.name());
            connector.withdraw(&end, Some(&held)).await.unwrap();
            bench.connector().withdraw(&end, FORGOTTEN).await.unwrap();
            assert_eq!(bench.shown(&first).await, [], "{} {status:?}", bench.name());
        }
    }
}

#[tokio::test]
async fn a_kill_finds_the_post_although_the_receipt_was_lost() {
    for bench in benches().await {
        let first = article();
        bench.connector().put(&first, None).await.unwrap();
        bench.connector().withdraw(&withdrawal(&first, PubStatus::Canceled), FORGOTTEN).await.unwrap();
        assert_eq!(bench.shown(&first).await, [], "{}", bench.name());
    }
}

#[tokio::test]
async fn withdrawing_what_was_never_there_is_success() {
    for bench in benches().await {
        let first = article();
        bench.connector().withdraw(&withdrawal(&first, PubStatus::Canceled), None).await.unwrap();
        assert_eq!(bench.shown(&first).await, [], "{}", bench.name());
    }
}

#[tokio::test]
async fn a_withdrawn_article_can_come_back() {
    for bench in benches().await {
        for status in bench.comes_back_after().iter().copied() {
            let (connector, first) = (bench.connector(), article());
            let held = connector.put(&first, None).await.unwrap();
            connector.withdraw(&withdrawal(&first, status), Some(&held)).await.unwrap();
            let mut back = corrected(&corrected(&first));
            back.delivery_id.push_str("-back");
            let again = connector.put(&back, FORGOTTEN).await.unwrap();
            assert_eq!(again.remote.id, held.remote.id, "{} {status:?}", bench.name());
            assert_eq!(the_one_title(bench.as_ref(), &first).await, back.news.headline(), "{}", bench.name());
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_is_denied_and_nothing_is_shown() {
    for bench in benches().await {
        let connector = connect(bench.record(&bench.url()), bench.wrong_secret());
        let first = article();
        let end = withdrawal(&first, PubStatus::Canceled);
        let failures = [
            connector.check().await.unwrap_err(),
            connector.put(&first, None).await.unwrap_err(),
            connector.withdraw(&end, None).await.unwrap_err(),
        ];
        for failure in failures {
            assert!(matches!(failure, Failure::Denied { .. }), "{}: {failure:?}", bench.name());
            assert!(!failure.to_string().contains(&bench.wrong_secret()), "{failure}");
        }
        assert_eq!(bench.shown(&first).await, [], "{}", bench.name());
    }
}

#[tokio::test]
async fn a_check_tells_what_it_found() {
    for bench in benches().await {
        let found = bench.connector().check().await.unwrap();
        let expected = if bench.name() == "webhook" { "takes signed webhooks" } else { " may publish" };
        assert!(found.contains(expected), "{}: {found}", bench.name());
        eprintln!("{}: {found}", bench.name());
    }
}

#[tokio::test]
async fn a_partner_that_is_down_is_tried_again() {
    for bench in benches().await {
        let connector = bench.connector_at(&nobody().await);
        let failures = [
            connector.check().await.unwrap_err(),
            connector.put(&article(), None).await.unwrap_err(),
            connector.withdraw(&withdrawal(&article(), PubStatus::Canceled), None).await.unwrap_err(),
        ];
        for failure in failures {
            assert!(matches!(failure, Failure::Transient { retry_after: None, .. }), "{}: {failure:?}", bench.name());
        }
    }
}

#[tokio::test]
async fn a_picture_is_kept_once_and_never_stops_its_article() {
    for bench in benches().await {
        let gallery = Gallery::open().await;
        let connector = bench.connector();
        let [first, other] = [article(), article()].map(|article| with_picture(article, &gallery.picture()));
        let held = connector.put(&first, None).await.unwrap();
        connector.put(&corrected(&first), Some(&held)).await.unwrap();
        bench.connector().put(&first, FORGOTTEN).await.unwrap();
        bench.connector().put(&other, None).await.unwrap();
        let copies = bench.copies(&gallery.name()).await;
        assert!(copies.is_none_or(|copies| copies == 1), "{}: {copies:?}", bench.name());
        for unusable in [gallery.drawing(), gallery.gone(), nobody().await, "http://10.0.0.1/x.png".to_owned()] {
            let article = with_picture(article(), &unusable);
            bench.connector().put(&article, None).await.unwrap();
            the_one_title(bench.as_ref(), &article).await;
        }
    }
}

#[tokio::test]
async fn the_pictures_of_a_text_become_the_partners_own() {
    for bench in benches().await.into_iter().filter(|bench| bench.hosts_pictures()) {
        let gallery = Gallery::open().await;
        let (there, gone) = (gallery.picture(), gallery.gone());
        let text = format!("<figure><img src=\"{there}\" alt=\"会场\"></figure><p><img src=\"{gone}\" alt=\"\"></p>");
        let [first, other] = [article(), article()].map(|mut article| {
            article.html.push_str(&text);
            article
        });
        let connector = bench.connector();
        let held = connector.put(&first, None).await.unwrap();
        let address = own_picture(bench.as_ref(), &first, &gallery).await;
        let seen = client().get(&address, HeaderMap::new(), 100_000).await.unwrap();
        assert!(seen.status.is_success() && seen.body.starts_with(b"\x89PNG"), "{}: {address}", bench.name());

        let standing = connector.inspect().unwrap().look(&first.uri, Some(&first), Some(&held)).await.unwrap();
        assert!(matches!(standing, Standing::There(Copy { text: Words::Ours, .. })), "{}: {standing:?}", bench.name());

        // Kept once, whoever shows it and whatever the hub has forgotten.
        let again = bench.connector().put(&first, Some(&held)).await.unwrap();
        assert_eq!(again.content_hash, held.content_hash, "{}", bench.name());
        bench.connector().put(&other, None).await.unwrap();
        assert_eq!(own_picture(bench.as_ref(), &other, &gallery).await, address, "{}", bench.name());
    }
}

/// Where readers of the article find the picture of the text that its outlet still has; the other stands as it came.
async fn own_picture(bench: &dyn Bench, article: &Outgoing, gallery: &Gallery) -> String {
    let shown = bench.shown(article).await;
    let html = &shown.first().expect("it is shown").html;
    assert!(html.contains(&gallery.gone()) && !html.contains(&gallery.picture()), "{}: {html}", bench.name());
    let (before, after) = html.split_once(&gallery.name()).expect("the text shows it");
    let (start, end) = (before.rfind('"').unwrap() + 1, after.find('"').unwrap());
    format!("{}{}{}", &before[start..], gallery.name(), &after[..end])
}
