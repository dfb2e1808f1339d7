//! A WeChat official account, built from the vendor's API reference: as strict as that about tokens, sizes, ids and
//! pictures, and with publishing that takes a while and may fail.
//! <https://developers.weixin.qq.com/doc/service/api/>

mod drafts;
mod pictures;
mod publications;
mod tokens;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use lianbo_connectors::partner::PartnerConnector;
use serde_json::{Value, json};

use crate::bench::connect;
use crate::gallery::png;
use crate::server::serve;
pub(crate) use tokens::{APP, SECRET};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Everything is answered with this code, once there is a token.
    Code(i64),
    /// Publishing ends with this status.
    Ends(i64),
    /// Publishing is not over before the test ends it.
    LongReview,
    /// Handing in a draft is refused with this code.
    NotHandedIn(i64),
    /// A draft handed in is taken, and the answer is lost.
    LostAnswer,
    /// Another program makes every token void as soon as it is given out.
    ForeignTokens,
    /// Deleting is answered with success, and nothing happens.
    IgnoresDeletes,
    /// The text of drafts is thrown away.
    DropsText,
    /// Attributes that it does not know are taken out of texts.
    DropsAttributes,
}

/// A refusal: its code and what is said.
type Refused = (i64, &'static str);

/// A draft or a publication.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    id: String,
    time: u64,
    pub(crate) news: Vec<Value>,
}

/// What the account keeps.
pub(crate) struct Kept {
    pub(crate) fault: Fault,
    /// Every call but those for tokens, in order.
    pub(crate) calls: Vec<String>,
    pub(crate) tokens: tokens::Tokens,
    /// How long publishing takes.
    pub(crate) publishing: Duration,
    pub(crate) drafts: Vec<Entry>,
    pub(crate) published: Vec<Entry>,
    pub(crate) materials: Vec<Value>,
    pub(crate) text_pictures: Vec<String>,
    jobs: Vec<publications::Job>,
    next: u64,
}

/// The account.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) url: String,
    pub(crate) kept: Arc<Mutex<Kept>>,
}

impl Account {
    pub(crate) async fn with(fault: Fault) -> Self {
        let kept = Kept {
            fault,
            calls: Vec::new(),
            tokens: tokens::Tokens::default(),
            publishing: Duration::from_millis(100),
            drafts: Vec::new(),
            published: Vec::new(),
            materials: Vec::new(),
            text_pictures: Vec::new(),
            jobs: Vec::new(),
            next: 0,
        };
        let kept = Arc::new(Mutex::new(kept));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        Self { url: serve(router).await, kept }
    }

    /// The partner's record, for this address. The operator's cover stands on a server of ours.
    pub(crate) fn record(&self, url: &str, options: Value) -> Value {
        let mut record = json!({"kind": "wechat", "url": url, "user": APP, "options": options});
        if record["options"]["cover"].is_null() {
            record["options"]["cover"] = json!(format!("{}/cover.png", self.url));
        }
        record
    }

    pub(crate) fn connector(&self, options: Value) -> Box<dyn PartnerConnector> {
        connect(self.record(&self.url, options), SECRET.to_owned())
    }

    pub(crate) fn becomes(&self, fault: Fault) {
        self.kept.lock().unwrap().fault = fault;
    }

    /// Calls of this route so far.
    pub(crate) fn called(&self, route: &str) -> usize {
        self.kept.lock().unwrap().calls.iter().filter(|call| *call == route).count()
    }

    /// What readers see, of all articles.
    pub(crate) fn shown(&self) -> Vec<Value> {
        let mut kept = self.kept.lock().unwrap();
        kept.end_jobs();
        let seen = |news: &&Value| news["is_deleted"] == false;
        kept.published.iter().flat_map(|entry| entry.news.iter().filter(seen).cloned().collect::<Vec<_>>()).collect()
    }
}

