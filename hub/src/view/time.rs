//! Moments in the file: microseconds since 1970, UTC.

use jiff::Timestamp;

/// A moment out of the file. The file holds only what [`micros`] wrote, so that it is always in range.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A moment for the file.
pub(super) fn micros(moment: Timestamp) -> i64 {
    moment.as_microsecond()
}
