//! `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP date.

use std::time::{Duration, SystemTime};

/// The longest wait a server can impose: beyond an hour the lane's own breaker knows better.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// What the header's value asks for, seen from `now`, [`LONGEST`] at most. `None` when it says nothing readable.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number beyond u64 is still a wish to wait very long.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or(Duration::ZERO).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{LONGEST, retry_after};

    #[test]
    fn seconds_and_dates_are_read_and_held_within_the_bound() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(" 0 ", now), Some(Duration::ZERO));
        assert_eq!(retry_after("999999", now), Some(LONGEST));
        assert_eq!(retry_after("99999999999999999999999", now), Some(LONGEST));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("Sat, 06 Nov 2094 08:00:00 GMT", now), Some(LONGEST));
        for nonsense in ["", "soon", "-3", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
