//! How answers are printed: tables for people, JSON for programs.

use std::fmt::Display;
use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Value;

/// Prints to standard output in one of the two ways.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON if asked for.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether the caller asked for JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The whole answer as JSON; says whether it was printed, so that a caller prints words otherwise.
    pub fn json(&self, answer: &impl Serialize) -> bool {
        if self.json {
            let text =
                serde_json::to_string_pretty(answer).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
            say(text);
        }
        self.json
    }

    /// A line for people; nothing with `--json`.
    pub fn line(&self, text: impl AsRef<str>) {
        if !self.json {
            say(text.as_ref());
        }
    }

    /// One entry: as JSON, or for people as TOML, which is how the registry's documentation writes it.
    pub fn document(&self, answer: &Value) {
        if !self.json(answer) {
            let table = toml::Table::try_from(without_nulls(answer)).and_then(|table| toml::to_string(&table));
            say(table.unwrap_or_else(|_unprintable| answer.to_string()).trim_end());
        }
    }

    /// A table for people, the longest column last: nothing is broken, so that ids can be copied. `empty` says what to do when there is no row.
    pub fn table(&self, header: &[&str], rows: Vec<Vec<String>>, empty: &str) {
        if self.json {
            return;
        }
        if rows.is_empty() {
            say(empty);
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(header.to_vec());
        for row in rows {
            table.add_row(row);
        }
        for line in table.lines() {
            say(line.trim_end());
        }
    }
}

/// Prints a line. Whoever closes the pipe (`| head`) has read enough: that is no failure.
pub(super) fn say(text: impl Display) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// A member of a JSON answer as text; a missing one is empty.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(words)) if words.iter().all(Value::is_string) => {
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// A moment in a JSON answer, to the second; as it stands when it is none.
pub(super) fn moment(value: &Value, pointer: &str) -> String {
    let text = text(value, pointer);
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed.map_or(text, |moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A number of bytes for people; empty stays empty.
pub(super) fn size(bytes: &str) -> String {
    let Ok(bytes) = bytes.parse::<u64>() else { return bytes.to_owned() };
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} KB", bytes / 1_000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// Takes the empty members out: TOML has no word for them.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(values) => values.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// The members of a JSON array in an answer.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
