//! Which item stands at which address, so that a canonical link or a returning copy finds its piece.

use std::collections::HashMap;

use lianbo_schemas::ItemUri;

/// Address → items shown there, by order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Links(HashMap<String, Vec<(u64, ItemUri)>>);

impl Links {
    pub(super) fn add(&mut self, url: Option<&str>, order: u64, item: &ItemUri) {
        let Some(address) = url.map(address) else { return };
        let items = self.0.entry(address).or_default();
        if !items.iter().any(|(_, other)| other == item) {
            items.push((order, item.clone()));
            items.sort();
        }
    }

    pub(super) fn remove(&mut self, url: Option<&str>, item: &ItemUri) {
        let Some(address) = url.map(address) else { return };
        if let Some(items) = self.0.get_mut(&address) {
            items.retain(|(_, other)| other != item);
            if items.is_empty() {
                self.0.remove(&address);
            }
        }
    }

    /// The first item shown at an address.
    pub(super) fn item_at(&self, url: &str) -> Option<&ItemUri> {
        self.0.get(&address(url)).and_then(|items| items.first()).map(|(_, item)| item)
    }
}

/// An address without what does not matter: scheme, `www.`, fragment, the last slash.
fn address(url: &str) -> String {
    let url = url.trim();
    let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    let bare = bare.split('#').next().unwrap_or(bare);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::{ItemUri, OutletId};

    use super::Links;

    #[test]
    fn an_address_is_found_whatever_its_scheme() {
        let item = ItemUri::of("a.example", &OutletId::new("one").unwrap(), "1");
        let mut links = Links::default();
        links.add(Some("https://www.one.example/a/"), 1, &item);
        assert_eq!(links.item_at("http://one.example/a#top"), Some(&item));
        links.remove(Some("https://one.example/a"), &item);
        assert_eq!(links, Links::default());
    }
}
