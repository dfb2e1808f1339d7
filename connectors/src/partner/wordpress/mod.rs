//! WordPress 5.6 and later, by its REST API `wp/v2` with an application password.
//! <https://developer.wordpress.org/rest-api/reference/posts/>,
//! <https://make.wordpress.org/core/2020/11/05/application-passwords-integration-guide/>
//!
//! WordPress makes a second post of a repeated request and drops what it does not know in silence. So every article
//! has one slug, it is looked for before it is made, and every answer is compared with what was sent.
//!
//! # Layout
//! `api` speaks REST and `refusal` reads what it refuses; `find` looks for the post, `post` says what is sent
//! and whether it was taken, `inspect` looks at what stands there, `term` finds categories and tags, `upload` brings pictures,
//! `block` is the text. `options`
//! are the operator's.

pub(crate) mod api;
mod block;
mod find;
mod inspect;
mod options;
mod post;
mod refusal;
mod term;
mod upload;

use async_trait::async_trait;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::api::Api;
use self::options::Options;
use self::post::{Mismatch, Post, Sent};
use self::refusal::is_not_there;
use self::term::Terms;
use self::upload::Media;
use super::name::Name;
use super::picture::Pictures;
use super::refusal::ApiError;
use super::{Failure, Held, Inspect, Outgoing, Outside, PartnerConnector, SettingsError, Withdrawal};

const KIND: &str = "wordpress";

/// A WordPress site.
#[derive(Debug)]
pub struct WordPress {
    api: Api,
    options: Options,
    terms: Terms,
    pictures: Pictures<Media>,
}

/// What `users/me` tells.
#[derive(Deserialize)]
struct User {
    slug: String,
    #[serde(default)]
    capabilities: Map<String, Value>,
}

impl WordPress {
    /// Whether its address and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url` of the site, `user`, and an application password as `secret`.
    pub fn open(connector: &Connector, secret: Option<String>, outside: &Outside) -> Result<Self, SettingsError> {
        let options = Options::of(connector)?;
        let api = Api::open(connector, secret, outside.http.clone())?;
        Ok(Self { api, options, terms: Terms::default(), pictures: Pictures::new(outside.media.clone()) })
    }

    /// Writes the article and compares what came back. What went wrong because of a remembered id (a category deleted
    /// since, a picture removed) is mended by asking again, once. What is not as it must be then is shown to readers
    /// only if the article stood there before: the ledger would not know of it.
    async fn write(
        &self,
        article: &Outgoing,
        name: &Name,
        found: Option<Post>,
        held: Option<&Held>,
    ) -> Result<(Post, Sent), Failure> {
        let (post, sent) = self.write_once(article, name, found.as_ref()).await?;
        let Err(first) = sent.compare(&post) else { return Ok((post, sent)) };
        tracing::debug!(remote.id = post.id, "WordPress did not take all of the post, once more: {first}");
        self.terms.forget();
        self.pictures.forget();
        let again = self.write_again(article, name, &post).await;
        let stood = held.is_some() && found.is_some_and(|found| found.is_shown());
        if again.is_err() && !stood && matches!(first, Mismatch::Article(_)) {
            self.take_back(post.id).await?;
        }
        again
    }

    async fn write_again(&self, article: &Outgoing, name: &Name, post: &Post) -> Result<(Post, Sent), Failure> {
        let (post, sent) = self.write_once(article, name, Some(post)).await?;
        match sent.compare(&post) {
            Ok(()) => {}
            Err(Mismatch::Ornament(lost)) => tracing::warn!(remote.id = post.id, "WordPress dropped {lost}"),
            Err(Mismatch::Article(failure)) => return Err(failure),
        }
        Ok((post, sent))
    }

    async fn write_once(&self, article: &Outgoing, name: &Name, found: Option<&Post>) -> Result<(Post, Sent), Failure> {
        let categories = self.terms.categories(&self.api, &self.options.categories, article).await?;
        let tags = self.terms.tags(&self.api, self.options.tags, article).await?;
        let featured = self.pictures.featured(&self.api, self.options.pictures, article).await?;
        let owned = self.options.owned.in_post(found.is_some());
        let article = &self.pictures.hosted(&self.api, self.options.pictures, article).await?;
        let featured = featured.map(|media| media.id);
        let sent = Sent::of(article, name, self.options.status, found).with(categories, tags, featured).sparing(owned);
        let route = found.map_or_else(|| "/wp/v2/posts".to_owned(), |post| format!("/wp/v2/posts/{}", post.id));
        let post: Post = self.api.post(&route, &sent.body()).await?;
        if post.id == 0 {
            return Err(Failure::transient("WordPress answered without the id of the post"));
        }
        Ok((post, sent))
    }

