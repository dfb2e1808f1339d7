//! The status page.

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{DeadLetter, ItemUri, Relation, Sighting};
use maud::{Markup, html};

use super::partner::LaneRow;
use super::status::{Status, is_root};
use super::{takedown, words};
use crate::feed::Audience;
use crate::page::{self, Language, moment, other_language, safe_url};
use crate::registry::Snapshot;
use crate::view::Latest;

/// Seconds after which the page asks again.
const REFRESH: &str = "10";
/// How deep a tree of reprints is drawn.
const DEEPEST: u32 = 4;

/// The page asks again by itself.
pub(super) fn head() -> Markup {
    html! { meta http-equiv="refresh" content=(REFRESH); }
}

/// The page.
pub(super) fn body(language: Language, status: &Status, registry: &Snapshot, audience: Audience) -> Markup {
    html! {
        header.top {
            strong { a href="/" { "联播 Lianbo" } }
            span.soft { (language.say("内容联动分发", "news syndication")) }
            (other_language(language, "/"))
        }
        main {
            (flow(language, status))
            (articles(language, status, registry))
            @if let Some(lanes) = &status.lanes { (partners(language, lanes, registry)) }
            @if let Some(overdue) = &status.overdue { (takedown::section(language, overdue, registry)) }
            @if let Some(dead) = &status.dead { (letters(language, &dead.letters, dead.open)) }
            (channels(language, status, registry))
        }
        footer {
            (language.say("更新于 ", "as of ")) (moment(status.at)) " · " a href="/v1/status" { "JSON" }
            @if audience == Audience::Public {
                " · " (language.say("合作方与死信仅运营者可见：", "partners and dead letters are shown to operators only: "))
                a href="/login" { (language.say("登录", "log in")) }
            }
        }
    }
}

