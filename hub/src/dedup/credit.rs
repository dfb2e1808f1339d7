//! Who wrote it: whether a newcomer that has the same text as an article is its true original. Asked in this order:
//! what the present original states as its source, where its canonical link points, who was first.

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
    was_earlier(present, newcomer, of_article, registry)
}

/// The earlier one, when the present original claims nothing for itself and credits nobody.
fn was_earlier(present: &Judged, newcomer: &Item, of_article: f32, registry: &Snapshot) -> Option<String> {
    let sighting = present.memory.sighting.as_ref()?;
    let claims = present.memory.has_byline || sighting.stated_source.is_some();
    let (Some(before), Some(after)) = (newcomer.stated_time, sighting.published) else { return None };
    let earlier = after.duration_since(before) >= CLEARLY_EARLIER;
    let known = registry.outlets.contains_key(&newcomer.outlet);
    (known && earlier && !claims && of_article >= LEAST_OF_ARTICLE)
        .then(|| format!("It was published at {before}, before the copy seen first, which names no author or source."))
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
