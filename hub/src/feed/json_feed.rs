//! JSON Feed 1.1. <https://www.jsonfeed.org/version/1.1/>

use serde_json::{Map, Value, json};

use super::document::Source;
use super::terms::Shown;

/// Writes the feed.
pub(super) fn write(source: &Source<'_>) -> String {
    let mut feed = Map::new();
    feed.insert("version".to_owned(), "https://jsonfeed.org/version/1.1".into());
    feed.insert("title".to_owned(), source.channel.title.clone().into());
    feed.insert("home_page_url".to_owned(), source.home.clone().into());
    feed.insert("feed_url".to_owned(), source.address.clone().into());
    if let Some(description) = &source.channel.description {
        feed.insert("description".to_owned(), description.clone().into());
    }
    feed.insert("language".to_owned(), source.language().into());
    feed.insert("items".to_owned(), source.items.iter().map(item).collect());
    Value::Object(feed).to_string()
}

fn item(item: &Shown) -> Value {
    let mut value = json!({
        "id": item.uri,
        "url": item.link,
        "title": item.headline,
        "content_html": item.html,
        "date_published": item.published,
        "date_modified": item.updated,
        "authors": [{"name": item.author}],
        // An extension, as the specification names them: what aggregators of news need besides.
        "_lianbo": {
            "version": item.version,
            "attribution": item.attribution,
            "outlet": item.outlet_id,
            "content": item.content,
        },
    });
    let optional = [
        ("summary", (!item.summary.is_empty()).then(|| item.summary.clone().into())),
        ("language", item.language.clone().map(Value::from)),
        ("image", item.picture.clone().map(Value::from)),
        ("tags", (!item.categories.is_empty()).then(|| item.categories.clone().into())),
    ];
    if let Value::Object(members) = &mut value {
        members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    value
}
