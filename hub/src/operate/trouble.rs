//! Instead of an operators' page: why it cannot be shown, for people.

use axum::response::Response;
use maud::html;

use crate::page::{self, Language, Page};
use crate::problem::Problem;

/// A page about an article that cannot be shown.
pub(super) fn trouble(language: Language, id: &str, problem: &Problem) -> Response {
    let title = language.say("无法显示这一页", "This page cannot be shown");
    let short = id.rsplit([':', '/']).next().unwrap_or(id);
    let body = html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            a href={ "/articles/" (short) } { (language.say("返回稿件", "back to the article")) }
        }
        main { section.card {
            h1 { (title) }
            p.notice { (page::reason(language, problem.detail())) }
        } }
    };
    Page { language, title: title.to_owned(), head: html! {}, body }.answer(problem.status())
}
