//! Looking at what stands at a partner: what the ledger is compared with.

use lianbo_connectors::partner::{
    Copy, Failure, Inspect, Marked, OnLocalEdit, Outgoing, PartnerConnector, Standing, Visibility, Words,
    look_as_reader, name_of,
};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::takedown::Finding;
use serde_json::json;

use crate::article::{FORGOTTEN, article, corrected, withdrawal};
use crate::bench::{Bench, client, connect, systems};
use crate::receiver::ReceiverBench;
use crate::server::nobody;
use crate::stand_in::{Fault, StandIn};

fn inspect(connector: &dyn PartnerConnector) -> &dyn Inspect {
    connector.inspect().expect("it can be looked into")
}

/// The systems that can be looked into: the same ones, without WeChat, which tells too little.
async fn inspected() -> Vec<Box<dyn Bench>> {
    systems().await.into_iter().filter(|system| system.connector().inspect().is_some()).collect()
}

/// Everything listed under the article's name.
async fn listed(connector: &dyn PartnerConnector, article: &Outgoing) -> Vec<Marked> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = inspect(connector).list(after.as_deref()).await.unwrap();
        found.extend(page.marked.into_iter().filter(|marked| marked.name == name_of(&article.uri)));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn what_was_put_is_found_as_it_was_put() {
    for system in inspected().await {
        let (connector, first) = (system.connector(), article());
        assert_eq!(inspect(connector.as_ref()).look(&first.uri, None, None).await, Ok(Standing::Missing));
        let held = connector.put(&first, None).await.unwrap();
        for known in [Some(&held), FORGOTTEN] {
            let standing = inspect(connector.as_ref()).look(&first.uri, Some(&first), known).await.unwrap();
            let copy = Copy { remote: held.remote.clone(), visibility: Visibility::Shown, text: Words::Ours };
            assert_eq!(standing, Standing::There(copy), "{}", system.name());
        }
        let next = corrected(&first);
        let standing = inspect(connector.as_ref()).look(&first.uri, Some(&next), Some(&held)).await.unwrap();
        assert!(matches!(standing, Standing::There(Copy { text: Words::Others, .. })), "{}", system.name());
        let listed = listed(connector.as_ref(), &first).await;
        assert_eq!(listed.len(), 1, "{}: {listed:?}", system.name());
        assert_eq!(listed[0].remote.id, held.remote.id, "{}", system.name());
    }
}

#[tokio::test]
async fn what_editors_did_is_seen() {
    for system in inspected().await {
        let (connector, first) = (system.connector(), article());
        let held = connector.put(&first, None).await.unwrap();
        system.change_text(&held).await;
        let standing = inspect(connector.as_ref()).look(&first.uri, Some(&first), Some(&held)).await.unwrap();
        let Standing::There(copy) = standing else { panic!("{}: missing", system.name()) };
        assert_ne!(copy.remote.token, held.remote.token, "{}", system.name());
        assert_eq!((copy.visibility, copy.text), (Visibility::Shown, Words::Others), "{}", system.name());

        system.delete(&held).await;
        let standing = inspect(connector.as_ref()).look(&first.uri, Some(&first), Some(&held)).await;
        assert_eq!(standing, Ok(Standing::Missing), "{}", system.name());
        assert_eq!(listed(connector.as_ref(), &first).await, [], "{}", system.name());
    }
}

#[tokio::test]
async fn what_was_taken_down_is_not_shown_and_not_listed() {
    for system in inspected().await {
        for status in [PubStatus::Canceled, PubStatus::Withheld] {
            let (connector, first) = (system.connector(), article());
            let held = connector.put(&first, None).await.unwrap();
            connector.withdraw(&withdrawal(&first, status), Some(&held)).await.unwrap();
            let standing = inspect(connector.as_ref()).look(&first.uri, None, Some(&held)).await.unwrap();
            let is_shown = matches!(standing, Standing::There(Copy { visibility: Visibility::Shown, .. }));
            assert!(!is_shown, "{} {status:?}: {standing:?}", system.name());
            assert_eq!(listed(connector.as_ref(), &first).await, [], "{} {status:?}", system.name());
        }
    }
}

#[tokio::test]
async fn readers_find_an_article_and_find_it_gone_after_its_take_down() {
    for system in inspected().await {
        let (connector, first) = (system.connector(), article());
        let held = connector.put(&first, None).await.unwrap();
        let Some(url) = held.remote.url.clone() else {
            eprintln!("skipped: {} tells no address", system.name());
            continue;
        };
        let passages = [first.news.headline().to_owned()];
        let (found, detail) = look_as_reader(&client(), &url, &passages).await;
        if detail.ends_with("500 Internal Server Error") {
            eprintln!("{} has no template for the page: only its end is looked at", system.name());
        } else {
            assert_eq!(found, Finding::Standing, "{}: {detail}", system.name());
        }
        connector.withdraw(&withdrawal(&first, PubStatus::Canceled), Some(&held)).await.unwrap();
        let (found, detail) = look_as_reader(&client(), &url, &passages).await;
        assert_eq!(found, Finding::Gone, "{}: {detail}", system.name());
    }
}

#[tokio::test]
async fn a_draft_that_was_asked_for_is_no_surprise_and_one_that_was_not_is() {
    for system in inspected().await {
        let drafting = system.connector_with(json!({"status": "draft", "on_local_edit": "keep"}));
        let first = article();
        let held = drafting.put(&first, None).await.unwrap();
        let publishing = system.connector();
        let looks = [(drafting.as_ref(), Visibility::Draft), (publishing.as_ref(), Visibility::Hidden)];
        for (connector, expected) in looks {
            let standing = inspect(connector).look(&first.uri, Some(&first), Some(&held)).await.unwrap();
            let Standing::There(copy) = standing else { panic!("{}: missing", system.name()) };
            assert_eq!(copy.visibility, expected, "{}", system.name());
            assert_eq!(copy.remote.token, held.remote.token, "{}", system.name());
        }
        assert_eq!(listed(drafting.as_ref(), &first).await, [], "{}", system.name());
        assert_eq!(inspect(drafting.as_ref()).on_local_edit(), OnLocalEdit::Keep);
        assert_eq!(inspect(system.connector().as_ref()).on_local_edit(), OnLocalEdit::Overwrite);
    }
}

#[tokio::test]
async fn looking_fails_as_delivering_does() {
    for system in inspected().await {
        let first = article();
        let wrong = connect(system.record(&system.url()), system.wrong_secret());
        let looked = inspect(wrong.as_ref()).look(&first.uri, None, None).await.unwrap_err();
        let listed = inspect(wrong.as_ref()).list(None).await.unwrap_err();
        for failure in [looked, listed] {
            assert!(matches!(failure, Failure::Denied { .. }), "{}: {failure:?}", system.name());
        }
        let down = system.connector_at(&nobody().await);
        let failure = inspect(down.as_ref()).look(&first.uri, None, None).await.unwrap_err();
        assert!(matches!(failure, Failure::Transient { .. }), "{}: {failure:?}", system.name());
    }
}

#[tokio::test]
async fn a_double_is_listed_beside_the_article() {
    let site = StandIn::with(Fault::None).await;
    let (connector, first) = (site.connector(json!({})), article());
    let held = connector.put(&first, None).await.unwrap();
    site.double(&held.remote.id);
    let listed = listed(connector.as_ref(), &first).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.iter().any(|marked| marked.remote.id == held.remote.id));
}

#[tokio::test]
async fn a_webhook_cannot_be_looked_into() {
    assert!(ReceiverBench::start().await.connector().inspect().is_none());
}