async fn answer(State(kept): State<Arc<Mutex<Kept>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64_000_000).await.unwrap();
    if parts.uri.path() == "/cover.png" {
        return png_of_the_operator().into_response();
    }
    let Some(route) = parts.uri.path().strip_prefix("/cgi-bin/").map(str::to_owned) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let outcome = {
        let mut kept = kept.lock().unwrap();
        kept.end_jobs();
        kept.answer(parts.method.as_str(), &route, &parts.uri, &parts.headers, &body)
    };
    let lost = route == "freepublish/submit" && kept.lock().unwrap().fault == Fault::LostAnswer;
    match outcome {
        Ok(_) if lost => StatusCode::BAD_GATEWAY.into_response(),
        Ok(told) => axum::Json(told).into_response(),
        // Refusals come with status 200 too.
        Err((code, message)) => axum::Json(json!({"errcode": code, "errmsg": message})).into_response(),
    }
}

fn png_of_the_operator() -> Vec<u8> {
    static COVER: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(png);
    COVER.clone()
}

impl Kept {
    fn answer(
        &mut self,
        method: &str,
        route: &str,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, Refused> {
        if route == "stable_token" {
            return self.tokens.give(method, body);
        }
        self.calls.push(route.to_owned());
        let query = uri.query().unwrap_or_default();
        self.tokens.check(query)?;
        match self.fault {
            Fault::Code(code) => return Err((code, "as the test says")),
            Fault::ForeignTokens => {
                self.tokens.void();
                return Err((40001, "invalid credential, access_token is invalid or not latest"));
            }
            _ => {}
        }
        if route == "draft/count" {
            return if method == "GET" { Ok(json!({"total_count": self.drafts.len()})) } else { Err((43001, "GET")) };
        }
        if method != "POST" {
            return Err((43002, "require POST method"));
        }
        match route {
            "media/uploadimg" => return self.text_picture(headers, body),
            "material/add_material" => return self.add_material(query, headers, body),
            _ => {}
        }
        let asked: Value = serde_json::from_slice(body).map_err(|_| (47001, "data format error"))?;
        match route {
            "material/batchget_material" => self.materials(&asked),
            "draft/add" => self.add_draft(&asked),
            "draft/update" => self.update_draft(&asked),
            "draft/get" => self.draft(&asked),
            "draft/delete" => self.delete_draft(&asked),
            "draft/batchget" => listed(&self.drafts, "media_id", &asked),
            "freepublish/submit" => self.submit(&asked),
            "freepublish/get" => self.job(&asked),
            "freepublish/delete" => self.delete_publication(&asked),
            "freepublish/getarticle" => self.publication(&asked),
            "freepublish/batchget" => {
                let left = |entry: &&Entry| entry.news.iter().any(|news| news["is_deleted"] == false);
                let left: Vec<Entry> = self.published.iter().filter(left).cloned().collect();
                listed(&left, "article_id", &asked)
            }
            _ => Err((40066, "invalid url")),
        }
    }

    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}_{:06}", self.next)
    }
}

/// Entries, newest first, 20 at most.
fn listed(entries: &[Entry], id: &str, asked: &Value) -> Result<Value, Refused> {
    let (offset, count) = bounds(asked)?;
    let item = |entry: &Entry| {
        let news: Vec<Value> = entry.news.iter().map(|news| without_content(news, asked)).collect();
        json!({id: entry.id, "content": {"news_item": news}, "update_time": entry.time})
    };
    let items: Vec<Value> = entries.iter().rev().skip(offset).take(count).map(item).collect();
    Ok(json!({"total_count": entries.len(), "item_count": items.len(), "item": items}))
}

fn without_content(news: &Value, asked: &Value) -> Value {
    let mut news = news.clone();
    if asked["no_content"] == 1 {
        news.as_object_mut().unwrap().remove("content");
    }
    news
}

fn bounds(asked: &Value) -> Result<(usize, usize), Refused> {
    match (asked["offset"].as_u64(), asked["count"].as_u64()) {
        (Some(offset), Some(count @ 1..=20)) => Ok((offset as usize, count as usize)),
        _ => Err((40097, "invalid args")),
    }
}
