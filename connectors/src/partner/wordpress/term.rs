//! Categories and tags: found by name, made where they are missing, their ids remembered.

use std::collections::HashMap;
use std::sync::Mutex;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::api::Api;
use super::options::Category;
use super::refusal::term;
use crate::format::markup::escaped;
use crate::partner::options::{Places, places};
use crate::partner::refusal::ApiError;
use crate::partner::{Failure, Outgoing};

/// Remembered ids at most; beyond it all are forgotten, which costs one request each.
const REMEMBERED: usize = 2_000;

/// WordPress keeps 200 characters of a term's name.
const NAME: usize = 200;

/// Remembered ids.
#[derive(Debug, Default)]
pub(super) struct Terms {
    ids: Mutex<HashMap<(Taxonomy, String), u64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Taxonomy {
    Category,
    Tag,
}

impl Taxonomy {
    fn route(self) -> &'static str {
        match self {
            Self::Category => "/wp/v2/categories",
            Self::Tag => "/wp/v2/tags",
        }
    }
}

#[derive(Deserialize)]
struct Term {
    id: u64,
    #[serde(default)]
    name: String,
}

impl Terms {
    /// The site's categories for the article's channels and subjects. One that cannot be found or made stops the lane:
    /// the article would stand in the wrong place.
    pub(super) async fn categories(
        &self,
        api: &Api,
        map: &Places<Category>,
        article: &Outgoing,
    ) -> Result<Vec<u64>, Failure> {
        let mut ids = Vec::new();
        for category in places(map, article) {
            let id = match category {
                Category::Id(id) => *id,
                Category::Name(name) => self.resolve(api, Taxonomy::Category, name).await.map_err(no_category(name))?,
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Tags for the article's subjects, `most` at most. One the site does not want is left out.
    pub(super) async fn tags(&self, api: &Api, most: usize, article: &Outgoing) -> Result<Vec<u64>, Failure> {
        let mut ids = Vec::new();
        for name in article.subject_names(NAME).take(most) {
            match self.resolve(api, Taxonomy::Tag, name).await {
                Ok(id) if ids.contains(&id) => {}
                Ok(id) => ids.push(id),
                Err(ApiError::Refused(refusal)) if refusal.status.is_client_error() && !refusal.must_stop() => {
                    tracing::warn!(article.uri = %article.uri, "WordPress takes no tag `{name}`: {}", refusal.code);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ids)
    }

    /// Ids may be out of date: ask for all again.
    pub(super) fn forget(&self) {
        self.ids().clear();
    }

    async fn resolve(&self, api: &Api, taxonomy: Taxonomy, name: &str) -> Result<u64, ApiError> {
        let key = (taxonomy, name.to_owned());
        if let Some(id) = self.ids().get(&key) {
            return Ok(*id);
        }
        let id = match look_up(api, taxonomy, name).await? {
            Some(id) => id,
            None => make(api, taxonomy, name).await?,
        };
        let mut ids = self.ids();
        if ids.len() >= REMEMBERED {
            ids.clear();
        }
        ids.insert(key, id);
        Ok(id)
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, HashMap<(Taxonomy, String), u64>> {
        self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn look_up(api: &Api, taxonomy: Taxonomy, name: &str) -> Result<Option<u64>, ApiError> {
    let words = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let route = format!("{}?search={words}&per_page=100&_fields=id,name", taxonomy.route());
    let terms: Vec<Term> = api.get(&route).await?;
    // WordPress keeps names with `&` as `&amp;`.
    let found = terms.into_iter().find(|term| term.name == name || term.name == escaped(name));
    Ok(found.map(|term| term.id))
}

/// Makes it; one that somebody else made in between, or that the search did not show, is told with its id.
async fn make(api: &Api, taxonomy: Taxonomy, name: &str) -> Result<u64, ApiError> {
    match api.post::<Term>(taxonomy.route(), &json!({"name": name})).await {
        Ok(term) => Ok(term.id),
        Err(ApiError::Refused(refusal)) if refusal.code == "term_exists" => match term(&refusal) {
            Some(id) => Ok(id),
            None => Err(ApiError::Refused(refusal)),
        },
        Err(error) => Err(error),
    }
}

fn no_category(name: &str) -> impl FnOnce(ApiError) -> Failure {
    let name = name.to_owned();
    move |error| match error {
        ApiError::Refused(refusal) if refusal.status.as_u16() == 403 => Failure::denied(format!(
            "there is no category `{name}` and the user may not make it: make it, or give the user the role Editor"
        )),
        other => other.into(),
    }
}
