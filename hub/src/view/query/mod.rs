//! Questions to the view. Each is a function over a connection that only reads; [`super::View`] runs them.

mod article;
mod channel;
mod counts;
mod cursor;
mod dead;
mod decision;
mod ledger;
mod lineage;
mod search;
mod submission;

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::Type;
use serde::de::DeserializeOwned;

pub use article::{Latest, ShownIn, Standing, Version};
pub(super) use article::{article, article_by_id, by_short, latest, shown, standing, versions, was_shown};
pub use channel::{Changes, ChannelChange, Newest};
pub(super) use channel::{changes, newest};
pub use counts::Counts;
pub(super) use counts::counts;
pub use cursor::{Cursor, CursorError};
pub use dead::{DeadLetters, Letters, Mark};
pub(super) use dead::{dead_letter, dead_letters};
pub use decision::CarriedOut;
pub(super) use decision::{decision, decisions, merged_into};
pub(super) use ledger::{
    desired, desired_of_article, overdue, receipts_of_article, receipts_of_partner, take_downs_of_article,
    unacknowledged,
};
pub(super) use lineage::lineage;
pub use lineage::{Lineage, Linked};
pub use search::Found;
pub(super) use search::{index_batch, search};
pub use submission::{Judgement, Received, SubmissionStatus};
pub(super) use submission::{idempotent, submission};

/// A column of JSON as a type.
fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_bytes()?;
    serde_json::from_slice(bytes)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, Box::new(error)))
}

/// A column of JSON that may be empty.
fn maybe_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)? == rusqlite::types::ValueRef::Null { Ok(None) } else { json(row, column).map(Some) }
}

/// A column as one of the checked identifiers.
pub(super) fn id<T: FromStr<Err = lianbo_schemas::IdError>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    T::from_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
