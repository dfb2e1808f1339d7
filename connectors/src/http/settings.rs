//! Bounds of the HTTP client: section `[http]` of the settings.

use std::time::Duration;

use serde::Deserialize;

use super::{Network, Patience};

/// Section `[http]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Networks that may be called although they are private, e.g. `["127.0.0.0/8"]`.
    pub allow: Vec<Network>,
    /// Milliseconds to find and reach a server, TLS included.
    pub connect_ms: u64,
    /// Milliseconds from the start of a request to the head of its answer.
    pub first_byte_ms: u64,
    /// Milliseconds for a request in all, redirects and the last byte included.
    pub total_ms: u64,
    /// Redirects followed by a GET. A write never follows one.
    pub redirects: u8,
    /// Idle connections kept for each server.
    pub idle_per_host: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            connect_ms: 5_000,
            first_byte_ms: 30_000,
            total_ms: 60_000,
            redirects: 5,
            idle_per_host: 16,
        }
    }
}

impl Settings {
    /// The defaults, and this machine may be called: for tests and demonstrations.
    pub fn with_loopback() -> Self {
        Self { allow: Network::loopback().to_vec(), ..Self::default() }
    }

    /// How long a server is waited for, unless said otherwise of it.
    pub fn patience(&self) -> Patience {
        Patience {
            connect: Duration::from_millis(self.connect_ms),
            first_byte: Duration::from_millis(self.first_byte_ms),
            total: Duration::from_millis(self.total_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_commented_defaults_are_the_defaults_in_force() {
        #[derive(serde::Deserialize)]
        struct Document {
            http: Settings,
        }
        let text = include_str!("../../../hub/defaults/http.toml");
        let json = toml_to_json(text);
        let document: Document = serde_json::from_value(json).unwrap();
        assert_eq!(document.http, Settings::default());
    }

    /// Reads the flat tables of the defaults: no TOML crate is among this crate's dependencies.
    fn toml_to_json(text: &str) -> serde_json::Value {
        let mut tables = serde_json::Map::new();
        let mut table = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                table = name.to_owned();
                tables.insert(table.clone(), serde_json::json!({}));
            } else {
                let (key, value) = line.split_once('=').unwrap();
                let value: serde_json::Value = serde_json::from_str(value.trim()).unwrap();
                tables[&table][key.trim()] = value;
            }
        }
        serde_json::Value::Object(tables)
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let refused = serde_json::from_value::<Settings>(serde_json::json!({"timeout": 3}));
        assert!(refused.unwrap_err().to_string().contains("timeout"));
    }
}