fn flow(language: Language, status: &Status) -> Markup {
    let counts = &status.counts;
    let held = counts.receipts.get("held").copied().unwrap_or(0);
    let verdicts: u64 = counts.verdicts.values().sum();
    html! { section {
        h2 { (language.say("今日流程", "Today's flow")) }
        div.flow {
            div { (language.say("收稿", "received")) b { (counts.submissions) } }
            div { (language.say("判定", "judged")) b { (verdicts) } }
            div { (language.say("新稿件", "new articles")) b { (counts.new_articles) } }
            div { (language.say("稿库", "articles in all")) b { (counts.articles) } }
            div { (language.say("合作方在架", "held by partners")) b { (held) } }
        }
        p { @for (kind, number) in &counts.verdicts { span.chip { (words::verdict(language, kind)) " " (number) } " " } }
        @if let Some(trouble) = &status.flow.trouble { p.notice.bad { (trouble) } }
        div.wide { table {
            tr { th { (language.say("环节", "stage")) } th { (language.say("读取", "reads")) } th.n { (language.say("积压", "behind")) } }
            @for stage in &status.flow.stages { tr {
                td { (words::stage(language, stage.stage)) }
                td { code { (stage.reads) } }
                td.n { @match stage.lag {
                    Some(0) => span.good { "0" },
                    Some(lag) => span.warn { (lag) },
                    None => span.soft { (language.say("未运行", "never ran")) },
                } }
            } }
        } }
        details { summary.soft { (language.say("主题", "Topics")) }
            div.wide { table {
                tr { th { (language.say("主题", "topic")) } th.n { (language.say("数量", "topics")) }
                    th.n { (language.say("记录", "records")) } th.n { (language.say("大小", "size")) } }
                @for row in &status.flow.topics { tr {
                    td { code { (row.topic) } } td.n { (row.topics) } td.n { (row.records) }
                    td.n { @if let Some(bytes) = row.bytes { (size(bytes)) } }
                } }
            } }
        }
        @if counts.unreadable > 0 { p.warn { (language.say("无法读取的记录：", "unreadable records: ")) (counts.unreadable) } }
    } }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let mut value = bytes / 1_000;
    let mut unit = 0;
    while value >= 10_000 && unit < UNITS.len() - 1 {
        value /= 1_000;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

fn articles(language: Language, status: &Status, registry: &Snapshot) -> Markup {
    html! { section {
        h2 { (language.say("最新稿件与传播链", "Newest articles and where they went")) }
        @if status.articles.is_empty() {
            p { (language.say("还没有可展示的稿件。登记媒体、发布第一篇稿件：", "Nothing to show yet. Register an outlet and publish a first article:")) }
            p { code { "lianbo outlet add cdrb --name 成都日报" } br; code { "lianbo publish --outlet cdrb story.html" } }
            p.soft { (language.say("或运行 ", "Or run ")) code { "lianbo demo" } (language.say(" 看一遍完整流程。", " to watch the whole flow once.")) }
        }
        ul.plain { @for article in &status.articles { (entry(language, status, article, registry)) } }
    } }
}

fn entry(language: Language, status: &Status, article: &Latest, registry: &Snapshot) -> Markup {
    let standing = &article.standing;
    html! { li {
        a.headline href={ "/articles/" (standing.uri.short()) } { (article.headline) } " "
        @match standing.status {
            PubStatus::Usable => {},
            PubStatus::Withheld => { span.chip.warn { (language.say("暂缓", "withheld")) } " " },
            PubStatus::Canceled => { span.chip.bad { (language.say("已撤稿", "killed")) } " " },
        }
        @if !standing.released { span.chip.warn { (language.say("禁发期", "embargoed")) } " " }
        @if standing.version > 1 { span.chip { "v" (standing.version) } " " }
        @if !article.listed && standing.status == PubStatus::Usable && standing.released {
            span.chip { (language.say("无频道", "in no channel")) }
        }
        ul.tree { @for root in article.sightings.iter().filter(|one| is_root(article, one.parent.as_ref())) {
            (sighting(language, root, &article.sightings, registry, 0))
        } }
        @if let Some(links) = status.links.get(&standing.uri) { @for (relation, other, headline) in links {
            div.soft { span.chip { (words::verdict(language, relation)) } " "
                a href={ "/articles/" (other.short()) } { (headline.as_deref().unwrap_or(other.short())) } }
        } }
    } }
}

fn sighting(language: Language, one: &Sighting, all: &[Sighting], registry: &Snapshot, depth: u32) -> Markup {
    let is_child = |item: &ItemUri, other: &Sighting| other.parent.as_ref() == Some(item) && other.item != *item;
    let children: Vec<_> = all.iter().filter(|other| depth < DEEPEST && is_child(&one.item, other)).collect();
    let name = registry.outlets.get(&one.outlet).map_or(one.outlet.as_str(), |outlet| outlet.name.as_str());
    html! { li {
        @match one.relation {
            Relation::Original => span.chip.good { (language.say("原稿", "original")) },
            Relation::Reprint => span.chip { (language.say("转载", "reprint")) },
        }
        " " @match one.url.as_deref().and_then(safe_url) {
            Some(url) => a href=(url) rel="noopener" { (name) },
            None => (name),
        }
        " " span.soft { (moment(one.seen)) }
        @if one.relation == Relation::Reprint && one.evidence.score > 0.0 {
            " " span.soft { (percent(one.evidence.score)) (language.say(" 相同", " the same")) }
        }
        @if one.withdrawn { " " span.bad { (language.say("已撤下", "taken down")) } }
        @if !children.is_empty() { ul.tree { @for child in children {
            (sighting(language, child, all, registry, depth + 1))
        } } }
    } }
}

fn percent(score: f32) -> String {
    format!("{:.0}%", score.clamp(0.0, 1.0) * 100.0)
}

fn partners(language: Language, lanes: &[LaneRow], registry: &Snapshot) -> Markup {
    html! { section {
        h2 { (language.say("合作方", "Partners")) }
        @if lanes.is_empty() && registry.partners.is_empty() {
            p { (language.say("还没有推送对象。登记一个：", "Nobody to push to yet. Add one:")) " "
                code { "lianbo partner add --help" } }
        } @else if lanes.is_empty() {
            p { (language.say(
                "本节点没有在推送。请看承担 deliver 的节点。",
                "This node pushes to nobody. Look at one that has the role `deliver`.",
            )) }
        } @else {
            div.wide { table {
                tr { th { (language.say("合作方", "partner")) } th { (language.say("状态", "state")) }
                    th.n { (language.say("待处理", "backlog")) } th.n { (language.say("在途", "in flight")) }
                    th.n { (language.say("在架", "held")) } th { (language.say("最近成功", "last success")) } }
                @for lane in lanes { (partner(language, lane, registry)) }
            } }
        }
    } }
}

fn partner(language: Language, lane: &LaneRow, registry: &Snapshot) -> Markup {
    let known = registry.partners.get(&lane.partner);
    let name = known.map_or(lane.partner.as_str(), |partner| partner.name.as_str());
    let (word, look) = words::lane(language, lane.state);
    html! { tr {
        td { (name) @if known.is_some() { br; code { (lane.partner) } } }
        td {
            span class={ "chip " (look) } { (word) }
            @if let Some(reason) = &lane.reason { br; span.soft { (reason) } }
            @if lane.state != super::LaneWord::Running { @if let Some((at, reason)) = &lane.last_error {
                br; span.soft { (moment(*at)) " " (reason) }
            } }
            @if let Some(at) = lane.next_probe { br; span.soft { (language.say("下次尝试 ", "tries again ")) (moment(at)) } }
            @if let Some(advice) = &lane.advice { br; span.soft { (page::reason(language, advice)) } }
        }
        td.n { @if lane.backlog > 0 { span.warn { (lane.backlog) } } @else { "0" } }
        td.n { (lane.in_flight) }
        td.n { (lane.held) }
        td { @match lane.last_success { Some(at) => (moment(at)), None => span.soft { "—" } } }
    } }
}

fn letters(language: Language, letters: &[DeadLetter], open: u64) -> Markup {
    html! { section {
        h2 { (language.say("未处理死信", "Open dead letters")) " " @if open > 0 { span.chip.bad { (open) } } }
        @if letters.is_empty() {
            p.good { (language.say("没有。", "None.")) }
        } @else {
            p.soft { (language.say("排除原因后重新投递：", "Once the cause is gone, send them on again: "))
                code { "lianbo dead redrive ID" }
                (language.say("；不会再有结果的，注明原因后了结：", "; put away for a reason what nothing will come of: "))
                code { "lianbo dead dismiss ID --note WHY" } }
            div.wide { table { @for letter in letters { tr {
                td { (moment(letter.at)) }
                td { span.chip.bad { (letter.reason.code) } }
                td { (letter.reason.detail) br; code { (letter.key()) } }
            } } } }
        }
    } }
}

fn channels(language: Language, status: &Status, registry: &Snapshot) -> Markup {
    html! { section {
        h2 { (language.say("频道", "Channels")) }
        @if registry.channels.is_empty() {
            p { (language.say("还没有频道。", "No channels yet. ")) code { "lianbo channel add --help" } }
        }
        ul.plain { @for (id, channel) in &registry.channels { li {
            a href={ "/channels/" (id) } { @match language {
                Language::Chinese => (channel.title),
                Language::English => (channel.title_en.as_deref().unwrap_or(&channel.title)),
            } }
            " " span.soft { (status.counts.channels.get(id.as_str()).copied().unwrap_or(0)) (language.say(" 篇", " articles")) }
        } } }
    } }
}
