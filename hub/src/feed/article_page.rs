//! `GET /articles/{article}`: one article for people, with its source, its lineage and its versions.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lianbo_schemas::sighting::LinkRelation;
use lianbo_schemas::{Article, Evidence, ItemUri, Relation, Ruling, Sighting};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::exposure::{Exposure, exposure};
use super::terms::{Shown, original_url};
use super::{Audience, FeedState, unavailable};
use crate::page::{self, Language, Page, moment, safe_url};
use crate::problem::Problem;
use crate::view::{CarriedOut, Lineage, Linked, Standing, Version};

/// How deep a tree of reprints is drawn; deeper ones are drawn at this depth.
const DEEPEST: u32 = 6;

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    lang: Option<String>,
}

/// `GET /articles/{article}`.
pub(super) async fn serve(
    State(state): State<Arc<FeedState>>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
    audience: Audience,
) -> Result<Response, Problem> {
    let language = page::language(wish.lang.as_deref(), &headers);
    match exposure(&state, &id, audience).await? {
        Exposure::Gone { merged_into: Some(other), .. } => {
            // An editor may undo it: nobody is to remember the way for ever.
            let headers = [(LOCATION, format!("/articles/{}", other.short())), (CACHE_CONTROL, "no-cache".to_owned())];
            Ok((StatusCode::MOVED_PERMANENTLY, headers).into_response())
        }
        Exposure::Gone { standing, merged_into: None } => Ok(gone(language, &standing)),
        Exposure::Shown { article, terms, standing } => {
            let mut lineage = state.view.lineage(&article.uri).await.map_err(unavailable)?;
            if let Some(lineage) = lineage.as_mut().filter(|_| audience == Audience::Public) {
                lineage.links.retain(|linked| linked.listed);
                lineage.linked_from.retain(|linked| linked.listed);
            }
            let versions = state.view.versions(&article.uri).await.map_err(unavailable)?;
            let at = state.article_url(article.uri.short());
            let shown = Shown::new(&article, &terms, standing.changed, &state.outlet_name(&article.outlet), &at);
            let decisions = match audience {
                Audience::Public => Vec::new(),
                Audience::Operator => state.view.decisions(&article.uri).await.map_err(unavailable)?,
            };
            let drawn = Drawn { state: &state, language, article: &article, audience };
            let body = body(&drawn, &shown, lineage.as_ref(), &versions, &decisions);
            let head = head(&article, &shown, &at);
            Ok(Page { language, title: shown.headline, head, body }.answer(StatusCode::OK))
        }
    }
}

fn gone(language: Language, standing: &Standing) -> Response {
    let title = language.say("稿件已撤回", "This article has been withdrawn");
    let body = html! {
        (top(language, standing.uri.short()))
        main { article.card {
            h1 { (title) }
            p { (language.say("发稿媒体已撤回此稿，正文不再提供。请勿继续转载。",
                "The outlet has withdrawn it. Its text is no longer available; please take down your copies.")) }
            @if let Some(note) = &standing.note { p.notice { (page::reason(language, note)) } }
            p.soft { (moment(standing.changed)) }
        } }
    };
    Page { language, title: title.to_owned(), head: html! {}, body }.answer(StatusCode::GONE)
}

fn top(language: Language, short: &str) -> Markup {
    html! { header.top {
        strong { a href="/" { "联播 Lianbo" } }
        (page::other_language(language, &format!("/articles/{short}")))
    } }
}

fn head(article: &Article, shown: &Shown, at: &str) -> Markup {
    let canonical = original_url(article).unwrap_or_else(|| at.to_owned());
    let linked_data = linked_data(article, shown, at).to_string().replace('<', "\\u003c");
    html! {
        link rel="canonical" href=(canonical);
        meta name="description" content=(shown.summary);
        script type="application/ld+json" { (PreEscaped(linked_data)) }
    }
}

