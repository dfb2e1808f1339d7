//! Records as Kafka's client has them, and as the hub has them.

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::event::Headers as HubHeaders;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use crate::log::{LogError, NewRecord, Offset, Partition, Record, Result};

/// The header, and key and value, of a record that is the log's own: it only takes the end of a transaction into a
/// partition (`hanging`), and is handed to nobody.
pub(super) const OWN: &str = "lianbo-log";

/// A record as read, unless it is the log's own. A header without a value, which Kafka allows, is read as one with an
/// empty value.
pub(super) fn read(message: &BorrowedMessage<'_>) -> Option<Record> {
    if message.headers().is_some_and(|headers| headers.iter().any(|header| header.key == OWN)) {
        return None;
    }
    let partition = Partition { topic: message.topic().to_owned(), number: message.partition() };
    let time = message.timestamp().to_millis().and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
    let headers = message.headers().map(|headers| headers.iter().map(header).collect()).unwrap_or_default();
    Some(Record {
        partition,
        offset: message.offset(),
        time: time.unwrap_or_default(),
        key: message.key().map(Bytes::copy_from_slice),
        headers,
        value: message.payload().map(Bytes::copy_from_slice),
    })
}

fn header(header: Header<'_, &[u8]>) -> (String, Bytes) {
    (header.key.to_owned(), header.value.map(Bytes::copy_from_slice).unwrap_or_default())
}

/// Headers to be written.
pub(super) fn headers(headers: &HubHeaders) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    headers
        .iter()
        .fold(empty, |written, (key, value)| written.insert(Header { key: key.as_str(), value: Some(value.as_ref()) }))
}

/// Where a record went that the client calls delivered; an error if the brokers never told it, for then it only concludes
/// that the record is there.
pub(super) fn place(partition: i32, offset: Offset) -> KafkaResult<(i32, Offset)> {
    let unproven = KafkaError::MessageProduction(RDKafkaErrorCode::OutOfOrderSequenceNumber);
    if offset < 0 { Err(unproven) } else { Ok((partition, offset)) }
}

/// Refuses what is larger than the log takes.
pub(super) fn check_sizes(records: &[NewRecord], largest: usize) -> Result<()> {
    match records.iter().map(NewRecord::size).find(|size| *size > largest) {
        Some(size) => Err(LogError::TooLarge { size }),
        None => Ok(()),
    }
}
