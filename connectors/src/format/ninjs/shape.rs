//! What ninjs 3.1 allows, member by member, and how a value is brought into it. ninjs is closed: a member it does not
//! name would make the whole item invalid, so it is left behind.
//! <https://iptc.org/std/ninjs/ninjs-schema_3.1.json>

use serde_json::{Map, Value};

use super::legacy;
use crate::format::moment::Moment;

/// What a member holds.
pub(super) enum Member {
    Text,
    Integer,
    Number,
    Time,
    Url,
    /// Kept as sent: the parts of ninjs that the hub hands through unread.
    Any,
    Texts,
    Object(&'static Shape),
    Array(&'static Shape),
    /// Other ninjs items.
    Items,
    GeoJson,
}

/// An object of ninjs 3.1.
pub(super) struct Shape {
    pub(super) members: &'static [(&'static str, Member)],
    /// Without one of these the object is left out.
    pub(super) required: &'static [&'static str],
    /// Of these one and only one may stand.
    pub(super) one_of: &'static [&'static str],
}

const fn shape(members: &'static [(&'static str, Member)]) -> Shape {
    Shape { members, required: &[], one_of: &[] }
}

use Member::{Any, Array, GeoJson, Integer, Items, Number, Object, Text, Texts, Time, Url};

static ADDRESS: Shape =
    shape(&[("lines", Texts), ("locality", Text), ("area", Text), ("postalCode", Text), ("country", Text)]);
static CONTACT: Shape = Shape {
    members: &[
        ("type", Text),
        ("role", Text),
        ("lang", Text),
        ("name", Text),
        ("value", Text),
        ("address", Object(&ADDRESS)),
    ],
    required: &[],
    one_of: &["value", "address"],
};
static CONCEPT: Shape = shape(&[("name", Text), ("rel", Text), ("uri", Url), ("literal", Text)]);
static PERSON: Shape =
    shape(&[("name", Text), ("rel", Text), ("uri", Url), ("literal", Text), ("contactInfo", Array(&CONTACT))]);
static SYMBOL: Shape = shape(&[("exchange", Text), ("symbolType", Url), ("symbol", Text)]);
static ORGANISATION: Shape = shape(&[
    ("name", Text),
    ("rel", Text),
    ("uri", Url),
    ("literal", Text),
    ("symbols", Array(&SYMBOL)),
    ("contactInfo", Array(&CONTACT)),
]);
static PLACE: Shape = shape(&[
    ("name", Text),
    ("rel", Text),
    ("uri", Url),
    ("literal", Text),
    ("contactInfo", Array(&CONTACT)),
    ("geoJSON", GeoJson),
]);
static SUBJECT: Shape = shape(&[
    ("name", Text),
    ("rel", Text),
    ("uri", Url),
    ("literal", Text),
    ("creator", Text),
    ("relevance", Integer),
    ("confidence", Integer),
]);
static EVENT: Shape = shape(&[("id", Text), ("name", Text), ("rel", Text), ("uri", Url), ("literal", Text)]);
static SOURCE: Shape =
    shape(&[("name", Text), ("role", Text), ("uri", Url), ("literal", Text), ("contactInfo", Array(&CONTACT))]);
static WORDS: Shape =
    Shape { members: &[("role", Text), ("contentType", Text), ("value", Text)], required: &["value"], one_of: &[] };
static BODY: Shape = Shape {
    members: &[("role", Text), ("contentType", Text), ("charCount", Integer), ("wordCount", Integer), ("value", Text)],
    required: &["value"],
    one_of: &[],
};
static POINT: Shape = shape(&[("x", Integer), ("y", Integer)]);
static RENDITION: Shape = Shape {
    members: &[
        ("name", Text),
        ("href", Url),
        ("contentType", Text),
        ("title", Text),
        ("width", Integer),
        ("height", Integer),
        ("sizeInBytes", Integer),
        ("duration", Number),
        ("format", Text),
        ("aspectRatio", Text),
        ("videoCodec", Text),
        ("frameRate", Number),
        ("poi", Object(&POINT)),
        ("transportProtocol", Text),
        ("scanType", Text),
        ("bitrate", Text),
    ],
    required: &["name"],
    one_of: &[],
};
static OTHER_ID: Shape = Shape { members: &[("role", Text), ("value", Text)], required: &["value"], one_of: &[] };
static TRUST: Shape = shape(&[("role", Url), ("title", Text), ("href", Url)]);
static GENRE: Shape = shape(&[("name", Text), ("uri", Text), ("literal", Text)]);
static RIGHTS: Shape = Shape {
    members: &[("langId", Url), ("linkedRights", Url), ("encodedRights", Text)],
    required: &[],
    one_of: &["linkedRights", "encodedRights"],
};

