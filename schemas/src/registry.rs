//! Who is in the alliance and who may do what: the records of `registry`, edited by CLI and API.
//! No secret stands here, only hashes and names of secrets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChannelId, Content, GrantId, OutletId, PartnerId, QuietHours, SecretName, Source, TemplateId};

/// A member that publishes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Its id.
    pub id: OutletId,
    /// As readers know it: 成都日报. This is what an attribution line says.
    pub name: String,
    /// Other names it is stated under (来源：成都日报社, 锦观新闻).
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its web sites' host names: a canonical link there names it as the origin.
    #[serde(default)]
    pub domains: Vec<String>,
    /// GB/T 2260 code of its area, e.g. `510100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// SHA-256, in hexadecimal, of each API key that may post for it.
    #[serde(default)]
    pub key_hashes: Vec<String>,
    /// Where to fetch what it publishes, if the outlet does not push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Who owns what it sends, when the pieces do not say. The name, when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_holder: Option<String>,
    /// What it allows, in words, when the pieces do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<String>,
    /// Time zone of times without an offset. `Asia/Shanghai` when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A named selection that others pull or subscribe to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its id, part of its feeds' URLs.
    pub id: ChannelId,
    /// In Chinese, as readers see it: 成都发布.
    pub title: String,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A CEL expression over `article`; `true` takes all.
    pub rule: String,
}

/// A system the hub pushes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// As operators know it.
    pub name: String,
    /// The channels it takes.
    pub channels: Vec<ChannelId>,
    /// How it is reached.
    pub connector: Connector,
    /// The member whose own site this is: its own articles are not sent back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<OutletId>,
    /// Bounds of its lane.
    #[serde(default)]
    pub limits: Limits,
    /// The template, of the form `html`, that lays its articles out; as the article stands, when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// Held by an operator: nothing goes out, everything waits.
    #[serde(default)]
    pub paused: bool,
}

/// How a partner is reached: the kind of connector and its settings, which the connector itself reads and checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// `webhook`, `wordpress` …
    pub kind: String,
    /// Where.
    pub url: String,
    /// The user name, where the system asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The name of the secret: an application password, a signing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// What else this kind knows: category maps, post status …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
}

impl Connector {
    /// The authority of the hub on the other side, where it is a hub of this kind: articles that have passed it are not
    /// sent to it.
    pub fn hub(&self) -> Option<&str> {
        let named = self.options.get("hub").and_then(Value::as_str);
        named.filter(|_| self.kind == "lianbo")
    }
}

/// Bounds of a partner's lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Articles in flight at once.
    pub window: u32,
    /// Requests a second; 0: no limit.
    pub per_second: u32,
    /// Milliseconds to find and reach the partner's server, TLS included; as section `[http]` of the settings says, when
    /// empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u64>,
    /// Milliseconds from the start of a request to the head of its answer; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
    /// Milliseconds for one attempt in all, which may be several requests, to the last byte.
    pub timeout_ms: u64,
    /// Tries of one version before it becomes a dead letter, while the partner takes others; 24 times as many while it
    /// takes nothing.
    pub attempts: u32,
    /// Hours of every day in which nothing but withdrawals goes, e.g. `22:30-06:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Minutes after its release before an article goes there; versions that come meanwhile wait with it, withdrawals do
    /// not.
    pub delay_minutes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        // 30 s: a WordPress that makes thumbnails of a large picture needs 3 s; Standard Webhooks asks for 15 to 30 s.
        // 12 attempts with doubling waits from 1 s to 5 min: about half an hour of trouble with one
        // article at a partner that takes others; about a day at one that takes nothing.
        Self {
            window: 8,
            per_second: 0,
            connect_ms: None,
            first_byte_ms: None,
            timeout_ms: 30_000,
            attempts: 12,
            quiet_hours: None,
            delay_minutes: 0,
        }
    }
}

/// What an outlet allows, to whom, from when to when. No grant, no route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose articles.
    pub outlet: OutletId,
    /// To which channels, or to all.
    #[serde(default)]
    pub channels: Audience<ChannelId>,
    /// To which partners, or to all; a partner gets an article only through a channel that may have it, or when it is
    /// named here.
    #[serde(default)]
    pub partners: Audience<PartnerId>,
    /// From when; always, when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when; for ever, when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What becomes of the copies at partners when it ends.
    #[serde(default)]
    pub on_end: OnEnd,
    /// How much.
    #[serde(default)]
    pub content: Content,
    /// Whether pictures may go along.
    #[serde(default = "yes")]
    pub images: bool,
    /// Seconds after the article's release before a partner or channel may show it.
    #[serde(default)]
    pub embargo_seconds: u32,
    /// Whether partners may edit; told to them, not enforced.
    #[serde(default)]
    pub edits: bool,
    /// Whether what came through another hub may go on to a third one.
    #[serde(default)]
    pub reexport: bool,
    /// The line that must stand with it; `{outlet}` is the outlet's name.
    #[serde(default = "source_line")]
    pub attribution: String,
}

fn yes() -> bool {
    true
}

fn source_line() -> String {
    "来源：{outlet}".to_owned()
}

/// What becomes of the copies that partners hold under a grant when it ends. Nothing new goes out in either case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnEnd {
    /// They are taken down, unless another grant allows them: RightsML's permission with a temporal constraint ends
    /// with it, displaying included.
    #[default]
    TakeDown,
    /// They may stay as they are; corrections no longer come, withdrawals do.
    Keep,
}

/// How an article is laid out for one medium: a Jinja template over the article as its grant allows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its id; that of a built-in template takes its place.
    pub id: TemplateId,
    /// In Chinese, as editors see it: 口播稿.
    pub title: String,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// What it makes.
    pub form: Form,
    /// The template itself.
    pub text: String,
}

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// HTML; what is put in is escaped.
    Html,
    /// Plain text.
    Text,
    /// A JSON object.
    Json,
}

impl Form {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// Some by name, or all: `["a","b"]` or `"all"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience<Id> {
    /// `"all"`
    All(All),
    /// By name; the empty list is nobody.
    Named(Vec<Id>),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum All {
    /// `"all"`
    All,
}

impl<Id> Default for Audience<Id> {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

impl<Id: PartialEq> Audience<Id> {
    /// Whether `id` belongs to it.
    pub fn includes(&self, id: &Id) -> bool {
        match self {
            Self::All(All::All) => true,
            Self::Named(ids) => ids.contains(id),
        }
    }
}
