//! `GET /articles/{article}/compare`: the comparison for an editor's eyes, side by side, one below the other on a phone.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};

use super::{Compared, Operate, Side, Wish, compared};
use crate::compare::{Change, Comparison, Kind, Passage, Piece};
use crate::operate::trouble::trouble;
use crate::page::{self, Language, Page, moment, safe_url};

/// Differing things named above the texts.
const MOST_CHANGES: usize = 24;

pub(in crate::operate) async fn serve(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let language = page::language(wish.lang.as_deref(), &headers);
    match compared(&operate, &id, &wish).await {
        Ok(found) => {
            let title = language.say("对照 · 联播", "Side by side · Lianbo").to_owned();
            Page { language, title, head: html! {}, body: body(&operate, language, &id, &found) }.answer(StatusCode::OK)
        }
        Err(problem) => trouble(language, &id, &problem),
    }
}

fn body(operate: &Operate, language: Language, id: &str, found: &Compared) -> Markup {
    let short = id.rsplit([':', '/']).next().unwrap_or(id);
    html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            a href={ "/articles/" (short) } { (language.say("返回稿件", "back to the article")) }
        }
        main {
            section {
                h1 { (language.say("对照", "Side by side")) }
                @match &found.comparison {
                    Some(comparison) => { (summary(language, comparison)) }
                    None => { p.notice {
                        (language.say("原始来稿已过保存期，无法逐句对照；以下是判定时留下的记录。",
                            "The bytes of this item are kept no longer, so that its words cannot be shown; this is what was recorded when it was judged."))
                    } }
                }
                details open[found.comparison.is_none()] {
                    summary.soft { (language.say("判定时的依据", "Why it was judged so")) }
                    ul.plain { @for reason in &found.evidence.reasons { li { (page::reason(language, reason)) } } }
                    @for (theirs, ours) in &found.evidence.differing {
                        mark.figure { (theirs) } " → " mark.figure { (ours) } " "
                    }
                }
            }
            section.pairs {
                div.pair.head {
                    div { (side(operate, language, language.say("原稿", "original"), &found.theirs)) }
                    div { (side(operate, language, language.say("本稿", "this one"), &found.ours)) }
                }
                @if let Some(comparison) = &found.comparison {
                    @for passage in &comparison.passages { (pair(language, passage)) }
                }
            }
        }
        footer { code { (found.ours.uri) } }
    }
}

fn summary(language: Language, comparison: &Comparison) -> Markup {
    let percent = (comparison.same_share * 100.0).round();
    html! {
        p { @match language {
            Language::Chinese => { "本稿正文有 " strong { (percent) "%" } " 与原稿逐字相同。" }
            Language::English => { strong { (percent) " %" } " of this text stands word for word in the original." }
        } }
        @if comparison.shortened {
            p.soft { (language.say("篇幅过长，只对照了开头部分。", "The texts are long; only their beginnings are compared.")) }
        }
        @if comparison.changes.is_empty() {
            p { (language.say("相同的句子里没有不同的数字、日期、序数或名称。", "No figure, date, ordinal or name differs in the sentences they share.")) }
        }
        @for kind in [Kind::Figure, Kind::Date, Kind::Ordinal, Kind::Name, Kind::Words] {
            (changes(language, kind, &comparison.changes))
        }
    }
}

fn changes(language: Language, kind: Kind, all: &[Change]) -> Markup {
    let of_kind: Vec<&Change> = all.iter().filter(|change| change.kind == kind).collect();
    html! { @if !of_kind.is_empty() { p {
        span.chip { (word(language, kind)) " " (of_kind.len()) } " "
        @for change in of_kind.iter().take(MOST_CHANGES) {
            mark class=(class(kind)) { (or_nothing(&change.theirs)) } " → "
            mark class=(class(kind)) { (or_nothing(&change.ours)) } "　"
        }
        @if of_kind.len() > MOST_CHANGES { "…" }
    } } }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "∅" } else { text }
}

fn side(operate: &Operate, language: Language, word: &str, side: &Side) -> Markup {
    let registry = operate.registry.snapshot();
    let name =
        registry.outlets.get(&side.outlet).map_or(side.outlet.as_str(), |outlet| outlet.name.as_str()).to_owned();
    html! {
        span.chip { (word) } " " strong { @match side.url.as_deref().and_then(safe_url) {
            Some(url) => a href=(url) rel="noopener" { (name) },
            None => (name),
        } }
        " " span.soft {
            (moment(side.at))
            @if let Some(source) = &side.stated_source { " · " (language.say("来源：", "credits: ")) (source) }
        }
    }
}

fn pair(language: Language, passage: &Passage) -> Markup {
    match passage {
        Passage::Same { theirs, ours } => html! { div.pair.same { div { (theirs) } div { (ours) } } },
        Passage::Changed { theirs, ours } => html! { div.pair { div { (pieces(theirs)) } div { (pieces(ours)) } } },
        Passage::OnlyTheirs { text } => html! { div.pair {
            div { del { (text) } } div.soft { (language.say("（本稿没有）", "(not in this one)")) }
        } },
        Passage::OnlyOurs { text } => html! { div.pair {
            div.soft { (language.say("（原稿没有）", "(not in the original)")) } div { ins { (text) } }
        } },
    }
}

fn pieces(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @match piece.differs {
        Some(kind) => mark class=(class(kind)) { (piece.text) },
        None => (piece.text),
    } } }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Figure | Kind::Date | Kind::Ordinal | Kind::Name => "figure",
        Kind::Words => "words",
    }
}

fn word(language: Language, kind: Kind) -> &'static str {
    match kind {
        Kind::Figure => language.say("数字", "figures"),
        Kind::Date => language.say("日期", "dates"),
        Kind::Ordinal => language.say("序数", "ordinals"),
        Kind::Name => language.say("人名地名", "names"),
        Kind::Words => language.say("用语", "words"),
    }
}
