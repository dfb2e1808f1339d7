//! Points in time as outlets write them: RFC 3339, RFC 822, `2018-12-11 20:16`, `2023年4月26日 9时3分`. Many state no
//! offset; then the outlet's own time zone decides, which only the hub knows.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A point in time as stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With an offset.
    At(Timestamp),
    /// What the clock on the outlet's wall showed.
    Wall(DateTime),
}

impl Moment {
    /// The moment itself; a wall clock is read in `zone`.
    pub fn in_zone(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::At(timestamp) => Some(timestamp),
            Self::Wall(wall) => zone.to_ambiguous_timestamp(wall).compatible().ok(),
        }
    }

    /// Reads a text that is a date and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(Self::At(timestamp));
        }
        match Self::find(text) {
            Some((range, moment)) if range.start == 0 => Some(moment),
            _ => in_english(text),
        }
    }

    /// Finds the first date, year first, in a line; the range is in bytes and covers the time of day too.
    pub fn find(line: &str) -> Option<(Range<usize>, Self)> {
        let mut cursor = Cursor { text: line, at: 0 };
        while let Some(start) = line[cursor.at..].find(|character| digit(character).is_some()) {
            let start = cursor.at + start;
            cursor.at = start;
            if let Some(moment) = cursor.moment() {
                return Some((start..cursor.at, moment));
            }
            cursor.at = start;
            while cursor.peek().is_some_and(|character| digit(character).is_some()) {
                cursor.step();
            }
        }
        None
    }
}

/// ASCII and full-width digits.
fn digit(character: char) -> Option<i32> {
    match character {
        '0'..='9' => Some(character as i32 - '0' as i32),
        '０'..='９' => Some(character as i32 - '０' as i32),
        _ => None,
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn step(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn take(&mut self, any: &[char]) -> Option<char> {
        let character = self.peek().filter(|character| any.contains(character))?;
        self.step();
        Some(character)
    }

    fn word(&mut self, words: &[&str]) -> bool {
        let found = words.iter().find(|word| self.text[self.at..].starts_with(**word));
        self.at += found.map_or(0, |word| word.len());
        found.is_some()
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.step();
        }
    }

    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i32> {
        let (start, mut value, mut count) = (self.at, 0, 0);
        while count < most {
            let Some(next) = self.peek().and_then(digit) else { break };
            value = value * 10 + next;
            count += 1;
            self.step();
        }
        if count < least {
            self.at = start;
            return None;
        }
        Some(value)
    }

    fn moment(&mut self) -> Option<Moment> {
        let date = self.date()?;
        let after_date = self.at;
        let Some(time) = self.time_after_date() else {
            self.at = after_date;
            self.weekday();
            return Some(Moment::Wall(date.to_datetime(Time::midnight())));
        };
        let wall = date.to_datetime(time);
        let after_time = self.at;
        match self.offset() {
            Some(offset) => Some(offset.to_timestamp(wall).map_or(Moment::Wall(wall), Moment::At)),
            None => {
                self.at = after_time;
                Some(Moment::Wall(wall))
            }
        }
    }

    fn date(&mut self) -> Option<Date> {
        let year = self.number(4, 4).filter(|year| (1900..2200).contains(year))?;
        if self.peek().and_then(digit).is_some() {
            return None;
        }
        self.spaces();
        let separator = self.take(&['-', '/', '.', '年', '－', '．', '／'])?;
        self.spaces();
        let month = self.number(1, 2)?;
        self.spaces();
        let second = if separator == '年' { '月' } else { separator };
        self.take(&[second])?;
        self.spaces();
        let day = self.number(1, 2)?;
        if separator == '年' {
            let _sign = self.take(&['日', '号', '號']);
        }
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }

    fn time_after_date(&mut self) -> Option<Time> {
        let glued = self.take(&['T', 't', ',', '，', '|', '_']).is_some();
        let before = self.at;
        self.spaces();
        let weekday = self.weekday();
        self.spaces();
        let afternoon = self.word(&["下午", "晚上", "晚"]);
        let _morning = afternoon || self.word(&["上午", "凌晨", "早上", "中午"]);
        if !glued && !weekday && before == self.at && !self.text[..self.at].ends_with(['日', '号', '號', '午', '晚'])
        {
            return None;
        }
        let mut hour = self.number(1, 2)?;
        if afternoon && hour < 12 {
            hour += 12;
        }
        let separator = self.take(&[':', '：', '时', '時', '点', '點'])?;
        let minute = self.number(2, 2).or_else(|| self.number(1, 1));
        let colon = matches!(separator, ':' | '：');
        if colon && minute.is_none() {
            return None;
        }
        let second = self.seconds(colon);
        let minute = minute.unwrap_or(0);
        Time::new(i8::try_from(hour % 24).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()
    }

    /// `星期五`, in brackets or not; nothing is read when there is none.
    fn weekday(&mut self) -> bool {
        let before = self.at;
        self.spaces();
        let _open = self.take(&['(', '（']);
        let day =
            self.word(&["星期", "周", "週"]) && self.take(&['一', '二', '三', '四', '五', '六', '日', '天']).is_some();
        if !day {
            self.at = before;
            return false;
        }
        let _close = self.take(&[')', '）']);
        true
    }

    fn seconds(&mut self, colon: bool) -> i32 {
        if !colon {
            let _sign = self.take(&['分']);
            let before = self.at;
            let second = self.number(1, 2).filter(|_| self.take(&['秒']).is_some());
            if second.is_none() {
                self.at = before;
            }
            return second.unwrap_or(0).min(59);
        }
        let before = self.at;
        let second = self.take(&[':', '：']).and_then(|_| self.number(2, 2));
        if second.is_none() {
            self.at = before;
        } else if self.take(&['.']).is_some() {
            let _fraction = self.number(0, 9);
        }
        second.unwrap_or(0).min(59)
    }

    fn offset(&mut self) -> Option<Offset> {
        if self.take(&['Z', 'z']).is_some() {
            return Some(Offset::UTC);
        }
        self.spaces();
        if self.word(&["GMT", "UTC"]) && !matches!(self.peek(), Some('+' | '-')) {
            return Some(Offset::UTC);
        }
        let sign = if self.take(&['+', '-'])? == '-' { -1 } else { 1 };
        let hours = self.number(2, 2)?;
        let _colon = self.take(&[':']);
        let minutes = self.number(2, 2).unwrap_or(0);
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// RFC 822 and its relatives: `Wed, 02 Oct 2002 08:00:00 EST`, `Wed Apr 26 10:00:00 CST 2023`.
fn in_english(text: &str) -> Option<Moment> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, Time::midnight(), None);
    for word in text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()).take(12) {
        if word.contains(':') && !word.starts_with(['+', '-']) {
            time = clock(word)?;
        } else if let Ok(number) = word.parse::<i16>()
            && !word.starts_with(['+', '-'])
        {
            match day {
                None if number <= 31 => day = i8::try_from(number).ok(),
                _ => {
                    year = Some(if number < 70 {
                        2000 + number
                    } else if number < 100 {
                        1900 + number
                    } else {
                        number
                    })
                }
            }
        } else if let Some(found) = month_of(word).filter(|_| month.is_none()) {
            month = Some(found);
        } else if zone.is_none() {
            zone = named_offset(word);
        }
    }
    let wall = Date::new(year?, month?, day?).ok()?.to_datetime(time);
    match zone {
        Some(offset) => Some(Moment::At(offset.to_timestamp(wall).ok()?)),
        None => Some(Moment::Wall(wall)),
    }
}

fn month_of(word: &str) -> Option<i8> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let place = MONTHS.iter().position(|month| *month == start)?;
    i8::try_from(place + 1).ok()
}

