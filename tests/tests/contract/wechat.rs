//! The official account, held to the contract. There is no real one to run against: [`crate::account`] is built from the
//! vendor's reference.

use async_trait::async_trait;
use lianbo_connectors::partner::{Held, Outgoing};
use serde_json::{Value, json};

use crate::account::{Account, Entry, Fault, SECRET};
use crate::bench::{Bench, CHANGED, Shown};

/// An account of this test alone.
pub(crate) async fn account() -> Account {
    Account::with(Fault::None).await
}

/// Whether it is the article of this mark.
pub(crate) fn is_marked(news: &Value, mark: &str) -> bool {
    let mark = format!("{mark}.");
    let has = |field: &str| news[field].as_str().unwrap().contains(&mark);
    has("content_source_url") || has("content")
}

/// A page as readers see it: the text, and at its foot the link that WeChat makes of the original's address.
fn page(news: &Value) -> Shown {
    let text = |field: &str| news[field].as_str().unwrap().to_owned();
    let foot = match text("content_source_url") {
        source if source.is_empty() => String::new(),
        source => format!("<a href=\"{source}\">阅读原文</a>"),
    };
    Shown { title: text("title"), html: text("content") + &foot }
}

fn entries_of(entries: &mut Vec<Entry>, mark: &str) -> Vec<usize> {
    let is_its = |entry: &Entry| entry.news.iter().any(|news| is_marked(news, mark));
    (0..entries.len()).filter(|index| is_its(&entries[*index])).collect()
}

#[async_trait]
impl Bench for Account {
    fn name(&self) -> String {
        "WeChat official account".to_owned()
    }

    fn record(&self, url: &str) -> Value {
        Account::record(self, url, json!({}))
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn wrong_secret(&self) -> String {
        "fedcba9876543210fedcba9876543210".to_owned()
    }

    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        let mark = format!("lianbo-{}", article.uri.short());
        Account::shown(self).iter().filter(|news| is_marked(news, &mark)).map(page).collect()
    }

    async fn copies(&self, picture: &str) -> Option<usize> {
        let kept = self.kept.lock().unwrap();
        Some(kept.materials.iter().filter(|material| material["name"].as_str().unwrap().contains(picture)).count())
    }

    async fn change_text(&self, held: &Held) {
        let mut kept = self.kept.lock().unwrap();
        for index in entries_of(&mut kept.published, &held.remote.id) {
            kept.published[index].news[0]["content"] = json!(CHANGED);
        }
    }

    async fn publish(&self, held: &Held) {
        let mut kept = self.kept.lock().unwrap();
        for index in entries_of(&mut kept.drafts, &held.remote.id).into_iter().rev() {
            let draft = kept.drafts.remove(index);
            kept.published.push(draft);
        }
    }

    async fn delete(&self, held: &Held) {
        let mut kept = self.kept.lock().unwrap();
        for index in entries_of(&mut kept.published, &held.remote.id).into_iter().rev() {
            kept.published.remove(index);
        }
    }
}
