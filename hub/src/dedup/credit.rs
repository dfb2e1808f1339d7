//! Who wrote it: whether a newcomer that has the same text as an article is its true original. Asked in this order:
//! what the present original states as its source, where its canonical link points, who was first, who may give it away.

use jiff::SignedDuration;
use lianbo_schemas::{Item, Judged, Outlet, OutletId};
use url::Url;

use crate::registry::Snapshot;

/// So much of the article's text must stand in the newcomer: a teaser is no original.
const LEAST_OF_ARTICLE: f32 = 0.8;
/// Publication times closer than this prove nothing: clocks and minutes differ.
const CLEARLY_EARLIER: SignedDuration = SignedDuration::from_mins(2);

/// Why the newcomer is the true original, or `None` when it is a reprint.
pub(super) fn true_original(present: &Judged, newcomer: &Item, of_article: f32, registry: &Snapshot) -> Option<String> {
    let stated = present.memory.sighting.as_ref().and_then(|sighting| sighting.stated_source.as_deref());
    if present.outlet == newcomer.outlet || states_another_source(newcomer, registry) {
        return None;
    }
    let outlet = registry.outlets.get(&newcomer.outlet);
    if let (Some(outlet), Some(stated)) = (outlet, stated)
        && names(outlet, stated)
    {
        return Some(format!("The copy seen first states `{stated}` as its source, which is this outlet."));
    }
    if let Some(link) = &present.memory.canonical_url
        && (newcomer.url.as_ref() == Some(link) || outlet.is_some_and(|outlet| hosts(outlet, link)))
    {
        return Some(format!("The copy seen first links to {link} as its original, which is this outlet's."));
    }
    if claims(present) || of_article < LEAST_OF_ARTICLE || outlet.is_none() {
        return None;
    }
    let ahead = ahead(present, newcomer);
    if ahead.is_some_and(|ahead| ahead >= CLEARLY_EARLIER) {
        return newcomer.stated_time.map(|at| {
            format!("It was published at {at}, before the copy seen first, which names no author or source.")
        });
    }
    let may_be_first = ahead.is_none_or(|ahead| ahead > -CLEARLY_EARLIER);
    let alone_gives = gives(&newcomer.outlet, registry) && !gives(&present.outlet, registry);
    (may_be_first && alone_gives).then(|| {
        "Its outlet grants its pieces to others; that of the copy seen first, which names no author or source, grants \
         nothing."
            .to_owned()
    })
}

/// Whether the present original names an author of its own, or a source.
fn claims(present: &Judged) -> bool {
    let stated = present.memory.sighting.as_ref().and_then(|sighting| sighting.stated_source.as_ref());
    present.memory.has_byline || stated.is_some()
}

/// How long before the present original the newcomer was published, where both say when.
fn ahead(present: &Judged, newcomer: &Item) -> Option<SignedDuration> {
    let after = present.memory.sighting.as_ref()?.published?;
    Some(after.duration_since(newcomer.stated_time?))
}

/// Whether an outlet has granted anything to anybody: one that only reprints has nothing to grant.
fn gives(outlet: &OutletId, registry: &Snapshot) -> bool {
    registry.grants.values().any(|grant| grant.outlet == *outlet)
}

/// The member that the item states as its source, if it is another one.
pub(super) fn stated<'a>(item: &Item, registry: &'a Snapshot) -> Option<&'a OutletId> {
    let stated = foreign_source(item.stated_source.as_deref(), &item.outlet, registry)?;
    registry.outlets.values().find(|outlet| names(outlet, stated)).map(|outlet| &outlet.id)
}

/// Whether the item states a source that is not its own outlet.
pub(super) fn states_another_source(item: &Item, registry: &Snapshot) -> bool {
    foreign_source(item.stated_source.as_deref(), &item.outlet, registry).is_some()
}

/// The stated source, when it is not the outlet itself.
pub(super) fn foreign_source<'a>(stated: Option<&'a str>, outlet: &OutletId, registry: &Snapshot) -> Option<&'a str> {
    let stated = stated.map(str::trim).filter(|stated| !stated.is_empty())?;
    let own = registry.outlets.get(outlet).is_some_and(|outlet| names(outlet, stated));
    (!own).then_some(stated)
}

/// Whether a stated source names the outlet: its name or an alias, alone or among several.
fn names(outlet: &Outlet, stated: &str) -> bool {
    let parts = stated.split(['、', '/', '|', ',', '，', ';', '；']).chain([stated]);
    parts
        .filter(|part| plain(part).next().is_some())
        .any(|part| [&outlet.name].into_iter().chain(&outlet.aliases).any(|name| plain(name).eq(plain(part))))
}

fn plain(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Whether a link points at one of the outlet's web sites.
fn hosts(outlet: &Outlet, link: &str) -> bool {
    let Some(host) = Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned)) else { return false };
    outlet.domains.iter().any(|domain| {
        let domain = domain.trim_start_matches("www.");
        host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })
}
