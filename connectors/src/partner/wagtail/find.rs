//! Looking for an article's page before making one.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::options::Options;
use super::page::Page;
use super::refusal::is_not_there;
use crate::partner::Held;
use crate::partner::bearer::Bearer;
use crate::partner::name::Name;
use crate::partner::refusal::ApiError;

/// Pages as both APIs list them.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) items: Vec<Item>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Item {
    pub(super) id: u64,
}

/// Every page of the article, the ledger's first, then the oldest. A slug is taken once below one parent; an editor may
/// have moved the page, or changed its slug.
pub(super) async fn pages(
    api: &Bearer,
    options: &Options,
    name: &Name,
    held: Option<&Held>,
) -> Result<Vec<Page>, ApiError> {
    let by_slug: Listed = api.get(&format!("{}/pages/?slug={}&limit=20", options.write_api, name.slug)).await?;
    let mut ids: Vec<u64> = held.and_then(|held| held.remote.id.parse().ok()).into_iter().collect();
    let mut others: Vec<u64> = by_slug.items.into_iter().map(|item| item.id).collect();
    others.sort_unstable();
    ids.extend(others);
    ids.extend(by_uri(api, options, name).await?);
    let mut pages: Vec<Page> = Vec::new();
    for id in ids {
        if pages.iter().all(|page| page.id != id) {
            pages.extend(by_id(api, options, id).await?.filter(|page| page.is_of(name, options)));
        }
    }
    Ok(pages)
}

/// The page of this id.
pub(super) async fn by_id(api: &Bearer, options: &Options, id: u64) -> Result<Option<Page>, ApiError> {
    match api.get(&format!("{}/pages/{id}/", options.write_api)).await {
        Err(ApiError::Refused(refusal)) if is_not_there(&refusal) => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// Pages that readers see, by what we wrote into them. The API for reading, and the field as its filter, are there only
/// where the site has set them up; without, a page is found by its slug alone.
async fn by_uri(api: &Bearer, options: &Options, name: &Name) -> Result<Vec<u64>, ApiError> {
    let Some(field) = options.fields.get("external_id") else { return Ok(Vec::new()) };
    let (kind, uri) = (&options.page_type, utf8_percent_encode(&name.uri, NON_ALPHANUMERIC));
    let route = format!("{}/pages/?type={kind}&{field}={uri}&fields={field}&limit=20", options.read_api);
    match api.get::<Listed>(&route).await {
        Ok(listed) => Ok(listed.items.into_iter().map(|item| item.id).collect()),
        Err(ApiError::Refused(refusal)) if refusal.status.is_client_error() && !refusal.must_stop() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
