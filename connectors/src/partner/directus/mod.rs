//! Directus, or any system of its shape: items in collections by REST, with a static token.
//! <https://directus.io/docs/api/items>
//!
//! An item's key is given by us, so it cannot be made twice. A change or a deletion of an item that is not there is
//! answered with success, so every write is read back, and judged by what stands there then.
//!
//! # Layout
//! `item` says what is sent and what must stand there, `file` brings the picture, `refusal` reads what is refused,
//! `inspect` looks at what stands there.
//! `options` are the operator's.

mod file;
mod inspect;
mod item;
mod options;
mod refusal;

use async_trait::async_trait;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::file::Files;
use self::item::{Item, Sent, id_of};
use self::options::Options;
use self::refusal::{is_taken, refusal};
use super::bearer::Bearer;
use super::picture::Pictures;
use super::refusal::ApiError;
use super::{Failure, Held, Inspect, Outgoing, Outside, PartnerConnector, SettingsError, Withdrawal};

const KIND: &str = "directus";

/// A Directus.
#[derive(Debug)]
pub struct Directus {
    api: Bearer,
    options: Options,
    pictures: Pictures<String>,
}

/// Items as Directus wraps them.
#[derive(Deserialize)]
struct Rows {
    data: Vec<Map<String, Value>>,
}

impl Directus {
    /// Whether its address and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url`, and a user's static token as `secret`.
    pub fn open(connector: &Connector, secret: Option<String>, outside: &Outside) -> Result<Self, SettingsError> {
        let options = Options::of(connector)?;
        let api = Bearer::open((KIND, "Directus"), connector, secret, outside.http.clone(), refusal)?;
        Ok(Self { api, options, pictures: Pictures::new(outside.media.clone()) })
    }

    /// Every item of the article, the ledger's first, then the one with the id we give it.
    async fn find(&self, uri: &lianbo_schemas::ArticleUri, held: Option<&Held>) -> Result<Vec<Item>, ApiError> {
        let (key, own) = (&self.options.key, id_of(uri));
        let mut ways = vec![json!({key: {"_eq": own}})];
        if let Some(field) = self.options.fields.get("external_id") {
            ways.push(json!({field: {"_eq": uri.as_str()}}));
        }
        let mut items = self.search(&json!({"_or": ways})).await?;
        let known = held.map(|held| held.remote.id.as_str());
        items.sort_by_key(|item| (Some(item.id.as_str()) != known, item.id != own, item.id.clone()));
        Ok(items)
    }

    async fn by_id(&self, id: &str) -> Result<Option<Item>, ApiError> {
        let key = &self.options.key;
        Ok(self.search(&json!({key: {"_eq": id}})).await?.into_iter().next())
    }

    /// A search, because an item that is not there is answered with 403 where it is asked for by its address.
    async fn search(&self, filter: &Value) -> Result<Vec<Item>, ApiError> {
        self.page(filter, "limit=20").await
    }

    /// A page of what a filter finds; `window` says which.
    async fn page(&self, filter: &Value, window: &str) -> Result<Vec<Item>, ApiError> {
        let filter = filter.to_string();
        let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
        let route = format!("{}?{}&filter={filter}&{window}", self.options.items, self.options.asked());
        let rows: Rows = self.api.get(&route).await?;
        Ok(rows.data.into_iter().filter_map(|row| Item::of(row, &self.options)).collect())
    }

    /// Writes the article, reads it back and compares. What is not as it must be is shown to readers only if the article
    /// stood there before: the ledger would not know of it.
    async fn write(
        &self,
        article: &Outgoing,
        found: Option<&Item>,
        held: Option<&Held>,
    ) -> Result<(Item, Sent), Failure> {
        let files = Files { api: &self.api };
        let featured = self.pictures.featured(&files, self.options.fields.pictures(), article).await?;
        let sent = Sent::of(article, &self.options, featured, found);
        let id = self.save(article, found, &sent).await?;
        // It was deleted between looking and writing, or the answer was success without effect.
        let lost = || Failure::transient(format!("item {id} is not there after it was written"));
        let item = self.by_id(&id).await?.ok_or_else(lost)?;
        if let Err(failure) = sent.compare(&item, &self.options) {
            let stood = held.is_some() && found.is_some_and(|found| found.is_shown(&self.options));
            if !stood && item.is_shown(&self.options) {
                self.take_down(&item, PubStatus::Withheld).await?;
            }
            return Err(failure);
        }
        Ok((item, sent))
    }

