//! One item of a WordPress export.

use lianbo_schemas::ninjs::PubStatus;

use super::{FORMAT, Site, content, empty, utc};
use crate::format::markup;
use crate::format::moment::Moment;
use crate::format::xml::Element;
use crate::format::{Body, FormatError, Picture, Piece};

/// What an item of an export is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Post,
    Page,
    Attachment,
    /// A menu, a style sheet, a template.
    PartOfSite,
    /// A type that a plugin or a theme brought along.
    Other(String),
}

/// What WordPress itself keeps in the same table as posts.
const PARTS_OF_SITE: [&str; 11] = [
    "nav_menu_item",
    "revision",
    "custom_css",
    "customize_changeset",
    "oembed_cache",
    "user_request",
    "wp_block",
    "wp_template",
    "wp_template_part",
    "wp_global_styles",
    "wp_navigation",
];

/// Tells what an item is; the first exports had no types.
pub(super) fn kind(item: &Element) -> Kind {
    match wordpress(item, "post_type").as_deref() {
        None | Some("post") => Kind::Post,
        Some("page") => Kind::Page,
        Some("attachment") => Kind::Attachment,
        Some(part) if PARTS_OF_SITE.contains(&part) => Kind::PartOfSite,
        Some(other) => Kind::Other(other.chars().take(60).collect()),
    }
}

/// Whether an element is WordPress's own, of any version of the export.
pub(super) fn is_wordpress(element: &Element) -> bool {
    element.namespace.contains("://wordpress.org/export/1.") && !element.namespace.contains("excerpt")
}

/// The text of one of WordPress's own elements.
pub(super) fn wordpress(item: &Element, name: &str) -> Option<String> {
    item.children(name).find(|element| is_wordpress(element)).and_then(Element::text)
}

/// The item in a message.
pub(super) fn shown(item: &Element) -> String {
    match (item.text_of("title"), wordpress(item, "post_id")) {
        (Some(title), _) => format!("`{}`", title.chars().take(60).collect::<String>()),
        (None, Some(id)) => format!("post {id}"),
        (None, None) => "an item without title and id".to_owned(),
    }
}

/// A text that may have line breaks of a meaning: a body, an excerpt.
fn encoded(item: &Element, namespace: impl Fn(&str) -> bool) -> Option<String> {
    let found = item.children("encoded").find(|element| namespace(&element.namespace));
    found.map(Element::raw_text).filter(|text| !text.trim().is_empty())
}

fn meta(item: &Element, key: &str) -> Option<String> {
    let all = item.children("postmeta").filter(|meta| is_wordpress(meta));
    let mut found = all.filter(|meta| meta.text_of("meta_key").as_deref() == Some(key));
    found.next()?.text_of("meta_value")
}

/// A post as a piece. Errors: it was never published, or its status cannot be understood.
pub(super) fn piece(item: &Element, site: &Site) -> Result<Piece, FormatError> {
    let date = wordpress(item, "post_date_gmt").as_deref().and_then(utc);
    let (status, embargo) = status(item, date)?;
    let url = item.text_of("link").filter(|link| link.starts_with("http"));
    let text = encoded(item, |namespace| namespace == "http://purl.org/rss/1.0/modules/content/");
    let id = wordpress(item, "post_id");
    let made_id = || Some(format!("{}?p={}", site.address.as_deref().unwrap_or(""), id.as_deref()?));
    Ok(Piece {
        own_id: item.text_of("guid").or_else(|| url.clone()).or_else(made_id),
        canonical_url: meta(item, "_yoast_wpseo_canonical").filter(|canonical| canonical.starts_with("http")),
        title: item.text_of("title").map(|title| markup::plain(&title)),
        summary: encoded(item, |namespace| namespace.ends_with("/excerpt/")).map(|excerpt| markup::plain(&excerpt)),
        byline: item.text_of("creator").and_then(|login| site.authors.get(&login).cloned()),
        published: date.or_else(|| Moment::parse(&wordpress(item, "post_date").or_else(|| item.text_of("pubDate"))?)),
        updated: wordpress(item, "post_modified_gmt").as_deref().and_then(utc),
        language: site.language.clone(),
        subjects: subjects(item),
        pictures: pictures(item, id.as_deref(), text.as_deref(), site),
        // A text that is not public stays where it is.
        body: text.filter(|_| status == PubStatus::Usable).map_or(Body::Empty, |text| Body::Html(content::html(&text))),
        embargoed_until: embargo,
        status,
        url,
        ..Piece::default()
    })
}

