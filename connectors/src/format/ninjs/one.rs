//! ninjs 1.1 to 1.6, member by member. 1.0 differs by little from 1.1 and is read, but not judged.
//! <https://iptc.org/std/ninjs/ninjs-schema_1.6.json>

use super::shape::Member::{AnyObject, Array, Between, Named, Number, Object, Text, Time, Url, Word};
use super::shape::{Names, Shape, field, requiring, shape, since};
use super::three::STATUSES;
use super::two::{CONTACT, DIGITAL_SOURCE, RIGHTS, STANDARD};

const KINDS: &[&str] = &["text", "audio", "video", "picture", "graphic", "composite", "component"];
const FIRST_KINDS: &[&str] = &["text", "audio", "video", "picture", "graphic", "composite"];

static CONCEPT: Shape = shape(&[field("name", Text), field("rel", Text), field("scheme", Url), field("code", Text)]);
static PERSON: Shape = Shape { base: Some(&CONCEPT), ..shape(&[since(5, "contactinfo", Array(&CONTACT))]) };
static SYMBOL: Shape =
    shape(&[field("ticker", Text), field("exchange", Text), since(5, "symboltype", Url), since(5, "symbol", Text)]);
static ORGANISATION: Shape = Shape { base: Some(&PERSON), ..shape(&[field("symbols", Array(&SYMBOL))]) };
static PLACE: Shape = Shape { base: Some(&PERSON), open_names: &[field("geometry_", AnyObject)], ..shape(&[]) };
static SUBJECT: Shape = Shape {
    base: Some(&CONCEPT),
    ..shape(&[
        since(5, "creator", Text),
        since(5, "relevance", Between(0, 100)),
        since(5, "confidence", Between(0, 100)),
    ])
};
static RENDITION: Shape = shape(&[
    field("href", Url),
    field("mimetype", Text),
    field("title", Text),
    field("height", Number),
    field("width", Number),
    field("sizeinbytes", Number),
    since(2, "duration", Number),
    since(2, "format", Text),
]);
static TRUST: Shape = shape(&[field("scheme", Url), field("code", Text), field("title", Text), field("href", Url)]);
static GENRE: Shape = shape(&[field("name", Text), field("scheme", Url), field("code", Text)]);

/// A whole item, and one that belongs to another.
pub(super) static ITEM: Shape = Shape {
    open_names: &[field("description_", Text), field("body_", Text), since(3, "headline_", Text)],
    ..requiring(
        &["uri"],
        &[
            field("uri", Text),
            field("type", Word(FIRST_KINDS)),
            since(2, "type", Word(KINDS)),
            field("mimetype", Text),
            field("representationtype", Word(&["complete", "incomplete"])),
            field("profile", Text),
            field("version", Text),
            since(2, "firstcreated", Time),
            field("versioncreated", Time),
            since(4, "contentcreated", Time),
            field("embargoed", Time),
            field("pubstatus", Word(STATUSES)),
            field("urgency", Number),
            field("copyrightholder", Text),
            field("copyrightnotice", Text),
            field("usageterms", Text),
            since(2, "ednote", Text),
            field("language", Text),
            field("person", Array(&PERSON)),
            field("organisation", Array(&ORGANISATION)),
            field("place", Array(&PLACE)),
            field("subject", Array(&SUBJECT)),
            field("event", Array(&CONCEPT)),
            field("object", Array(&CONCEPT)),
            since(2, "infosource", Array(&PERSON)),
            since(2, "title", Text),
            field("byline", Text),
            field("headline", Text),
            since(2, "slugline", Text),
            field("located", Text),
            since(2, "charcount", Number),
            since(2, "wordcount", Number),
            field("renditions", Named(&RENDITION, Names::Alphanumeric)),
            since(3, "renditions", Named(&RENDITION, Names::Word)),
            field("associations", Named(&ITEM, Names::Alphanumeric)),
            since(3, "associations", Named(&ITEM, Names::Word)),
            since(3, "altids", AnyObject),
            since(3, "trustindicator", Array(&TRUST)),
            since(3, "$standard", Object(&STANDARD)),
            since(3, "genre", Array(&GENRE)),
            since(4, "expires", Time),
            since(4, "rightsinfo", Object(&RIGHTS)),
            since(6, "digitalsourcetype", Object(&DIGITAL_SOURCE)),
        ],
    )
};
