//! What may be written into the registry: everything it names exists, every rule compiles.

use lianbo_schemas::registry::{Audience, Connector, Form, Limits};
use lianbo_schemas::{Channel, ChannelId, Grant, Outlet, Partner, PartnerId, Source, Template};
use url::Url;

use crate::registry::snapshot::{Entry, Kind, RegistryError, Snapshot};
use crate::rendition;

/// A domain name (RFC 1035) has 253 characters at most; a name for readers needs no more than that either.
const LONGEST_NAME: usize = 253;
/// Keys of one outlet: enough for each of its systems to have its own; each is compared at every request.
const MOST_KEYS: usize = 32;
/// Seconds between polls: below a second is an attack, above a day is not syndication.
const POLL_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;

/// Checks that other parts know how to make, handed in. Each says in one sentence what is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Checks {
    /// Whether a channel's rule compiles.
    pub rule: fn(&str) -> Result<(), String>,
    /// Whether a connector's kind is known and its settings are complete.
    pub connector: fn(&Connector) -> Result<(), String>,
    /// Whether a template can be used.
    pub template: fn(&Template) -> Result<(), String>,
}

impl Checks {
    /// Whether `entry` may be written while the registry stands as in `snapshot`.
    pub fn put(&self, snapshot: &Snapshot, entry: &Entry) -> Result<(), RegistryError> {
        match entry {
            Entry::Outlet(outlet) => check_outlet(outlet),
            Entry::Channel(channel) => self.check_channel(channel),
            Entry::Partner(partner) => self.check_partner(snapshot, partner),
            Entry::Grant(grant) => check_grant(snapshot, grant),
            Entry::Template(template) => self.check_template(snapshot, template),
        }
        .map_err(RegistryError::Invalid)
    }

    /// Whether nothing else names the entry that is to be removed.
    pub fn remove(&self, snapshot: &Snapshot, kind: Kind, id: &str) -> Result<(), RegistryError> {
        match user_of(snapshot, kind, id) {
            Some(user) => Err(RegistryError::InUse(format!(
                "{user} names the {} `{id}`; change or remove that first",
                kind.word()
            ))),
            None => Ok(()),
        }
    }

    fn check_channel(&self, channel: &Channel) -> Result<(), String> {
        check_name("title", &channel.title)?;
        (self.rule)(&channel.rule).map_err(|cause| format!("the rule does not compile: {cause}"))
    }

    fn check_template(&self, snapshot: &Snapshot, template: &Template) -> Result<(), String> {
        check_name("title", &template.title)?;
        if let Some(partner) = snapshot.partners.values().find(|partner| is_laid_out(partner, template)) {
            return Err(format!("the partner `{}` needs it to make HTML", partner.id));
        }
        (self.template)(template).map_err(|cause| format!("`text`: {cause}"))
    }

    fn check_partner(&self, snapshot: &Snapshot, partner: &Partner) -> Result<(), String> {
        check_name("name", &partner.name)?;
        for channel in &partner.channels {
            known_channel(snapshot, channel)?;
        }
        if let Some(outlet) = &partner.outlet
            && !snapshot.outlets.contains_key(outlet)
        {
            return Err(format!("there is no outlet `{outlet}`"));
        }
        check_limits(&partner.limits)?;
        if let Some(id) = &partner.template {
            match rendition::find(snapshot, id).map(|template| template.form) {
                None => return Err(format!("there is no template `{id}`")),
                Some(Form::Html) => {}
                Some(Form::Text | Form::Json) => return Err(format!("`template`: `{id}` does not make HTML")),
            }
        }
        web_address("connector.url", &partner.connector.url)?;
        (self.connector)(&partner.connector).map_err(|cause| format!("the connector: {cause}"))
    }
}

fn check_limits(limits: &Limits) -> Result<(), String> {
    if limits.window == 0 || limits.timeout_ms == 0 || limits.attempts == 0 {
        return Err("`limits`: window, timeout_ms and attempts must be at least 1".to_owned());
    }
    for (name, within) in [("connect_ms", limits.connect_ms), ("first_byte_ms", limits.first_byte_ms)] {
        if within.is_some_and(|within| within == 0 || within > limits.timeout_ms) {
            let all = limits.timeout_ms;
            return Err(format!(
                "`limits`: {name} must be 1 to {all}, the milliseconds of timeout_ms for an attempt in all"
            ));
        }
    }
    Ok(())
}

/// A partner's articles cannot be laid out as anything but HTML.
fn is_laid_out(partner: &Partner, template: &Template) -> bool {
    partner.template.as_ref() == Some(&template.id) && template.form != Form::Html
}

