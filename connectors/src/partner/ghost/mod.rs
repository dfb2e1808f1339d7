//! Ghost 6, by its Admin API with the key of a custom integration.
//! <https://docs.ghost.org/admin-api/>
//!
//! Ghost makes a second post of a repeated request and drops what it does not know in silence, but it takes no change
//! of a post that somebody has changed since it was read. So every article has a tag of its own, it is looked for
//! before it is made, and what it refuses as changed is read and judged again.
//!
//! # Layout
//! `token` makes the credentials, `api` speaks JSON, `upload` brings pictures, `refusal` reads what is refused; `find` looks
//! for the post, `post` says what is sent and whether it was taken, `tag` what tags it has;
//! `inspect` looks at what stands there. `options` are the
//! operator's.

pub(crate) mod api;
mod find;
mod inspect;
mod options;
mod post;
mod refusal;
mod tag;
mod token;
mod upload;

use async_trait::async_trait;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use self::api::Api;
use self::options::Options;
use self::post::{Post, Posts, Sent};
use self::refusal::is_collision;
use super::name::Name;
use super::picture::Pictures;
use super::refusal::ApiError;
use super::{Failure, Held, Inspect, Outgoing, Outside, PartnerConnector, SettingsError, Withdrawal};

const KIND: &str = "ghost";

/// How often a post that is changed at the same moment is read again, before the lane waits.
const READINGS: usize = 3;

/// A Ghost site.
#[derive(Debug)]
pub struct Ghost {
    api: Api,
    options: Options,
    pictures: Pictures<String>,
}

impl Ghost {
    /// Whether its address and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url` of the site, and an Admin API key as `secret`.
    pub fn open(connector: &Connector, secret: Option<String>, outside: &Outside) -> Result<Self, SettingsError> {
        let options = Options::of(connector)?;
        let api = Api::open(connector, secret, outside.http.clone())?;
        Ok(Self { api, options, pictures: Pictures::new(outside.media.clone()) })
    }

    async fn put_once(&self, article: &Outgoing, name: &Name, held: Option<&Held>) -> Result<Held, ApiError> {
        let mut found = find::posts(&self.api, name, held).await?.into_iter();
        let post = found.next();
        let shown = post.as_ref().filter(|post| post.is_shown());
        self.options.on_local_edit.heed(shown.map(Post::remote), held)?;
        for twin in found.filter(Post::is_shown) {
            tracing::warn!(remote.id = twin.id, "a double post at the partner becomes a draft");
            self.take_down(&twin, PubStatus::Withheld).await?;
        }
        let is_new = post.is_none();
        let (mut post, mut sent) = self.write(article, name, post, held).await?;
        if is_new && let Some(oldest) = self.older(name, &post).await? {
            // A request thought lost, or another node of the hub, made the same post at the same moment. The oldest
            // stays; ours goes, and the article is written there.
            self.api.delete(&format!("posts/{}/", post.id)).await?;
            (post, sent) = self.write(article, name, Some(oldest), None).await?;
        }
        Ok(Held::now(post.remote(), sent.content_hash()))
    }

    /// Writes the article and compares what came back. What is not as it must be is shown to readers only if the article
    /// stood there before: the ledger would not know of it.
    async fn write(
        &self,
        article: &Outgoing,
        name: &Name,
        found: Option<Post>,
        held: Option<&Held>,
    ) -> Result<(Post, Sent), ApiError> {
        let featured = self.pictures.featured(&self.api, self.options.pictures, article).await?;
        let article = &self.pictures.hosted(&self.api, self.options.pictures, article).await?;
        let sent = Sent::of(article, name, &self.options, featured, found.as_ref());
        let post = self.save(found.as_ref(), &sent.body(found.as_ref())).await?;
        if let Err(failure) = sent.compare(&post) {
            let stood = held.is_some() && found.is_some_and(|found| found.is_shown());
            if !stood && post.is_shown() {
                self.take_down(&post, PubStatus::Withheld).await?;
            }
            return Err(failure.into());
        }
        Ok((post, sent))
    }

    /// Makes a post, or changes `found`.
    async fn save(&self, found: Option<&Post>, body: &Value) -> Result<Post, ApiError> {
        let (method, path) = match found {
            Some(post) => (Method::PUT, format!("posts/{}/", post.id)),
            None => (Method::POST, "posts/".to_owned()),
        };
        let route = format!("{path}?formats=html&include=tags");
        let saved: Posts = self.api.write(method, &route, body).await?;
        let post = saved.posts.into_iter().next().filter(|post| !post.id.is_empty());
        post.ok_or_else(|| ApiError::Failed(Failure::transient("Ghost answered without the post")))
    }

    async fn older(&self, name: &Name, made: &Post) -> Result<Option<Post>, ApiError> {
        let oldest = find::posts(&self.api, name, None).await?.into_iter().next();
        Ok(oldest.filter(|post| post.id < made.id))
    }

    /// Makes it a draft: Ghost has no trash. One that was killed says so by a tag.
    async fn take_down(&self, post: &Post, status: PubStatus) -> Result<(), ApiError> {
        let is_canceled = status == PubStatus::Canceled;
        if !post.is_shown() && (!is_canceled || post.has_tag(tag::CANCELED)) {
            return Ok(());
        }
        let mut draft = json!({"status": "draft", "updated_at": post.updated_at});
        if is_canceled {
            let tags = post.tag_names().chain([tag::CANCELED]);
            draft["tags"] = tags.map(|name| json!({"name": name})).collect();
        }
        let taken = self.save(Some(post), &json!({"posts": [draft]})).await?;
        if taken.is_shown() {
            let reason = format!("Ghost still shows post {} after taking it down", post.id);
            return Err(ApiError::Failed(Failure::transient(reason)));
        }
        Ok(())
    }

    async fn withdraw_once(&self, name: &Name, status: PubStatus, held: Option<&Held>) -> Result<(), ApiError> {
        for post in find::posts(&self.api, name, held).await? {
            self.take_down(&post, status).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl PartnerConnector for Ghost {
    async fn check(&self) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Told {
            site: Site,
        }
        #[derive(Deserialize)]
        struct Site {
            version: String,
        }
        let told: Told = self.api.get("site/").await?;
        let _any: Posts = self.api.get("posts/?limit=1&fields=id").await?;
        Ok(format!("Ghost {}, the integration may {}", told.site.version, self.options.beginning.may()))
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let name = Name::of(&article.uri);
        for _ in 1..READINGS {
            match self.put_once(article, &name, held).await {
                Err(ApiError::Refused(refusal)) if is_collision(&refusal) => {}
                outcome => return Ok(outcome?),
            }
        }
        Ok(self.put_once(article, &name, held).await?)
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        let name = Name::of(&withdrawal.uri);
        for _ in 1..READINGS {
            match self.withdraw_once(&name, withdrawal.status, held).await {
                Err(ApiError::Refused(refusal)) if is_collision(&refusal) => {}
                outcome => return Ok(outcome?),
            }
        }
        Ok(self.withdraw_once(&name, withdrawal.status, held).await?)
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}
