//! Fetched once, asked again with conditions, kept while its server is out of order, refused by its bytes.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;

use super::store::Store;
use super::{Media, MediaError, Settings};
use crate::http::HttpClient;

/// One pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

fn png(width: u32, height: u32) -> Bytes {
    let mut bytes = PNG.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes.into()
}

/// A picture server that counts.
#[derive(Clone)]
struct Server {
    shown: Arc<Mutex<Bytes>>,
    status: Arc<AtomicU16>,
    sent: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            shown: Arc::new(Mutex::new(PNG.into())),
            status: Arc::new(AtomicU16::new(200)),
            sent: Arc::default(),
            asked: Arc::default(),
            url,
        };
        let router = Router::new().route("/{name}", get(answer)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    fn counts(&self) -> (usize, usize) {
        (self.asked.load(Ordering::SeqCst), self.sent.load(Ordering::SeqCst))
    }
}

async fn answer(State(server): State<Server>, Path(_name): Path<String>, headers: HeaderMap) -> Response {
    server.asked.fetch_add(1, Ordering::SeqCst);
    let status = StatusCode::from_u16(server.status.load(Ordering::SeqCst)).unwrap();
    let shown = server.shown.lock().unwrap().clone();
    let tag = format!("\"{}\"", shown.len() + usize::from(shown.get(19).copied().unwrap_or_default()));
    let same = headers.get("if-none-match").is_some_and(|stated| stated.as_bytes() == tag.as_bytes());
    let response = Response::builder().header("etag", tag);
    if status != StatusCode::OK || same {
        return response.status(if same { StatusCode::NOT_MODIFIED } else { status }).body(Body::empty()).unwrap();
    }
    server.sent.fetch_add(1, Ordering::SeqCst);
    response.body(shown.into()).unwrap()
}

fn media(store: Store, fresh_seconds: u32) -> Media {
    let http = HttpClient::new(&crate::http::Settings::with_loopback()).unwrap();
    Media::new(http, store, Settings { fresh_seconds, ..Settings::default() })
}

#[tokio::test]
async fn all_who_want_a_picture_at_once_share_one_fetch() {
    let server = Server::start().await;
    let media = media(Store::in_memory(), 60);
    let url = format!("{}/a.png", server.url);
    let wanted = (0..20).map(|_| media.at(&url));
    let pictures = futures_util::future::join_all(wanted).await;
    for picture in &pictures {
        assert_eq!(picture.as_ref().unwrap().bytes().await.unwrap(), PNG);
    }
    assert_eq!(server.counts(), (1, 1));
    let elsewhere = media.at(&format!("{}/b.png", server.url)).await.unwrap();
    assert_eq!(elsewhere.sha256, pictures[0].as_ref().unwrap().sha256, "another address, the same picture");
}

#[tokio::test]
async fn after_a_restart_its_server_is_only_asked_whether_it_has_changed() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let url = format!("{}/a.png", server.url);
    media(Store::in_folder(folder.path()).unwrap(), 0).at(&url).await.unwrap();
    let again = media(Store::in_folder(folder.path()).unwrap(), 0);
    assert_eq!(again.at(&url).await.unwrap().bytes().await.unwrap(), PNG);
    assert_eq!(server.counts(), (2, 1));
    *server.shown.lock().unwrap() = png(2, 2);
    assert_eq!(again.at(&url).await.unwrap().bytes().await.unwrap(), png(2, 2));
    assert_eq!(server.counts(), (3, 2));
}

#[tokio::test]
async fn a_server_out_of_order_takes_nothing_away_and_one_that_has_withdrawn_it_does() {
    let server = Server::start().await;
    let media = media(Store::in_memory(), 0);
    let url = format!("{}/a.png", server.url);
    media.at(&url).await.unwrap();
    *server.shown.lock().unwrap() = png(3, 3);
    server.status.store(503, Ordering::SeqCst);
    assert_eq!(media.at(&url).await.unwrap().bytes().await.unwrap(), PNG);
    server.status.store(404, Ordering::SeqCst);
    assert!(matches!(media.at(&url).await, Err(MediaError::NotThere(_))));
}

/// A GIF of 600 × 600 pixels and so many frames, of which each fills a corner.
fn moving(frames: usize) -> Vec<u8> {
    let frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [b"GIF89a\x58\x02\x58\x02\0\0\0".as_slice(), &frame.repeat(frames), b";"].concat()
}

#[tokio::test]
async fn what_is_no_picture_or_unpacks_to_too_much_is_refused() {
    let server = Server::start().await;
    let media = media(Store::in_memory(), 0);
    let url = format!("{}/a.png", server.url);
    for (shown, why) in [
        (Bytes::from_static(b"<svg onload=alert(1)>"), "neither"),
        (png(60_000, 60_000), "60000 × 60000 pixels"),
        (png(0, 5), "0 × 5"),
        (Bytes::from_static(&PNG[..12]), "damaged"),
        (Bytes::from(moving(1_000)), "1000 frames of 600 × 600"),
    ] {
        *server.shown.lock().unwrap() = shown;
        let Err(MediaError::Unfit(said)) = media.at(&url).await else { panic!("{why}") };
        assert!(said.contains(why), "{said}");
    }
    *server.shown.lock().unwrap() = Bytes::from(moving(500));
    assert_eq!(media.at(&url).await.unwrap().media_type.extension, "gif");
    assert!(matches!(media.at("http://169.254.169.254/latest").await, Err(MediaError::NotThere(_))));
}

