//! News items without their media. Pure.

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::Kind;

/// Takes pictures, sound and film out of what stands beside the text, whatever they are called there.
pub(crate) fn drop_media(news: &mut NewsItem) {
    let is_media = |kind: Option<Kind>| {
        matches!(kind, Some(Kind::Picture | Kind::Graphic | Kind::Video | Kind::Audio | Kind::Composite))
    };
    news.associations.retain(|association| !is_media(association.kind) && association.renditions.is_empty());
    news.other.remove("renditions");
}
