//! Why a partner holds an article, or does not: the same functions that decided, answering in sentences.

use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Action, Article, Content, Delivery, Grant, OnEnd, Partner, Receipt, ReceiptState};
use serde::Serialize;

use super::select::{Decision, Rules, climbs};

/// An answer for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Whether today's registry sends it.
    pub routed: bool,
    /// One step of the way each, in order; the last one says what to do next, if anything.
    pub steps: Vec<String>,
}

/// Explains one partner's share in one article at `now`, from the registry, the delivery decided and the receipt.
pub fn why(
    rules: &Rules,
    article: &Article,
    partner: &Partner,
    delivery: Option<&Delivery>,
    receipt: Option<&Receipt>,
    now: Timestamp,
) -> Why {
    let holds = receipt.is_some_and(|receipt| receipt.state == ReceiptState::Held);
    let mut steps = vec![format!(
        "`{}` is credited to `{}`, version {}.",
        article.news.headline(),
        article.outlet,
        article.version
    )];
    let released = match article.status() {
        PubStatus::Canceled => {
            steps.push("It is killed: nobody may show it any more.".to_owned());
            false
        }
        PubStatus::Withheld if article.has_expired(now) => {
            steps.push(expired(article, "it was taken down, until the outlet sends it with a later expiry"));
            false
        }
        PubStatus::Withheld => {
            steps.push("It is withheld: nobody may show it until the outlet sends it again.".to_owned());
            false
        }
        PubStatus::Usable => embargo(article, now, &mut steps) && !expires(article, now, &mut steps),
    };
    let verdict = rules.about(article).decide(partner, holds, now);
    let routed = released && matches!(verdict, Decision::Hold { .. });
    if article.status() == PubStatus::Usable {
        explain(&verdict, article, partner, now, &mut steps);
        if matches!(verdict, Decision::NoGrant(_)) {
            steps.extend(ended(rules, article, partner, now));
        }
    }
    if partner.paused {
        steps.push(format!(
            "The partner is paused by an operator; `lianbo partner resume {}` lets it go on.",
            partner.id
        ));
    }
    steps.push(decided(delivery));
    steps.push(held(receipt, article, partner, delivery));
    if routed && delivery.is_none() {
        steps.push(format!(
            "What came before its grant, channel or partner stays where it is; `lianbo replay --topic articles --partner \
             {}` sends it now, with --dry-run it only says what would go out.",
            partner.id
        ));
    }
    Why { routed, steps }
}

fn embargo(article: &Article, now: Timestamp, steps: &mut Vec<String>) -> bool {
    let released = article.is_released(now);
    if let Some(until) = article.news.embargoed_until.filter(|_| !released) {
        steps.push(format!("It is under embargo until {} and goes out at that second.", second(until)));
    }
    released
}

/// Whether it has expired; when it will is said as well.
fn expires(article: &Article, now: Timestamp, steps: &mut Vec<String>) -> bool {
    if article.news.expires.is_some() {
        steps.push(expired(article, "it is taken down then"));
    }
    article.has_expired(now)
}

fn expired(article: &Article, follows: &str) -> String {
    let at = article.news.expires.map_or_else(String::new, second);
    format!("Its outlet lets it be shown until {at}: {follows}.")
}