    /// Makes or changes the article's item; gives its id.
    async fn save(&self, article: &Outgoing, found: Option<&Item>, sent: &Sent) -> Result<String, ApiError> {
        if let Some(item) = found {
            self.change(&item.id, &sent.change()).await?;
            return Ok(item.id.clone());
        }
        let id = id_of(&article.uri);
        let made = self.api.request(Method::POST, &self.options.items).json(&sent.creation(&id, &self.options));
        match self.api.send(made).await {
            // A request thought lost, or another node of the hub, made it at the same moment.
            Err(ApiError::Refused(refusal)) if is_taken(&refusal) => {
                let there = self.find(&article.uri, None).await?.into_iter().next();
                let there = there.ok_or(ApiError::Refused(refusal))?;
                self.change(&there.id, &sent.change()).await?;
                Ok(there.id)
            }
            outcome => outcome.map(|()| id),
        }
    }

    async fn change(&self, id: &str, change: &Value) -> Result<(), ApiError> {
        self.api.send(self.api.request(Method::PATCH, &self.item(id)).json(change)).await
    }

    fn item(&self, id: &str) -> String {
        format!("{}/{}", self.options.items, utf8_percent_encode(id, NON_ALPHANUMERIC))
    }

    /// Gives it the status of a withdrawn article, or deletes it where there is none, and looks whether that worked.
    async fn take_down(&self, item: &Item, status: PubStatus) -> Result<(), Failure> {
        let field = self.options.fields.get("status");
        match (field, self.options.statuses.of(status)) {
            (Some(_), Some(status)) if item.status(&self.options) == status => return Ok(()),
            (Some(field), Some(status)) => self.change(&item.id, &json!({field: status})).await?,
            (_, _) => self.api.send(self.api.request(Method::DELETE, &self.item(&item.id))).await?,
        }
        match self.by_id(&item.id).await? {
            Some(item) if item.is_shown(&self.options) => {
                Err(Failure::transient(format!("item {} is still shown after taking it down", item.id)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What the token may do with the collection, as far as Directus tells.
    async fn lacking_right(&self) -> Option<&'static str> {
        let told: Value = self.api.get("/permissions/me").await.ok()?;
        let collection = self.options.items.rsplit('/').next().unwrap_or_default();
        let rights = told.get("data")?.get(collection)?;
        ["create", "update"].into_iter().find(|right| rights[right]["access"] == "none")
    }
}

#[async_trait]
impl PartnerConnector for Directus {
    async fn check(&self) -> Result<String, Failure> {
        let (items, fields) = (&self.options.items, self.options.asked());
        match self.api.get::<Rows>(&format!("{items}?{fields}&limit=1")).await {
            Ok(_rows) => {}
            Err(ApiError::Refused(refusal)) if refusal.code == "FORBIDDEN" => {
                return Err(Failure::denied(format!(
                    "Directus does not let the token read `{items}` with {fields}: check its rights, options.collection \
                     and options.fields"
                )));
            }
            Err(error) => return Err(error.into()),
        }
        if let Some(right) = self.lacking_right().await {
            return Err(Failure::denied(format!("the token may not {right} items of `{items}`")));
        }
        let may = self.options.beginning.may();
        Ok(format!("Directus, the token may {may} in {items}"))
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let mut found = self.find(&article.uri, held).await?.into_iter();
        let item = found.next();
        let shown = item.as_ref().filter(|item| item.is_shown(&self.options));
        self.options.on_local_edit.heed(shown.map(|item| item.remote(&self.options)), held)?;
        for twin in found.filter(|twin| twin.is_shown(&self.options)) {
            tracing::warn!(remote.id = twin.id, "a double item at the partner is taken down");
            self.take_down(&twin, PubStatus::Withheld).await?;
        }
        let (item, sent) = self.write(article, item.as_ref(), held).await?;
        Ok(Held::now(item.remote(&self.options), sent.content_hash()))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        for item in self.find(&withdrawal.uri, held).await? {
            self.take_down(&item, withdrawal.status).await?;
        }
        Ok(())
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}
