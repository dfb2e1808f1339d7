//! Wagtail with the package `wagtail-write-api`, by its pages with a user's token.
//! <https://docs.wagtail.org/en/stable/advanced_topics/api/>
//!
//! Below one parent a slug is taken once, so a page of the article's slug cannot be made twice: what is refused as taken
//! is looked up and changed. Fields the page type does not have are dropped in silence, and HTML is kept as it comes.
//!
//! # Layout
//! `find` looks for the page, `page` says what is sent and whether it was taken, `image` brings the picture, `refusal`
//! reads what is refused; `inspect` looks at what stands there. `options` are the operator's.

mod find;
mod image;
mod inspect;
mod options;
mod page;
mod refusal;

use async_trait::async_trait;
use lianbo_schemas::Remote;
use lianbo_schemas::registry::Connector;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use self::image::{Image, Images};
use self::options::Options;
use self::page::{Page, Sent};
use self::refusal::{is_not_there, is_taken, refusal};
use super::bearer::Bearer;
use super::name::Name;
use super::options::Beginning;
use super::picture::Pictures;
use super::refusal::ApiError;
use super::{Failure, Held, Inspect, Outgoing, Outside, PartnerConnector, SettingsError, Withdrawal};

const KIND: &str = "wagtail";

/// A Wagtail site.
#[derive(Debug)]
pub struct Wagtail {
    api: Bearer,
    options: Options,
    pictures: Pictures<Image>,
}

impl Wagtail {
    /// Whether its address and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url` of the site, and a token of the Write API as `secret`.
    pub fn open(connector: &Connector, secret: Option<String>, outside: &Outside) -> Result<Self, SettingsError> {
        let options = Options::of(connector)?;
        let api = Bearer::open((KIND, "Wagtail"), connector, secret, outside.http.clone(), refusal)?;
        Ok(Self { api, options, pictures: Pictures::new(outside.media.clone()) })
    }

    /// Writes the article and compares what came back. What is not as it must be, because the page type had no fields for
    /// it, is shown to readers only if the article stood there before: the ledger would not know of it.
    async fn write(
        &self,
        article: &Outgoing,
        name: &Name,
        found: Option<Page>,
        held: Option<&Held>,
    ) -> Result<(Page, Sent), Failure> {
        let images = Images { api: &self.api, write_api: &self.options.write_api };
        let featured = self.pictures.featured(&images, self.options.fields.pictures(), article).await?;
        let article = &self.pictures.hosted(&images, self.options.fields.pictures(), article).await?;
        let sent = Sent::of(article, &self.options, featured.map(|image| image.id), found.as_ref());
        // Not one that is there because an earlier try could not take it back.
        let stood = held.is_some() && found.as_ref().is_some_and(Page::is_shown);
        let page = match found {
            Some(page) => self.change(&page, &sent).await?,
            None => self.create(article, name, &sent).await?,
        };
        if let Err(failure) = sent.compare(&page, &self.options) {
            if !stood {
                self.take_down(&page).await?;
            }
            return Err(failure);
        }
        Ok((page, sent))
    }

    async fn change(&self, page: &Page, sent: &Sent) -> Result<Page, ApiError> {
        let request = self.api.request(Method::PATCH, &self.page(page.id));
        self.api.read(request.json(&sent.change())).await
    }

    /// Makes the page. A slug that is taken meanwhile is that of a request thought lost, or of another node's.
    async fn create(&self, article: &Outgoing, name: &Name, sent: &Sent) -> Result<Page, ApiError> {
        let route = format!("{}/pages/", self.options.write_api);
        match self.api.post(&route, &sent.creation(name, &self.options)).await {
            Err(ApiError::Refused(refusal)) if is_taken(&refusal) => {
                tracing::debug!(article.uri = %article.uri, "the slug {} is taken already", name.slug);
                match find::pages(&self.api, &self.options, name, None).await?.first() {
                    Some(page) => self.change(page, sent).await,
                    None => Err(ApiError::Refused(refusal)),
                }
            }
            outcome => outcome,
        }
    }

