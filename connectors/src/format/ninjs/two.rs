//! ninjs 2.0 to 2.2, member by member: the lower-case names of 3.x, fewer of them.
//! <https://iptc.org/std/ninjs/ninjs-schema_2.2.json>

use super::shape::Member::{Array, Between, GeoJson, Items, LooseItems, Number, Object, Text, Texts, Time, Url, Word};
use super::shape::{Others, Shape, field, requiring, shape, since};
use super::three::STATUSES;

const KINDS: &[&str] = &["text", "audio", "video", "picture", "graphic", "composite", "component"];

static ADDRESS: Shape = shape(&[
    field("lines", Texts),
    field("locality", Text),
    field("area", Text),
    field("postalcode", Text),
    field("country", Text),
]);
/// How to reach someone; since 1.5 and 2.1.
pub(super) static CONTACT: Shape = Shape {
    one_of: &[&["value", "address"]],
    ..shape(&[
        field("type", Text),
        field("role", Text),
        field("lang", Text),
        field("name", Text),
        field("value", Text),
        field("address", Object(&ADDRESS)),
    ])
};
static CONCEPT: Shape = shape(&[field("name", Text), field("rel", Text), field("uri", Url), field("literal", Text)]);
static PERSON: Shape = Shape { base: Some(&CONCEPT), ..shape(&[since(1, "contactinfo", Array(&CONTACT))]) };
static SYMBOL: Shape =
    shape(&[field("ticker", Text), field("exchange", Text), since(1, "symboltype", Url), since(1, "symbol", Text)]);
static ORGANISATION: Shape = Shape { base: Some(&PERSON), ..shape(&[field("symbols", Array(&SYMBOL))]) };
static PLACE: Shape = Shape { base: Some(&PERSON), ..shape(&[field("geojson", GeoJson)]) };
static SUBJECT: Shape = Shape {
    base: Some(&CONCEPT),
    ..shape(&[
        since(1, "creator", Text),
        since(1, "relevance", Between(0, 100)),
        since(1, "confidence", Between(0, 100)),
    ])
};
static SOURCE: Shape = shape(&[
    field("name", Text),
    field("role", Text),
    field("uri", Url),
    field("literal", Text),
    since(1, "contactinfo", Array(&CONTACT)),
]);
static WORDS: Shape = requiring(&["value"], &[field("role", Text), field("contenttype", Text), field("value", Text)]);
static BODY: Shape =
    Shape { base: Some(&WORDS), ..requiring(&["value"], &[field("charcount", Number), field("wordcount", Number)]) };
static RENDITION: Shape = requiring(
    &["name"],
    &[
        field("name", Text),
        field("href", Url),
        field("contenttype", Text),
        field("title", Text),
        field("height", Number),
        field("width", Number),
        field("sizeinbytes", Number),
        field("duration", Number),
        field("format", Text),
    ],
);
static OTHER_ID: Shape = shape(&[field("role", Text), field("value", Text)]);
static TRUST: Shape = shape(&[field("role", Url), field("title", Text), field("href", Url)]);
/// The standard a document follows, by its own account.
pub(super) static STANDARD: Shape = shape(&[field("name", Text), field("version", Text), field("schema", Url)]);
static GENRE: Shape = shape(&[field("name", Text), field("uri", Text), field("literal", Text)]);
/// Rights for machines.
pub(super) static RIGHTS: Shape = Shape {
    one_of: &[&["linkedrights", "encodedrights"]],
    others: Others::Allowed,
    ..shape(&[field("langid", Url), field("linkedrights", Url), field("encodedrights", Text)])
};
/// How the content was made.
pub(super) static DIGITAL_SOURCE: Shape = shape(&[field("name", Text), field("uri", Url), field("literal", Text)]);

/// A whole item.
pub(super) static ITEM: Shape = requiring(
    &["uri"],
    &[
        field("uri", Text),
        field("type", Word(KINDS)),
        field("representationtype", Word(&["full", "partial"])),
        field("profile", Text),
        field("version", Text),
        field("firstcreated", Time),
        field("versioncreated", Time),
        field("contentcreated", Time),
        field("embargoed", Time),
        field("pubstatus", Word(STATUSES)),
        field("urgency", Number),
        field("copyrightholder", Text),
        field("copyrightnotice", Text),
        field("usageterms", Text),
        field("ednote", Text),
        field("language", Text),
        field("descriptions", Array(&WORDS)),
        field("bodies", Array(&BODY)),
        field("headlines", Array(&WORDS)),
        field("people", Array(&PERSON)),
        field("organisations", Array(&ORGANISATION)),
        field("places", Array(&PLACE)),
        field("subjects", Array(&SUBJECT)),
        field("events", Array(&CONCEPT)),
        field("objects", Array(&CONCEPT)),
        field("infosources", Array(&SOURCE)),
        field("title", Text),
        field("by", Text),
        field("slugline", Text),
        field("located", Text),
        field("renditions", Array(&RENDITION)),
        field("associations", LooseItems(&ITEM)),
        since(1, "associations", Items(&ASSOCIATED)),
        field("altids", Array(&OTHER_ID)),
        field("trustindicators", Array(&TRUST)),
        field("standard", Object(&STANDARD)),
        field("genres", Array(&GENRE)),
        since(1, "expires", Time),
        field("rightsinfo", Object(&RIGHTS)),
        since(2, "digitalsourcetype", Object(&DIGITAL_SOURCE)),
    ],
);
static ASSOCIATED: Shape = Shape { base: Some(&ITEM), ..requiring(&["name", "uri"], &[field("name", Text)]) };
