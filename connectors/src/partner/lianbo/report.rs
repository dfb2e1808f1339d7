//! What another hub says became of a submission: `GET /v1/submissions/{id}`.

use lianbo_schemas::{ArticleUri, Remote};
use serde::Deserialize;

use crate::http::is_web;
use crate::partner::Failure;

/// A submission, by the hub's id of it.
#[derive(Debug, Deserialize)]
pub(super) struct Accepted {
    pub(super) submission: String,
}

/// What became of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) pending: bool,
    items: Vec<Item>,
    refusals: Vec<Refusal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    verdict: String,
    article: Option<ArticleUri>,
    article_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    detail: String,
}

impl Report {
    /// Where the article stands there.
    pub(super) fn remote(&self) -> Result<Remote, Failure> {
        self.taken()?;
        let item = self.items.first();
        let rejected = |what: &str| Err(Failure::rejected(format!("the other hub {what}")));
        let Some(item) = item else { return rejected("made nothing of the article") };
        if item.verdict == "stale" {
            return rejected("has a newer version of the article, or its kill");
        }
        let Some(article) = &item.article else { return rejected("has the article, and shows it nowhere") };
        let url = item.article_url.clone().filter(|url| is_web(url));
        Ok(Remote { id: article.as_str().to_owned(), url, token: None })
    }

    /// Whether it was taken, whatever came of it.
    pub(super) fn taken(&self) -> Result<(), Failure> {
        match self.refusals.first() {
            Some(refusal) => Err(Failure::rejected(format!(
                "the other hub refused the article: {}, {}",
                refusal.code, refusal.detail
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Report;
    use crate::partner::Failure;

    fn of(told: serde_json::Value) -> Report {
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn only_an_article_that_stands_there_is_held() {
        let article =
            json!({"items": [{"verdict": "reprint", "article": "tag:b,2026:article:x", "article_url": "https://b/x"}]});
        let remote = of(article).remote().unwrap();
        assert_eq!((remote.id.as_str(), remote.url.as_deref()), ("tag:b,2026:article:x", Some("https://b/x")));
        for told in [
            json!({"items": []}),
            json!({"items": [{"verdict": "unchanged"}]}),
            json!({"items": [{"verdict": "stale", "article": "tag:b,2026:article:x"}]}),
            json!({"refusals": [{"code": "malformed", "detail": "no"}]}),
        ] {
            assert!(matches!(of(told.clone()).remote(), Err(Failure::Rejected { .. })), "{told}");
        }
    }
}