    fn page(&self, id: u64) -> String {
        format!("{}/pages/{id}/", self.options.write_api)
    }

    fn remote(&self, page: &Page) -> Remote {
        page.remote(&self.options, |path| self.api.address(path))
    }

    /// Unpublishes it: an editor still finds it.
    async fn take_down(&self, page: &Page) -> Result<(), Failure> {
        if !page.is_shown() {
            return Ok(());
        }
        let request = self.api.request(Method::POST, &format!("{}unpublish/", self.page(page.id)));
        match self.api.send(request).await {
            Err(ApiError::Refused(refusal)) if is_not_there(&refusal) => {}
            outcome => outcome?,
        }
        match find::by_id(&self.api, &self.options, page.id).await? {
            Some(page) if page.is_shown() => {
                Err(Failure::transient(format!("Wagtail still shows page {} after taking it down", page.id)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The parent's id and what the user may do below it.
    async fn parent(&self) -> Result<(u64, Vec<String>), Failure> {
        let parent = &self.options.parent;
        let id = match parent.as_str() {
            Some(path) => {
                let path = utf8_percent_encode(path, NON_ALPHANUMERIC);
                let route = format!("{}/pages/?path={path}", self.options.write_api);
                let listed: find::Listed = self.api.get(&route).await?;
                listed.items.first().map(|item| item.id)
            }
            None => parent.as_u64(),
        };
        let lacking = || Failure::denied(format!("there is no page {parent}: check options.parent"));
        let id = id.ok_or_else(lacking)?;
        let page: Value = match self.api.get(&self.page(id)).await {
            Err(ApiError::Refused(refusal)) if is_not_there(&refusal) => return Err(lacking()),
            outcome => outcome?,
        };
        let rights = page["meta"]["user_permissions"].as_array().into_iter().flatten();
        Ok((id, rights.filter_map(|right| right.as_str().map(str::to_owned)).collect()))
    }
}

#[async_trait]
impl PartnerConnector for Wagtail {
    async fn check(&self) -> Result<String, Failure> {
        let (parent, rights) = self.parent().await?;
        let needed: &[&str] = match self.options.beginning {
            Beginning::Publish => &["add", "publish"],
            Beginning::Draft => &["add"],
        };
        if let Some(lacking) = needed.iter().find(|right| !rights.iter().any(|given| given == *right)) {
            return Err(Failure::denied(format!("the token's user may not {lacking} below page {parent}")));
        }
        let kind = &self.options.page_type;
        let schema: Value = self.api.get(&format!("{}/schema/{kind}/", self.options.write_api)).await?;
        let fields = &schema["create_schema"]["properties"];
        if let Some(unknown) = self.options.fields.all().find(|field| fields.get(field).is_none()) {
            return Err(Failure::denied(format!(
                "pages of type {kind} have no field `{unknown}`: check options.fields"
            )));
        }
        let may = self.options.beginning.may();
        Ok(format!("Wagtail, the token's user may {may} {kind} below page {parent}"))
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let name = Name::of(&article.uri);
        // A further page of the article is a copy that an editor made: only a withdrawal is about that.
        let page = find::pages(&self.api, &self.options, &name, held).await?.into_iter().next();
        let shown = page.as_ref().filter(|page| page.is_shown());
        self.options.on_local_edit.heed(shown.map(|page| self.remote(page)), held)?;
        let (page, sent) = self.write(article, &name, page, held).await?;
        Ok(Held::now(self.remote(&page), sent.content_hash()))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        let name = Name::of(&withdrawal.uri);
        for page in find::pages(&self.api, &self.options, &name, held).await? {
            self.take_down(&page).await?;
        }
        Ok(())
    }

    fn inspect(&self) -> Option<&dyn Inspect> {
        Some(self)
    }
}
