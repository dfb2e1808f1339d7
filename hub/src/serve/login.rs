//! Telling operators apart on pages: by the admin key as a bearer, or by the cookie that `/login` sets for a browser.

use axum::extract::{Form, Query, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, http::HeaderValue};
use maud::html;
use serde::Deserialize;

use crate::admin::AdminKey;
use crate::feed::Audience;
use crate::page::{Language, Page, language, other_language};

/// Who is an operator.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) key: AdminKey,
    /// Everybody who reaches this server is: for the demo, and for networks of operators only.
    pub(super) everyone: bool,
}

/// The cookie holds the key itself: it is sent to this server only, and scripts cannot read it.
const NAME: &str = "lianbo_operator";

/// The routes.
pub(super) fn router(guard: Guard) -> Router {
    Router::new().route("/login", get(form).post(enter)).with_state(guard)
}

/// Operators see what the public must not: articles under embargo, who holds what, dead letters.
pub(super) async fn tell_operators_apart(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    if guard.lets_in(request.headers()) {
        request.extensions_mut().insert(Audience::Operator);
    }
    next.run(request).await
}

/// Sends everybody else to the login.
pub(super) async fn operators_only(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if guard.lets_in(request.headers()) {
        return next.run(request).await;
    }
    Redirect::to("/login").into_response()
}

impl Guard {
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        self.everyone || self.key.is_in(headers) || has_cookie(&self.key, headers)
    }
}

fn has_cookie(key: &AdminKey, headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    values.any(|(name, value)| name == NAME && key.is(value))
}

#[derive(Deserialize)]
struct Wish {
    lang: Option<String>,
}

async fn form(Query(wish): Query<Wish>, headers: HeaderMap) -> Response {
    page(language(wish.lang.as_deref(), &headers), StatusCode::OK)
}

fn page(language: Language, status: StatusCode) -> Response {
    let body = html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            (other_language(language, "/login"))
        }
        main { section {
            h1 { (language.say("运营者登录", "Operators")) }
            @if status != StatusCode::OK {
                p.notice.bad { (language.say("密钥不对。", "This is not the key.")) }
            }
            p { (language.say("密钥在数据目录的 ", "The key is in ")) code { "admin.key" }
                (language.say(" 文件里。登录后可见合作方、死信和禁发期内的稿件。", " of the hub's data folder. Operators also see partners, dead letters and articles under embargo.")) }
            form method="post" action="/login" {
                input type="password" name="key" autocomplete="current-password" required autofocus
                    aria-label=(language.say("密钥", "key"));
                button { (language.say("进入", "Enter")) }
            }
        } }
    };
    let title = language.say("联播 · 登录", "Lianbo · log in").to_owned();
    Page { language, title, head: html! {}, body }.answer(status)
}

#[derive(Deserialize)]
struct Entered {
    key: String,
}

async fn enter(State(guard): State<Guard>, headers: HeaderMap, Form(entered): Form<Entered>) -> Response {
    let key = entered.key.trim();
    if !guard.key.is(key) {
        return page(language(None, &headers), StatusCode::UNAUTHORIZED);
    }
    match HeaderValue::from_str(&format!("{NAME}={key}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200")) {
        Ok(cookie) => (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/")).into_response(),
        Err(_unprintable) => page(language(None, &headers), StatusCode::UNAUTHORIZED),
    }
}
