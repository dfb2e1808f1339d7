//! A WeChat official account (公众号): drafts, publishing, deleting, by the account's own API.
//! <https://developers.weixin.qq.com/doc/service/api/>
//!
//! Nothing that readers see can be changed: a correction is published anew and the old publication deleted. WeChat gives
//! out ids of its own and searches nothing, so every article carries a mark, by which it is looked for before it is
//! written. Publishing is accepted first and done later; only what readers see counts.
//!
//! # Layout
//! `api` calls, with `token` and `refusal`; `piece` is what is sent, of `text`; `mark` is on it; `find` looks for it,
//! `place` is what the ledger keeps of it; `picture` and `hosting` make pictures WeChat's own; `publish` waits until it is visible.
//! `options` are the operator's.

mod api;
mod find;
mod hosting;
mod mark;
mod options;
mod picture;
mod piece;
mod place;
mod publish;
mod refusal;
mod text;
mod token;

use async_trait::async_trait;
use lianbo_schemas::ArticleUri;
use lianbo_schemas::registry::Connector;
use serde::Deserialize;
use serde_json::{Value, json};

use self::api::Api;
use self::find::{Found, Standing};
use self::hosting::Hosting;
use self::mark::Mark;
use self::options::{OnCorrection, Options};
use self::piece::Piece;
use self::place::Place;
use self::publish::{Outcome, Publisher};
use self::refusal::{NO_ARTICLE, NO_MEDIA, is};
use super::name::Name;
use super::options::Beginning;
use super::refusal::ApiError;
use super::{Failure, Held, Outgoing, Outside, PartnerConnector, SettingsError, Withdrawal};

const KIND: &str = "wechat";

/// An official account.
#[derive(Debug)]
pub struct WeChat {
    api: Api,
    options: Options,
    hosting: Hosting,
    publisher: Publisher,
}

#[derive(Deserialize)]
struct Draft {
    media_id: String,
}

impl WeChat {
    /// Whether its address, user and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        api::app(connector)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url`, the AppID as `user`, and the AppSecret.
    pub fn open(connector: &Connector, secret: Option<String>, outside: &Outside) -> Result<Self, SettingsError> {
        let api = Api::open(connector, secret, outside.http.clone())?;
        let publisher = Publisher::new(api.app());
        Ok(Self { api, options: Options::of(connector)?, hosting: Hosting::new(&outside.media), publisher })
    }

    /// What the account has of the article, once nothing of it is under way any more.
    async fn look(&self, uri: &ArticleUri, name: &Name, held: Option<&Place>) -> Result<Found, Failure> {
        let found = find::look(&self.api, name, held, self.options.look_back).await?;
        self.publisher.settle_lost(uri, &found)?;
        Ok(found)
    }

    /// Whether the account's readers may get another version in the place of the one they see.
    fn may_replace(&self, shown: &Standing, name: &Name, held: Option<&Held>) -> Result<(), Failure> {
        let is_same_place = matches!(Place::of(held), Some(Place::Published { id, .. }) if id == shown.id);
        let remote = is_same_place.then(|| place::published(name, shown));
        self.options.on_local_edit.heed(remote, held)?;
        match self.options.on_correction {
            OnCorrection::Republish => Ok(()),
            OnCorrection::Keep => Err(Failure::rejected(format!(
                "WeChat lets nobody change the publication {}, and the connector's `on_correction` is `keep`",
                shown.id
            ))),
        }
    }

    /// Writes the draft, anew or over the one that lies there, reads it back and compares. Gives its id.
    async fn write(&self, name: &Name, piece: &Piece, fields: &Value, found: &Found) -> Result<String, Failure> {
        let id = match found.drafts.first() {
            Some(draft) => {
                let change = json!({"media_id": draft.id, "index": draft.index, "articles": fields});
                self.saved(self.api.post::<Value>("draft/update", &change).await)?;
                draft.id.clone()
            }
            None => {
                let added = self.api.post::<Draft>("draft/add", &json!({"articles": [fields]})).await;
                self.saved(added)?.media_id
            }
        };
        match find::draft(&self.api, &id, name).await?.first() {
            Some(draft) => piece.compare(&id, &draft.news)?,
            None => return Err(Failure::transient(format!("draft {id} is not there after it was written"))),
        }
        Ok(id)
    }

    /// A picture may have been deleted from the library, or the draft from its box, since they were seen.
    fn saved<T>(&self, outcome: Result<T, ApiError>) -> Result<T, Failure> {
        if let Err(error) = &outcome
            && is(error, NO_MEDIA)
        {
            self.hosting.forget();
            return Err(Failure::transient(
                "the draft or its cover is not at WeChat any more: both are looked for again",
            ));
        }
        Ok(outcome?)
    }

