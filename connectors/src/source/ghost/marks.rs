//! By what a post of a hub's own is known in Ghost: its slug, and the tag that readers do not see.

use serde_json::Value;

use crate::partner::name::of_slug;
use crate::source::cms::PostOrigin;

/// Who made a post.
pub(super) fn origin(post: &Value) -> PostOrigin {
    let slug = post.get("slug").and_then(Value::as_str).unwrap_or_default();
    let tags = post.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = tags.iter().filter_map(|tag| tag.get("name")?.as_str());
    let mut internal = names.filter_map(|name| name.strip_prefix('#'));
    if of_slug(slug).is_some() || internal.any(|tag| of_slug(tag).is_some()) {
        PostOrigin::Hub
    } else {
        PostOrigin::Outlet
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PostOrigin, origin};

    #[test]
    fn a_post_that_a_hub_has_made_is_known_by_its_slug_or_its_tag() {
        let name = "lianbo-abcdefghijklmnopqrstuvwxyz";
        let tagged = json!({"slug": "a", "tags": [{"name": "国际"}, {"name": format!("#{name}")}]});
        for post in [json!({"slug": name}), json!({"slug": format!("{name}-2")}), tagged] {
            assert_eq!(origin(&post), PostOrigin::Hub, "{post}");
        }
        for post in [json!({"slug": "lianbo-2026", "tags": [{"name": "#lianbo"}]}), json!({"tags": [{"name": name}]})] {
            assert_eq!(origin(&post), PostOrigin::Outlet, "{post}");
        }
    }
}
