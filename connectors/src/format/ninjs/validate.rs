//! Whether a document is what its version of ninjs allows, and if not, where and why: for outlets that want to know
//! before they send. It asks what the official schemas ask, no more; the hub itself reads more leniently.
//! <https://iptc.org/std/ninjs/>

use std::fmt;

use serde_json::{Map, Value};

use super::geometry;
use super::shape::{Field, Member, Names, Others, Shape};
use super::{one, three, two};

/// A version of ninjs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    generation: u8,
    minor: u8,
}

impl Version {
    /// Every version that can be judged, the newest first.
    pub const ALL: [Self; 11] = [
        Self::new(3, 1),
        Self::new(3, 0),
        Self::new(2, 2),
        Self::new(2, 1),
        Self::new(2, 0),
        Self::new(1, 6),
        Self::new(1, 5),
        Self::new(1, 4),
        Self::new(1, 3),
        Self::new(1, 2),
        Self::new(1, 1),
    ];

    const fn new(generation: u8, minor: u8) -> Self {
        Self { generation, minor }
    }

    /// `3.1`, or a schema's address with it.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |version: &&Self| {
            text == version.to_string() || text.trim_end_matches('#').ends_with(&format!("ninjs-schema_{version}.json"))
        };
        Self::ALL.iter().find(named).copied()
    }

    /// The version an item states.
    pub fn stated(item: &Value) -> Option<Self> {
        let standard = item.get("standard").or_else(|| item.get("$standard"))?;
        let text = |name: &str| standard.get(name).and_then(Value::as_str);
        text("version").and_then(Self::parse).or_else(|| text("schema").and_then(Self::parse))
    }

    fn item(self) -> &'static Shape {
        match self.generation {
            1 => &one::ITEM,
            2 => &two::ITEM,
            _ => &three::ITEM,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.generation, self.minor)
    }
}

/// One place where a document breaks its standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer, RFC 6901; empty for the whole document.
    pub pointer: String,
    /// What is wrong there.
    pub cause: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(formatter, "`{pointer}` {}", self.cause)
    }
}

/// An item, measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Against which version.
    pub version: Version,
    /// What is wrong, in the document's order; a hundred at most.
    pub faults: Vec<Fault>,
}

/// More than this nobody reads.
const MOST_FAULTS: usize = 100;

/// Measures an item, or each of an array of items. Without a `version` the one an item states counts; if it states none,
/// the newest of each generation of names is tried, and the one it is nearest to counts.
pub fn validate(document: &Value, version: Option<Version>) -> Vec<Checked> {
    match document {
        Value::Array(items) => {
            let at = |(number, item)| checked(item, &format!("/{number}"), version);
            items.iter().enumerate().map(at).collect()
        }
        item => vec![checked(item, "", version)],
    }
}

fn checked(item: &Value, pointer: &str, version: Option<Version>) -> Checked {
    if let Some(version) = version.or_else(|| Version::stated(item)) {
        return against(item, pointer, version);
    }
    let newest = [Version::new(3, 1), Version::new(2, 2), Version::new(1, 6)];
    let nearest =
        newest.map(|version| against(item, pointer, version)).into_iter().min_by_key(|tried| tried.faults.len());
    nearest.unwrap_or_else(|| against(item, pointer, newest[0]))
}

fn against(item: &Value, pointer: &str, version: Version) -> Checked {
    let mut check = Check { minor: version.minor, faults: Vec::new() };
    check.object(item, version.item(), pointer);
    Checked { version, faults: check.faults }
}

