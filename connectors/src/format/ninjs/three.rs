//! ninjs 3.0 and 3.1, member by member. <https://iptc.org/std/ninjs/ninjs-schema_3.1.json>

use super::shape::Member::{
    Array, Between, GeoJson, Integer, Items, Number, Object, PartOfTime, Text, Texts, Time, Url, Word,
};
use super::shape::{Shape, field, requiring, shape, since};

pub(super) const STATUSES: &[&str] = &["usable", "withheld", "canceled"];
const KINDS: &[&str] = &["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"];
const FREQUENCIES: &[&str] = &["secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly"];

static ADDRESS: Shape = shape(&[
    field("lines", Texts),
    field("locality", Text),
    field("area", Text),
    field("postalCode", Text),
    field("country", Text),
]);
static CONTACT: Shape = Shape {
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
static PERSON: Shape = Shape { base: Some(&CONCEPT), ..shape(&[field("contactInfo", Array(&CONTACT))]) };
static SYMBOL: Shape = shape(&[field("exchange", Text), field("symbolType", Url), field("symbol", Text)]);
static ORGANISATION: Shape = Shape { base: Some(&PERSON), ..shape(&[field("symbols", Array(&SYMBOL))]) };
static PLACE: Shape = Shape { base: Some(&PERSON), ..shape(&[field("geoJSON", GeoJson)]) };
static SUBJECT: Shape = Shape {
    base: Some(&CONCEPT),
    ..shape(&[field("creator", Text), field("relevance", Between(0, 100)), field("confidence", Between(0, 100))])
};
static EVENT: Shape = Shape { base: Some(&CONCEPT), ..shape(&[field("id", Text)]) };
static SOURCE: Shape = shape(&[
    field("name", Text),
    field("role", Text),
    field("uri", Url),
    field("literal", Text),
    field("contactInfo", Array(&CONTACT)),
]);
static WORDS: Shape = requiring(&["value"], &[field("role", Text), field("contentType", Text), field("value", Text)]);
static BODY: Shape =
    Shape { base: Some(&WORDS), ..requiring(&["value"], &[field("charCount", Integer), field("wordCount", Integer)]) };
static POINT: Shape = shape(&[field("x", Integer), field("y", Integer)]);
static RENDITION: Shape = requiring(
    &["name"],
    &[
        field("name", Text),
        field("href", Url),
        field("contentType", Text),
        field("title", Text),
        field("width", Integer),
        field("height", Integer),
        field("sizeInBytes", Integer),
        field("duration", Number),
        field("format", Text),
        field("aspectRatio", Text),
        field("videoCodec", Text),
        field("frameRate", Number),
        field("poi", Object(&POINT)),
        field("transportProtocol", Text),
        field("scanType", Word(&["progressive", "interlaced"])),
        field("bitrate", Text),
    ],
);
static OTHER_ID: Shape = shape(&[field("role", Text), field("value", Text)]);
static TRUST: Shape = shape(&[field("role", Url), field("title", Text), field("href", Url)]);
static STANDARD: Shape = shape(&[field("name", Text), field("version", Text), field("schema", Url)]);
static GENRE: Shape = shape(&[field("name", Text), field("uri", Text), field("literal", Text)]);
static RIGHTS: Shape = Shape {
    one_of: &[&["linkedRights", "encodedRights"]],
    ..shape(&[field("langId", Url), field("linkedRights", Url), field("encodedRights", Text)])
};
static DIGITAL_SOURCE: Shape = shape(&[field("name", Text), field("uri", Url), field("literal", Text)]);

static RULE: Shape = shape(&[
    field("frequency", Word(FREQUENCIES)),
    field("interval", Integer),
    field("until", Time),
    field("count", Integer),
]);
/// `recurrenceDates` is left out: the schema asks for an array that is a text, which nothing can be.
static RECURRENCE: Shape = shape(&[field("recurrenceRules", Array(&RULE))]);
static DATES: Shape = Shape {
    one_of: &[&["startDate", "expectedStartDate"], &["endDate", "expectedEndDate"]],
    ..shape(&[
        field("startDate", Time),
        field("endDate", Time),
        field("expectedStartDate", PartOfTime),
        field("expectedEndDate", PartOfTime),
        field("expectedDuration", Text),
        field("recurrence", Object(&RECURRENCE)),
    ])
};
static EVENT_DETAILS: Shape = shape(&[
    field("eventStatus", Url),
    field("plannedCoverageStatus", Url),
    field("dates", Object(&DATES)),
    field("organiser", Object(&ORGANISATION)),
]);
static REFERENCE: Shape = shape(&[field("name", Text), field("value", Text)]);
static COMMISSION: Shape = shape(&[field("by", Text), field("on", Time), field("references", Array(&REFERENCE))]);
static AUDIENCE: Shape = shape(&[field("audience", Text), field("significance", Integer)]);
static COUNT: Shape = shape(&[field("rangeFrom", Integer), field("rangeTo", Integer)]);
static COVERAGE: Shape = shape(&[
    field("uri", Url),
    field("title", Text),
    field("pubStatus", Word(STATUSES)),
    field("type", Word(KINDS)),
    field("commissioned", Object(&COMMISSION)),
    field("dates", Object(&DATES)),
    field("audiences", Array(&AUDIENCE)),
    field("exclAudience", Texts),
    field("edNote", Text),
    field("urgency", Between(1, 9)),
    field("language", Text),
    field("itemCount", Object(&COUNT)),
    field("wordCount", Integer),
    field("renditions", Array(&RENDITION)),
]);

/// A whole item.
pub(super) static ITEM: Shape = requiring(
    &["uri"],
    &[
        field("uri", Text),
        field("type", Word(KINDS)),
        field("representationType", Word(&["full", "partial"])),
        field("profile", Text),
        field("version", Text),
        field("firstCreated", Time),
        field("versionCreated", Time),
        field("contentCreated", Time),
        field("embargoedUntil", Time),
        field("pubStatus", Word(STATUSES)),
        field("urgency", Between(1, 9)),
        field("copyrightHolder", Text),
        field("copyrightNotice", Text),
        field("usageTerms", Text),
        field("edNote", Text),
        field("language", Text),
        field("descriptions", Array(&WORDS)),
        field("bodies", Array(&BODY)),
        field("headlines", Array(&WORDS)),
        field("people", Array(&PERSON)),
        field("organisations", Array(&ORGANISATION)),
        field("places", Array(&PLACE)),
        field("subjects", Array(&SUBJECT)),
        field("events", Array(&EVENT)),
        field("eventDetails", Object(&EVENT_DETAILS)),
        field("plannedCoverage", Array(&COVERAGE)),
        field("objects", Array(&CONCEPT)),
        field("infoSources", Array(&SOURCE)),
        field("title", Text),
        field("by", Text),
        field("slugline", Text),
        field("located", Text),
        field("renditions", Array(&RENDITION)),
        field("associations", Items(&ASSOCIATED)),
        field("altIds", Array(&OTHER_ID)),
        field("trustIndicators", Array(&TRUST)),
        field("standard", Object(&STANDARD)),
        field("genres", Array(&GENRE)),
        field("expires", Time),
        field("rightsInfo", Object(&RIGHTS)),
        since(1, "digitalSourceType", Object(&DIGITAL_SOURCE)),
    ],
);
/// An item that belongs to another; its name and its relation to it stand with it.
pub(super) static ASSOCIATED: Shape =
    Shape { base: Some(&ITEM), ..requiring(&["name", "uri"], &[field("name", Text), field("rel", Text)]) };
