//! `GET /articles/{article}/renditions`: the article in every medium, for an editor's eyes.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lianbo_schemas::Template;
use lianbo_schemas::registry::Form;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use super::{Operate, all, article, as_allowed, laid_out};
use crate::page::{self, Language, Page};
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(in crate::operate) struct Wish {
    lang: Option<String>,
    partner: Option<String>,
}

pub(in crate::operate) async fn serve(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let language = page::language(wish.lang.as_deref(), &headers);
    match drawn(&operate, &id, wish.partner.as_deref().filter(|name| !name.is_empty()), language).await {
        Ok(body) => {
            let title = language.say("各端版式 · 联播", "In every medium · Lianbo").to_owned();
            Page { language, title, head: html! {}, body }.answer(StatusCode::OK)
        }
        Err(problem) => Problem::into_response(problem),
    }
}

async fn drawn(operate: &Operate, id: &str, partner: Option<&str>, language: Language) -> Result<Markup, Problem> {
    let article = article(operate, id).await?;
    let partner = partner.map(lianbo_schemas::PartnerId::new).transpose();
    let partner = partner.map_err(|error| Problem::bad_request(error.to_string()))?;
    let outgoing = as_allowed(operate, &article, partner.as_ref(), (operate.clock)())?;
    let registry = operate.registry.snapshot();
    let mut sections = Vec::new();
    for template in all(&registry) {
        let laid = laid_out(template.clone(), outgoing.clone()).await;
        sections.push(section(language, &template, laid.map(|laid| laid.rendition)));
    }
    let short = article.uri.short();
    Ok(html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            a href={ "/articles/" (short) } { (language.say("返回稿件", "back to the article")) }
            (page::other_language(language, &format!("/articles/{short}/renditions")))
        }
        main {
            h1 { (article.news.headline()) }
            form {
                label { (language.say("以谁的授权为准：", "As it may be had by: "))
                    select name="partner" {
                        option value="" { (language.say("全文（仅供预览）", "nobody in particular, in full")) }
                        @for other in registry.partners.values() {
                            option value=(other.id) selected[partner.as_ref() == Some(&other.id)] { (other.name) }
                        }
                    }
                }
                " " button { (language.say("预览", "Show")) }
            }
            @for section in sections { (section) }
            p.soft { (language.say("修改版式：", "To change a layout: "))
                code { "lianbo template show radio > radio.txt" } " → "
                code { "lianbo template add radio --title 口播稿 --file radio.txt" } }
        }
    })
}

fn section(language: Language, template: &Template, laid: Result<String, Problem>) -> Markup {
    let title = match language {
        Language::Chinese => &template.title,
        Language::English => template.title_en.as_ref().unwrap_or(&template.title),
    };
    html! {
        section.card id=(template.id) {
            h2 { (title) " " code.soft { (template.id) } }
            @match (laid, template.form) {
                // What is put into a template is escaped or was sanitised, and the page's policy allows no script.
                (Ok(made), Form::Html) => { div.body { (PreEscaped(made)) } }
                (Ok(made), Form::Text | Form::Json) => { pre { (made) } }
                (Err(problem), _) => { p.notice { (problem.detail()) } }
            }
        }
    }
}
