//! A CMS whose lists and posts the test sets.
// What fails here fails the test; not every test uses all of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_connectors::format::post::System;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::cms::{Cms, Order, PAGE, Post, PostOrigin, Row, Standing, Wanted};
use lianbo_hub::pull::CmsFactory;
use serde_json::{Value, json};

use crate::ingest_hub::PATIENCE;

/// One post of the desk.
#[derive(Clone)]
pub struct Piece {
    title: String,
    status: &'static str,
    changed: i64,
    due: Option<i64>,
    pub origin: PostOrigin,
}

/// A CMS made of a table.
#[derive(Clone, Default)]
pub struct Desk {
    pub pieces: Arc<Mutex<BTreeMap<u64, Piece>>>,
    fetched: Arc<Mutex<Vec<String>>>,
    looked: Arc<Mutex<Vec<String>>>,
    lists: Arc<Mutex<u32>>,
}

pub const LONG_AGO: i64 = 1_700_000_000;

impl Desk {
    pub fn write(&self, id: u64, title: &str, status: &'static str, changed: i64) {
        let piece = Piece { title: title.to_owned(), status, changed, due: None, origin: PostOrigin::Outlet };
        self.pieces.lock().unwrap().insert(id, piece);
    }

    pub fn schedule(&self, id: u64, title: &str, changed: i64, due: i64) {
        self.write(id, title, "future", changed);
        self.pieces.lock().unwrap().get_mut(&id).unwrap().due = Some(due);
    }

    /// As WordPress does it when the time has come: the time of change stays.
    pub fn go_live(&self, id: u64) {
        let mut pieces = self.pieces.lock().unwrap();
        let piece = pieces.get_mut(&id).unwrap();
        (piece.status, piece.due) = ("publish", None);
    }

    /// More drafts than a page has, all changed after everything else.
    pub fn is_busy(&self) {
        (1_001..=1_150).for_each(|id| self.write(id, "草稿", "draft", LONG_AGO + 1_000_000));
    }

    pub fn delete(&self, id: u64) {
        self.pieces.lock().unwrap().remove(&id);
    }

    pub fn factory(&self) -> CmsFactory {
        let desk = self.clone();
        Arc::new(move |_| Ok(Arc::new(desk.clone()) as Arc<dyn Cms>))
    }

    pub fn fetched(&self, id: &str) -> usize {
        self.fetched.lock().unwrap().iter().filter(|fetched| *fetched == id).count()
    }

    pub fn looked(&self, id: &str) -> usize {
        self.looked.lock().unwrap().iter().filter(|looked| *looked == id).count()
    }

    /// Waits until so many more polls have ended: each begins with a list.
    pub async fn polled(&self, times: u32) {
        let wanted = *self.lists.lock().unwrap() + times + 1;
        let waiting = async {
            while *self.lists.lock().unwrap() < wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("nobody polls");
    }
}

fn row(id: u64, piece: &Piece) -> Row {
    let document = json!({"id": id, "guid": {"rendered": guid(id)}, "status": piece.status});
    Row {
        id: id.to_string(),
        stamp: format!("{} {}", piece.changed, piece.status),
        changed: Some(Timestamp::from_second(piece.changed).unwrap()),
        due: piece.due.map(|due| Timestamp::from_second(due).unwrap()),
        standing: if piece.status == "publish" { Standing::Public } else { Standing::Hidden },
        body: document.to_string().into(),
    }
}

pub fn guid(id: u64) -> String {
    format!("https://desk.example/?p={id}")
}

pub fn document(id: u64, title: &str, status: &str) -> Value {
    json!({"id": id, "guid": {"rendered": guid(id)}, "status": status, "title": {"rendered": title},
           "link": format!("https://desk.example/{id}"), "content": {"rendered": "<p>正文</p>"}})
}

#[async_trait]
impl Cms for Desk {
    fn system(&self) -> System {
        System::WordPress
    }

    async fn check(&self) -> Result<String, SourceError> {
        Ok("a desk".to_owned())
    }

    async fn list(&self, order: Order, page: u32) -> Result<Vec<Row>, SourceError> {
        if order == Order::Changed && page == 1 {
            *self.lists.lock().unwrap() += 1;
        }
        let mut rows: Vec<Row> = self.pieces.lock().unwrap().iter().map(|(id, piece)| row(*id, piece)).collect();
        rows.reverse();
        match order {
            Order::Changed => rows.sort_by_key(|row| std::cmp::Reverse(row.changed)),
            Order::Made => {}
            Order::Scheduled => {
                rows.retain(|row| row.due.is_some());
                rows.sort_by_key(|row| row.due);
            }
        }
        Ok(rows.into_iter().skip((page as usize - 1) * PAGE).take(PAGE).collect())
    }

    async fn look(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Row>, SourceError> {
        self.looked.lock().unwrap().extend(wanted.iter().map(|wanted| wanted.id.to_owned()));
        let pieces = self.pieces.lock().unwrap();
        let look = |wanted: &Wanted<'_>| {
            let id: u64 = wanted.id.parse().unwrap();
            pieces.get(&id).map_or_else(|| gone(id), |piece| row(id, piece))
        };
        Ok(wanted.iter().map(look).collect())
    }

    async fn post(&self, id: &str) -> Result<Option<Post>, SourceError> {
        self.fetched.lock().unwrap().push(id.to_owned());
        let id: u64 = id.parse().unwrap();
        let piece = self.pieces.lock().unwrap().get(&id).cloned();
        let post = |piece: Piece| Post {
            body: document(id, &piece.title, piece.status).to_string().into(),
            origin: piece.origin,
        };
        Ok(piece.map(post))
    }
}

fn gone(id: u64) -> Row {
    let body = json!({"id": id, "guid": {"rendered": guid(id)}, "status": "deleted"}).to_string().into();
    Row { id: id.to_string(), stamp: "deleted".to_owned(), changed: None, due: None, standing: Standing::Gone, body }
}