/// <https://schema.org/NewsArticle>
fn linked_data(article: &Article, shown: &Shown, at: &str) -> Value {
    let publisher = json!({"@type": "NewsMediaOrganization", "name": shown.outlet});
    json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": article.uri,
        "headline": shown.headline,
        "inLanguage": shown.language,
        "datePublished": shown.published,
        "dateModified": shown.updated,
        "author": {"@type": "Person", "name": shown.author},
        "publisher": publisher,
        "copyrightHolder": {"@type": "Organization", "name": article.news.copyright_holder.as_ref().unwrap_or(&shown.outlet)},
        "creditText": shown.attribution,
        "description": shown.summary,
        "image": shown.picture,
        "url": at,
        "mainEntityOfPage": shown.link,
        "isBasedOn": original_url(article),
    })
}

/// What an article is drawn with.
struct Drawn<'a> {
    state: &'a FeedState,
    language: Language,
    article: &'a Article,
    audience: Audience,
}

fn body(
    drawn: &Drawn<'_>,
    shown: &Shown,
    lineage: Option<&Lineage>,
    versions: &[Version],
    decisions: &[CarriedOut],
) -> Markup {
    let (language, article) = (drawn.language, drawn.article);
    let text_language = shown.language.as_deref().unwrap_or("zh-Hans");
    html! {
        (top(language, article.uri.short()))
        main {
            article.card lang=(text_language) {
                h1 { (shown.headline) }
                p.soft {
                    (shown.attribution) " · " (shown.author) " · " (moment(shown.published))
                    @if article.version > 1 { " · " span.chip.warn { (language.say("第", "version ")) (article.version) (language.say("版", "")) } }
                }
                @if drawn.audience == Audience::Operator {
                    p { a href={ "/articles/" (article.uri.short()) "/renditions" } {
                        (language.say("各端版式：报纸、口播、字幕……", "In every medium: print, radio, crawl …")) } }
                }
                @if let Some(note) = &article.news.ed_note { p.notice { (note) } }
                // The body was sanitised when it came in, and the page's policy allows no script.
                div.body { (PreEscaped(&shown.html)) }
            }
            @if let Some(lineage) = lineage { (origins(drawn, lineage)) }
            @if !decisions.is_empty() { (rulings(language, decisions)) }
            (history(language, versions))
        }
        footer { code { (article.uri) } }
    }
}

fn origins(drawn: &Drawn<'_>, lineage: &Lineage) -> Markup {
    let language = drawn.language;
    let roots = lineage.sightings.iter().filter(|sighting| {
        let parent = sighting.parent.as_ref();
        !parent.is_some_and(|parent| lineage.sightings.iter().any(|other| other.item == *parent))
    });
    html! {
        section {
            h2 { (language.say("来源与转载", "Source and reprints")) }
            ul.tree { @for root in roots { (sighting(drawn, root, &lineage.sightings, 0)) } }
        }
        @if !lineage.links.is_empty() || !lineage.linked_from.is_empty() {
            section {
                h2 { (language.say("相关稿件", "Related articles")) }
                ul.plain {
                    @for linked in &lineage.links { (related(drawn, linked, language.say("更新了", "updates"))) }
                    @for linked in &lineage.linked_from { (related(drawn, linked, language.say("更新见", "updated by"))) }
                }
            }
        }
    }
}

fn sighting(drawn: &Drawn<'_>, one: &Sighting, all: &[Sighting], depth: u32) -> Markup {
    let language = drawn.language;
    let is_child = |item: &ItemUri, other: &Sighting| other.parent.as_ref() == Some(item) && other.item != *item;
    let children: Vec<_> = all.iter().filter(|other| depth < DEEPEST && is_child(&one.item, other)).collect();
    let word = match one.relation {
        Relation::Original => language.say("原稿", "original"),
        Relation::Reprint => language.say("转载", "reprint"),
    };
    html! { li {
        span.chip { (word) } " " strong { (drawn.state.outlet_name(&one.outlet)) } " "
        @match one.url.as_deref().and_then(safe_url) {
            Some(url) => a href=(url) rel="noopener" { (one.headline) },
            None => (one.headline),
        }
        " " span.soft { (moment(one.published.unwrap_or(one.seen)))
            @if let Some(source) = &one.stated_source { " · " (language.say("来源：", "states: ")) (source) }
            @if one.withdrawn { " · " span.bad { (language.say("已撤下", "taken down")) } }
        }
        (grounds(drawn, &one.evidence))
        @if one.relation == Relation::Reprint { (side_by_side(drawn, "item", one.item.as_str())) }
        @if !children.is_empty() {
            ul.tree { @for child in children { (sighting(drawn, child, all, depth + 1)) } }
        }
    } }
}

