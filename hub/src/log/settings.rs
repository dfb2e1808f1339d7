//! Which engine is the log, and how it is opened.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[cfg(not(feature = "kafka"))]
use super::LogError;
use super::embedded::{self, EmbeddedLog};
use super::prefixed::Prefixed;
use super::{Log, Result, kafka};

/// The embedded log's folder within the data directory.
const FOLDER: &str = "log";

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// In the data directory, for one machine; nothing to install.
    #[default]
    Embedded,
    /// Apache Kafka, for more than one.
    Kafka,
}

/// The log's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which engine.
    pub engine: Engine,
    /// Stands before the name of every topic and group, where several hubs, or a hub and others, share one cluster.
    pub prefix: String,
    /// The embedded log's own.
    pub embedded: embedded::Settings,
    /// Kafka's own.
    pub kafka: kafka::Settings,
}

/// Opens the log these settings name.
///
/// # Errors
/// `Broken` when the data directory cannot be written or this program was built without the engine; a Kafka that does
/// not answer is no error here but at each call.
pub fn open(settings: &Settings, data_directory: &Path) -> Result<Arc<dyn Log>> {
    let log: Arc<dyn Log> = match settings.engine {
        Engine::Embedded => Arc::new(EmbeddedLog::open(&data_directory.join(FOLDER), settings.embedded.clone())?),
        Engine::Kafka => open_kafka(settings)?,
    };
    Ok(if settings.prefix.is_empty() { log } else { Arc::new(Prefixed::new(log, &settings.prefix)) })
}

impl Settings {
    /// The engine's name.
    pub fn engine(&self) -> &'static str {
        match self.engine {
            Engine::Embedded => "embedded",
            Engine::Kafka => "kafka",
        }
    }

    /// Bytes of the largest record: key, headers and value together.
    pub fn max_record_bytes(&self) -> usize {
        match self.engine {
            Engine::Embedded => self.embedded.max_record_bytes,
            Engine::Kafka => self.kafka.max_record_bytes,
        }
    }

    /// What an operator asks first about the log.
    pub fn in_force(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("log.engine", self.engine().to_owned()), ("log.prefix", self.prefix.clone())];
        if self.engine == Engine::Kafka {
            lines.push(("log.kafka.bootstrap", self.kafka.bootstrap.clone()));
            lines.push(("log.kafka.security", self.kafka.security_protocol.clone()));
        }
        lines
    }
}

#[cfg(feature = "kafka")]
fn open_kafka(settings: &Settings) -> Result<Arc<dyn Log>> {
    Ok(Arc::new(kafka::KafkaLog::open(settings.kafka.clone())?))
}

#[cfg(not(feature = "kafka"))]
fn open_kafka(_settings: &Settings) -> Result<Arc<dyn Log>> {
    let cause = "`log.engine` is `kafka`, but this program was built without Kafka; \
                 build it with `cargo build --release --features kafka`, or set `log.engine` to `embedded`";
    Err(LogError::Broken(cause.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Engine, Settings, open};

    #[test]
    fn an_empty_section_is_the_embedded_log() {
        let settings: Settings = toml::from_str("").unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.engine, Engine::Embedded);
    }

    #[test]
    fn the_defaults_file_says_what_the_code_does() {
        #[derive(serde::Deserialize)]
        struct File {
            log: Settings,
        }
        let file: File = toml::from_str(include_str!("../../defaults/log.toml")).unwrap();
        assert_eq!(file.log, Settings::default());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Settings>("engin = \"kafka\"").is_err());
        assert!(toml::from_str::<Settings>("[kafka]\nbootstrp = \"x\"").is_err());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = open(&Settings::default(), file.path()).err().unwrap().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
    }
}
