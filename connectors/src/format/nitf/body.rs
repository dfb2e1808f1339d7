//! The body of an NITF document: its words as HTML, its media as associations.

use lianbo_schemas::ninjs::{Association, Headline, Kind, Rendition, Text};
use serde_json::Value;

use crate::format::markup::escaped;
use crate::format::xml::{Element, Node};

/// What stands in `body`.
#[derive(Debug, Default)]
pub(in crate::format) struct Story {
    /// `hl1`, main; `hl2`, sub.
    pub(in crate::format) headlines: Vec<Headline>,
    pub(in crate::format) byline: Option<String>,
    pub(in crate::format) dateline: Option<String>,
    /// Plain text.
    pub(in crate::format) summary: Option<String>,
    pub(in crate::format) distributor: Option<String>,
    /// Rights in words.
    pub(in crate::format) rights: Option<String>,
    pub(in crate::format) notes: Vec<String>,
    pub(in crate::format) html: String,
    pub(in crate::format) media: Vec<Association>,
}

/// Reads the `body` in an `nitf` element.
pub(in crate::format) fn story(nitf: &Element) -> Story {
    let Some(body) = nitf.child("body") else { return Story::default() };
    let mut story = body.child("body.head").map(head).unwrap_or_default();
    if let Some(content) = body.child("body.content") {
        (story.html, story.media) = content_of(content);
    }
    story
}

/// Elements of a body without a document around them, as ninjs carries them.
pub(in crate::format) fn content_of(content: &Element) -> (String, Vec<Association>) {
    let mut writer = Writer::default();
    writer.inside(content);
    (writer.html.trim().to_owned(), writer.media)
}

fn head(head: &Element) -> Story {
    let headlines = head.child("hedline").map(|hedline| {
        let of = |name: &'static str, role: &'static str| {
            let words = hedline.children(name).filter_map(Element::text);
            words.map(move |words| Headline { role: Some(role.to_owned()), ..Headline::main(words) })
        };
        of("hl1", "main").chain(of("hl2", "sub")).collect()
    });
    let bylines: Vec<String> = head.children("byline").filter_map(Element::text).collect();
    Story {
        headlines: headlines.unwrap_or_default(),
        byline: Some(bylines.join(" ")).filter(|byline| !byline.is_empty()),
        dateline: head.text_of("dateline"),
        summary: head.text_of("abstract"),
        distributor: head.text_of("distributor"),
        rights: head.text_of("rights"),
        notes: head.children("note").filter_map(Element::text).collect(),
        ..Story::default()
    }
}

/// Elements that HTML has too, and what they are called there.
const SAME: [(&str, &str); 22] = [
    ("p", "p"),
    ("hl1", "h2"),
    ("hl2", "h3"),
    ("em", "em"),
    ("sub", "sub"),
    ("sup", "sup"),
    ("ol", "ol"),
    ("ul", "ul"),
    ("li", "li"),
    ("dl", "dl"),
    ("dt", "dt"),
    ("dd", "dd"),
    ("bq", "blockquote"),
    ("credit", "p"),
    ("pre", "pre"),
    ("table", "table"),
    ("caption", "caption"),
    ("thead", "thead"),
    ("tbody", "tbody"),
    ("tfoot", "tfoot"),
    ("tr", "tr"),
    ("fn", "p"),
];
/// Metadata and speech aids inside the text: nothing a reader sees.
const UNSEEN: [&str; 5] = ["alt-code", "pronounce", "nitf-table-metadata", "media-metadata", "media-object"];

#[derive(Default)]
struct Writer {
    html: String,
    media: Vec<Association>,
}

impl Writer {
    fn inside(&mut self, element: &Element) {
        for node in &element.nodes {
            match node {
                Node::Text(text) => self.html.push_str(&escaped(text)),
                Node::Element(element) => self.element(element),
            }
        }
    }