/// Why, and what differs.
fn grounds(drawn: &Drawn<'_>, evidence: &Evidence) -> Markup {
    html! {
        @for reason in &evidence.reasons { br; span.soft { (page::reason(drawn.language, reason)) } }
        @if !evidence.differing.is_empty() { br; @for (theirs, ours) in &evidence.differing {
            mark.figure { (theirs) } " → " mark.figure { (ours) } "　"
        } }
    }
}

/// The way to the two texts side by side; the words of a reprint are for operators only.
fn side_by_side(drawn: &Drawn<'_>, what: &str, name: &str) -> Markup {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(what, name)
        .append_pair("lang", drawn.language.tag())
        .finish();
    html! { @if drawn.audience == Audience::Operator {
        br; a href={ "/articles/" (drawn.article.uri.short()) "/compare?" (query) } {
            (drawn.language.say("逐句对照", "side by side"))
        }
    } }
}

fn related(drawn: &Drawn<'_>, linked: &Linked, update: &str) -> Markup {
    let word = match linked.relation {
        LinkRelation::Update => update,
        LinkRelation::SameEvent => drawn.language.say("同一事件", "same event"),
    };
    html! { li {
        span.chip { (word) } " "
        a href={ "/articles/" (linked.article.short()) } { (linked.headline.as_deref().unwrap_or(linked.article.short())) }
        (grounds(drawn, &linked.evidence))
        (side_by_side(drawn, "article", linked.article.short()))
    } }
}

fn rulings(language: Language, decisions: &[CarriedOut]) -> Markup {
    html! { section {
        h2 { (language.say("编辑裁定", "Decisions of editors")) }
        ul.plain { @for done in decisions { li {
            @let decision = &done.decision;
            span.chip { (match &decision.ruling {
                Ruling::Split { .. } => language.say("拆分", "split"),
                Ruling::Merge { .. } => language.say("合并", "merged"),
                Ruling::Original { .. } => language.say("认定原稿", "original set"),
            }) } " "
            @match &decision.ruling {
                Ruling::Split { item } | Ruling::Original { item } => code { (item) },
                Ruling::Merge { .. } => { (decision.article.short()) " → " a href={ "/articles/" (done.result.short()) } { (done.result.short()) } },
            }
            " " strong { (decision.by) } " " span.soft { (moment(decision.at)) }
            @if let Some(note) = &decision.note { br; (note) }
        } } }
    } }
}

fn history(language: Language, versions: &[Version]) -> Markup {
    html! { section {
        h2 { (language.say("版本", "Versions")) }
        div.wide { table {
            @for version in versions.iter().rev() { tr {
                td.n { (version.version) }
                td { (change_word(language, &version.change)) }
                td { (moment(version.at)) }
                td { @if let Some(note) = &version.note { (page::reason(language, note)) } }
            } }
        } }
    } }
}

fn change_word(language: Language, change: &str) -> &str {
    match change {
        "published" => language.say("发布", "published"),
        "corrected" => language.say("更正", "corrected"),
        "attributed" => language.say("确认原稿", "original found"),
        "withheld" => language.say("暂缓", "withheld"),
        "canceled" => language.say("撤稿", "killed"),
        "expired" => language.say("到期下架", "expired"),
        "embargo-lifted" => language.say("解除禁发", "embargo lifted"),
        other => other,
    }
}
