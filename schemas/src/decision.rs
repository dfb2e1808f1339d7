//! An editor's decision about which items are one article: it overrules what dedup made of them, and is kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, DecisionId, Founded, Item, ItemUri};

/// The last part of the CloudEvents type of an [`Order`] on its way to dedup: `org.lianbo.decision.made`.
pub const MADE: &str = "decision.made";
/// The last part of the CloudEvents type of a [`Settled`] article in dedup's memory.
pub const SETTLED: &str = "article.settled";

/// What was decided, by whom, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id: however often the record comes, it is carried out once.
    pub id: DecisionId,
    /// The article it is about.
    pub article: ArticleUri,
    /// What is to be.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// Who decided, as they call themselves.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ruling", rename_all = "kebab-case")]
pub enum Ruling {
    /// The item is no reprint of this article: it becomes an article of its own, and its copies go with it.
    Split {
        /// The item.
        item: ItemUri,
    },
    /// This article is another one: its items become sightings of that one, and it is withdrawn in favour of it.
    Merge {
        /// The article that stays.
        into: ArticleUri,
    },
    /// The item is the article's original: words and credit become its own.
    Original {
        /// The item.
        item: ItemUri,
    },
}

impl Ruling {
    /// Its one word, as in JSON: `split`, `merge`, `original`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Split { .. } => "split",
            Self::Merge { .. } => "merge",
            Self::Original { .. } => "original",
        }
    }

    /// The item it names; the words of the article to be are that item's.
    pub fn item(&self) -> Option<&ItemUri> {
        match self {
            Self::Split { item } | Self::Original { item } => Some(item),
            Self::Merge { .. } => None,
        }
    }
}

/// A decision on its way to dedup: a record of `normalised`, so that it has its place among the items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The decision.
    pub decision: Decision,
    /// The newest version of the item it names: dedup keeps no words, and an article needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Box<Item>>,
}

/// Dedup's memory of an article that a decision has changed: a record of `fingerprints`, keyed by the article's uri.
/// From the first decision on it stands here, and no longer with the item that founded the article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The article.
    pub article: ArticleUri,
    /// The item that founded it, whether it is still part of it or not.
    pub founder: ItemUri,
    /// How it stands.
    pub founded: Founded,
    /// The article it went into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ArticleUri>,
    /// An editor has set the original: no newcomer takes it over.
    #[serde(default)]
    pub original_is_set: bool,
    /// The newest decisions carried out on it, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionId>,
}

#[cfg(test)]
mod tests {
    use super::{Decision, Ruling};
    use crate::{ArticleUri, DecisionId, ItemUri, OutletId};

    #[test]
    fn a_decision_comes_back_from_json_as_it_went() {
        let item = ItemUri::of("a.example", &OutletId::new("one").unwrap(), "1");
        let article = ArticleUri::of("a.example", &item);
        for ruling in [
            Ruling::Split { item: item.clone() },
            Ruling::Merge { into: article.clone() },
            Ruling::Original { item: item.clone() },
        ] {
            let decision = Decision {
                id: DecisionId::fresh(),
                article: article.clone(),
                ruling,
                by: "wang".to_owned(),
                at: "2026-03-01T00:00:00Z".parse().unwrap(),
                note: Some("两篇不是一回事".to_owned()),
            };
            let json = serde_json::to_value(&decision).unwrap();
            assert_eq!(json["ruling"], decision.ruling.word());
            assert_eq!(serde_json::from_value::<Decision>(json).unwrap(), decision);
        }
    }
}