    /// Publishes the draft, and deletes what stood before it.
    async fn publish(
        &self,
        uri: &ArticleUri,
        name: &Name,
        (draft, digest): (&str, &str),
        found: &Found,
    ) -> Result<Standing, Failure> {
        let id = match self.publisher.publish(&self.api, uri, draft, digest).await? {
            Outcome::Visible(id) => id,
            Outcome::Refused { reason, .. } => return Err(Failure::rejected(reason)),
            Outcome::Nothing => return Err(Failure::transient("the publication was forgotten while it was under way")),
        };
        let standing = find::publication(&self.api, &id, name).await?.into_iter().next();
        let lost = || Failure::transient(format!("the publication {id} is not there after it was published"));
        let standing = standing.ok_or_else(lost)?;
        self.clear(found, name, &[&standing.id, draft]).await?;
        Ok(standing)
    }

    /// Deletes every publication and draft of the article but those of `kept`, and looks whether that worked.
    async fn clear(&self, found: &Found, name: &Name, kept: &[&str]) -> Result<(), Failure> {
        for old in found.published.iter().filter(|standing| !kept.contains(&standing.id.as_str())) {
            let place = json!({"article_id": old.id, "index": old.index + 1});
            match self.api.post::<Value>("freepublish/delete", &place).await {
                Err(error) if !is(&error, NO_ARTICLE) => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
            if find::publication(&self.api, &old.id, name).await?.iter().any(|left| left.index == old.index) {
                let reason = format!("WeChat still shows publication {} after deleting it", old.id);
                return Err(Failure::transient(reason));
            }
        }
        for old in found.drafts.iter().filter(|standing| !kept.contains(&standing.id.as_str())) {
            match self.api.post::<Value>("draft/delete", &json!({"media_id": old.id})).await {
                Err(error) if !is(&error, NO_MEDIA) => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }
}

#[async_trait]
impl PartnerConnector for WeChat {
    async fn check(&self) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Count {
            total_count: u64,
        }
        let drafts: Count = self.api.get("draft/count").await?;
        self.api.post::<Value>("freepublish/batchget", &json!({"offset": 0, "count": 1, "no_content": 1})).await?;
        let (app, may, count) = (self.api.app(), self.options.beginning.may(), drafts.total_count);
        Ok(format!("WeChat official account {app}, the hub may {may}; {count} in the draft box"))
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let name = Name::of(&article.uri);
        let piece = Piece::of(article, self.options.pictures);
        let content_hash = piece.hash();
        let mark = Mark::of(&name, &content_hash);
        let place = Place::of(held);
        // An earlier try may have ended while its review went on.
        if let Outcome::Refused { reason, digest } = self.publisher.outcome(&self.api, &article.uri).await?
            && digest == mark.digest
        {
            return Err(Failure::rejected(reason));
        }
        let found = self.look(&article.uri, &name, place.as_ref()).await?;
        let is_current = |standing: &&Standing| {
            standing.digest == mark.digest && !place.as_ref().is_some_and(|place| place.is_changed(standing))
        };
        if let Some(current) = found.published.iter().find(is_current) {
            self.clear(&found, &name, &[&current.id]).await?;
            return Ok(Held::now(place::published(&name, current), content_hash));
        }
        if let Some(shown) = found.published.first() {
            self.may_replace(shown, &name, held)?;
        }
        let is_editors = self.options.beginning == Beginning::Draft && found.published.is_empty();
        let same = found.drafts.iter().find(|draft| is_editors && draft.digest == mark.digest);
        let draft = match same {
            Some(draft) => draft.id.clone(),
            None => {
                let fields = self.hosting.fields(&self.api, article, &piece, &mark, &self.options.cover).await?;
                self.write(&name, &piece, &fields, &found).await?
            }
        };
        if is_editors {
            self.clear(&found, &name, &[&draft]).await?;
            return Ok(Held::now(place::drafted(&name, &draft), content_hash));
        }
        let standing = self.publish(&article.uri, &name, (&draft, &mark.digest), &found).await?;
        Ok(Held::now(place::published(&name, &standing), content_hash))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        let name = Name::of(&withdrawal.uri);
        // What is still under review would appear after the withdrawal: then it is tried again.
        self.publisher.outcome(&self.api, &withdrawal.uri).await?;
        let found = self.look(&withdrawal.uri, &name, Place::of(held).as_ref()).await?;
        self.clear(&found, &name, &[]).await
    }
}