/// Published, or published at a time to come; not public any more (private, behind a password, in the trash); or never
/// public at all.
fn status(item: &Element, date: Option<Moment>) -> Result<(PubStatus, Option<Moment>), FormatError> {
    let word = wordpress(item, "status");
    let hidden = wordpress(item, "post_password").is_some();
    match word.as_deref() {
        Some("publish" | "future" | "private") if hidden => Ok((PubStatus::Withheld, None)),
        Some("publish") => Ok((PubStatus::Usable, None)),
        Some("future") if date.is_some() => Ok((PubStatus::Usable, date)),
        Some("private") => Ok((PubStatus::Withheld, None)),
        Some("trash") => Ok((PubStatus::Canceled, None)),
        Some(unpublished @ ("draft" | "pending" | "auto-draft" | "inherit")) => {
            Err(empty(format!("{} is not published: its status is `{unpublished}`", shown(item))))
        }
        other => {
            let cause = format!("{} has the status `{}`", shown(item), other.unwrap_or(""));
            Err(FormatError::Malformed { format: FORMAT, cause })
        }
    }
}

/// Categories and tags; what WordPress files everything under that has no category says nothing.
fn subjects(item: &Element) -> Vec<String> {
    let stated = item.children("category").filter(|category| {
        matches!(category.attribute("domain"), None | Some("category" | "post_tag" | "tag"))
            && category.attribute("nicename") != Some("uncategorized")
    });
    let mut subjects: Vec<String> = Vec::new();
    for subject in stated.filter_map(Element::text).take(MOST_SUBJECTS) {
        // Early exports name each category twice.
        if !subjects.contains(&subject) && subject != "Uncategorized" {
            subjects.push(subject);
        }
    }
    subjects
}

/// More than this is no classification.
const MOST_SUBJECTS: usize = 100;

/// The featured picture, then those of a gallery that the text asks for.
fn pictures(item: &Element, id: Option<&str>, text: Option<&str>, site: &Site) -> Vec<Picture> {
    let featured = meta(item, "_thumbnail_id").and_then(|id| site.pictures.get(&id).cloned());
    let mut pictures: Vec<Picture> = featured.into_iter().collect();
    let gallery = text.and_then(content::gallery);
    let shown: Vec<Picture> = match gallery {
        None => Vec::new(),
        Some(ids) if ids.is_empty() => id.and_then(|id| site.attached.get(id)).cloned().unwrap_or_default(),
        Some(ids) => ids.iter().filter_map(|id| site.pictures.get(*id).cloned()).collect(),
    };
    for picture in shown.into_iter().take(MOST_PICTURES) {
        if !pictures.contains(&picture) {
            pictures.push(picture);
        }
    }
    pictures
}

/// As many as an item keeps.
const MOST_PICTURES: usize = 50;

/// An attachment that is a picture.
pub(super) fn picture(item: &Element) -> Option<Picture> {
    let url = wordpress(item, "attachment_url").or_else(|| item.text_of("guid"))?;
    let path = url.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
    let is_picture = [".jpg", ".jpeg", ".png", ".gif", ".webp"].iter().any(|end| path.ends_with(end));
    let caption = encoded(item, |namespace| namespace.ends_with("/excerpt/"));
    (is_picture && url.starts_with("http")).then(|| Picture {
        url,
        alt: meta(item, "_wp_attachment_image_alt"),
        caption: caption.map(|caption| markup::plain(&caption)).filter(|caption| !caption.is_empty()),
    })
}