fn clock(word: &str) -> Option<Time> {
    let mut parts = word.splitn(3, ':').map(|part| part.split('.').next().unwrap_or(part).parse::<i8>());
    let hour = parts.next()?.ok()? % 24;
    let minute = parts.next()?.ok()?;
    let second = parts.next().and_then(Result::ok).unwrap_or(0).min(59);
    Time::new(hour, minute, second, 0).ok()
}

/// Offsets of RFC 822. `CST` is left open: in a Chinese outlet's feed it is China's time, not Chicago's, and the
/// outlet's own zone decides.
fn named_offset(word: &str) -> Option<Offset> {
    let hours = match word.to_ascii_uppercase().as_str() {
        "GMT" | "UT" | "UTC" | "Z" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "MST" | "PDT" => -7,
        "MDT" => -6,
        "PST" => -8,
        "BJT" => 8,
        _ => return numeric_offset(word),
    };
    Offset::from_hours(hours).ok()
}

fn numeric_offset(word: &str) -> Option<Offset> {
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    if !word.starts_with(['+', '-']) || digits.len() != 4 {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    let seconds = SignedDuration::from_mins((value / 100) * 60 + value % 100).as_secs();
    let seconds = i32::try_from(seconds).ok()?;
    Offset::from_seconds(if word.starts_with('-') { -seconds } else { seconds }).ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::Moment;

    fn at(text: &str) -> Option<String> {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        Moment::parse(text).and_then(|moment| moment.in_zone(&zone)).map(|timestamp| timestamp.to_string())
    }

    #[test]
    fn dates_are_read_as_outlets_write_them() {
        let cases = [
            ("2018-12-11 20:16", "2018-12-11T12:16:00Z"),
            ("2020-12-23 09:03:24", "2020-12-23T01:03:24Z"),
            ("2020/12/23 9:03", "2020-12-23T01:03:00Z"),
            ("2020.12.23 09:03", "2020-12-23T01:03:00Z"),
            ("2023年4月26日", "2023-04-25T16:00:00Z"),
            ("2023年4月26日 9时3分", "2023-04-26T01:03:00Z"),
            ("2023年4月26日09:03", "2023-04-26T01:03:00Z"),
            ("2023年04月26日 星期三 下午3:05", "2023-04-26T07:05:00Z"),
            ("２０２３年４月２６日　９：０３", "2023-04-26T01:03:00Z"),
            ("2023-04-26", "2023-04-25T16:00:00Z"),
            ("2023-04-26T09:03:00+08:00", "2023-04-26T01:03:00Z"),
            ("2023-04-26T09:03:00Z", "2023-04-26T09:03:00Z"),
            ("2023-04-26T09:03:00.123+0800", "2023-04-26T01:03:00.123Z"),
            ("2023-04-26T09:03:00", "2023-04-26T01:03:00Z"),
            ("Wed, 26 Apr 2023 09:03:00 +0800", "2023-04-26T01:03:00Z"),
            ("Wed, 26 Apr 2023 09:03:00 GMT", "2023-04-26T09:03:00Z"),
            ("26 April 2023 09:03 EST", "2023-04-26T14:03:00Z"),
            ("Wed Apr 26 09:03:00 CST 2023", "2023-04-26T01:03:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(at(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "四川8市", "2023", "12345678", "2023-13-01", "2023年", "1.5", "99:99", "2023-02-30"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_found_in_a_line() {
        let line = "每日经济新闻 2018-12-11 20:16 成都";
        let (range, _) = Moment::find(line).unwrap();
        assert_eq!(&line[range], "2018-12-11 20:16");
    }
}
