//! The registry as it stands: one value, never changed, swapped as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use lianbo_schemas::{Channel, ChannelId, Grant, GrantId, Outlet, OutletId, Partner, PartnerId, Template, TemplateId};
use serde::Serialize;

/// Everything in the registry.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Members.
    pub outlets: BTreeMap<OutletId, Arc<Outlet>>,
    /// Channels.
    pub channels: BTreeMap<ChannelId, Arc<Channel>>,
    /// Partners.
    pub partners: BTreeMap<PartnerId, Arc<Partner>>,
    /// Grants.
    pub grants: BTreeMap<GrantId, Arc<Grant>>,
    /// The alliance's own templates.
    pub templates: BTreeMap<TemplateId, Arc<Template>>,
}

/// The kinds of things in it, and the first word of a record's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Outlet,
    Channel,
    Partner,
    Grant,
    Template,
}

/// One thing in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum Entry {
    Outlet(Outlet),
    Channel(Channel),
    Partner(Partner),
    Grant(Grant),
    Template(Template),
}

/// Why a registry record or request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The key is not `<kind>/<id>`.
    #[error("`{0}` is not the key of an outlet, channel, partner, grant or template")]
    Key(String),
    /// The document does not describe one.
    #[error("cannot read the {kind}: {cause}")]
    Unreadable {
        /// What it should describe.
        kind: &'static str,
        /// Where and why.
        cause: String,
    },
    /// It names something that is not there, or a rule that does not compile.
    #[error("{0}")]
    Invalid(String),
    /// Something else names it, so that it cannot be removed.
    #[error("{0}")]
    InUse(String),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Outlet, Self::Channel, Self::Partner, Self::Grant, Self::Template];

    /// The word in keys and commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outlet => "outlet",
            Self::Channel => "channel",
            Self::Partner => "partner",
            Self::Grant => "grant",
            Self::Template => "template",
        }
    }

    /// The word in paths of the API.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Outlet => "outlets",
            Self::Channel => "channels",
            Self::Partner => "partners",
            Self::Grant => "grants",
            Self::Template => "templates",
        }
    }

    fn of_key(key: &str) -> Result<(Self, &str), RegistryError> {
        let parts = key.split_once('/');
        let known =
            parts.and_then(|(word, id)| Self::ALL.into_iter().find(|kind| kind.word() == word).map(|kind| (kind, id)));
        known.ok_or_else(|| RegistryError::Key(key.chars().take(80).collect()))
    }
}

impl Entry {
    /// Reads one from its JSON document.
    pub fn read(kind: Kind, document: &[u8]) -> Result<Self, RegistryError> {
        let read = match kind {
            Kind::Outlet => serde_json::from_slice(document).map(Self::Outlet),
            Kind::Channel => serde_json::from_slice(document).map(Self::Channel),
            Kind::Partner => serde_json::from_slice(document).map(Self::Partner),
            Kind::Grant => serde_json::from_slice(document).map(Self::Grant),
            Kind::Template => serde_json::from_slice(document).map(Self::Template),
        };
        read.map_err(|error| RegistryError::Unreadable { kind: kind.word(), cause: error.to_string() })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Outlet(_) => Kind::Outlet,
            Self::Channel(_) => Kind::Channel,
            Self::Partner(_) => Kind::Partner,
            Self::Grant(_) => Kind::Grant,
            Self::Template(_) => Kind::Template,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Outlet(outlet) => outlet.id.as_str(),
            Self::Channel(channel) => channel.id.as_str(),
            Self::Partner(partner) => partner.id.as_str(),
            Self::Grant(grant) => grant.id.as_str(),
            Self::Template(template) => template.id.as_str(),
        }
    }

    /// The key of its record in `registry`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind().word(), self.id())
    }
}

impl Snapshot {
    /// Puts one in, or in place of its former self.
    pub fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Outlet(outlet) => drop(self.outlets.insert(outlet.id.clone(), Arc::new(outlet))),
            Entry::Channel(channel) => drop(self.channels.insert(channel.id.clone(), Arc::new(channel))),
            Entry::Partner(partner) => drop(self.partners.insert(partner.id.clone(), Arc::new(partner))),
            Entry::Grant(grant) => drop(self.grants.insert(grant.id.clone(), Arc::new(grant))),
            Entry::Template(template) => drop(self.templates.insert(template.id.clone(), Arc::new(template))),
        }
    }

    /// Takes one out; whether it was there.
    pub fn remove(&mut self, kind: Kind, id: &str) -> bool {
        match kind {
            Kind::Outlet => OutletId::new(id).is_ok_and(|id| self.outlets.remove(&id).is_some()),
            Kind::Channel => ChannelId::new(id).is_ok_and(|id| self.channels.remove(&id).is_some()),
            Kind::Partner => PartnerId::new(id).is_ok_and(|id| self.partners.remove(&id).is_some()),
            Kind::Grant => GrantId::new(id).is_ok_and(|id| self.grants.remove(&id).is_some()),
            Kind::Template => TemplateId::new(id).is_ok_and(|id| self.templates.remove(&id).is_some()),
        }
    }

    /// Folds one record of `registry`: a document, or a tombstone.
    pub fn fold(&mut self, key: &str, document: Option<&[u8]>) -> Result<(), RegistryError> {
        let (kind, id) = Kind::of_key(key)?;
        match document {
            Some(document) => self.put(Entry::read(kind, document)?),
            None => drop(self.remove(kind, id)),
        }
        Ok(())
    }

    /// All of a kind, by id.
    pub fn list(&self, kind: Kind) -> Vec<Entry> {
        match kind {
            Kind::Outlet => self.outlets.values().map(|entry| Entry::Outlet((**entry).clone())).collect(),
            Kind::Channel => self.channels.values().map(|entry| Entry::Channel((**entry).clone())).collect(),
            Kind::Partner => self.partners.values().map(|entry| Entry::Partner((**entry).clone())).collect(),
            Kind::Grant => self.grants.values().map(|entry| Entry::Grant((**entry).clone())).collect(),
            Kind::Template => self.templates.values().map(|entry| Entry::Template((**entry).clone())).collect(),
        }
    }

    /// One of a kind.
    pub fn get(&self, kind: Kind, id: &str) -> Option<Entry> {
        self.list(kind).into_iter().find(|entry| entry.id() == id)
    }
}
