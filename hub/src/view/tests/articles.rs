//! Articles as they stand.

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::sighting::{Link, LinkRelation};
use lianbo_schemas::{ArticleChange, Evidence};

use crate::view::sample::{Fixture, after, article, corrected, killed, lifted, open_channel, published, reprint};

#[tokio::test]
async fn the_newest_version_counts_and_all_are_kept() {
    let fixture = Fixture::new(vec![]).await;
    let one = article(1);
    fixture.fold(0, &[published(&one), corrected(&one, 2, "更正后的标题")]).await;
    let now = fixture.view.article(&one.uri).await.unwrap().unwrap();
    assert_eq!((now.version, now.news.headline()), (2, "更正后的标题"));
    let versions = fixture.view.versions(&one.uri).await.unwrap();
    let changes: Vec<_> = versions.iter().map(|version| (version.version, version.change.as_str())).collect();
    assert_eq!(changes, [(1, "published"), (2, "corrected")]);
    assert_eq!(versions[0].article.as_ref().unwrap().news.headline(), one.news.headline());
    assert_eq!(fixture.view.article_by_short(one.uri.short()).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn a_record_that_comes_twice_changes_nothing() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let one = article(1);
    let changes = [published(&one), corrected(&one, 2, "二"), published(&one), corrected(&one, 2, "二")];
    fixture.fold(0, &changes).await;
    fixture.fold(0, &changes).await;
    assert_eq!(fixture.view.versions(&one.uri).await.unwrap().len(), 2);
    let progress: Vec<_> = fixture.view.progress().into_values().collect();
    assert_eq!(progress, [4]);
    fixture.fold(4, &[killed(&one, 3), killed(&one, 3)]).await;
    assert_eq!(fixture.view.versions(&one.uri).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_kill_leaves_status_and_note() {
    let fixture = Fixture::new(vec![]).await;
    let one = article(1);
    fixture.fold(0, &[published(&one)]).await;
    // Read before the kill, so that the cached one must go.
    assert_eq!(fixture.view.article(&one.uri).await.unwrap().unwrap().status(), PubStatus::Usable);
    fixture.fold(1, &[killed(&one, 2)]).await;
    let now = fixture.view.article(&one.uri).await.unwrap().unwrap();
    assert_eq!((now.version, now.status()), (2, PubStatus::Canceled));
    assert_eq!(now.news.ed_note.as_deref(), Some("稿件有误"));
}

#[tokio::test]
async fn a_reprint_joins_the_lineage_without_a_new_version() {
    let fixture = Fixture::new(vec![]).await;
    let one = article(1);
    let sighted = ArticleChange::Sighted { uri: one.uri.clone(), sighting: reprint(&one) };
    fixture.fold(0, &[published(&one), sighted]).await;
    let lineage = fixture.view.lineage(&one.uri).await.unwrap().unwrap();
    let outlets: Vec<_> = lineage.sightings.iter().map(|sighting| sighting.outlet.as_str()).collect();
    assert_eq!(outlets, ["cdrb", "cqrb"]);
    assert_eq!(lineage.sightings[1].parent.as_ref(), Some(&lineage.original));
    assert_eq!(fixture.view.article(&one.uri).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn links_are_found_from_both_ends() {
    let fixture = Fixture::new(vec![]).await;
    let (one, mut two) = (article(1), article(2));
    let evidence = Evidence { score: 0.6, reasons: vec!["the death toll differs".to_owned()], differing: vec![] };
    two.links = vec![Link { article: one.uri.clone(), relation: LinkRelation::Update, evidence }];
    fixture.fold(0, &[published(&one), published(&two)]).await;
    let back = fixture.view.lineage(&one.uri).await.unwrap().unwrap();
    assert_eq!(back.linked_from[0].article, two.uri);
    let forth = fixture.view.lineage(&two.uri).await.unwrap().unwrap();
    assert_eq!(forth.links[0].article, one.uri);
    assert_eq!(forth.links[0].headline.as_deref(), Some(one.news.headline()));
}

#[tokio::test]
async fn an_embargo_hides_an_article_until_it_is_lifted() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let mut one = article(1);
    one.news.embargoed_until = Some(after(100));
    fixture.fold(0, &[published(&one)]).await;
    assert!(!fixture.view.standing(&one.uri).await.unwrap().unwrap().released);
    let channel = open_channel("all").channel;
    assert!(fixture.view.newest(&channel, 10).await.unwrap().items.is_empty());
    // Another record after the moment does not lift it: only dedup's word does.
    fixture.fold(200, &[published(&article(2))]).await;
    assert_eq!(fixture.view.newest(&channel, 10).await.unwrap().items.len(), 1);
    fixture.fold(201, &[lifted(&one)]).await;
    assert!(fixture.view.standing(&one.uri).await.unwrap().unwrap().released);
    assert_eq!(fixture.view.newest(&channel, 10).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn the_newest_articles_come_first_and_page_on() {
    let fixture = Fixture::new(vec![]).await;
    let changes: Vec<_> = (1..=5).map(|number| published(&article(number))).collect();
    fixture.fold(0, &changes).await;
    let first = fixture.view.latest(2, None).await.unwrap();
    let second = fixture.view.latest(2, Some(first[1].first_offset)).await.unwrap();
    let offsets: Vec<_> = first.iter().chain(&second).map(|article| article.first_offset).collect();
    assert_eq!(offsets, [4, 3, 2, 1]);
}
