//! `GET /articles/{article}/renditions`: the article in every medium, for an editor's eyes.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lianbo_schemas::registry::Form;
use lianbo_schemas::{Article, Template};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use super::{Operate, all, article, as_allowed, laid_out};
use crate::operate::trouble::trouble;
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
    let article = match article(&operate, &id).await {
        Ok(article) => article,
        Err(problem) => return trouble(language, &id, &problem),
    };
    let partner = wish.partner.as_deref().filter(|name| !name.is_empty());
    let (status, shown) = match drawn(&operate, &article, partner, language).await {
        Ok(sections) => (StatusCode::OK, html! { @for section in sections { (section) } }),
        Err(problem) => (problem.status(), not_for(language, &problem)),
    };
    let title = language.say("各端版式 · 联播", "In every medium · Lianbo").to_owned();
    let body = body(&operate, &article, partner, language, &shown);
    Page { language, title, head: html! {}, body }.answer(status)
}

async fn drawn(
    operate: &Operate,
    article: &Article,
    partner: Option<&str>,
    language: Language,
) -> Result<Vec<Markup>, Problem> {
    let partner = partner.map(|name| super::super::partner(operate, name)).transpose()?;
    let outgoing = as_allowed(operate, article, partner.as_ref().map(|partner| &partner.id), (operate.clock)())?;
    let mut sections = Vec::new();
    for template in all(&operate.registry.snapshot()) {
        let laid = laid_out(template.clone(), outgoing.clone()).await;
        sections.push(section(language, &template, laid.map(|laid| laid.rendition)));
    }
    Ok(sections)
}

/// Instead of the renditions: why there are none, and what can be done.
fn not_for(language: Language, problem: &Problem) -> Markup {
    html! {
        section.card {
            h2 { (language.say("没有可预览的内容", "There is nothing to show")) }
            p.notice { (page::reason(language, problem.detail())) }
            p { (language.say("可在上方改选其他合作方，或不选合作方预览全文。要让该合作方得到稿件，请为它登记授权和频道：",
                "Choose another partner above, or none to see all of it. To let the partner have it, give it a grant and a channel: "))
                code { "lianbo grant add" } ", " code { "lianbo partner add" } }
        }
    }
}

fn body(operate: &Operate, article: &Article, partner: Option<&str>, language: Language, shown: &Markup) -> Markup {
    let registry = operate.registry.snapshot();
    let short = article.uri.short();
    html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            a href={ "/articles/" (short) } { (language.say("返回稿件", "back to the article")) }
            (page::other_language(language, &format!("/articles/{short}/renditions")))
        }
        main {
            h1 { (article.news.headline()) }
            form {
                input type="hidden" name="lang" value=(language.tag());
                label { (language.say("以谁的授权为准：", "As it may be had by: "))
                    select name="partner" {
                        option value="" { (language.say("全文（仅供预览）", "nobody in particular, in full")) }
                        @for other in registry.partners.values() {
                            option value=(other.id) selected[partner == Some(other.id.as_str())] { (other.name) }
                        }
                    }
                }
                " " button { (language.say("预览", "Show")) }
            }
            (shown)
            p.soft { (language.say("修改版式：", "To change a layout: "))
                code { "lianbo template show radio > radio.txt" } " → "
                code { "lianbo template add radio --title 口播稿 --file radio.txt" } }
        }
    }
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
                (Err(problem), _) => {
                    p.notice { (language.say("这个版式用不了：", "This layout cannot be used: ")) (page::reason(language, problem.detail())) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, section};
    use crate::operate::rendition::refused;
    use crate::rendition::{TemplateError, builtin};

    #[test]
    fn a_layout_that_cannot_be_used_says_so_in_the_language_of_the_page() {
        let template = builtin(&"radio".parse().unwrap()).unwrap();
        let drawn = |language| {
            let error = TemplateError::Line { line: 3, cause: "syntax error".to_owned() };
            section(language, &template, Err(refused(error))).into_string()
        };
        assert!(drawn(Language::Chinese).contains("这个版式用不了：第 3 行有误：syntax error"));
        assert!(drawn(Language::English).contains("This layout cannot be used: line 3: syntax error"));
    }
}
