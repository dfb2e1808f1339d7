//! What a webhook tells, and whether it is any of the hub's business.

use serde_json::Value;

use super::{EVENTS, marks};
use crate::source::cms::PostOrigin;

/// What comes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is to be submitted, as the post of this id.
    Take {
        /// Ghost's id of the post, which is its piece's own id.
        id: String,
        /// Where readers find it, while they do.
        url: Option<String>,
    },
    /// It is well received, and nothing comes of it, for this reason.
    Pass(&'static str),
}

/// Reads the body of a webhook; `None` if it is none of Ghost's about a post.
pub fn read(body: &[u8]) -> Option<Event> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let name = document.get("event")?.as_str()?;
    let (current, previous) = (document.pointer("/post/current")?, document.pointer("/post/previous"));
    if !EVENTS.contains(&name) {
        return Some(Event::Pass("nothing that readers see has changed"));
    }
    // What is deleted has all it was in `previous`.
    let post = if current.get("id").is_some() { current } else { previous? };
    let id = post.get("id")?.as_str()?.to_owned();
    if marks::origin(post) == PostOrigin::Hub {
        return Some(Event::Pass("a hub has put this post there"));
    }
    if !has_been_public(name, post, previous) {
        return Some(Event::Pass("readers have never seen this post"));
    }
    let url = text(post, "url").filter(|_| text(post, "status") == Some("published"));
    Some(Event::Take { id, url: url.map(str::to_owned) })
}

/// Whether everybody could read the post, now or before the event.
fn has_been_public(name: &str, post: &Value, previous: Option<&Value>) -> bool {
    let is_open = |post: &Value| text(post, "visibility").is_none_or(|visibility| visibility == "public");
    match name {
        "post.published" => is_open(post),
        "post.published.edited" => {
            is_open(post) || previous.and_then(|post| text(post, "visibility")) == Some("public")
        }
        _ => text(post, "published_at").is_some(),
    }
}

fn text<'a>(post: &'a Value, field: &str) -> Option<&'a str> {
    post.get(field)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Event, read};

    const ID: &str = "6b023fe3a772fa3371f0bb92";

    fn of(event: &str, current: Value, previous: Value) -> Option<Event> {
        let document = json!({"event": event, "post": {"current": current, "previous": previous}});
        read(document.to_string().as_bytes())
    }

    fn taken(event: Option<Event>) -> Option<String> {
        match event {
            Some(Event::Take { id, .. }) => Some(id),
            Some(Event::Pass(_)) | None => None,
        }
    }

    fn post(status: &str, visibility: &str) -> Value {
        json!({"id": ID, "slug": "a", "status": status, "visibility": visibility, "published_at": "2026-11-22T01:05:39.000Z"})
    }

    #[test]
    fn what_readers_see_or_saw_is_taken() {
        let (shown, hidden) = (post("published", "public"), post("draft", "public"));
        let members = post("published", "members");
        let cases = [
            ("post.published", shown.clone(), json!({}), true),
            ("post.published.edited", shown.clone(), json!({"title": "旧"}), true),
            ("post.unpublished", hidden.clone(), json!({}), true),
            ("post.deleted", json!({}), hidden, true),
            ("post.added", shown, json!({}), false),
            ("post.published", members.clone(), json!({}), false),
            ("post.published.edited", members.clone(), json!({"visibility": "public"}), true),
            ("post.published.edited", members, json!({"title": "旧"}), false),
            ("post.deleted", json!({}), json!({"id": ID, "status": "draft", "published_at": null}), false),
        ];
        for (event, current, previous, is_taken) in cases {
            let found = of(event, current.clone(), previous);
            assert_eq!(taken(found).is_some(), is_taken, "{event} {current}");
        }
    }

    #[test]
    fn a_hubs_own_post_is_passed_over_whatever_becomes_of_it() {
        let own =
            json!({"id": ID, "slug": "lianbo-abcdefghijklmnopqrstuvwxyz", "status": "published", "published_at": "x"});
        for event in ["post.published", "post.published.edited", "post.unpublished"] {
            assert!(matches!(of(event, own.clone(), json!({})), Some(Event::Pass(_))), "{event}");
        }
        assert!(matches!(of("post.deleted", json!({}), own), Some(Event::Pass(_))));
    }

    #[test]
    fn what_is_no_event_about_a_post_is_none() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"event":"member.added","member":{}}"#,
            r#"{"event":"post.published","post":{"current":{}}}"#,
        ] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }
}
