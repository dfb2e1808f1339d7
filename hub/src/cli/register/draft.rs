//! An entry of the registry on its way to being added or changed: what stands there, and over it what was typed.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value};

use super::address;
use crate::cli::{AskError, CliError, Hub};
use crate::registry::Kind;

/// One entry as it shall stand.
pub(super) struct Draft {
    kind: Kind,
    id: String,
    former: Option<Value>,
    members: Map<String, Value>,
}

/// What became of it.
pub(super) struct Written {
    /// The entry as the hub shows it.
    pub(super) entry: Value,
    /// Whether it is new.
    pub(super) is_new: bool,
    /// One sentence.
    pub(super) sentence: String,
}

impl Draft {
    /// The entry as it stands, or an empty one.
    pub(super) async fn open(hub: &Hub, kind: Kind, id: &str) -> Result<Self, CliError> {
        let former = match hub.get::<Value>(&address(kind, id)).await {
            Ok(entry) => Some(entry),
            Err(AskError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => None,
            Err(error) => return Err(error.into()),
        };
        let mut members = former.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        members.insert("id".to_owned(), id.into());
        Ok(Self { kind, id: id.to_owned(), former, members })
    }

    /// Sets what was typed; an empty text takes away what stands.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Into<Value>>) {
        set(&mut self.members, name, value.map(Into::into));
    }

    /// The same for a list given word by word; nothing typed leaves it, one empty word empties it.
    pub(super) fn set_list(&mut self, name: &str, words: Vec<String>) {
        if !words.is_empty() {
            let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
            self.members.insert(name.to_owned(), words.into());
        }
    }

    /// A part of the entry, to be set in the same way.
    pub(super) fn part(&mut self, name: &str) -> Part<'_> {
        let part = self.members.entry(name).or_insert_with(|| Value::Object(Map::new()));
        if !part.is_object() {
            *part = Value::Object(Map::new());
        }
        Part(part.as_object_mut())
    }

    /// Refuses a new entry that lacks what it cannot be without.
    pub(super) fn need(&self, name: &str, option: &str) -> Result<(), CliError> {
        if self.members.contains_key(name) { Ok(()) } else { Err(self.lacks(option)) }
    }

    /// What to say when an option is missing.
    pub(super) fn lacks(&self, option: &str) -> CliError {
        let (word, id) = (self.kind.word(), &self.id);
        CliError::Usage(format!("there is no {word} `{id}` yet, and a new one needs {option}"))
    }

    /// A member as it is to stand.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Whether nothing stands under this id.
    pub(super) fn is_new(&self) -> bool {
        self.former.is_none()
    }

    /// Writes it.
    pub(super) async fn put(self, hub: &Hub) -> Result<Written, CliError> {
        let document = Value::Object(self.members);
        let entry: Value = hub.send(Method::PUT, &address(self.kind, &self.id), Some(&document)).await?;
        let became = match &self.former {
            None => "added",
            Some(former) if *former == entry => "unchanged",
            Some(_) => "changed",
        };
        let sentence = format!("{} `{}` is {became}.", self.kind.word(), self.id);
        Ok(Written { entry, is_new: self.former.is_none(), sentence })
    }
}

/// A part of a draft.
pub(super) struct Part<'a>(Option<&'a mut Map<String, Value>>);

impl Part<'_> {
    /// Sets what was typed; an empty text takes away what stands.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(members) = &mut self.0 {
            set(members, name, value.map(Into::into));
        }
    }

    /// Sets the members of a part within; those not named stay.
    pub(super) fn set_all(&mut self, name: &str, values: Map<String, Value>) {
        let Some(members) = &mut self.0 else { return };
        if values.is_empty() {
            return;
        }
        let within = members.entry(name).or_insert_with(|| Value::Object(Map::new()));
        for (name, value) in values {
            if let Some(within) = within.as_object_mut() {
                set(within, &name, Some(value));
            }
        }
    }

    /// Whether it has a member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|members| members.contains_key(name))
    }
}

fn set(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        None => {}
        Some(Value::String(text)) if text.is_empty() => drop(members.shift_remove(name)),
        Some(value) => drop(members.insert(name.to_owned(), value)),
    }
}
