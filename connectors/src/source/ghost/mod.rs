//! Ghost 6, by its Admin API with the key of a custom integration, and by its webhooks.
//! <https://docs.ghost.org/admin-api/>, <https://docs.ghost.org/webhooks>
//!
//! A webhook is sent once, whatever becomes of it. So the lists are asked as well, for what was missed.
//!
//! # Layout
//! This file asks; [`event`] reads what a webhook brings, [`signature`] says whether it is Ghost that brings it.

pub mod event;
mod marks;
pub mod signature;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cms::{Cms, Order, PAGE, Post, Row, SourceError, Standing, Wanted, described, failed};
use crate::format::post::System;
use crate::http::HttpClient;
use crate::partner::SettingsError;
use crate::partner::ghost::api::{Api, filter};
use crate::partner::refusal::ApiError;

const NAME: &str = "Ghost";

/// The events that the hub wants to be told of.
pub const EVENTS: [&str; 4] = ["post.published", "post.published.edited", "post.unpublished", "post.deleted"];

/// A Ghost site.
#[derive(Debug)]
pub struct Ghost {
    api: Api,
}

/// Whether a webhook had to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// It is new, and has this id.
    Made(String),
    /// One for the same event and address was there.
    Known,
}

#[derive(Deserialize)]
struct Listed {
    posts: Vec<Value>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    status: String,
    #[serde(default)]
    visibility: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
}

impl Ghost {
    /// The site at `url`, with an Admin API key.
    pub fn open(url: &str, key: Option<String>, http: HttpClient) -> Result<Self, SettingsError> {
        Ok(Self { api: Api::open(&described("ghost", url, None), key, http)? })
    }

    /// Has Ghost tell `target` of an event, signed with `secret`.
    pub async fn register(&self, event: &str, target: &str, secret: &str) -> Result<Registered, SourceError> {
        let webhook = json!({"event": event, "target_url": target, "name": "Lianbo", "secret": secret});
        match self.api.write::<Value>(Method::POST, "webhooks/", &json!({"webhooks": [webhook]})).await {
            Ok(made) => {
                let id = made.pointer("/webhooks/0/id").and_then(Value::as_str).unwrap_or_default();
                Ok(Registered::Made(id.to_owned()))
            }
            // Ghost has one webhook for each event and address, and names no code for it.
            Err(ApiError::Refused(refusal)) if is_used_already(&refusal.told) => Ok(Registered::Known),
            Err(error) => Err(failed(NAME, error)),
        }
    }

    /// Takes a webhook of this integration away again.
    pub async fn unregister(&self, id: &str) -> Result<(), SourceError> {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        self.api.delete(&format!("webhooks/{id}/")).await.map_err(|error| failed(NAME, error))
    }

    async fn rows(&self, query: &str) -> Result<Vec<Row>, ApiError> {
        let fields = "fields=id,slug,status,visibility,updated_at";
        let listed: Listed = self.api.get(&format!("posts/?{query}&{fields}&limit={PAGE}")).await?;
        Ok(listed.posts.into_iter().filter_map(row).collect())
    }

    /// A post that the list does not have.
    async fn missing(&self, wanted: Wanted<'_>) -> Result<Row, SourceError> {
        if let Some(post) = self.post(wanted.id).await? {
            let listed: Result<Listed, _> = serde_json::from_slice(&post.body);
            let found = listed.ok().and_then(|listed| listed.posts.into_iter().find_map(row));
            return found.ok_or_else(|| unreadable(wanted.id));
        }
        let event = json!({"event": "post.deleted", "post": {"current": {}, "previous": {"id": wanted.id}}});
        Ok(Row {
            id: wanted.id.to_owned(),
            stamp: "deleted".to_owned(),
            changed: None,
            due: None,
            standing: Standing::Gone,
            body: event.to_string().into(),
        })
    }
}

#[async_trait]
impl Cms for Ghost {
    fn system(&self) -> System {
        System::Ghost
    }

    async fn check(&self) -> Result<String, SourceError> {
        #[derive(Deserialize)]
        struct Told {
            site: Site,
        }
        #[derive(Deserialize)]
        struct Site {
            title: String,
            version: String,
        }
        let told: Told = self.api.get("site/").await.map_err(|error| failed(NAME, error))?;
        self.list(Order::Changed, 1).await?;
        Ok(format!("Ghost {}, `{}`, the integration sees posts and drafts", told.site.version, told.site.title))
    }

    async fn list(&self, order: Order, page: u32) -> Result<Vec<Row>, SourceError> {
        let by = match order {
            Order::Changed => "updated_at",
            Order::Made => "created_at",
            // Ghost shows a scheduled post by an edit.
            Order::Scheduled => return Ok(Vec::new()),
        };
        self.rows(&format!("order={by}%20desc&page={page}")).await.map_err(|error| failed(NAME, error))
    }

    async fn look(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Row>, SourceError> {
        let ids: Vec<&str> = wanted.iter().map(|wanted| wanted.id).collect();
        let these = filter(&format!("id:[{}]", ids.join(",")));
        let mut rows = self.rows(&these).await.map_err(|error| failed(NAME, error))?;
        for wanted in wanted {
            if !rows.iter().any(|row| row.id == wanted.id) {
                rows.push(self.missing(*wanted).await?);
            }
        }
        Ok(rows)
    }

    async fn post(&self, id: &str) -> Result<Option<Post>, SourceError> {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        let body = match self.api.get_as_sent(&format!("posts/{id}/?formats=html&include=tags,authors")).await {
            Err(ApiError::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND => return Ok(None),
            outcome => outcome.map_err(|error| failed(NAME, error))?,
        };
        let told: Value = serde_json::from_slice(&body).unwrap_or_default();
        let post = told.pointer("/posts/0").ok_or_else(|| unreadable(&id.to_string()))?;
        let origin = marks::origin(post);
        Ok(Some(Post { body, origin }))
    }
}

fn unreadable(id: &str) -> SourceError {
    let reason = format!("the answer about post {id} cannot be read as Ghost's");
    SourceError::Transient { retry_after: None, reason }
}

fn is_used_already(told: &Value) -> bool {
    let context = told.pointer("/errors/0/context").and_then(Value::as_str).unwrap_or_default();
    context.contains("already been used")
}

fn row(line: Value) -> Option<Row> {
    let body: Bytes = line.to_string().into();
    let Line { id, status, visibility, updated_at } = serde_json::from_value(line).ok()?;
    let visibility = visibility.unwrap_or_else(|| "public".to_owned());
    let updated_at = updated_at.unwrap_or_default();
    let is_public = status == "published" && visibility == "public";
    Some(Row {
        id,
        stamp: format!("{updated_at} {status} {visibility}"),
        changed: updated_at.parse::<Timestamp>().ok(),
        due: None,
        standing: if is_public { Standing::Public } else { Standing::Hidden },
        body,
    })
}
