//! An IPTC ninjs 3.1 news item, as far as the hub reads and writes it by name; everything else that ninjs 3.1 allows
//! is kept in `other`, untouched. <https://iptc.org/std/ninjs/>, spellings of 3.x.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A news item of ninjs 3.1 with the one `hub` member of our profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewsItem {
    /// The identifier; for an item its [`crate::ItemUri`], for an article its [`crate::ArticleUri`].
    pub uri: String,
    /// Always `ninjs`, `3.1`.
    #[serde(default)]
    pub standard: Standard,
    /// The generic news type.
    #[serde(rename = "type", default)]
    pub kind: Kind,
    /// The version, rising; for an article the hub's, for an item the outlet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// BCP 47, e.g. `zh-Hans` or `zh-Hant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// First publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_created: Option<Timestamp>,
    /// This version's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_created: Option<Timestamp>,
    /// Not to be shown before. Absent: no embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Timestamp>,
    /// Of no use to readers from then on; an article is taken down at that moment. Absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// usable, withheld or canceled.
    #[serde(default)]
    pub pub_status: PubStatus,
    /// 1 (most urgent) to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u8>,
    /// Byline as stated: 记者 王某 通讯员 李某.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// A note from the editors to receivers: what a correction corrects, why a kill (更正说明).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ed_note: Option<String>,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_holder: Option<String>,
    /// As stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_notice: Option<String>,
    /// In words, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<String>,
    /// How the content was made, e.g. by AI: <http://cv.iptc.org/newscodes/digitalsourcetype/>.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<Value>,
    /// `role` main is the headline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Headline>,
    /// `role` summary is the excerpt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Text>,
    /// `text/html`, sanitised, and `text/plain`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<Text>,
    /// Persons: `rel` author for 记者 and 通讯员, editor for 编辑.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Named>,
    /// With `literal` `GB/T2260:<code>` where the place is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Named>,
    /// IPTC Media Topics, and the outlet's own columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Named>,
    /// Where it comes from: the origin first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub info_sources: Vec<InfoSource>,
    /// Other identifiers: `role` cms, url, sha256 …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt_ids: Vec<AltId>,
    /// Pictures and other news items that belong to it; a picture is `type` picture with `renditions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub associations: Vec<Association>,
    /// The one extension of our profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubMember>,
    /// All else that ninjs 3.1 allows, untouched (`rightsInfo`, `genres`, `events`, `slugline` …).
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `standard` of ninjs 3.x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standard {
    /// `ninjs`
    pub name: String,
    /// `3.1`
    pub version: String,
    /// The schema's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl Default for Standard {
    fn default() -> Self {
        Self {
            name: "ninjs".to_owned(),
            version: "3.1".to_owned(),
            schema: Some("http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#".to_owned()),
        }
    }
}

/// `type` of ninjs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    #[default]
    Text,
    Audio,
    Video,
    Picture,
    Graphic,
    Composite,
    Component,
    Planning,
    Event,
}

/// `pubStatus` of ninjs: canceled is a kill (撤稿), with one l.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PubStatus {
    /// May be shown.
    #[default]
    Usable,
    /// Held back; may come again.
    Withheld,
    /// Killed, for good.
    Canceled,
}

/// A headline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// `main`, `sub` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The words.
    pub value: String,
    /// `text/plain` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A description or a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// `main`, `summary` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The words.
    pub value: String,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A person, place or subject.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// As shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `author`, `editor`, `about` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel: Option<String>,
    /// The identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// A code without a uri, e.g. `GB/T2260:510100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literal: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where the content comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InfoSource {
    /// 来源 as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A code of <http://cv.iptc.org/newscodes/infosourcerole/>.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its identifier or page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Another identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AltId {
    /// `cms`, `url`, `sha256` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The value.
    pub value: String,
}

/// A picture or another news item that belongs to this one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Association {
    /// A local name, e.g. `featured`, `image-2`, `original`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its identifier; for a picture its URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// `derivedFrom` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel: Option<String>,
    /// `picture` …
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Headlines: none, or alt text with role `alt`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Headline>,
    /// Captions, `role` caption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Text>,
    /// Photographer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Files: `href`, `contentType`, `width`, `height`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One file of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// `main` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the bytes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// A media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The one `hub` member of our ninjs profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubMember {
    /// When the hub received it.
    pub received_at: Timestamp,
    /// The article it belongs to.
    pub cluster: String,
    /// Where the original stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// RFC 9530 style digest of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_digest: Option<String>,
    /// The way it has come.
    pub hops: Vec<crate::Hop>,
}

impl NewsItem {
    /// The hubs and systems it has passed, first to last; the hub whose article it is comes last.
    pub fn hops(&self) -> &[crate::Hop] {
        self.hub.as_ref().map_or(&[], |hub| hub.hops.as_slice())
    }

    /// An empty text item with this uri.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), ..Self::default() }
    }

    /// The headline: role `main`, else the first.
    pub fn headline(&self) -> &str {
        let main = self.headlines.iter().find(|headline| headline.role.as_deref() == Some("main"));
        main.or(self.headlines.first()).map_or("", |headline| headline.value.as_str())
    }

    /// The body of a media type, e.g. `text/html`.
    pub fn body(&self, content_type: &str) -> Option<&str> {
        let found = self.bodies.iter().find(|body| body.content_type.as_deref() == Some(content_type));
        found.map(|body| body.value.as_str())
    }

    /// The summary: role `summary`, else the first description.
    pub fn summary(&self) -> Option<&str> {
        let summary = self.descriptions.iter().find(|text| text.role.as_deref() == Some("summary"));
        summary.or(self.descriptions.first()).map(|text| text.value.as_str())
    }

    /// Pictures that belong to it, in order.
    pub fn pictures(&self) -> impl Iterator<Item = &Association> {
        self.associations.iter().filter(|association| association.kind == Some(Kind::Picture))
    }
}

impl Headline {
    /// The main headline.
    pub fn main(value: impl Into<String>) -> Self {
        Self { role: Some("main".to_owned()), value: value.into(), content_type: None, other: Map::new() }
    }
}

impl Text {
    /// A text of a role and media type.
    pub fn new(role: &str, content_type: &str, value: impl Into<String>) -> Self {
        Self {
            role: Some(role.to_owned()),
            content_type: Some(content_type.to_owned()),
            value: value.into(),
            other: Map::new(),
        }
    }
}

impl Association {
    /// A picture at `href`.
    pub fn picture(name: &str, href: &str) -> Self {
        let rendition =
            Rendition { name: Some("main".to_owned()), href: Some(href.to_owned()), ..Rendition::default() };
        Self {
            name: Some(name.to_owned()),
            uri: Some(href.to_owned()),
            kind: Some(Kind::Picture),
            renditions: vec![rendition],
            ..Self::default()
        }
    }

    /// Where the picture's bytes are.
    pub fn href(&self) -> Option<&str> {
        self.renditions.iter().find_map(|rendition| rendition.href.as_deref()).or(self.uri.as_deref())
    }

    /// The caption, if any.
    pub fn caption(&self) -> Option<&str> {
        self.descriptions.first().map(|text| text.value.as_str())
    }
}
