//! WordPress 5.6 and later, by its REST API `wp/v2` with an application password.
//! <https://developer.wordpress.org/rest-api/reference/posts/>
//!
//! WordPress has no webhooks, so its lists are asked: by time of change, and by id, because a post made with an old date
//! has that date as its time of change too. Drafts and the trash stand in these lists, posts deleted for good do not:
//! whoever knows a post asks for it by its id. So it is with a scheduled post, whose time of change stays as it was when
//! it goes live: <https://developer.wordpress.org/reference/functions/wp_publish_post/>.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::cms::{Cms, Order, PAGE, Post, PostOrigin, Row, SourceError, Standing, Wanted, described, failed};
use crate::format::post::{DELETED, System};
use crate::http::HttpClient;
use crate::partner::SettingsError;
use crate::partner::name::{marked, of_slug};
use crate::partner::refusal::{ApiError, Refusal};
use crate::partner::wordpress::api::Api;

const NAME: &str = "WordPress";

/// A line of a list: enough to see a change, and to say of which post it is that it is shown no longer.
const ROW: &str = "context=edit&_fields=id,guid.rendered,slug,status,link,date_gmt,modified_gmt,content.protected";
/// Posts however they stand.
const ALL: &str = "status=any,trash";
/// A whole post. The text is taken as its readers see it, with shortcodes and blocks carried out. `excerpt.rendered`
/// would be made of the text where none is written; the post's password stays where it is.
const POST: &str = "context=edit&_embed=author,wp:featuredmedia,wp:term&_fields=id,guid.rendered,date_gmt,modified_gmt,\
                    slug,status,link,title.rendered,content.rendered,content.protected,excerpt.raw,meta,\
                    yoast_head_json.canonical,_links,_embedded";

/// A WordPress site.
#[derive(Debug)]
pub struct WordPress {
    api: Api,
}

#[derive(Deserialize)]
struct Line {
    id: u64,
    status: String,
    #[serde(default)]
    date_gmt: String,
    #[serde(default)]
    modified_gmt: String,
    #[serde(default)]
    content: Content,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Content {
    rendered: String,
    protected: bool,
}

impl WordPress {
    /// The site at `url`, with a user and that user's application password.
    pub fn open(url: &str, user: &str, password: Option<String>, http: HttpClient) -> Result<Self, SettingsError> {
        Ok(Self { api: Api::open(&described("wordpress", url, Some(user)), password, http)? })
    }

    async fn rows(&self, query: &str) -> Result<Vec<Row>, ApiError> {
        let lines: Vec<Value> = self.api.get(&format!("/wp/v2/posts?{query}&per_page={PAGE}&{ROW}")).await?;
        Ok(lines.into_iter().filter_map(row).collect())
    }

    /// A post that no list has: deleted, or not for this user.
    async fn missing(&self, wanted: Wanted<'_>) -> Result<Row, ApiError> {
        let status = match self.api.get::<Value>(&format!("/wp/v2/posts/{}?{ROW}", wanted.id)).await {
            Ok(line) => match row(line) {
                Some(row) => return Ok(row),
                None => "hidden",
            },
            Err(ApiError::Refused(refusal)) if is_deleted(&refusal) => DELETED,
            Err(ApiError::Refused(refusal)) if is_private(&refusal) => "hidden",
            Err(error) => return Err(error),
        };
        let id: u64 = wanted.id.parse().unwrap_or_default();
        let line = json!({"id": id, "guid": {"rendered": wanted.own_id}, "status": status});
        let standing = if status == DELETED { Standing::Gone } else { Standing::Hidden };
        Ok(Row {
            id: wanted.id.to_owned(),
            stamp: status.to_owned(),
            changed: None,
            due: None,
            standing,
            body: document(&line),
        })
    }
}

#[async_trait]
impl Cms for WordPress {
    fn system(&self) -> System {
        System::WordPress
    }

    async fn check(&self) -> Result<String, SourceError> {
        #[derive(Deserialize)]
        struct User {
            slug: String,
            #[serde(default)]
            capabilities: Map<String, Value>,
        }
        let user: Result<User, ApiError> = self.api.get("/wp/v2/users/me?context=edit&_fields=slug,capabilities").await;
        let user = user.map_err(|error| match error {
            ApiError::Refused(refusal) if refusal.status.as_u16() == 401 => SourceError::Denied {
                reason: format!(
                    "WordPress does not take the user and application password ({}): make one under Users, Profile, \
                     Application Passwords; the site must use https and its web server must pass on `Authorization`",
                    refusal.code
                ),
            },
            other => failed(NAME, other),
        })?;
        let can = |right: &str| user.capabilities.get(right).and_then(Value::as_bool) == Some(true);
        if !can("edit_others_posts") {
            let reason = format!("WordPress user {} may not see others' drafts: give it the role Editor", user.slug);
            return Err(SourceError::Denied { reason });
        }
        self.list(Order::Changed, 1).await?;
        Ok(format!("{}, user {} sees posts, drafts and the trash", self.api.version().await, user.slug))
    }

    async fn list(&self, order: Order, page: u32) -> Result<Vec<Row>, SourceError> {
        let these = match order {
            Order::Changed => format!("orderby=modified&order=desc&{ALL}"),
            Order::Made => format!("orderby=id&order=desc&{ALL}"),
            Order::Scheduled => "orderby=date&order=asc&status=future".to_owned(),
        };
        match self.rows(&format!("{these}&page={page}")).await {
            Err(ApiError::Refused(refusal)) if refusal.code == "rest_post_invalid_page_number" => Ok(Vec::new()),
            outcome => outcome.map_err(|error| failed(NAME, error)),
        }
    }

