//! A stand-in for WordPress, as strict and as careless as the real one, with faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use lianbo_connectors::partner::PartnerConnector;
use serde_json::{Value, json};

use crate::bench::connect;
use crate::server::serve;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Posts are made, and the answer is cut short.
    CutAnswers,
    /// Posts are made, and the answer never comes.
    SilentAnswers,
    /// Everything answers 200 with a page.
    Maintenance,
    /// The database takes no large posts.
    PacketTooLarge,
    /// The database is down for a moment.
    DatabaseDown,
    /// Publishing makes pending posts.
    OnlyPending,
    /// The text is thrown away.
    DropsText,
    /// The clock is slow: what has a date is scheduled.
    SlowClock,
    /// Uploads are refused as no pictures.
    RefusesPictures,
    /// Uploads are kept, then the server dies over the thumbnails.
    DiesOverThumbnails,
    /// Categories cannot be made.
    NoNewCategories,
    /// No category is ever taken.
    DropsCategories,
    /// There is no trash.
    NoTrash,
    /// Taking down is answered with success, and nothing happens.
    IgnoresDeletes,
    /// Writing posts is limited.
    Busy,
}

/// What the stand-in keeps.
pub(crate) struct Kept {
    pub(crate) fault: Fault,
    pub(crate) posts: BTreeMap<u64, Value>,
    pub(crate) media: Vec<Value>,
    categories: BTreeMap<String, u64>,
    next: u64,
}

/// The stand-in.
pub(crate) struct StandIn {
    url: String,
    pub(crate) kept: Arc<Mutex<Kept>>,
}

impl StandIn {
    pub(crate) async fn with(fault: Fault) -> Self {
        let kept = Kept { fault, posts: BTreeMap::new(), media: Vec::new(), categories: BTreeMap::new(), next: 1 };
        let kept = Arc::new(Mutex::new(kept));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        Self { url: serve(router).await, kept }
    }

