//! The vocabulary in which the tables of ninjs are written: which members an object has, since which version, and what
//! each may hold. The tables are [`super::one`], [`super::two`] and [`super::three`], one for each generation of names.

use serde_json::{Map, Value};

/// What a member holds. The standard's own test suite asks nothing of a time or an address but that it is a text.
pub(super) enum Member {
    Text,
    Time,
    Url,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date that may end with its year, month or day.
    PartOfTime,
    Integer,
    /// An integer from and to.
    Between(i64, i64),
    Number,
    Texts,
    Object(&'static Shape),
    Array(&'static Shape),
    /// Objects by name.
    Named(&'static Shape, Names),
    /// An object of which nothing is asked.
    AnyObject,
    /// Items by name or in a list, of this shape.
    Items(&'static Shape),
    /// As 2.0 has it: what has a name may hold anything.
    LooseItems(&'static Shape),
    GeoJson,
}

/// What names of objects may begin with.
#[derive(Clone, Copy)]
pub(super) enum Names {
    /// Letters and digits of ASCII.
    Alphanumeric,
    /// Those and the underscore.
    Word,
}

/// One member of an object.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The minor version of its generation in which it came.
    pub(super) since: u8,
    pub(super) member: Member,
}

/// An object of ninjs.
pub(super) struct Shape {
    /// Of two fields with one name the later one holds from its version on.
    pub(super) fields: &'static [Field],
    /// Fields whose names only begin like this.
    pub(super) open_names: &'static [Field],
    /// Another shape all of whose fields this one has too.
    pub(super) base: Option<&'static Shape>,
    pub(super) required: &'static [&'static str],
    /// Groups of members; of at least one group one and only one may stand.
    pub(super) one_of: &'static [&'static [&'static str]],
    /// What members it may have that are not named here.
    pub(super) others: Others,
}

/// Whether an object may have members that its shape does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    Refused,
    Allowed,
}

/// An object of these members and no other, none of them required.
pub(super) const fn shape(fields: &'static [Field]) -> Shape {
    Shape { fields, open_names: &[], base: None, required: &[], one_of: &[], others: Others::Refused }
}

/// An object in which some members must stand.
pub(super) const fn requiring(required: &'static [&'static str], fields: &'static [Field]) -> Shape {
    Shape { required, ..shape(fields) }
}

/// A member that its generation has from the start.
pub(super) const fn field(name: &'static str, member: Member) -> Field {
    Field { name, since: 0, member }
}

/// A member that came with a minor version.
pub(super) const fn since(since: u8, name: &'static str, member: Member) -> Field {
    Field { name, since, member }
}

impl Shape {
    /// Whether of at least one of its groups one and only one member stands.
    pub(super) fn chooses(&self, members: &Map<String, Value>) -> bool {
        let one = |group: &&[&str]| group.iter().filter(|name| members.contains_key(**name)).count() == 1;
        self.one_of.is_empty() || self.one_of.iter().any(one)
    }

    /// What a member of this name holds in a minor version.
    pub(super) fn field(&self, name: &str, minor: u8) -> Option<&'static Field> {
        let exact = self.fields.iter().rev().find(|field| field.name == name && field.since <= minor);
        let open = || self.open_names.iter().find(|field| field.since <= minor && extends(name, field.name));
        exact.or_else(open).or_else(|| self.base?.field(name, minor))
    }
}

/// Whether a name goes on behind its beginning, with a letter, a digit or an underscore.
fn extends(name: &str, beginning: &str) -> bool {
    let rest = name.strip_prefix(beginning);
    rest.is_some_and(|rest| rest.starts_with(|first: char| Names::Word.may_begin(first)))
}

impl Names {
    /// Whether a name may begin with this.
    pub(super) fn may_begin(self, first: char) -> bool {
        first.is_ascii_alphanumeric() || (matches!(self, Self::Word) && first == '_')
    }
}

impl Member {
    /// What a sender should put there.
    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Text | Self::Url => "a text".to_owned(),
            Self::Time => "a text: a date and time of RFC 3339".to_owned(),
            Self::Word(words) => format!("one of `{}`", words.join("`, `")),
            Self::PartOfTime => "a text: a date, or its year and month, or its year".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Between(from, to) => format!("an integer from {from} to {to}"),
            Self::Number => "a number".to_owned(),
            Self::Texts => "an array of texts".to_owned(),
            Self::Object(shape) => format!("an object{}", shape.condition()),
            Self::Array(shape) => format!("an array of objects{}", shape.condition()),
            Self::Named(..) => "an object of objects by name".to_owned(),
            Self::AnyObject => "an object".to_owned(),
            Self::Items(_) | Self::LooseItems(_) => "an array of ninjs items".to_owned(),
            Self::GeoJson => "a GeoJSON object".to_owned(),
        }
    }
}

impl Shape {
    /// What must stand in it, in words.
    pub(super) fn condition(&self) -> String {
        match (self.required, self.one_of) {
            ([], []) => String::new(),
            (required, []) => format!(" with `{}`", required.join("` and `")),
            (_, groups) => {
                let groups = groups.iter().map(|group| format!("`{}`", group.join("` or `")));
                format!(" with one only of {}", groups.collect::<Vec<_>>().join(", or one only of "))
            }
        }
    }
}
