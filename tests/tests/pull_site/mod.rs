//! An outlet's web site with feeds and pages, on a port; it remembers who asked for what.
// Each test binary uses a part of it; what fails here fails the test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod desk;
pub mod puller;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

/// A document as served now.
#[derive(Clone, Default)]
pub struct Served {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub at: Instant,
    pub status: u16,
}

#[derive(Default)]
struct Shared {
    documents: Mutex<HashMap<String, Served>>,
    asked: Mutex<Vec<Asked>>,
}

#[derive(Clone)]
pub struct Site {
    shared: Arc<Shared>,
    count: watch::Sender<usize>,
    pub address: String,
}

impl Site {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let site = Self { shared: Arc::default(), count: watch::Sender::new(0), address };
        let router = Router::new().fallback(answer).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn serve(&self, path: &str, served: Served) {
        self.shared.documents.lock().unwrap().insert(path.to_owned(), served);
    }

    /// Serves a document with an `ETag` of its content.
    pub fn serve_tagged(&self, path: &str, media_type: &str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let tag = format!("\"{:x}\"", body.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)));
        let headers = vec![("etag", tag), ("content-type", media_type.to_owned())];
        self.serve(path, Served { status: 200, headers, body });
    }

    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().iter().filter(|asked| asked.path == path).cloned().collect()
    }

    /// Waits until a document was asked for so many times.
    pub async fn asked_times(&self, path: &str, times: usize) -> Vec<Asked> {
        let mut count = self.count.subscribe();
        let waiting = count.wait_for(|_| self.asked(path).len() >= times);
        drop(tokio::time::timeout(crate::ingest_hub::PATIENCE, waiting).await.expect("nobody asked").unwrap());
        self.asked(path)
    }
}

async fn answer(State(site): State<Site>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let served = site.shared.documents.lock().unwrap().get(&path).cloned();
    let served = served.unwrap_or(Served { status: 404, ..Served::default() });
    let tag = served.headers.iter().find(|(name, _)| *name == "etag").map(|(_, value)| value.as_str());
    let held = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = served.status == 200 && tag.is_some() && tag == held;
    let status = StatusCode::from_u16(if fresh { 304 } else { served.status }).unwrap();
    let asked = Asked { path, headers: request.headers().clone(), at: Instant::now(), status: status.as_u16() };
    site.shared.asked.lock().unwrap().push(asked);
    site.count.send_modify(|count| *count += 1);
    let mut response = (status, if fresh { Vec::new() } else { served.body }).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in served.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// An RSS document; `entries` are whole `item` elements.
pub fn rss(built: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>成都日报</title>\
         <link>http://x.example/</link><description>d</description><lastBuildDate>{built}</lastBuildDate>\
         {entries}</channel></rss>"
    )
}

/// An entry with its whole text.
pub fn full(id: &str, link: &str, text: &str) -> String {
    let paragraph = format!("<p>{}</p>", text.repeat(40));
    format!(
        "<item><title>{id}</title><link>{link}</link><guid isPermaLink=\"false\">{id}</guid>\
         <content:encoded><![CDATA[{paragraph}{paragraph}{paragraph}]]></content:encoded></item>"
    )
}

/// An entry that only summarises.
pub fn summary(id: &str, link: &str, text: &str) -> String {
    format!(
        "<item><title>{id}</title><link>{link}</link><guid isPermaLink=\"false\">{id}</guid>\
         <description>{text}</description></item>"
    )
}
