//! Which engine is the log, and how it is opened.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[cfg(not(feature = "kafka"))]
use super::LogError;
use super::embedded::{self, EmbeddedLog};
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
    match settings.engine {
        Engine::Embedded => {
            let log = EmbeddedLog::open(&data_directory.join(FOLDER), settings.embedded.clone())?;
            Ok(Arc::new(log))
        }
        Engine::Kafka => open_kafka(settings),
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