/// A whole item.
pub(super) static ITEM: Shape = shape(&[
    ("uri", Text),
    ("type", Text),
    ("representationType", Text),
    ("profile", Text),
    ("version", Text),
    ("firstCreated", Time),
    ("versionCreated", Time),
    ("contentCreated", Time),
    ("embargoedUntil", Time),
    ("pubStatus", Text),
    ("urgency", Integer),
    ("copyrightHolder", Text),
    ("copyrightNotice", Text),
    ("usageTerms", Text),
    ("edNote", Text),
    ("language", Text),
    ("descriptions", Array(&WORDS)),
    ("bodies", Array(&BODY)),
    ("headlines", Array(&WORDS)),
    ("people", Array(&PERSON)),
    ("organisations", Array(&ORGANISATION)),
    ("places", Array(&PLACE)),
    ("subjects", Array(&SUBJECT)),
    ("events", Array(&EVENT)),
    ("eventDetails", Any),
    ("plannedCoverage", Any),
    ("objects", Array(&CONCEPT)),
    ("infoSources", Array(&SOURCE)),
    ("title", Text),
    ("by", Text),
    ("slugline", Text),
    ("located", Text),
    ("renditions", Array(&RENDITION)),
    ("associations", Items),
    ("altIds", Array(&OTHER_ID)),
    ("trustIndicators", Array(&TRUST)),
    ("genres", Array(&GENRE)),
    ("expires", Time),
    ("rightsInfo", Object(&RIGHTS)),
    ("digitalSourceType", Object(&CONCEPT_WITHOUT_RELATION)),
]);
static CONCEPT_WITHOUT_RELATION: Shape = shape(&[("name", Text), ("uri", Url), ("literal", Text)]);
/// An item that belongs to another; its name and its relation to it stand with it.
static ASSOCIATED: &[(&str, Member)] = &[("name", Text), ("rel", Text)];

/// Associations within associations; deeper ones are left behind. Real items have two levels.
const DEEPEST: usize = 8;

/// Brings an item, or an associated one, into the shape of ninjs 3.1.
pub(super) fn item(members: Map<String, Value>, depth: usize) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in legacy::renamed_item(members) {
        let known = ITEM.members.iter().chain(if depth > 0 { ASSOCIATED } else { &[] });
        put(&mut out, known, &name, value, depth);
    }
    tidy(&mut out);
    out
}

/// What the schema fixes by enumeration.
fn tidy(item: &mut Map<String, Value>) {
    let kinds = ["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"];
    keep_if(item, "type", |text| kinds.contains(&text));
    keep_if(item, "representationType", |text| ["full", "partial"].contains(&text));
    keep_if(item, "pubStatus", |text| ["usable", "withheld", "canceled"].contains(&text));
    if !item.get("urgency").and_then(Value::as_i64).is_none_or(|urgency| (1..=9).contains(&urgency)) {
        item.remove("urgency");
    }
}

fn keep_if(item: &mut Map<String, Value>, name: &str, good: impl Fn(&str) -> bool) {
    if item.get(name).and_then(Value::as_str).is_some_and(|text| !good(text)) {
        item.remove(name);
    }
}

fn put<'a>(
    out: &mut Map<String, Value>,
    known: impl Iterator<Item = &'a (&'static str, Member)>,
    name: &str,
    value: Value,
    depth: usize,
) {
    let mut known = known;
    if let Some((canonical, member)) = known.find(|(canonical, _)| canonical.eq_ignore_ascii_case(name))
        && let Some(value) = brought(value, member, depth)
    {
        out.entry(*canonical).or_insert(value);
    }
}

fn brought(value: Value, member: &Member, depth: usize) -> Option<Value> {
    match member {
        Member::Any => (!value.is_null()).then_some(value),
        Member::Text => text(value),
        Member::Url => text(value).filter(|text| text.as_str().is_some_and(|text| !text.is_empty())),
        Member::Texts => match value {
            Value::Array(values) => Some(Value::Array(values.into_iter().filter_map(text).collect())),
            single => text(single).map(|text| Value::Array(vec![text])),
        },
        Member::Integer => integer(&value),
        Member::Number => value.is_number().then_some(value),
        Member::Time => match Moment::parse(value.as_str()?)? {
            Moment::At(timestamp) => Some(Value::String(timestamp.to_string())),
            Moment::Wall(_) => None,
        },
        Member::GeoJson => geometry(value),
        Member::Object(shape) => match value {
            Value::Object(members) => object(members, shape, depth).map(Value::Object),
            _ => None,
        },
        Member::Array(shape) => {
            let objects = legacy::listed(value).into_iter().filter_map(|members| object(members, shape, depth));
            Some(Value::Array(objects.map(Value::Object).collect()))
        }
        Member::Items if depth >= DEEPEST => None,
        Member::Items => {
            let items = legacy::listed(value).into_iter().map(|members| item(members, depth + 1));
            Some(Value::Array(items.filter_map(associated).map(Value::Object).collect()))
        }
    }
}

fn object(members: Map<String, Value>, shape: &'static Shape, depth: usize) -> Option<Map<String, Value>> {
    let mut out = Map::new();
    for (name, value) in legacy::renamed_part(members) {
        put(&mut out, shape.members.iter(), &name, value, depth);
    }
    let mut chosen = shape.one_of.iter().filter(|name| out.contains_key(**name));
    if !shape.one_of.is_empty() {
        let first = *chosen.next()?;
        for other in shape.one_of.iter().filter(|name| **name != first) {
            out.remove(*other);
        }
    }
    shape.required.iter().all(|name| out.contains_key(*name)).then_some(out).filter(|out| !out.is_empty())
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

fn integer(value: &Value) -> Option<Value> {
    let whole = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    // Sizes and counts fit into an i64; a cast saturates on the rest.
    whole.or_else(|| value.as_f64().map(|number| number.round() as i64)).map(Value::from)
}

fn geometry(value: Value) -> Option<Value> {
    const KINDS: [&str; 9] = [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
        "Feature",
        "FeatureCollection",
    ];
    let kind = value.get("type")?.as_str()?.to_owned();
    let mut value = value;
    if kind == "Feature"
        && let Value::Object(members) = &mut value
    {
        // RFC 7946 wants the member, null if there is nothing to say; ninjs 1.x examples leave it out.
        members.entry("properties").or_insert(Value::Null);
    }
    KINDS.contains(&kind.as_str()).then_some(value)
}
