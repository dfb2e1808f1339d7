//! Dead letters as records of `dead`.

use lianbo_schemas::{DeadLetter, Event, Origin, topic};

use crate::log::{NewRecord, Record};

/// That `source` (e.g. `/route`) refused something, in the trace of what it came from.
pub(crate) fn refusal(letter: &DeadLetter, source: &str, traceparent: Option<&str>) -> NewRecord {
    let key = letter.key();
    record(letter, &Event::new(&key, source, "dead.refused", letter.at).about(&key).traced(traceparent))
}

/// What `event` has made of a letter.
pub(crate) fn record(letter: &DeadLetter, event: &Event) -> NewRecord {
    NewRecord {
        topic: topic::DEAD.to_owned(),
        key: Some(letter.key().into()),
        headers: event.to_headers(),
        value: Some(serde_json::to_vec(letter).expect("a dead letter has only string keys").into()),
    }
}

/// A record that could not be read.
pub(crate) fn origin(record: &Record) -> Origin {
    Origin::Record { topic: record.partition.topic.clone(), partition: record.partition.number, offset: record.offset }
}
