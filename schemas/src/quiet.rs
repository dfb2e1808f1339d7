//! Hours in which a partner takes no new articles.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// China's one time zone, where none is stated.
const CHINA: i32 = 8 * 3_600;

/// Hours of every day in which a partner takes no new articles, `22:30-06:00`, or with the offset of another time zone,
/// `22:30-06:00+09:00`. Withdrawals go at any hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    until: Time,
    offset: Offset,
}

/// The text is not in the form of quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` are no quiet hours: write them as `22:30-06:00`, or `22:30-06:00+09:00` outside China")]
pub struct QuietHoursError(String);

impl QuietHours {
    /// When they end, if `now` is within them.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let local = self.offset.to_datetime(now);
        let (time, over_midnight) = (local.time(), self.from > self.until);
        let (evening, morning) = (time >= self.from, time < self.until);
        let day = match (over_midnight, evening, morning) {
            (false, true, true) | (true, _, true) => local.date(),
            (true, true, false) => local.date().checked_add(1.day()).ok()?,
            (false, _, _) | (true, false, false) => return None,
        };
        self.offset.to_timestamp(day.to_datetime(self.until)).ok()
    }
}

impl FromStr for QuietHours {
    type Err = QuietHoursError;

    fn from_str(text: &str) -> Result<Self, QuietHoursError> {
        let wrong = || QuietHoursError(text.to_owned());
        let (from, rest) = text.split_once('-').ok_or_else(wrong)?;
        let split = rest.find(['+', '-']).unwrap_or(rest.len());
        let (until, offset) = (rest.get(..split).ok_or_else(wrong)?, rest.get(split..).ok_or_else(wrong)?);
        let offset = if offset.is_empty() { Some(CHINA) } else { seconds(offset) };
        let offset = offset.and_then(|seconds| Offset::from_seconds(seconds).ok()).ok_or_else(wrong)?;
        let (from, until) = (clock(from).ok_or_else(wrong)?, clock(until).ok_or_else(wrong)?);
        // A day without a quiet moment, or without any other, is a slip.
        if from == until { Err(wrong()) } else { Ok(Self { from, until, offset }) }
    }
}

/// `HH:MM`.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let whole = two(hour) && two(minute);
    whole.then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()).flatten()
}

/// `+HH:MM`.
fn seconds(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let time = clock(text.get(1..)?)?;
    Some(sign * (i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60))
}

impl fmt::Display for QuietHours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(formatter, "{}-{}", time(self.from), time(self.until))?;
        let seconds = self.offset.seconds();
        if seconds == CHINA {
            return Ok(());
        }
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = SignedDuration::from_secs(i64::from(seconds)).as_mins().abs();
        write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl TryFrom<String> for QuietHours {
    type Error = QuietHoursError;

    fn try_from(text: String) -> Result<Self, QuietHoursError> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::QuietHours;

    fn end(hours: &str, now: &str) -> Option<String> {
        let hours: QuietHours = hours.parse().unwrap();
        hours.end(now.parse().unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn a_night_ends_in_the_morning_of_the_right_day() {
        let night = "22:30-06:00";
        assert_eq!(end(night, "2026-11-20T22:29:59+08:00"), None);
        assert_eq!(end(night, "2026-11-20T22:30:00+08:00").unwrap(), "2026-11-20T22:00:00Z");
        assert_eq!(end(night, "2026-11-21T05:59:59+08:00").unwrap(), "2026-11-20T22:00:00Z");
        assert_eq!(end(night, "2026-11-21T06:00:00+08:00"), None);
    }

    #[test]
    fn a_noon_is_within_one_day_and_another_zone_has_its_own() {
        assert_eq!(end("12:00-14:00", "2026-11-20T13:00:00+08:00").unwrap(), "2026-11-20T06:00:00Z");
        assert_eq!(end("12:00-14:00", "2026-11-20T11:59:00+08:00"), None);
        assert_eq!(end("12:00-14:00", "2026-11-20T15:00:00+08:00"), None);
        assert_eq!(end("12:00-14:00-03:30", "2026-11-20T13:00:00-03:30").unwrap(), "2026-11-20T17:30:00Z");
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in ["22:30-06:00", "12:00-14:00+09:00", "12:00-14:00-03:30"] {
            assert_eq!(text.parse::<QuietHours>().unwrap().to_string(), text);
        }
        for text in ["", "22:30", "22:30-6:00", "25:00-06:00", "06:00-06:00", "22:30-06:00+9", "夜-晨", "22:30-06:00é"]
        {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }
}