#[tokio::test]
async fn all_who_bring_a_picture_at_once_share_its_bytes() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let media = media(Store::in_folder(folder.path()).unwrap(), 60);
    let url = format!("{}/a.png", server.url);
    media.at(&url).await.unwrap();
    let [first, second] = [media.at(&url).await.unwrap(), media.at(&url).await.unwrap()];
    let (first, second) = (first.bytes().await.unwrap(), second.bytes().await.unwrap());
    assert_eq!((first.as_ptr(), first.len()), (second.as_ptr(), PNG.len()));
}

#[tokio::test]
async fn what_is_known_of_an_address_is_told_without_the_bytes_and_damaged_bytes_are_fetched_anew() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let url = format!("{}/a.png", server.url);
    let media = media(Store::in_folder(folder.path()).unwrap(), 60);
    let sha256 = media.at(&url).await.unwrap().sha256;
    let kept = folder.path().join("pictures").join(&sha256);
    for damage in [Some(PNG.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>()), None] {
        match damage {
            Some(bytes) => std::fs::write(&kept, bytes).unwrap(),
            None => std::fs::remove_file(&kept).unwrap(),
        }
        let before = server.counts();
        let picture = media.at(&url).await.unwrap();
        assert_eq!((picture.sha256.as_str(), picture.media_type.extension), (sha256.as_str(), "png"));
        assert_eq!(server.counts(), before, "who has the picture needs no more than its name");
        assert_eq!(picture.bytes().await.unwrap(), PNG);
        assert_eq!(std::fs::read(&kept).unwrap(), PNG, "and the next one finds it whole");
    }
    *server.shown.lock().unwrap() = png(2, 2);
    std::fs::remove_file(&kept).unwrap();
    let picture = media.at(&url).await.unwrap();
    assert!(matches!(picture.bytes().await, Err(MediaError::NotThere(_))), "another picture under this name");
    assert_eq!(media.at(&url).await.unwrap().bytes().await.unwrap(), png(2, 2));
}

#[tokio::test]
async fn what_nobody_asks_for_is_swept_and_fetched_anew() {
    let server = Server::start().await;
    let http = HttpClient::new(&crate::http::Settings::with_loopback()).unwrap();
    let media = Media::new(http, Store::in_memory(), Settings { keep_days: 0, ..Settings::default() });
    let url = format!("{}/a.png", server.url);
    media.at(&url).await.unwrap();
    // The store counts in seconds.
    while media.sweep().await.unwrap() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    media.at(&url).await.unwrap();
    assert_eq!(server.counts(), (2, 2));
}

/// A server that takes connections and never answers; how many it took.
async fn never_answers() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, taken) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(connection) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            kept.push(connection);
        }
    });
    (url, taken)
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_once_and_holds_up_no_other() {
    let (server, (silent, taken)) = (Server::start().await, never_answers().await);
    let http = HttpClient::new(&crate::http::Settings::with_loopback()).unwrap();
    let media = Media::new(http, Store::in_memory(), Settings { patience_ms: 300, ..Settings::default() });
    let (urls, good) =
        ((0..200).map(|number| format!("{silent}/{number}.png")).collect::<Vec<_>>(), format!("{}/a.png", server.url));
    let lost = futures_util::future::join_all(urls.iter().map(|url| media.at(url)));
    let (lost, had) = tokio::join!(lost, media.at(&good));
    assert!(lost.iter().all(|lost| matches!(lost, Err(MediaError::NotThere(_)))));
    assert_eq!(had.unwrap().bytes().await.unwrap(), PNG);
    let asked = taken.load(Ordering::SeqCst);
    let Err(MediaError::NotThere(why)) = media.at(&format!("{silent}/other.png")).await else { panic!() };
    assert!(why.contains("did not answer a moment ago"), "{why}");
    assert_eq!(taken.load(Ordering::SeqCst), asked);
}

#[tokio::test]
async fn a_store_that_fails_stops_no_picture() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().unwrap());
    let store = Store::in_folder(&folder.path().join("media")).unwrap();
    store.check().await.unwrap();
    std::fs::remove_dir_all(folder.path().join("media")).unwrap();
    std::fs::write(folder.path().join("media"), "no folder").unwrap();
    assert!(store.check().await.is_err());
    let media = media(store, 60);
    for times in 1..3 {
        assert_eq!(media.at(&format!("{}/a.png", server.url)).await.unwrap().bytes().await.unwrap(), PNG);
        assert_eq!(server.counts().1, times, "it comes from its server each time");
    }
}

/// On a real store: `LIANBO_S3=s3://bucket/prefix` and the `AWS_…` variables of it.
#[tokio::test]
async fn a_store_that_speaks_s3_keeps_pictures_too() {
    let Ok(named) = std::env::var("LIANBO_S3") else {
        eprintln!("skipped: LIANBO_S3 names no bucket");
        return;
    };
    let server = Server::start().await;
    let url = format!("{}/a.png", server.url);
    let store = Store::open(&named).unwrap();
    store.check().await.unwrap();
    media(store, 0).at(&url).await.unwrap();
    assert_eq!(media(Store::open(&named).unwrap(), 0).at(&url).await.unwrap().bytes().await.unwrap(), PNG);
    assert_eq!(server.counts(), (2, 1));
}