    async fn look(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Row>, SourceError> {
        let ids: Vec<&str> = wanted.iter().map(|wanted| wanted.id).collect();
        let mut rows =
            self.rows(&format!("include={}&{ALL}", ids.join(","))).await.map_err(|error| failed(NAME, error))?;
        for wanted in wanted {
            if !rows.iter().any(|row| row.id == wanted.id) {
                rows.push(self.missing(*wanted).await.map_err(|error| failed(NAME, error))?);
            }
        }
        Ok(rows)
    }

    async fn post(&self, id: &str) -> Result<Option<Post>, SourceError> {
        let body = match self.api.get_as_sent(&format!("/wp/v2/posts/{id}?{POST}")).await {
            Err(ApiError::Refused(refusal)) if is_deleted(&refusal) || is_private(&refusal) => return Ok(None),
            outcome => outcome.map_err(|error| failed(NAME, error))?,
        };
        let origin = origin(&body).ok_or_else(|| SourceError::Transient {
            retry_after: None,
            reason: format!("the answer about post {id} cannot be read as WordPress's"),
        })?;
        Ok(Some(Post { body, origin }))
    }
}

/// The number of the post in a document.
pub(super) fn id_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    serde_json::from_slice::<Numbered>(without_mark(body)).ok().map(|post| post.id.to_string())
}

/// Some sites put a byte order mark before everything.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

fn row(line: Value) -> Option<Row> {
    let body = document(&line);
    let Line { id, status, date_gmt, modified_gmt, content } = serde_json::from_value(line).ok()?;
    let is_public = status == "publish" && !content.protected;
    // One whose date cannot be read is asked for at once, and again and again.
    let due = (status == "future").then(|| utc(&date_gmt).unwrap_or_default());
    Some(Row {
        id: id.to_string(),
        stamp: format!("{modified_gmt} {status}"),
        changed: utc(&modified_gmt),
        due,
        standing: if is_public { Standing::Public } else { Standing::Hidden },
        body,
    })
}

fn utc(time: &str) -> Option<Timestamp> {
    format!("{time}Z").parse().ok()
}

fn document(line: &Value) -> Bytes {
    line.to_string().into()
}

/// Who made a post; `None` if it cannot be read.
fn origin(body: &[u8]) -> Option<PostOrigin> {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(default)]
        slug: String,
        #[serde(default)]
        content: Content,
        /// An object, or an empty list where nothing is registered.
        #[serde(default)]
        meta: Value,
    }
    let marks: Marks = serde_json::from_slice(without_mark(body)).ok()?;
    let external_id = marks.meta.get("synd_external_id").and_then(Value::as_str).unwrap_or_default();
    let is_hubs =
        of_slug(&marks.slug).is_some() || marked(&marks.content.rendered).is_some() || !external_id.is_empty();
    Some(if is_hubs { PostOrigin::Hub } else { PostOrigin::Outlet })
}

fn is_deleted(refusal: &Refusal) -> bool {
    refusal.code == "rest_post_invalid_id"
}

fn is_private(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "rest_forbidden" | "rest_forbidden_context" | "rest_cannot_read")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PostOrigin, Standing, Timestamp, origin, row};

    #[test]
    fn a_line_says_whether_the_post_is_shown() {
        let standing = |status: &str, protected: bool| {
            let line = json!({"id": 7, "status": status, "modified_gmt": "2026-11-25T23:59:54", "content": {"protected": protected}});
            row(line).unwrap().standing
        };
        assert_eq!(standing("publish", false), Standing::Public);
        for (status, protected) in [("publish", true), ("draft", false), ("future", false), ("trash", false)] {
            assert_eq!(standing(status, protected), Standing::Hidden, "{status}");
        }
        let row = row(json!({"id": 7, "status": "draft", "modified_gmt": "0000-00-00T00:00:00"})).unwrap();
        assert_eq!((row.id.as_str(), row.changed), ("7", None));
    }

    #[test]
    fn a_line_says_when_a_scheduled_post_is_due() {
        let due = |status: &str, date: &str| row(json!({"id": 7, "status": status, "date_gmt": date})).unwrap().due;
        assert_eq!(due("future", "2026-11-25T23:59:54"), Some("2026-11-25T23:59:54Z".parse().unwrap()));
        assert_eq!(due("future", "0000-00-00T00:00:00"), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(due("publish", "2026-11-25T23:59:54"), None);
    }

    #[test]
    fn a_post_that_a_hub_has_made_is_known_by_each_of_its_marks() {
        let slug = "lianbo-abcdefghijklmnopqrstuvwxyz";
        let marked = [
            json!({"slug": slug}),
            json!({"slug": "a", "content": {"rendered": format!("<p>x</p><!-- {slug} -->")}}),
            json!({"slug": "a", "meta": {"synd_external_id": "tag:hub.example,2026:article:x"}}),
        ];
        for post in marked {
            assert_eq!(origin(post.to_string().as_bytes()), Some(PostOrigin::Hub), "{post}");
        }
        for post in [json!({"slug": "lianbo-2026", "meta": []}), json!({"meta": {"synd_external_id": ""}})] {
            assert_eq!(origin(post.to_string().as_bytes()), Some(PostOrigin::Outlet), "{post}");
        }
        assert_eq!(origin(b"<html>"), None);
    }
}