fn check_outlet(outlet: &Outlet) -> Result<(), String> {
    check_name("name", &outlet.name)?;
    if let Some(hash) = outlet.key_hashes.iter().find(|hash| !is_sha256(hash)) {
        let shown: String = hash.chars().take(8).collect();
        return Err(format!("`key_hashes`: `{shown}…` is not a SHA-256 in lower-case hexadecimal"));
    }
    if outlet.key_hashes.len() > MOST_KEYS {
        return Err(format!("`key_hashes`: {MOST_KEYS} keys at most; remove one that is no longer used"));
    }
    if let Some(domain) = outlet.domains.iter().find(|domain| !is_host(domain)) {
        return Err(format!("`domains`: `{domain}` is not a host name such as `www.cdrb.com.cn`"));
    }
    if let Some(zone) = &outlet.time_zone {
        jiff::tz::TimeZone::get(zone).map_err(|_unknown| format!("`time_zone`: there is no time zone `{zone}`"))?;
    }
    outlet.source.as_ref().map_or(Ok(()), check_source)
}

fn check_source(source: &Source) -> Result<(), String> {
    web_address("source.url", source.url())?;
    if let Source::WordPress(site) = source
        && (site.user.is_empty() || site.user.contains(':'))
    {
        return Err("`source.user` must be the name of a WordPress user, without `:`".to_owned());
    }
    if POLL_SECONDS.contains(&source.every_seconds()) {
        return Ok(());
    }
    Err(format!("`source.every_seconds` must be {} to {}", POLL_SECONDS.start(), POLL_SECONDS.end()))
}

fn check_grant(snapshot: &Snapshot, grant: &Grant) -> Result<(), String> {
    if !snapshot.outlets.contains_key(&grant.outlet) {
        return Err(format!("there is no outlet `{}`", grant.outlet));
    }
    for channel in named(&grant.channels) {
        known_channel(snapshot, channel)?;
    }
    if let Some(partner) = named(&grant.partners).iter().find(|partner| !snapshot.partners.contains_key(*partner)) {
        return Err(format!("there is no partner `{partner}`"));
    }
    match (grant.from, grant.until) {
        (Some(from), Some(until)) if until <= from => Err(format!("it ends at {until}, before it begins at {from}")),
        _ => Ok(()),
    }
}

fn known_channel(snapshot: &Snapshot, channel: &ChannelId) -> Result<(), String> {
    if snapshot.channels.contains_key(channel) { Ok(()) } else { Err(format!("there is no channel `{channel}`")) }
}

fn named<Id>(audience: &Audience<Id>) -> &[Id] {
    match audience {
        Audience::All(_) => &[],
        Audience::Named(ids) => ids,
    }
}

fn check_name(field: &str, name: &str) -> Result<(), String> {
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(format!("`{field}` must have 1 to {LONGEST_NAME} characters"));
    }
    Ok(())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(['/', ':', '@', ' ', '*']) && text.contains('.')
}

fn web_address(field: &str, text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|cause| format!("`{field}`: `{text}` is not a web address: {cause}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("`{field}`: `{text}` must start with http:// or https://"));
    }
    if url.password().is_some() {
        return Err(format!("`{field}`: take the password out of the address and store it as a secret"));
    }
    Ok(())
}

/// What names an entry, in words, if anything does.
fn user_of(snapshot: &Snapshot, kind: Kind, id: &str) -> Option<String> {
    let partner = snapshot.partners.values().find(|partner| partner_names(partner, kind, id));
    let grant = || snapshot.grants.values().find(|grant| grant_names(grant, kind, id));
    let partner = partner.map(|partner| format!("the partner `{}`", partner.id));
    partner.or_else(|| grant().map(|grant| format!("the grant `{}`", grant.id)))
}

fn partner_names(partner: &Partner, kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Outlet => partner.outlet.as_ref().is_some_and(|outlet| outlet.as_str() == id),
        Kind::Channel => partner.channels.iter().any(|channel| channel.as_str() == id),
        // A built-in template that the alliance had replaced is there again without the replacement.
        Kind::Template => partner
            .template
            .as_ref()
            .is_some_and(|template| template.as_str() == id && rendition::builtin(template).is_none()),
        Kind::Partner | Kind::Grant => false,
    }
}

fn grant_names(grant: &Grant, kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Outlet => grant.outlet.as_str() == id,
        Kind::Channel => named(&grant.channels).iter().map(ChannelId::as_str).any(|channel| channel == id),
        Kind::Partner => named(&grant.partners).iter().map(PartnerId::as_str).any(|partner| partner == id),
        Kind::Grant | Kind::Template => false,
    }
}
