//! The file is disposable.

use std::time::Duration;

use crate::log::Partition;
use crate::view::sample::{Fixture, article, change, corrected, open_channel, published};

#[tokio::test]
async fn a_start_with_an_up_to_date_file_goes_on_where_it_was() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    let progress = fixture.view.progress();
    fixture.view.close().await;
    let again = Fixture::in_folder(fixture.folder, vec![open_channel("all")]).await;
    assert_eq!(again.view.progress(), progress);
    assert!(again.view.article(&article(1).uri).await.unwrap().is_some());
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let fixture = Fixture::new(vec![]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    fixture.view.close().await;
    let path = fixture.folder.path().join("view.db");
    std::fs::write(&path, b"this is no database at all, but long enough to be taken for one").unwrap();
    let again = Fixture::in_folder(fixture.folder, vec![]).await;
    assert!(again.view.progress().is_empty());
    again.fold(0, &[published(&article(1))]).await;
    assert!(again.view.article(&article(1).uri).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_of_another_version_is_made_anew() {
    let fixture = Fixture::new(vec![]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    fixture.view.close().await;
    let file = rusqlite::Connection::open(fixture.folder.path().join("view.db")).unwrap();
    file.pragma_update(None, "user_version", 99_999).unwrap();
    drop(file);
    let again = Fixture::in_folder(fixture.folder, vec![]).await;
    assert!(again.view.progress().is_empty());
}

#[tokio::test]
async fn after_a_reset_questions_see_the_new_file() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    assert!(fixture.view.article(&article(1).uri).await.unwrap().is_some());
    fixture.view.reset().await.unwrap();
    assert!(fixture.view.article(&article(1).uri).await.unwrap().is_none());
    fixture.fold(0, &[published(&article(1))]).await;
    assert!(fixture.view.article(&article(1).uri).await.unwrap().is_some());
}

#[tokio::test]
async fn waiting_for_an_offset_ends_when_it_is_folded() {
    let fixture = Fixture::new(vec![]).await;
    let partition = Partition { topic: "articles".to_owned(), number: 0 };
    let early = tokio::time::timeout(Duration::from_millis(20), fixture.view.wait_for(&partition, 0));
    assert!(early.await.is_err());
    fixture.fold(0, &[published(&article(1))]).await;
    fixture.view.wait_for(&partition, 0).await.unwrap();
}

/// Prints how long it takes; the release build folds 100,000 articles in seconds.
#[tokio::test]
async fn many_articles_are_folded_in_batches() {
    let many: u32 = std::env::var("LIANBO_VIEW_ARTICLES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let body = "成都召开防汛工作会议，部署冬季水利建设。".repeat(40);
    let records = (0..many).map(|number| {
        let mut one = article(number);
        one.news.bodies[1].value.clone_from(&body);
        one.news.bodies[0].value = format!("<p>{body}</p>");
        change(number.into(), number.into(), &published(&one))
    });
    let records: Vec<_> = records.collect();
    let started = std::time::Instant::now();
    for batch in records.chunks(500) {
        fixture.view.fold(batch.to_vec()).await.unwrap();
    }
    eprintln!("{many} articles folded in {:?}", started.elapsed());
    let started = std::time::Instant::now();
    while fixture.view.counts(crate::view::sample::after(0)).await.unwrap().not_indexed > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("and indexed in {:?} more", started.elapsed());
    fixture.fold(many.into(), &[corrected(&article(0), 2, "更正")]).await;
    assert_eq!(fixture.view.counts(crate::view::sample::after(0)).await.unwrap().articles, u64::from(many));
    let started = std::time::Instant::now();
    fixture.view.close().await;
    let again = Fixture::in_folder(fixture.folder, vec![open_channel("all")]).await;
    eprintln!("opened again in {:?}", started.elapsed());
    assert_eq!(again.view.progress().into_values().next(), Some(i64::from(many) + 1));
}
