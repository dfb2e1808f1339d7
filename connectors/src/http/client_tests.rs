//! The client against servers that answer badly, slowly, or from where it may not call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request as Incoming};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;
use reqwest::Method;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::HttpClient;
use crate::http::{HttpError, Patience, Phase, Request, Settings, while_permitted};

fn quick() -> Settings {
    Settings { connect_ms: 2_000, first_byte_ms: 200, total_ms: 400, ..Settings::with_loopback() }
}

/// Serves `router` on a port of its own and gives the address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

fn redirect(to: impl Into<String>) -> (StatusCode, [(axum::http::HeaderName, String); 1]) {
    (StatusCode::FOUND, [(LOCATION, to.into())])
}

#[tokio::test]
async fn a_private_address_is_refused_however_it_is_written() {
    let client = HttpClient::new(&Settings::default()).unwrap();
    for url in [
        "http://127.0.0.1:9/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost:9/",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
    ] {
        let refused = client.get(url, HeaderMap::new(), 10).await.unwrap_err();
        assert!(matches!(refused, HttpError::Refused { .. }), "{url}: {refused:?}");
        let refused = client.send(Request::new(Method::POST, url)).await.unwrap_err();
        assert!(matches!(refused, HttpError::Refused { .. }), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let server = serve(Router::new().route("/", get(|| async { redirect("http://10.0.0.1/secret") }))).await;
    let client = HttpClient::new(&quick()).unwrap();
    let refused = client.get(&server, HeaderMap::new(), 10).await.unwrap_err();
    assert!(matches!(refused, HttpError::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_get_follows_redirects_up_to_the_bound() {
    let router = Router::new()
        .route("/a", get(|| async { redirect("/b") }))
        .route("/b", get(|| async { redirect("c?d=1") }))
        .route("/c", get(|| async { "here" }))
        .route("/loop", get(|| async { redirect("/loop") }));
    let server = serve(router).await;
    let client = HttpClient::new(&quick()).unwrap();
    let answer = client.get(&format!("{server}/a"), HeaderMap::new(), 10).await.unwrap();
    assert_eq!((answer.text().as_ref(), answer.url.path(), answer.url.query()), ("here", "/c", Some("d=1")));
    let endless = client.get(&format!("{server}/loop"), HeaderMap::new(), 10).await.unwrap_err();
    assert!(matches!(endless, HttpError::Redirects { bound: 5, .. }), "{endless:?}");
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_origin() {
    let told = |headers: HeaderMap| async move { format!("{:?}", headers.get(AUTHORIZATION)) };
    let other = serve(Router::new().route("/", get(told))).await;
    let router = Router::new()
        .route("/away", get(move || async move { redirect(other) }))
        .route("/same", get(|| async { redirect("/told") }))
        .route("/told", get(told));
    let server = serve(router).await;
    let client = HttpClient::new(&quick()).unwrap();
    let secret = || HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic x"))]);
    let away = client.get(&format!("{server}/away"), secret(), 100).await.unwrap();
    assert_eq!(away.text(), "None");
    let same = client.get(&format!("{server}/same"), secret(), 100).await.unwrap();
    assert_eq!(same.text(), "Some(\"Basic x\")");
}

#[tokio::test]
async fn a_write_follows_no_redirect() {
    let server = serve(Router::new().route("/", post(|| async { redirect("/elsewhere") }))).await;
    let client = HttpClient::new(&quick()).unwrap();
    let answer = client.send(Request::new(Method::POST, &server)).await.unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_body_in_pieces_arrives_as_one_and_tells_its_length() {
    let told = |headers: HeaderMap, body: String| async move { format!("{:?} {body}", headers.get(CONTENT_LENGTH)) };
    let server = serve(Router::new().route("/", post(told))).await;
    let client = HttpClient::new(&quick()).unwrap();
    let pieces = ["一", "", "two"].map(|piece| Bytes::from_static(piece.as_bytes())).to_vec();
    let request = Request::new(Method::POST, &server).pieces(HeaderValue::from_static("text/plain"), pieces);
    for _ in 0..2 {
        assert_eq!(client.send(request.clone()).await.unwrap().text(), "Some(\"6\") 一two");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_bound_is_not_read() {
    let server = serve(Router::new().route("/", get(|| async { "x".repeat(101) }))).await;
    let client = HttpClient::new(&quick()).unwrap();
    let error = client.get(&server, HeaderMap::new(), 100).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { bound: 100, .. }), "{error:?}");
    assert_eq!(client.get(&server, HeaderMap::new(), 101).await.unwrap().body.len(), 101);
}

/// A gzip stream of so many zeros, a thousandth of them in size: RFC 1952 around one block of RFC 1951 in which a zero
/// is repeated 258 times at a time. It has no end; nobody should come so far.
fn bomb(zeros: usize) -> Vec<u8> {
    let mut bits: Vec<u8> = vec![1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    for _ in 0..zeros / 258 {
        bits.extend([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    }
    let packed = bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255].into_iter().chain(packed).collect()
}

#[tokio::test]
async fn a_refusal_beyond_the_bound_is_cut_and_a_success_only_where_that_is_asked_for() {
    let long = || async { "x".repeat(1_000) };
    let router =
        Router::new().route("/", get(long)).fallback(move || async move { (StatusCode::UNAUTHORIZED, long().await) });
    let server = serve(router).await;
    let client = HttpClient::new(&quick()).unwrap();
    let refusal = client.get(&format!("{server}/login"), HeaderMap::new(), 100).await.unwrap();
    assert_eq!((refusal.status, refusal.body.len()), (StatusCode::UNAUTHORIZED, 100));
    let success = client.send(Request::new(Method::GET, &server).cut_at(100)).await.unwrap();
    assert_eq!((success.status, success.body.len()), (StatusCode::OK, 100));
    let failure = client.send(Request::new(Method::GET, &server).bound(100)).await.unwrap_err();
    assert!(matches!(failure, HttpError::TooLarge { bound: 100, .. }), "{failure:?}");
}

#[tokio::test]
async fn a_compressed_answer_is_bounded_by_what_comes_out_of_it() {
    let packed = bomb(200 * 1024 * 1024);
    assert!(packed.len() < 1_500_000, "{} bytes are sent", packed.len());
    let answer = move || async move { ([(axum::http::header::CONTENT_ENCODING, "gzip")], packed) };
    let server = serve(Router::new().route("/", get(answer))).await;
    let client = HttpClient::new(&Settings { total_ms: 20_000, first_byte_ms: 20_000, ..quick() }).unwrap();
    let error = client.get(&server, HeaderMap::new(), 2_000_000).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { bound: 2_000_000, .. }), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_and_a_dripping_one_end_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let client = HttpClient::new(&quick()).unwrap();
    let error = client.get(&url, HeaderMap::new(), 10).await.unwrap_err();
    assert!(matches!(error, HttpError::TimedOut { phase: Phase::FirstByte, .. }), "{error:?}");

    let drip = || async {
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("x"), ()))
        });
        axum::body::Body::from_stream(drops)
    };
    let server = serve(Router::new().route("/", get(drip))).await;
    let error = client.get(&server, HeaderMap::new(), 10_000).await.unwrap_err();
    assert!(matches!(error, HttpError::TimedOut { phase: Phase::Total, .. }), "{error:?}");
}

/// A server that takes no connection any more: all the places before its door are taken.
async fn full() -> (String, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    // Listening, and accepting nobody; it lasts as long as the test.
    std::mem::forget(socket.listen(1).unwrap());
    let mut waiting = Vec::new();
    while let Ok(taken) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        waiting.push(taken.unwrap());
    }
    (format!("http://{address}"), waiting)
}

#[tokio::test]
async fn each_server_is_waited_for_as_is_said_of_it() {
    let (url, _waiting) = full().await;
    let client = HttpClient::new(&Settings::with_loopback()).unwrap();
    let patience = |connect, first_byte, total| Patience {
        connect: Duration::from_millis(connect),
        first_byte: Duration::from_millis(first_byte),
        total: Duration::from_millis(total),
    };
    for (patience, phase) in [
        (patience(100, 5_000, 9_000), Phase::Connect),
        (patience(5_000, 100, 9_000), Phase::FirstByte),
        (patience(5_000, 9_000, 100), Phase::Total),
    ] {
        let error = client.waiting(patience).unwrap().get(&url, HeaderMap::new(), 10).await.unwrap_err();
        let after = Duration::from_millis(100);
        assert!(
            matches!(&error, HttpError::TimedOut { phase: found, after: waited, .. }
            if *found == phase && *waited == after),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_is_used_again_by_another_that_waits_as_long_for_one() {
    let addresses = |ConnectInfo(address): ConnectInfo<SocketAddr>| async move { address.to_string() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", get(addresses)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let client = HttpClient::new(&quick()).unwrap();
    let longer = Patience { total: Duration::from_secs(9), ..client.patience() };
    let mut seen = Vec::new();
    for _ in 0..2 {
        for client in [client.clone(), client.waiting(longer).unwrap()] {
            seen.push(client.get(&url, HeaderMap::new(), 100).await.unwrap().text().into_owned());
        }
    }
    assert!(seen.iter().all(|address| *address == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?token=secret", listener.local_addr().unwrap());
    drop(listener);
    let error = HttpClient::new(&quick()).unwrap().get(&url, HeaderMap::new(), 10).await.unwrap_err();
    assert!(matches!(error, HttpError::Unreachable { .. }), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn the_hub_names_itself_and_conditions_are_handed_on() {
    let told = |request: Incoming| async move {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        format!("{} {}", header("user-agent"), header("if-none-match"))
    };
    let server = serve(Router::new().route("/", get(told))).await;
    let client = HttpClient::new(&quick()).unwrap();
    let conditions = HeaderMap::from_iter([("if-none-match".parse().unwrap(), HeaderValue::from_static("\"v1\""))]);
    let answer = client.get(&server, conditions, 100).await.unwrap();
    assert_eq!(answer.text(), format!("Lianbo/{} \"v1\"", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn an_address_that_is_none_is_told_without_its_credentials() {
    let client = HttpClient::new(&quick()).unwrap();
    for url in ["", "ftp://example.org/", "//user:pw@example.org", "file:///etc/passwd", "data:text/plain,x"] {
        let error = client.get(url, HeaderMap::new(), 10).await.unwrap_err();
        assert!(matches!(error, HttpError::Address { .. }), "{url}: {error:?}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
}

#[tokio::test]
async fn once_the_permit_is_gone_no_further_request_of_a_call_is_sent() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let router = Router::new().route("/", post(async move || _ = count.fetch_add(1, Ordering::SeqCst)));
    let server = serve(router).await;
    let client = HttpClient::new(&quick()).unwrap();
    let permit = Arc::clone(&seen);
    // It goes with the first request, as a lease does while the process is stopped.
    let call = while_permitted(move || permit.load(Ordering::SeqCst) == 0, async {
        let first = client.send(Request::new(Method::POST, &server)).await;
        (first, client.send(Request::new(Method::POST, &server)).await)
    });
    let (first, second) = call.await;
    assert!(first.unwrap().status.is_success());
    let held_back = second.unwrap_err();
    assert!(matches!(held_back, HttpError::HeldBack { .. }), "{held_back:?}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}
