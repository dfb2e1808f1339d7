//! Take-downs that are overdue, for operators.

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::{ArticleUri, Delivery, PartnerId, TakeDown};
use maud::{Markup, html};
use serde::Serialize;

use crate::page::{Language, moment};
use crate::registry::Snapshot;
use crate::view::{View, ViewError};

/// Rows on the page of each kind.
const ROWS: u32 = 20;
/// How far back withdrawals are looked for that were never acknowledged; older ones are dead letters since long.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What should be gone by now.
#[derive(Debug, Serialize)]
pub(super) struct Overdue {
    /// Told, and not acknowledged.
    pub(super) unacknowledged: Vec<Untaken>,
    /// Acknowledged, and not found gone.
    pub(super) unproven: Vec<TakeDown>,
}

/// A withdrawal that a partner has not acknowledged.
#[derive(Debug, Serialize)]
pub(super) struct Untaken {
    partner: PartnerId,
    article: ArticleUri,
    decided: Timestamp,
}

/// What is overdue at `now`.
pub(super) async fn overdue(view: &View, now: Timestamp, after: SignedDuration) -> Result<Overdue, ViewError> {
    let (from, to) = (now.saturating_sub(LOOKED_BACK), now.saturating_sub(after));
    let (from, to) = (from.unwrap_or(now), to.unwrap_or(now));
    let untaken = |(partner, delivery): (PartnerId, Delivery)| Untaken {
        partner,
        article: delivery.article,
        decided: delivery.decided,
    };
    let unacknowledged = view.unacknowledged(from, to, ROWS).await?.into_iter().map(untaken).collect();
    Ok(Overdue { unacknowledged, unproven: view.overdue(ROWS).await? })
}

/// Its part of the page; nothing when nothing is overdue.
pub(super) fn section(language: Language, overdue: &Overdue, registry: &Snapshot) -> Markup {
    let number = overdue.unacknowledged.len() + overdue.unproven.len();
    let name = |partner: &PartnerId| {
        registry.partners.get(partner).map_or_else(|| partner.to_string(), |known| known.name.clone())
    };
    html! { @if number > 0 { section {
        h2 { (language.say("撤稿逾期", "Take-downs overdue")) " " span.chip.bad { (number) } }
        p.soft {
            (language.say("请对方下架并清除缓存；结案报告：", "Have the partner remove it and empty its caches; the closing report: "))
            code { "lianbo takedown URI" }
        }
        div.wide { table {
            @for one in &overdue.unacknowledged { tr {
                td { (moment(one.decided)) }
                td { span.chip.bad { (language.say("未确认", "not acknowledged")) } }
                td { (name(&one.partner)) br; a href={ "/articles/" (one.article.short()) } { code { (one.article.short()) } } }
                td { (language.say("撤稿通知未获确认", "the withdrawal has not gone through")) }
            } }
            @for one in &overdue.unproven { tr {
                td { (moment(one.acknowledged)) }
                td { span.chip.bad { (finding(language, one)) } }
                td { (name(&one.partner)) br; a href={ "/articles/" (one.article.short()) } { code { (one.article.short()) } } }
                td { (one.last.detail) br; span.soft { (moment(one.last.at)) } }
            } }
        } }
    } } }
}

/// What the last look found, in a word.
fn finding(language: Language, take_down: &TakeDown) -> &'static str {
    use lianbo_schemas::takedown::Finding;
    match take_down.last.finding {
        Finding::Standing => language.say("仍可见", "still to be seen"),
        Finding::Unclear => language.say("无法判断", "cannot be told"),
        Finding::Gone => language.say("已不可见，待复查", "gone, to be looked at again"),
    }
}
