//! Real CMSes, asked for everything that stands in them, without the connectors' help.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{ghost_token, named};

/// Posts asked for at once.
const PAGE: usize = 100;
/// Every state a WordPress post can have. What its editors have never saved and its revisions are no posts.
const STATES: &str = "publish,future,draft,pending,private,trash";

/// A real system.
#[derive(Debug, Clone)]
pub(super) enum Site {
    /// `LIANBO_WORDPRESS` names it.
    WordPress { url: String, user: String, password: String },
    /// `LIANBO_GHOST` names it.
    Ghost { url: String, key: String },
}

/// What stands there.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) title: String,
    pub(super) html: String,
    pub(super) place: Place,
}

/// Where a post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Readers see it.
    Public,
    /// Editors see it: a draft, one that is scheduled, one of their own.
    Hidden,
    /// In the trash.
    Trash,
}

impl Place {
    fn of(status: &Value) -> Self {
        match status.as_str() {
            Some("publish" | "published") => Self::Public,
            Some("trash") => Self::Trash,
            Some(_) | None => Self::Hidden,
        }
    }
}

impl Site {
    /// All that are named; each kind that is not is said to be skipped.
    ///
    /// # Errors
    /// One is named in another form.
    pub(super) fn all() -> Result<Vec<Self>, String> {
        let wordpress = named("LIANBO_WORDPRESS", "url,user,app-password[,bridge]").into_iter().map(|fields| {
            let [url, user, password, ..] = fields.as_slice() else {
                return Err(format!("LIANBO_WORDPRESS: {fields:?}"));
            };
            let [url, user, password] = [url, user, password].map(String::clone);
            Ok(Self::WordPress { url, user, password })
        });
        let ghost = named("LIANBO_GHOST", "url,admin-key").into_iter().map(|fields| {
            let [url, key] = <[String; 2]>::try_from(fields).map_err(|fields| format!("LIANBO_GHOST: {fields:?}"))?;
            Ok(Self::Ghost { url, key })
        });
        wordpress.chain(ghost).collect()
    }

    /// For a report.
    pub(super) fn name(&self) -> String {
        match self {
            Self::WordPress { url, .. } => format!("WordPress at {url}"),
            Self::Ghost { url, .. } => format!("Ghost at {url}"),
        }
    }

    /// A partner's connector to it.
    pub(super) fn connector(&self, secret: &str) -> Value {
        match self {
            Self::WordPress { url, user, .. } => {
                json!({"kind": "wordpress", "url": url, "user": user, "secret": secret})
            }
            Self::Ghost { url, .. } => json!({"kind": "ghost", "url": url, "secret": secret}),
        }
    }

    /// Its secret.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::WordPress { password, .. } => password,
            Self::Ghost { key, .. } => key,
        }
    }

    /// All posts, drafts and the trash too.
    ///
    /// # Errors
    /// It does not answer, or not in its own form.
    pub(super) async fn posts(&self) -> Result<Vec<Post>, String> {
        let client = lianbo_connectors::http::plain_client();
        let mut posts = Vec::new();
        for page in 1.. {
            let found = match self {
                Self::WordPress { url, user, password } => {
                    let query =
                        format!("context=edit&status={STATES}&per_page={PAGE}&page={page}&orderby=id&order=asc");
                    let request = client.get(format!("{url}/wp-json/wp/v2/posts?{query}"));
                    wordpress_posts(request.basic_auth(user, Some(password))).await?
                }
                Self::Ghost { url, key } => {
                    let query = format!("formats=html&limit={PAGE}&page={page}&order=id%20asc");
                    let request = client.get(format!("{url}/ghost/api/admin/posts/?{query}"));
                    ghost_posts(request.header("authorization", ghost_token(key))).await?
                }
            };
            let is_last = found.len() < PAGE;
            posts.extend(found);
            if is_last {
                break;
            }
        }
        Ok(posts)
    }
}

async fn wordpress_posts(request: RequestBuilder) -> Result<Vec<Post>, String> {
    let answer = read(request).await?;
    if answer["code"] == "rest_post_invalid_page_number" {
        return Ok(Vec::new());
    }
    let posts = answer.as_array().ok_or_else(|| format!("no list of posts: {answer}"))?;
    let text = |post: &Value, field: &str| post[field]["raw"].as_str().unwrap_or_default().to_owned();
    let posts = posts.iter().map(|post| Post {
        title: text(post, "title"),
        html: text(post, "content"),
        place: Place::of(&post["status"]),
    });
    Ok(posts.collect())
}

async fn ghost_posts(request: RequestBuilder) -> Result<Vec<Post>, String> {
    let answer = read(request).await?;
    let posts = answer["posts"].as_array().ok_or_else(|| format!("no list of posts: {answer}"))?;
    let text = |post: &Value, field: &str| post[field].as_str().unwrap_or_default().to_owned();
    let posts = posts.iter().map(|post| Post {
        title: text(post, "title"),
        html: text(post, "html"),
        place: Place::of(&post["status"]),
    });
    Ok(posts.collect())
}

async fn read(request: RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    answer.json().await.map_err(|error| error.to_string())
}
