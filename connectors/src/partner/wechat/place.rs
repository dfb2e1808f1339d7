//! Where an article stands at an account, as the ledger keeps it between two calls. WeChat gives a new id to every
//! publication, so the ledger's id of an article is its mark, and this is the ledger's token.

use lianbo_schemas::Remote;

use super::find::Standing;
use crate::partner::Held;
use crate::partner::name::Name;

/// A place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the draft box.
    Draft {
        /// WeChat's `media_id`.
        id: String,
    },
    /// Readers see it.
    Published {
        /// WeChat's `article_id`.
        id: String,
        /// What stood there after it was published.
        hash: String,
    },
}

impl Place {
    /// The place the ledger knows.
    pub(super) fn of(held: Option<&Held>) -> Option<Self> {
        let mut words = held?.remote.token.as_deref()?.split(' ');
        match (words.next()?, words.next()?, words.next()) {
            ("draft", id, None) => Some(Self::Draft { id: id.to_owned() }),
            ("published", id, Some(hash)) => Some(Self::Published { id: id.to_owned(), hash: hash.to_owned() }),
            _ => None,
        }
    }

    /// Whether somebody at the partner has changed this publication since.
    pub(super) fn is_changed(&self, standing: &Standing) -> bool {
        matches!(self, Self::Published { id, hash } if *id == standing.id && *hash != standing.hash())
    }
}

/// A draft, for the ledger. Its address is a preview that nobody is given.
pub(super) fn drafted(name: &Name, id: &str) -> Remote {
    Remote { id: name.slug.clone(), url: None, token: Some(format!("draft {id}")) }
}

/// A publication, for the ledger.
pub(super) fn published(name: &Name, standing: &Standing) -> Remote {
    let url = Some(standing.news.url.clone()).filter(|url| !url.is_empty());
    Remote { id: name.slug.clone(), url, token: Some(format!("published {} {}", standing.id, standing.hash())) }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::Remote;

    use super::Place;
    use crate::partner::Held;

    #[test]
    fn the_ledger_gives_back_the_place_it_was_told() {
        let of = |token: &str| {
            let remote = Remote { id: "lianbo-x".to_owned(), url: None, token: Some(token.to_owned()) };
            Place::of(Some(&Held::now(remote, String::new())))
        };
        assert_eq!(of("draft a"), Some(Place::Draft { id: "a".to_owned() }));
        assert_eq!(of("published a b"), Some(Place::Published { id: "a".to_owned(), hash: "b".to_owned() }));
        for other in ["", "draft", "published a", "draft a b"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
