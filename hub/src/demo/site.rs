//! The demo's receiving site: a partner with a web page, in a process of its own. It takes Standard Webhooks, checks
//! every signature, and shows what it holds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Args;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};

use crate::cli::CliError;
use lianbo_connectors::partner::webhook;

/// How the site is started.
#[derive(Debug, Args)]
pub struct SiteArguments {
    /// Its name.
    #[arg(long)]
    name: String,
    /// Where it listens.
    #[arg(long)]
    listen: SocketAddr,
    /// The signing secret.
    #[arg(long, env = "LIANBO_SITE_SECRET", hide_env_values = true)]
    secret: String,
}

#[derive(Clone)]
struct Site {
    name: Arc<str>,
    address: SocketAddr,
    secrets: Arc<webhook::Secrets>,
    posts: Arc<Mutex<BTreeMap<String, Value>>>,
}

/// Runs the site until its parent ends: standard input closes then.
pub async fn site(arguments: SiteArguments) -> Result<(), CliError> {
    let listen = |cause| CliError::File { file: format!("the port of {}", arguments.listen), cause };
    let listener = tokio::net::TcpListener::bind(arguments.listen).await.map_err(listen)?;
    let secrets = arguments.secret.parse().map_err(|error| CliError::Usage(format!("--secret: {error}")))?;
    let (name, address) = (arguments.name.into(), arguments.listen);
    let site = Site { name, address, secrets: Arc::new(secrets), posts: Arc::default() };
    let router = Router::new()
        .route("/", get(front))
        .route("/posts/{id}", get(post_page))
        .route("/posts.json", get(posts))
        .route("/hook", post(hook))
        .with_state(site);
    // Standard input ends with the parent, however it ends.
    let parent = async {
        let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
        tracing::debug!(?ended, "the parent has ended");
    };
    axum::serve(listener, router).with_graceful_shutdown(parent).await.map_err(listen)
}

async fn hook(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, signatures) = (header("webhook-id"), header("webhook-signature"));
    let timestamp = header("webhook-timestamp").parse().unwrap_or(0);
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
    if webhook::verify(&site.secrets, id, timestamp, &body, signatures, now).is_err() {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "the signature does not match"})));
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "not JSON"})));
    };
    let uri = event["data"]["uri"].as_str().unwrap_or_default().to_owned();
    let mut posts = site.posts.lock().unwrap_or_else(PoisonError::into_inner);
    match event["type"].as_str() {
        Some("article.withdrawn") => drop(posts.remove(&uri)),
        _ => drop(posts.insert(uri.clone(), event["data"].clone())),
    }
    let url = format!("http://{}/posts/{}", site.address, last_part(&uri));
    (StatusCode::OK, Json(json!({"id": uri, "url": url})))
}

fn last_part(uri: &str) -> &str {
    uri.rsplit(':').next().unwrap_or(uri)
}

async fn posts(State(site): State<Site>) -> Json<Value> {
    let posts = site.posts.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({"posts": posts.values().collect::<Vec<_>>()}))
}

async fn front(State(site): State<Site>) -> Markup {
    let posts = site.posts.lock().unwrap_or_else(PoisonError::into_inner);
    page(&site.name, posts.values())
}

/// One post, where readers and the hub look for it.
async fn post_page(State(site): State<Site>, Path(id): Path<String>) -> Result<Markup, StatusCode> {
    let posts = site.posts.lock().unwrap_or_else(PoisonError::into_inner);
    let found = posts.iter().find(|(uri, _)| last_part(uri) == id).map(|(_, post)| post);
    found.map(|post| page(&site.name, std::iter::once(post))).ok_or(StatusCode::NOT_FOUND)
}

fn page<'a>(name: &str, posts: impl ExactSizeIterator<Item = &'a Value>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-Hans" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content="2";
                title { (name) }
                style { "body{font:17px/1.8 system-ui,\"PingFang SC\",\"Noto Sans CJK SC\",sans-serif;max-width:44rem;margin:0 auto;padding:0 1rem 3rem;color:#1c2024;background:#fbfaf7}header{border-bottom:3px solid #b3261e;padding:1.5rem 0 .6rem;margin-bottom:1rem}h1{margin:0}h2{margin:.2rem 0;line-height:1.4}header p{margin:.2rem 0;color:#666}article{border-bottom:1px solid #ddd;padding:1rem 0}small{color:#666;overflow-wrap:anywhere}a{color:#0b57a4}" }
            }
            body {
                header {
                    h1 { (name) }
                    p { "联播送来 " (posts.len()) " 篇稿件 · " (posts.len()) " articles from Lianbo" }
                }
                @for post in posts {
                    article {
                        h2 { (post["news"]["headlines"][0]["value"].as_str().unwrap_or_default()) }
                        small { "第 " (post["version"]) " 版 · version " (post["version"]) " · " (post["uri"].as_str().unwrap_or_default()) }
                        (PreEscaped(post["html"].as_str().unwrap_or_default()))
                    }
                }
            }
        }
    }
}
