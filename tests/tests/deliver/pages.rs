//! The public pages of partners, as the test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use lianbo_connectors::source::{Fetch, FetchError, Fetched};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// What readers' browsers get: nothing (404) where no page is kept.
#[derive(Clone, Default)]
pub(crate) struct FakePages {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    pages: BTreeMap<String, String>,
    asked: Vec<String>,
}

impl FakePages {
    /// The page at this address says this.
    pub(crate) fn keep(&self, url: &str, html: &str) {
        self.inside.lock().unwrap().pages.insert(url.to_owned(), html.to_owned());
    }

    /// There is no such page any more.
    pub(crate) fn drop(&self, url: &str) {
        self.inside.lock().unwrap().pages.remove(url);
    }

    /// Every address asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inside.lock().unwrap().asked.clone()
    }
}

#[async_trait]
impl Fetch for FakePages {
    async fn get(&self, url: &str, _headers: HeaderMap, _bound: usize) -> Result<Fetched, FetchError> {
        let mut inside = self.inside.lock().unwrap();
        inside.asked.push(url.to_owned());
        let page = inside.pages.get(url).cloned();
        Ok(Fetched {
            status: if page.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND },
            headers: HeaderMap::new(),
            body: Bytes::from(page.unwrap_or_default()),
            final_url: url.to_owned(),
            moved_to: None,
        })
    }
}
