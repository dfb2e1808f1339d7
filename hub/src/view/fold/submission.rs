//! `outlet.<id>`: what came in, without the bytes themselves.

use data_encoding::HEXLOWER;
use lianbo_schemas::{Event, topic};
use rusqlite::params;
use sha2::{Digest, Sha256};

use super::{Fold, FoldError};
use crate::log::Record;
use crate::view::time::micros;

/// The extension attribute that carries `Idempotency-Key` of the request.
const IDEMPOTENCY_KEY: &str = "idempotencykey";

impl Fold<'_> {
    pub(super) fn submission(&mut self, record: &Record) -> Result<(), FoldError> {
        let name = &record.partition.topic;
        let outlet =
            topic::outlet_of(name).ok_or_else(|| FoldError::Unreadable(format!("`{name}` names no outlet")))?;
        let Some(value) = &record.value else { return Ok(()) };
        let opened = Event::open(&record.headers, value);
        let (event, body) = opened.map_err(|error| FoldError::Unreadable(error.to_string()))?;
        let (partition, offset) = (record.partition.number, record.offset);
        let id = event.as_ref().map_or_else(|| format!("{name}-{partition}-{offset}"), |event| event.id.clone());
        let received = event.as_ref().and_then(|event| event.time).unwrap_or(record.time);
        let media_type = event.as_ref().and_then(|event| event.content_type.clone());
        let url = event.as_ref().and_then(|event| event.subject.clone()).filter(|subject| subject.starts_with("http"));
        let key = event.as_ref().and_then(|event| event.extensions.get(IDEMPOTENCY_KEY));
        let sql = "INSERT OR REPLACE INTO submissions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let row = params![
            id,
            outlet.as_str(),
            micros(received),
            name,
            partition,
            offset,
            media_type,
            url,
            i64::try_from(body.len()).unwrap_or(i64::MAX),
            HEXLOWER.encode(&Sha256::digest(&body)),
            key,
        ];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}