struct Check {
    minor: u8,
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, pointer: &str, cause: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { pointer: pointer.to_owned(), cause });
        }
    }

    /// Anything but an object; what is inside an object is looked at by [`Check::object`].
    fn member(&mut self, value: &Value, member: &'static Member, pointer: &str) {
        let good = match member {
            Member::Text | Member::Time | Member::Url => value.is_string(),
            Member::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Member::PartOfTime => value.as_str().is_some_and(is_part_of_time),
            Member::Integer => whole(value).is_some(),
            Member::Between(from, to) => {
                whole(value).is_some_and(|number| (*from as f64..=*to as f64).contains(&number))
            }
            Member::Number => value.is_number(),
            Member::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
            Member::AnyObject => value.is_object(),
            Member::GeoJson => geometry::is_one(value),
            Member::Object(shape) => return self.object(value, shape, pointer),
            Member::Array(shape) | Member::Items(shape) => {
                self.each(value, pointer, |check, item, pointer| check.object(item, shape, pointer))
            }
            Member::LooseItems(shape) => {
                self.each(value, pointer, |check, item, pointer| check.loose(item, shape, pointer))
            }
            Member::Named(shape, names) => self.named(value, shape, *names, pointer),
        };
        if !good {
            self.fault(pointer, format!("must be {}", member.wanted()));
        }
    }

    /// Looks at each entry; says whether it is an array at all.
    fn each(&mut self, value: &Value, pointer: &str, look: impl Fn(&mut Self, &Value, &str)) -> bool {
        let Value::Array(entries) = value else { return false };
        for (number, entry) in entries.iter().enumerate() {
            look(self, entry, &format!("{pointer}/{number}"));
        }
        true
    }

    fn named(&mut self, value: &Value, shape: &'static Shape, names: Names, pointer: &str) -> bool {
        let Value::Object(members) = value else { return false };
        for (name, value) in members {
            let pointer = format!("{pointer}/{}", escaped(name));
            if name.starts_with(|first: char| names.may_begin(first)) {
                self.object(value, shape, &pointer);
            } else {
                self.fault(&pointer, "has a name that ninjs does not allow".to_owned());
            }
        }
        true
    }

    fn loose(&mut self, value: &Value, shape: &'static Shape, pointer: &str) {
        if !value.get("name").is_some_and(Value::is_string) {
            self.object(value, shape, pointer);
        }
    }

    fn object(&mut self, value: &Value, shape: &'static Shape, pointer: &str) {
        let Value::Object(members) = value else {
            return self.fault(pointer, format!("must be an object{}", shape.condition()));
        };
        for (name, value) in members {
            let pointer = format!("{pointer}/{}", escaped(name));
            match shape.field(name, self.minor) {
                Some(Field { member, .. }) => self.member(value, member, &pointer),
                None if shape.others == Others::Allowed => {}
                None => self.fault(&pointer, "is no member of this version of ninjs".to_owned()),
            }
        }
        self.missing(members, shape, pointer);
    }

    fn missing(&mut self, members: &Map<String, Value>, shape: &'static Shape, pointer: &str) {
        for name in shape.required.iter().filter(|name| !members.contains_key(**name)) {
            self.fault(pointer, format!("lacks `{name}`"));
        }
        if !shape.chooses(members) {
            self.fault(pointer, format!("must be an object{}", shape.condition()));
        }
    }
}

/// A name as part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A whole number; JSON Schema takes 5.0 for one.
fn whole(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.fract() == 0.0)
}

/// A date and time that may end with its year, month or day: `2026`, `2026-11`, `2026-11-21`, `2026-11-21T08:00:00`.
pub(super) fn is_part_of_time(text: &str) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.strip_prefix('-').unwrap_or(date).split('-').collect();
    let year = |year: &str| year.len() >= 4 && digits(year) && (year.len() == 4 || !year.starts_with('0'));
    match (parts.as_slice(), time) {
        ([only], None) => year(only),
        ([first, month], None) => year(first) && number(month, 1, 12),
        ([first, month, day], time) => {
            year(first) && number(month, 1, 12) && number(day, 1, 31) && time.is_none_or(is_time)
        }
        _ => false,
    }
}

fn is_time(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(8) else { return false };
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let fraction = rest.strip_prefix('.').map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    number(hour, 0, 23) && number(minute, 0, 59) && number(second, 0, 59) && fraction != 1 && is_zone(&rest[fraction..])
}

fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    let offset = text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'));
    offset.is_some_and(|(hour, minute)| number(hour, 0, 23) && number(minute, 0, 59))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Two digits from and to.
fn number(text: &str, from: u8, to: u8) -> bool {
    text.len() == 2 && digits(text) && text.parse().is_ok_and(|number: u8| (from..=to).contains(&number))
}
