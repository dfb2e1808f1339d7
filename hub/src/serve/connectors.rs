//! The partners' connectors, each kept as long as its entry and its secret stay as they are: what a connector remembers,
//! its tokens and where it has put which picture, would have to be asked for again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lianbo_connectors::http::Patience;
use lianbo_connectors::partner::{Home, Outside, PartnerConnector, open};
use lianbo_schemas::registry::{Connector, Limits};
use lianbo_schemas::{Partner, PartnerId};

use crate::deliver::ConnectorFactory;
use crate::secrets::Secrets;

/// What a connector is made of.
#[derive(PartialEq)]
struct Recipe {
    entry: Connector,
    secret: Option<String>,
    patience: Patience,
}

type Made = HashMap<PartnerId, (Recipe, Arc<dyn PartnerConnector>)>;

/// Makes the connectors of partners, with their secrets; `url` is where the hub is found.
pub(super) fn connectors(secrets: Secrets, outside: Outside, url: String) -> ConnectorFactory {
    let made: Mutex<Made> = Mutex::default();
    Arc::new(move |partner: &Partner| {
        let secret = match &partner.connector.secret {
            Some(name) => Some(secrets.resolve(name).map_err(|error| error.to_string())?.expose().to_owned()),
            None => None,
        };
        let patience = patience(&partner.limits, outside.http.patience());
        let recipe = Recipe { entry: partner.connector.clone(), secret, patience };
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = made.get(&partner.id).filter(|(former, _)| *former == recipe) {
            return Ok(Arc::clone(connector));
        }
        let connector = make(partner, &recipe, &outside, &url)?;
        // What no lane holds any more is not kept for it.
        made.retain(|_, (_, connector)| Arc::strong_count(connector) > 1);
        made.insert(partner.id.clone(), (recipe, Arc::clone(&connector)));
        Ok(connector)
    })
}

fn make(partner: &Partner, recipe: &Recipe, outside: &Outside, url: &str) -> Result<Arc<dyn PartnerConnector>, String> {
    let http = outside.http.waiting(recipe.patience).map_err(|error| error.to_string())?;
    let outside = Outside { http, media: outside.media.clone() };
    let home = Home { url: url.to_owned(), partner: partner.id.clone() };
    let connector = open(&recipe.entry, recipe.secret.clone(), &outside, Some(home));
    connector.map(Arc::from).map_err(|error| error.to_string())
}

/// An attempt is ended, and its end told, by whoever makes it; a request of it ends by itself a little later.
const LATER: Duration = Duration::from_secs(1);

/// How long a partner is waited for: as its limits say, else as everybody.
fn patience(limits: &Limits, general: Patience) -> Patience {
    let own = |limit: Option<u64>, general| limit.map_or(general, Duration::from_millis);
    Patience {
        connect: own(limits.connect_ms, general.connect),
        first_byte: own(limits.first_byte_ms, general.first_byte),
        total: Duration::from_millis(limits.timeout_ms) + LATER,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use lianbo_connectors::http::{HttpClient, Settings};
    use lianbo_schemas::Partner;
    use serde_json::{Value, json};

    use super::connectors;
    use crate::secrets::Secrets;

    fn partner(id: &str, limits: Value) -> Partner {
        let connector = json!({"kind": "webhook", "url": "https://a.example/hook", "secret": "signing"});
        let partner = json!({"id": id, "name": id, "channels": [], "connector": connector, "limits": limits});
        serde_json::from_value(partner).unwrap()
    }

    #[test]
    fn a_connector_is_kept_until_its_entry_or_its_secret_changes() {
        let folder = tempfile::tempdir().unwrap();
        let write = |key: &str| std::fs::write(folder.path().join("signing"), key).unwrap();
        write("whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==");
        let secrets = Secrets::new(BTreeMap::new(), folder.path().to_owned());
        let http = HttpClient::new(&Settings::default()).unwrap();
        let make = connectors(secrets, http.into(), "https://hub.example".to_owned());
        let (one, other) = (partner("one", json!({})), partner("other", json!({})));
        let first = make(&one).unwrap();
        drop(make(&other).unwrap());
        assert!(Arc::ptr_eq(&first, &make(&one).unwrap()), "another partner is none of its business");
        let renamed = Partner { name: "新名".to_owned(), ..one.clone() };
        assert!(Arc::ptr_eq(&first, &make(&renamed).unwrap()), "nor is its name");
        let hasty = make(&partner("one", json!({"first_byte_ms": 900}))).unwrap();
        assert!(!Arc::ptr_eq(&first, &hasty));
        write("whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXNpdGVzLWluLXRoZS1zdG9yaWVz");
        assert!(!Arc::ptr_eq(&hasty, &make(&partner("one", json!({"first_byte_ms": 900}))).unwrap()));
    }
}