fn explain(verdict: &Decision, article: &Article, partner: &Partner, now: Timestamp, steps: &mut Vec<String>) {
    match verdict {
        Decision::Hold { terms, not_before } => {
            let channels: Vec<&str> = terms.channels.iter().map(|channel| channel.as_str()).collect();
            steps.push(format!("`{}` takes it through {}.", partner.id, channels.join(", ")));
            steps.push(format!(
                "Grant `{}` allows it: {}, with the line `{}`.",
                terms.grant,
                content(terms.content),
                terms.attribution
            ));
            if let Some(moment) = not_before.filter(|moment| *moment > now) {
                steps.push(format!(
                    "The grant's embargo, or the partner's delay, holds it back until {}.",
                    second(moment)
                ));
            }
        }
        Decision::OwnArticle => {
            steps.push(format!(
                "`{}` is the site of an outlet that published it itself, so it is not sent back.",
                partner.id
            ));
        }
        Decision::PassedThere => {
            steps.push(format!("It has passed the hub behind `{}`, so it is not sent back.", partner.id));
        }
        Decision::NoChannel(refusals) if refusals.is_empty() => {
            steps.push(format!(
                "`{}` subscribes to no channel; `lianbo partner add` with --channel does that.",
                partner.id
            ));
        }
        Decision::NoChannel(refusals) => {
            steps.extend(
                refusals.iter().map(|(channel, reason)| format!("Channel `{channel}` does not take it: {reason}.")),
            );
        }
        Decision::NoGrant(channels) => {
            let names: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
            steps.push(format!(
                "{} would take it, but no grant of `{}` allows it now.",
                names.join(", "),
                article.outlet
            ));
            let mut flag = "";
            if climbs(article, partner) {
                steps.push(
                    "It came through another hub, and goes on to a third only under a grant with reexport.".to_owned(),
                );
                flag = " --reexport";
            }
            steps.push(format!(
                "`lianbo grant add ID --outlet {} --channel {}{flag}` would.",
                article.outlet,
                names.first().unwrap_or(&"CHANNEL")
            ));
        }
    }
}

/// The outlet's grants for this partner that have ended, and what that means for what it holds.
fn ended(rules: &Rules, article: &Article, partner: &Partner, now: Timestamp) -> Vec<String> {
    let of_outlet = rules.registry().grants.values().filter(|grant| grant.outlet == article.outlet);
    let for_partner = of_outlet.filter(|grant| {
        grant.partners.includes(&partner.id) || partner.channels.iter().any(|channel| grant.channels.includes(channel))
    });
    let past = for_partner.filter_map(|grant| Some((grant, grant.until.filter(|until| *until <= now)?)));
    let sentence = |(grant, until): (&Arc<Grant>, Timestamp)| {
        let follows = match grant.on_end {
            OnEnd::TakeDown => "what was held under it is taken down",
            OnEnd::Keep => "what was held under it may stay",
        };
        format!("Grant `{}` allowed it until {}; {follows}.", grant.id, second(until))
    };
    past.map(sentence).collect()
}

/// A moment to the second, which is as exact as people need it.
fn second(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn content(content: Content) -> &'static str {
    match content {
        Content::Full => "the full text",
        Content::Excerpt => "an excerpt",
        Content::Link => "a link",
    }
}

fn decided(delivery: Option<&Delivery>) -> String {
    match delivery {
        None => "Nothing was ever decided for this partner.".to_owned(),
        Some(delivery) if delivery.action == Action::Withdraw => {
            let note = delivery.note.as_deref().map_or_else(String::new, |note| format!(" {note}"));
            format!("Decided at {}: take it down (version {}).{note}", second(delivery.decided), delivery.version)
        }
        Some(delivery) => format!("Decided at {}: hold version {}.", second(delivery.decided), delivery.version),
    }
}

fn held(receipt: Option<&Receipt>, article: &Article, partner: &Partner, delivery: Option<&Delivery>) -> String {
    let Some(receipt) = receipt else {
        return match delivery {
            Some(_) => format!(
                "The partner has not taken it yet; `lianbo partner show {}` tells the lane's state.",
                partner.id
            ),
            None => "The partner never held it.".to_owned(),
        };
    };
    let place = receipt.remote.as_ref().map_or(String::new(), |remote| {
        format!(" as {} {}", remote.id, remote.url.as_deref().unwrap_or_default()).trim_end().to_owned()
    });
    match &receipt.state {
        ReceiptState::Held if receipt.version >= article.version => {
            format!("The partner holds version {} since {}{place}.", receipt.version, second(receipt.at))
        }
        ReceiptState::Held => {
            format!("The partner still holds version {} since {}{place}.", receipt.version, second(receipt.at))
        }
        ReceiptState::Withdrawn => format!("The partner took it down at {}.", second(receipt.at)),
        ReceiptState::Refused { reason } => {
            format!(
                "The partner refused version {} at {}: {reason}; `lianbo dead redrive` sends it again.",
                receipt.version,
                second(receipt.at)
            )
        }
    }
}
