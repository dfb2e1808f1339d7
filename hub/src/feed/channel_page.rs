//! `GET /channels/{channel}`: a channel for people, and its feeds for the programs they bring.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lianbo_schemas::{Article, Channel};
use maud::{Markup, html};
use serde::Deserialize;

use super::{FeedState, unavailable};
use crate::page::{self, Language, Page, moment};
use crate::problem::Problem;
use crate::view::{Newest, ShownIn};

/// A feed's file name, media type and name.
const FEEDS: [(&str, &str, &str); 4] = [
    ("feed.rss", "application/rss+xml", "RSS"),
    ("feed.atom", "application/atom+xml", "Atom"),
    ("feed.json", "application/feed+json", "JSON Feed"),
    ("feed.ninjs", "application/json", "ninjs"),
];

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    lang: Option<String>,
}

/// `GET /channels/{channel}`.
pub(super) async fn serve(
    State(state): State<Arc<FeedState>>,
    Path(channel): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let language = page::language(wish.lang.as_deref(), &headers);
    let (channel, _) = state.channel(&channel)?;
    let newest = state.view.newest(&channel.id, state.settings.newest).await.map_err(unavailable)?;
    let title = match language {
        Language::Chinese => &channel.title,
        Language::English => channel.title_en.as_ref().unwrap_or(&channel.title),
    };
    let home = state.channel_url(&channel.id);
    let head = html! {
        link rel="canonical" href=(home);
        // ninjs is no feed format that a reader could subscribe to.
        @for (file, media_type, name) in FEEDS.iter().take(3) {
            link rel="alternate" type=(media_type) title={ (title) " " (name) } href={ (home) "/" (file) };
        }
    };
    let body = body(language, title, &channel, &newest);
    Ok(Page { language, title: title.clone(), head, body }.answer(StatusCode::OK))
}

fn body(language: Language, title: &str, channel: &Channel, newest: &Newest) -> Markup {
    let path = format!("/channels/{}", channel.id);
    html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            (page::other_language(language, &path))
        }
        main { section {
            h1 { (title) }
            @if let Some(description) = &channel.description { p { (description) } }
            p.soft {
                (language.say("订阅：", "Subscribe: "))
                @for (file, _, name) in FEEDS { a href={ (path) "/" (file) } { (name) } " " }
            }
            @if newest.items.is_empty() {
                p { (language.say("本频道还没有稿件。有授权的稿件符合频道规则时，会出现在这里。",
                    "Nothing here yet. Articles appear when the channel's rule takes them and their outlet grants it.")) }
            }
            ul.plain { @for (article, terms, _) in &newest.items { (entry(article, terms)) } }
        } }
    }
}

fn entry(article: &Article, terms: &ShownIn) -> Markup {
    html! { li {
        a.headline href={ "/articles/" (article.uri.short()) } lang=[article.news.language.as_deref()] { (article.news.headline()) }
        br;
        span.soft { (terms.attribution) " · " (moment(terms.since)) }
    } }
}
