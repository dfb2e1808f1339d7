//! What the client's errors mean to the caller.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::settings::Settings;
use crate::log::LogError;

/// The code within an error, whichever call it came from.
pub(super) fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::Transaction(inner) => Some(inner.code()),
        other => other.rdkafka_error_code(),
    }
}

/// Sorts an error by what comes next. `what` names what was tried, as a sentence goes on: cannot `what`.
pub(super) fn sort(settings: &Settings, what: &str, error: &KafkaError) -> LogError {
    match code(error) {
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            LogError::NoTopic(what.to_owned())
        }
        Some(
            RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::SSL
            | RDKafkaErrorCode::KafkaStorageError,
        ) => LogError::Broken(format!("cannot {what}: Kafka at `{}` refuses: {error}", settings.bootstrap)),
        Some(RDKafkaErrorCode::InvalidRecord | RDKafkaErrorCode::PolicyViolation) => {
            LogError::Broken(format!("cannot {what}: {error}; a compacted topic takes no record without a key"))
        }
        _ if matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_)) => {
            LogError::Broken(format!("cannot {what}: a setting of `log.kafka` is wrong: {error}"))
        }
        _ => LogError::Unavailable(format!(
            "cannot {what}: Kafka at `{}` does not answer: {error}; check `log.kafka.bootstrap`, that the brokers run, \
             and that `security_protocol` is what they speak",
            settings.bootstrap
        )),
    }
}