    pub(crate) fn connector(&self, options: Value) -> Box<dyn PartnerConnector> {
        let record = json!({"kind": "wordpress", "url": self.url, "user": "bot", "options": options});
        connect(record, "abcd efgh".to_owned())
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn heal(&self) {
        self.kept.lock().unwrap().fault = Fault::None;
    }

    /// A request thought lost makes its post now.
    pub(crate) fn double(&self, id: &str) {
        let mut kept = self.kept.lock().unwrap();
        let mut twin = kept.posts[&id.parse().unwrap()].clone();
        let number = kept.number();
        twin["id"] = json!(number);
        twin["slug"] = json!(format!("{}-2", twin["slug"].as_str().unwrap()));
        kept.posts.insert(number, twin);
    }

    pub(crate) fn statuses(&self) -> Vec<String> {
        let status = |post: &Value| post["status"].as_str().unwrap().to_owned();
        self.kept.lock().unwrap().posts.values().map(status).collect()
    }
}

fn refused(status: u16, code: &str, message: &str, data: Value) -> Response {
    let body = json!({"code": code, "message": message, "data": data});
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

async fn answer(State(kept): State<Arc<Mutex<Kept>>>, request: Request) -> Response {
    let (method, uri) = (request.method().as_str().to_owned(), request.uri().clone());
    if request.headers().get("authorization").is_none_or(|basic| !basic.to_str().unwrap().starts_with("Basic ")) {
        return refused(401, "rest_not_logged_in", "no", json!({"status": 401}));
    }
    let body = axum::body::to_bytes(request.into_body(), 64_000_000).await.unwrap();
    let path = uri.path().strip_prefix("/wp-json/wp/v2/").unwrap_or("elsewhere").to_owned();
    let (response, silent) = {
        let mut kept = kept.lock().unwrap();
        let writes_post = method == "POST" && path.starts_with("posts");
        let response = kept.answer(&method, &path, uri.query().unwrap_or_default(), &body);
        (response, writes_post && kept.fault == Fault::SilentAnswers)
    };
    if silent {
        std::future::pending::<()>().await;
    }
    response
}

impl Kept {
    fn answer(&mut self, method: &str, path: &str, query: &str, body: &[u8]) -> Response {
        if self.fault == Fault::Maintenance {
            return Html("<h1>Briefly unavailable for scheduled maintenance.</h1>").into_response();
        }
        let (kind, id) = path.split_once('/').unwrap_or((path, ""));
        let id: Option<u64> = id.parse().ok();
        match (method, kind, id) {
            ("GET", "posts", Some(id)) => self.one(id),
            ("GET", "posts", None) => axum::Json(self.search(query)).into_response(),
            ("POST", "posts", id) => self.write(id, serde_json::from_slice(body).unwrap()),
            ("DELETE", "posts", Some(id)) => self.delete(id, query),
            ("GET", "media", None) => axum::Json(self.media_of(query)).into_response(),
            ("POST", "media", None) => self.upload(body),
            ("GET", "categories" | "tags", None) => axum::Json(json!([])).into_response(),
            ("POST", "categories" | "tags", None) => self.term(body),
            _ => refused(404, "rest_no_route", "No route was found", json!({"status": 404})),
        }
    }

    fn one(&self, id: u64) -> Response {
        match self.posts.get(&id) {
            Some(post) => axum::Json(post.clone()).into_response(),
            None => refused(404, "rest_post_invalid_id", "Invalid post ID.", json!({"status": 404})),
        }
    }

    /// Knows `slug`; any other filter is ignored, as WordPress does without the plugin.
    fn search(&self, query: &str) -> Vec<Value> {
        let slugs = query.split('&').find_map(|part| part.strip_prefix("slug="));
        let is_asked = |post: &&Value| slugs.is_none_or(|slugs| slugs.split(',').any(|slug| post["slug"] == slug));
        self.posts.values().filter(is_asked).cloned().collect()
    }

    fn write(&mut self, id: Option<u64>, sent: Value) -> Response {
        match self.fault {
            Fault::PacketTooLarge => {
                let told = "Got a packet bigger than 'max_allowed_packet' bytes";
                return refused(500, "db_insert_error", "Could not insert post into the database.", json!(told));
            }
            Fault::DatabaseDown => return refused(500, "db_insert_error", "Could not insert post.", json!(null)),
            Fault::Busy => return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "9")], "slow down").into_response(),
            _ => {}
        }
        let is_new = id.is_none();
        let id = id.unwrap_or_else(|| self.number());
        let post = self.stored(id, &sent);
        self.posts.insert(id, post.clone());
        let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
        if self.fault == Fault::CutAnswers {
            let whole = post.to_string();
            return (status, whole[..whole.len() / 4].to_owned()).into_response();
        }
        (status, axum::Json(post)).into_response()
    }

    fn stored(&mut self, id: u64, sent: &Value) -> Value {
        let before = self.posts.get(&id).cloned().unwrap_or_else(|| json!({"status": "draft"}));
        let known = |ids: &Value| -> Vec<Value> {
            let ids = ids.as_array().cloned().unwrap_or_default();
            ids.into_iter().filter(|id| self.categories.values().any(|known| id == known)).collect()
        };
        let status = match (self.fault, sent["status"].as_str().unwrap_or(before["status"].as_str().unwrap())) {
            (Fault::OnlyPending, "publish") => "pending",
            (Fault::SlowClock, "publish") if !sent["date_gmt"].is_null() => "future",
            (_, status) => status,
        };
        let given = |name: &str| sent.get(name).cloned();
        let slug =
            given("slug").or_else(|| before.get("slug").cloned()).and_then(|slug| Some(slug.as_str()?.to_owned()));
        let slug = slug.unwrap_or_default();
        let raw = |name: &str| given(name).unwrap_or_else(|| before[name]["raw"].clone());
        let text = if self.fault == Fault::DropsText { json!("") } else { raw("content") };
        let is_taken = self.posts.iter().any(|(other, post)| *other != id && post["slug"] == *slug);
        let categories = if self.fault == Fault::DropsCategories { Vec::new() } else { known(&sent["categories"]) };
        json!({
            "id": id, "status": status, "slug": if is_taken { format!("{slug}-2") } else { slug },
            "link": format!("https://site.example/?p={id}"), "modified_gmt": "2026-11-22T00:00:00",
            "title": {"raw": raw("title")}, "content": {"raw": text}, "categories": categories,
            "tags": given("tags").unwrap_or(json!([])), "featured_media": sent.get("featured_media").cloned().unwrap_or(json!(0)), "meta": [],
        })
    }

    fn delete(&mut self, id: u64, query: &str) -> Response {
        let forced = query.contains("force=true");
        match self.fault {
            Fault::NoTrash if !forced => {
                return refused(501, "rest_trash_not_supported", "Set 'force=true'.", json!({"status": 501}));
            }
            Fault::IgnoresDeletes => return axum::Json(json!({})).into_response(),
            _ => {}
        }
        match self.posts.get_mut(&id) {
            None => refused(404, "rest_post_invalid_id", "Invalid post ID.", json!({"status": 404})),
            Some(_) if forced => axum::Json(json!({"deleted": self.posts.remove(&id).is_some()})).into_response(),
            Some(post) if post["status"] == "trash" => {
                refused(410, "rest_already_trashed", "Already.", json!({"status": 410}))
            }
            Some(post) => {
                post["status"] = json!("trash");
                post["slug"] = json!(format!("{}__trashed", post["slug"].as_str().unwrap()));
                axum::Json(post.clone()).into_response()
            }
        }
    }

    fn media_of(&self, query: &str) -> Vec<Value> {
        self.media.iter().filter(|media| query.contains(media["slug"].as_str().unwrap())).cloned().collect()
    }

    fn upload(&mut self, body: &[u8]) -> Response {
        if self.fault == Fault::RefusesPictures {
            return refused(500, "rest_upload_sideload_error", "Not allowed.", json!({"status": 500}));
        }
        let text = String::from_utf8_lossy(body).into_owned();
        let slug = text.split("name=\"slug\"\r\n\r\n").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
        let media = json!({"id": self.number(), "slug": slug, "media_type": "image", "source_url": "https://x/y.png"});
        self.media.push(media.clone());
        if self.fault == Fault::DiesOverThumbnails {
            return (StatusCode::INTERNAL_SERVER_ERROR, "<p>There has been a critical error.</p>").into_response();
        }
        (StatusCode::CREATED, axum::Json(media)).into_response()
    }

    fn term(&mut self, body: &[u8]) -> Response {
        if self.fault == Fault::NoNewCategories {
            return refused(403, "rest_cannot_create", "Sorry.", json!({"status": 403}));
        }
        let sent: Value = serde_json::from_slice(body).unwrap();
        let name = sent["name"].as_str().unwrap().to_owned();
        if let Some(id) = self.categories.get(&name) {
            return refused(400, "term_exists", "Exists.", json!({"status": 400, "term_id": id}));
        }
        let id = self.number();
        self.categories.insert(name.clone(), id);
        (StatusCode::CREATED, axum::Json(json!({"id": id, "name": name}))).into_response()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
