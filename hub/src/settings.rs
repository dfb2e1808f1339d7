//! What is in force: the defaults compiled in, then a file, then the environment (`LIANBO__SECTION__KEY`). Unknown keys
//! are refused, so that a misspelt one is found at the start and not at three in the morning.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};
use data_encoding::BASE32_NOPAD;
use serde::Deserialize;

use crate::secrets::Secret;

/// The commented defaults: every key there is.
pub const DEFAULTS: &str = concat!(
    include_str!("../defaults/hub.toml"),
    include_str!("../defaults/log.toml"),
    include_str!("../defaults/registry.toml"),
    include_str!("../defaults/ingest.toml"),
    include_str!("../defaults/pull.toml"),
    include_str!("../defaults/normalise.toml"),
    include_str!("../defaults/dedup.toml"),
    include_str!("../defaults/deliver.toml"),
    include_str!("../defaults/view.toml"),
    include_str!("../defaults/feed.toml"),
    include_str!("../defaults/http.toml"),
    include_str!("../defaults/media.toml"),
);

/// Everything in force.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where everything of this node is kept.
    pub data: PathBuf,
    /// The alliance's own domain name, part of every item's and article's uri. Never change it.
    pub authority: String,
    /// What this process does.
    pub roles: Vec<Role>,
    /// The hub's own HTTP server.
    pub server: Server,
    /// The log.
    pub log: crate::log::Settings,
    /// Calls to the outside.
    pub http: lianbo_connectors::http::Settings,
    /// Pictures.
    pub media: lianbo_connectors::media::Settings,
    /// HTTP push.
    pub ingest: crate::ingest::Settings,
    /// Pulled feeds.
    pub pull: crate::pull::Settings,
    /// The registry.
    pub registry: crate::registry::Settings,
    /// Normalise.
    pub normalise: crate::normalise::stage::Settings,
    /// Dedup.
    pub dedup: crate::dedup::Settings,
    /// Delivery.
    pub deliver: crate::deliver::Settings,
    /// The node's own view.
    pub view: crate::view::Settings,
    /// Feeds and the pull API.
    pub feed: crate::feed::Settings,
    /// Secrets by name; better kept in the environment or in files than here.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// What a process can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes submissions over HTTP.
    Ingest,
    /// Pulls feeds; one process at a time does.
    Pull,
    /// Makes items of submissions; several share the work.
    Normalise,
    /// Judges items; one process at a time does, another takes over.
    Dedup,
    /// Decides deliveries; one process at a time does.
    Route,
    /// Delivers; several share the partners.
    Deliver,
    /// Serves feeds, pages and the operators' API.
    Feed,
}

impl Role {
    /// All of them: the whole hub in one process.
    pub const ALL: [Self; 7] =
        [Self::Ingest, Self::Pull, Self::Normalise, Self::Dedup, Self::Route, Self::Deliver, Self::Feed];
}

/// The hub's own HTTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How others reach it, for links in feeds and answers; empty: the address it listens on.
    pub public_url: String,
    /// The operators' key; empty: the one in `admin.key` of the data folder, made at the first start.
    pub admin_key: String,
    /// Whether everybody who reaches the pages sees what operators see.
    pub open_console: bool,
}

impl Server {
    /// How others reach it.
    pub fn url(&self) -> String {
        if self.public_url.is_empty() { self.local_url() } else { self.public_url.trim_end_matches('/').to_owned() }
    }

    /// How this machine reaches it.
    pub fn local_url(&self) -> String {
        let host =
            if self.listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { self.listen.ip().to_string() };
        format!("http://{host}:{}", self.listen.port())
    }
}

/// Why the settings are not usable.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key or a value is wrong.
    #[error("the settings are not usable: {0}; every key stands, with its reason, in `lianbo check --defaults`")]
    Unusable(String),
    /// The data folder cannot be used.
    #[error("the data folder `{folder}` cannot be used: {cause}; set `data` to a folder this user may write")]
    Data {
        /// Which.
        folder: String,
        /// Why.
        cause: std::io::Error,
    },
}

/// The file read when no other is named.
const FILE: &str = "lianbo.toml";

impl Settings {
    /// Defaults, then `file` (or `lianbo.toml` here, if there is one), then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        builder = match file {
            Some(file) => builder.add_source(File::from(file).format(FileFormat::Toml)),
            None => builder.add_source(File::new(FILE, FileFormat::Toml).required(false)),
        };
        let environment = Environment::with_prefix("LIANBO").prefix_separator("__").separator("__");
        let lists = environment
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("roles")
            .with_list_parse_key("http.allow");
        let settings: Self = builder
            .add_source(lists)
            .build()
            .and_then(Config::try_deserialize)
            .map_err(|error| SettingsError::Unusable(error.to_string()))?;
        settings.checked()
    }

    /// The defaults with a data folder of one's own, for tests and the demo.
    pub fn defaults(data: &Path) -> Result<Self, SettingsError> {
        let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build();
        let settings: Result<Self, _> = defaults.and_then(Config::try_deserialize);
        let settings = settings.map_err(|error| SettingsError::Unusable(error.to_string()))?;
        Self { data: data.to_owned(), ..settings }.checked()
    }

    /// Normalise's settings, as far as the log's own bound allows them.
    pub fn normalise_within_the_log(&self) -> crate::normalise::stage::Settings {
        self.normalise.clone().within(self.log.max_record_bytes())
    }

    /// Rules that one key alone does not show.
    fn checked(self) -> Result<Self, SettingsError> {
        if self.roles.is_empty() {
            return Err(SettingsError::Unusable("`roles` is empty, this process would do nothing".to_owned()));
        }
        let plain = |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
        if self.authority.is_empty() || !self.authority.chars().all(plain) {
            return Err(SettingsError::Unusable(format!(
                "`authority` is `{}`; it must be a domain name",
                self.authority
            )));
        }
        Ok(self)
    }

    /// Whether this process has a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The operators' key, from the settings or the data folder; `None` when neither has it.
    pub fn admin_key(&self) -> Option<Secret> {
        if !self.server.admin_key.is_empty() {
            return Some(Secret::new(&self.server.admin_key));
        }
        let key = std::fs::read_to_string(self.data.join("admin.key")).ok()?;
        Some(Secret::new(&key)).filter(|key| !key.expose().is_empty())
    }

    /// The operators' key; at the first start it is made and written to `admin.key`, readable by this user only.
    pub fn make_admin_key(&self) -> Result<Secret, SettingsError> {
        if let Some(key) = self.admin_key() {
            return Ok(key);
        }
        let key = format!("lb_admin_{}", BASE32_NOPAD.encode(&rand::random::<[u8; 20]>()).to_ascii_lowercase());
        let written =
            std::fs::create_dir_all(&self.data).and_then(|()| write_private(&self.data.join("admin.key"), &key));
        written.map_err(|cause| SettingsError::Data { folder: self.data.display().to_string(), cause })?;
        Ok(Secret::new(&key))
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(file)?, "{text}")
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_defaults_are_complete_and_unknown_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults(folder.path()).unwrap();
        assert_eq!(settings.roles.len(), 7);
        let file = folder.path().join("wrong.toml");
        std::fs::write(&file, "[server]\nlisten_on = \"127.0.0.1:1\"\n").unwrap();
        let error = Settings::load(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("listen_on"), "{error}");
    }

    #[test]
    fn the_admin_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::defaults(folder.path()).unwrap();
        assert!(settings.admin_key().is_none());
        let key = settings.make_admin_key().unwrap();
        assert_eq!(settings.make_admin_key().unwrap(), key);
    }
}
