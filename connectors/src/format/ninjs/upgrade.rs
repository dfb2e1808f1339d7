//! How an item of any version is brought into ninjs 3.1. ninjs is closed: a member it does not name would make the
//! whole item invalid, so it is left behind, and so is a value of the wrong kind. Not so where it says what the item is
//! or who may use it: there a value that cannot be brought refuses the item.

use serde_json::{Map, Value};

use super::geometry;
use super::legacy;
use super::shape::{Field, Member, Shape};
use super::three::{ASSOCIATED, ITEM};
use super::validate::{Fault, is_part_of_time};
use crate::format::moment::Moment;

/// Associations within associations; deeper ones are left behind. Real items have two levels.
const DEEPEST: usize = 8;
/// Members that say what an item is and who may use it.
const VITAL: [&str; 8] =
    ["uri", "version", "copyrightHolder", "copyrightNotice", "usageTerms", "rightsInfo", "headlines", "bodies"];

/// Brings an item into the shape of ninjs 3.1. Errors: the first member that says what the item is, or who may use it,
/// and cannot be understood.
pub(super) fn item(members: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let members = legacy::renamed_item(members);
    let stated: Vec<(&Field, usize)> = VITAL.iter().filter_map(|name| stated(&members, name)).collect();
    let out = brought_item(members, &ITEM, 0);
    for (field, count) in stated {
        if out.get(field.name).map_or(0, statements) < count {
            let cause = format!("must be {}", field.member.wanted());
            return Err(Fault { pointer: format!("/{}", field.name), cause });
        }
    }
    Ok(out)
}

/// How many statements stand under the name of a vital member.
fn stated(members: &Map<String, Value>, name: &str) -> Option<(&'static Field, usize)> {
    let (_, value) = members.iter().find(|(stated, _)| stated.eq_ignore_ascii_case(name))?;
    Some((known(&ITEM, name)?, statements(value)))
}

/// Null and the empty object state nothing, nor does an entry whose `value` is null.
fn statements(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Object(members) if members.is_empty() || members.get("value").is_some_and(Value::is_null) => 0,
        Value::Array(values) => values.iter().map(statements).sum(),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The newest field of a name, whatever the name's case: so 2.x is read as 3.1.
fn known(shape: &'static Shape, name: &str) -> Option<&'static Field> {
    let found = shape.fields.iter().rev().find(|field| field.name.eq_ignore_ascii_case(name));
    found.or_else(|| known(shape.base?, name))
}

fn brought_item(members: Map<String, Value>, shape: &'static Shape, depth: usize) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in members {
        put(&mut out, shape, &name, value, depth);
    }
    // It is of 3.1 from here on, whatever it was before.
    out.remove("standard");
    if let Some(Value::Array(ids)) = out.get_mut("altIds") {
        ids.retain(|id| id.get("value").is_some());
    }
    out
}

fn put(out: &mut Map<String, Value>, shape: &'static Shape, name: &str, value: Value, depth: usize) {
    if let Some(field) = known(shape, name)
        && let Some(value) = brought(value, &field.member, depth)
    {
        out.entry(field.name).or_insert(value);
    }
}

fn brought(value: Value, member: &'static Member, depth: usize) -> Option<Value> {
    match member {
        Member::Text => text(value),
        Member::Url => text(value).filter(|text| text.as_str().is_some_and(|text| !text.is_empty())),
        Member::Word(words) => Some(value).filter(|value| value.as_str().is_some_and(|word| words.contains(&word))),
        Member::PartOfTime => Some(value).filter(|value| value.as_str().is_some_and(is_part_of_time)),
        Member::Texts => match value {
            Value::Array(values) => Some(Value::Array(values.into_iter().filter_map(text).collect())),
            single => text(single).map(|text| Value::Array(vec![text])),
        },
        Member::Integer => integer(&value).map(Value::from),
        Member::Between(from, to) => integer(&value).filter(|whole| (*from..=*to).contains(whole)).map(Value::from),
        Member::Number => value.is_number().then_some(value),
        Member::Time => match Moment::parse(value.as_str()?)? {
            Moment::At(timestamp) => Some(Value::String(timestamp.to_string())),
            Moment::Wall(_) => None,
        },
        Member::GeoJson => geometry::brought(value),
        Member::Object(shape) => match value {
            Value::Object(members) => object(members, shape, depth).map(Value::Object),
            _ => None,
        },
        Member::Array(shape) => {
            let objects = legacy::listed(value).into_iter().filter_map(|members| object(members, shape, depth));
            Some(Value::Array(objects.map(Value::Object).collect()))
        }
        Member::Items(_) if depth >= DEEPEST => None,
        Member::Items(_) => Some(Value::Array(associations(value, depth))),
        // Only 1.x and 2.0 have these.
        Member::Named(..) | Member::AnyObject | Member::LooseItems(_) => None,
    }
}

fn object(members: Map<String, Value>, shape: &'static Shape, depth: usize) -> Option<Map<String, Value>> {
    let mut out = Map::new();
    for (name, value) in legacy::renamed_part(members) {
        put(&mut out, shape, &name, value, depth);
    }
    let complete = shape.required.iter().all(|name| out.contains_key(*name));
    (complete && shape.chooses(&out) && !out.is_empty()).then_some(out)
}

fn associations(value: Value, depth: usize) -> Vec<Value> {
    let items = legacy::listed(value).into_iter().map(legacy::renamed_item);
    let items = items.map(|members| brought_item(members, &ASSOCIATED, depth + 1));
    items.filter_map(associated).map(Value::Object).collect()
}

/// An associated item must have a name and a uri; a picture's uri may be that of its file.
fn associated(mut item: Map<String, Value>) -> Option<Map<String, Value>> {
    if !item.contains_key("uri") {
        let renditions = item.get("renditions").and_then(Value::as_array)?;
        let href = renditions.iter().find_map(|rendition| rendition.get("href"))?.clone();
        item.insert("uri".to_owned(), href);
    }
    if !item.contains_key("name") {
        item.insert("name".to_owned(), Value::String("associated".to_owned()));
    }
    Some(item)
}

fn text(value: Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    let whole = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    // Sizes and counts fit into an i64; a cast saturates on the rest.
    whole.or_else(|| value.as_f64().map(|number| number.round() as i64))
}
