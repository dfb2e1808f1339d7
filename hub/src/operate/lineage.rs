//! Why the items of an article are one article, in sentences.

use lianbo_schemas::sighting::LinkRelation;
use lianbo_schemas::{Article, ItemUri, Sighting};

use crate::view::{CarriedOut, Lineage};

/// Each item with what was found about it, the original first; then the linked articles, then what editors decided.
pub(super) fn steps(article: &Article, lineage: &Lineage, decisions: &[CarriedOut]) -> Vec<String> {
    let mut steps = Vec::new();
    for sighting in &lineage.sightings {
        steps.push(place(article, sighting, &lineage.sightings));
        steps.extend(sighting.evidence.reasons.iter().map(|reason| format!("  {reason}")));
    }
    if lineage.sightings.len() > 1 {
        let short = article.uri.short();
        steps.push(format!(
            "`lianbo compare {short} --item ITEM` sets an item beside the original, sentence by sentence."
        ));
    }
    for link in &lineage.links {
        let relation = match link.relation {
            LinkRelation::Update => "It updates",
            LinkRelation::SameEvent => "It tells of the same event as",
        };
        steps.push(format!(
            "{relation} `{}` ({}), and is an article of its own.",
            headline(link),
            link.article.short()
        ));
        steps.extend(link.evidence.reasons.iter().map(|reason| format!("  {reason}")));
    }
    for done in decisions {
        let decision = &done.decision;
        let why = decision.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        steps.push(format!("{} decided a {} at {}{why}", decision.by, decision.ruling.word(), second(decision.at)));
    }
    steps
}

fn second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn headline(link: &crate::view::Linked) -> &str {
    link.headline.as_deref().unwrap_or("an article")
}

fn place(article: &Article, sighting: &Sighting, all: &[Sighting]) -> String {
    let (outlet, headline) = (&sighting.outlet, &sighting.headline);
    if sighting.item == article.original {
        let source = sighting.stated_source.as_deref();
        let source = source.map(|source| format!(", and states `{source}` as its source")).unwrap_or_default();
        return format!("`{headline}` of `{outlet}` is the original{source}.");
    }
    let parent = sighting.parent.as_ref().map_or_else(|| "it".to_owned(), |parent| shown_by(parent, all));
    let share = (sighting.evidence.score * 100.0).round();
    let likeness = if share > 0.0 { format!(", {share} % the same when judged") } else { String::new() };
    format!("`{headline}` of `{outlet}` is a reprint of {parent}{likeness}.")
}

fn shown_by(item: &ItemUri, all: &[Sighting]) -> String {
    let found = all.iter().find(|other| other.item == *item);
    found.map_or_else(|| format!("`{item}`"), |other| format!("the one of `{}`", other.outlet))
}