    fn element(&mut self, element: &Element) {
        let name = element.name.as_str();
        if let Some((_, tag)) = SAME.iter().find(|(known, _)| *known == name) {
            return self.tagged(tag, "", element);
        }
        match name {
            "br" => self.html.push_str("<br>"),
            "hr" => self.html.push_str("<hr>"),
            "a" => {
                let href = element.attribute("href").map(|href| format!(" href=\"{}\"", escaped(href)));
                self.tagged("a", &href.unwrap_or_default(), element);
            }
            "td" | "th" => {
                let spans = ["colspan", "rowspan"]
                    .iter()
                    .filter_map(|span| Some(format!(" {span}=\"{}\"", escaped(element.attribute(span)?))));
                self.tagged(name, &spans.collect::<String>(), element);
            }
            "media" => self.medium(element),
            _ if UNSEEN.contains(&name) => {}
            // `block`, `note`, and what marks names inside a paragraph.
            _ => self.inside(element),
        }
    }

    fn tagged(&mut self, tag: &str, attributes: &str, element: &Element) {
        self.html.push_str(&format!("<{tag}{attributes}>"));
        self.inside(element);
        self.html.push_str(&format!("</{tag}>"));
    }

    /// A picture with an address stands in the text where NITF has it, too.
    fn medium(&mut self, media: &Element) {
        let Some(association) = association(media, self.media.len() + 1) else { return };
        let shown = association.href().filter(|href| href.starts_with("http"));
        if let Some(href) = shown.filter(|_| association.kind == Some(Kind::Picture)) {
            let alt = association.headlines.first().map_or("", |alt| alt.value.as_str());
            let caption = association.caption().map(|caption| format!("<figcaption>{}</figcaption>", escaped(caption)));
            self.html.push_str(&format!(
                "<figure><img src=\"{}\" alt=\"{}\">{}</figure>",
                escaped(href),
                escaped(alt),
                caption.unwrap_or_default()
            ));
        }
        self.media.push(association);
    }
}

/// A `media` element: its files, caption and producer.
fn association(media: &Element, number: usize) -> Option<Association> {
    let kind = match media.attribute("media-type").unwrap_or("image") {
        "image" | "photo" => Kind::Picture,
        "graphic" => Kind::Graphic,
        "video" => Kind::Video,
        "audio" => Kind::Audio,
        _ => return None,
    };
    let files: Vec<&Element> = media.children("media-reference").collect();
    let renditions: Vec<Rendition> = (1..).zip(&files).filter_map(|(number, file)| rendition(file, number)).collect();
    let source = || files.iter().find_map(|file| file.attribute("source")).map(str::to_owned);
    let uri = renditions.first().and_then(|rendition| rendition.href.clone()).or_else(source)?;
    let alt = files.iter().find_map(|file| file.attribute("alternate-text"));
    let alt = alt.map(|alt| Headline { role: Some("alt".to_owned()), ..Headline::main(alt) });
    let captions: Vec<String> = media.children("media-caption").filter_map(Element::text).collect();
    let caption = (!captions.is_empty()).then(|| Text::new("caption", "text/plain", captions.join(" ")));
    Some(Association {
        name: Some(format!("media-{number}")),
        uri: Some(uri),
        kind: Some(kind),
        headlines: alt.into_iter().collect(),
        descriptions: caption.into_iter().collect(),
        by: media.text_of("media-producer"),
        renditions,
        ..Association::default()
    })
}

/// A file with an address; a `source` may also be an id in the sender's archive, which nobody else can fetch.
fn rendition(file: &Element, number: usize) -> Option<Rendition> {
    let href = file.attribute("source").filter(|source| source.contains("://"))?;
    let mut rendition = Rendition {
        name: Some(file.attribute("name").map_or_else(|| format!("file-{number}"), str::to_owned)),
        href: Some(href.to_owned()),
        content_type: file.attribute("mime-type").map(str::to_owned),
        ..Rendition::default()
    };
    for name in ["width", "height"] {
        if let Some(size) = file.attribute(name).and_then(|size| size.parse::<u32>().ok()) {
            rendition.other.insert(name.to_owned(), Value::from(size));
        }
    }
    Some(rendition)
}