    /// A request thought lost, or another node of the hub, may have made the same post at the same moment. The oldest
    /// stays; ours, if it is not that, goes, and the article is written there.
    async fn settle(&self, article: &Outgoing, name: &Name, made: (Post, Sent)) -> Result<(Post, Sent), Failure> {
        let oldest = find::by_slug(&self.api, name).await?.into_iter().find(|post| post.status != "trash");
        let Some(oldest) = oldest.filter(|post| post.id < made.0.id) else { return Ok(made) };
        self.api.delete(&format!("/wp/v2/posts/{}?force=true", made.0.id)).await?;
        self.write(article, name, Some(oldest), None).await
    }

    /// Moves doubles of the article to the trash, where an editor still finds them.
    async fn remove(&self, twins: &[Post]) -> Result<(), Failure> {
        for twin in twins {
            tracing::warn!(remote.id = twin.id, "a double post at the partner goes to the trash");
            self.take_down(twin, PubStatus::Canceled).await?;
        }
        Ok(())
    }

    async fn take_back(&self, id: u64) -> Result<(), Failure> {
        match find::by_id(&self.api, id).await? {
            Some(post) if post.is_shown() => self.take_down(&post, PubStatus::Withheld).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn take_down(&self, post: &Post, status: PubStatus) -> Result<(), Failure> {
        let route = format!("/wp/v2/posts/{}", post.id);
        let outcome = match (status, post.status.as_str()) {
            (_, "trash") | (PubStatus::Withheld | PubStatus::Usable, "draft") => Ok(()),
            (PubStatus::Canceled, _) => self.trash(&route).await,
            (PubStatus::Withheld | PubStatus::Usable, _) => {
                self.api.post::<Post>(&route, &json!({"status": "draft"})).await.map(drop)
            }
        };
        match outcome {
            Err(ApiError::Refused(refusal)) if is_not_there(&refusal) => {}
            outcome => outcome?,
        }
        match find::by_id(&self.api, post.id).await? {
            Some(post) if post.is_shown() => {
                Err(Failure::transient(format!("WordPress still shows post {} after taking it down", post.id)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Moves it to the trash; a site that has switched the trash off deletes at once.
    async fn trash(&self, route: &str) -> Result<(), ApiError> {
        match self.api.delete(route).await {
            Err(ApiError::Refused(refusal)) if refusal.code == "rest_trash_not_supported" => {
                self.api.delete(&format!("{route}?force=true")).await
            }
            outcome => outcome,
        }
    }

    async fn user(&self) -> Result<User, Failure> {
        let user = self.api.get("/wp/v2/users/me?context=edit&_fields=slug,capabilities").await;
        user.map_err(|error| match error {
            ApiError::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => Failure::denied(format!(
                "WordPress does not take the user and application password ({}): make one under Users, Profile, \
                 Application Passwords; the site must use https and its web server must pass on `Authorization`",
                refusal.code
            )),
            other => other.into(),
        })
    }
}

#[async_trait]
impl PartnerConnector for WordPress {
    async fn check(&self) -> Result<String, Failure> {
        let user = self.user().await?;
        let can = |right: &str| user.capabilities.get(right).and_then(Value::as_bool) == Some(true);
        let (right, may) = self.options.status.right();
        if !can(right) {
            return Err(Failure::denied(format!(
                "WordPress user {} may not {may}: give it the role Editor",
                user.slug
            )));
        }
        let mut found = format!("{}, user {} may {may}", self.api.version().await, user.slug);
        for (right, lacking) in [("upload_files", "no pictures"), ("manage_categories", "no new categories")] {
            if !can(right) {
                found.push_str(&format!(", {lacking}"));
            }
        }
        match self.api.bridge().await {
            Some(version) => found.push_str(&format!("; bridge {version}")),
            None => found.push_str("; no bridge, so the original's link stands in the text only"),
        }
        Ok(found)
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let name = Name::of(&article.uri);
        let found = find::one(&self.api, &name, held).await?;
        let published = found.post.as_ref().filter(|post| post.status == "publish");
        self.options.on_local_edit.heed(published.map(Post::remote), held)?;
        self.remove(&found.twins).await?;
        let is_new = found.post.is_none();
        let mut written = self.write(article, &name, found.post, held).await?;
        if is_new {
            written = self.settle(article, &name, written).await?;
        }
        let (post, sent) = written;
        Ok(Held::now(post.remote(), sent.content_hash()))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        let name = Name::of(&withdrawal.uri);
        for post in find::all(&self.api, &name, held).await? {
            self.take_down(&post, withdrawal.status).await?;
        }
        Ok(())
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}
