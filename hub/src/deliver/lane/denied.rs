//! Which articles a partner denied, to tell one that it alone denies from a partner that takes nothing. Pure.

use std::collections::HashMap;

use lianbo_schemas::ArticleUri;

/// So many are remembered; a partner that denies more takes nothing.
const MOST: usize = 64;

/// Articles that were denied, and whether the partner has taken another since.
#[derive(Debug, Default)]
pub(super) struct Denied {
    others_taken: HashMap<ArticleUri, bool>,
}

impl Denied {
    /// The partner denied this article. Whether that is about the article alone: it was denied before, and others were
    /// taken since.
    pub(super) fn is_alone(&mut self, article: &ArticleUri) -> bool {
        let known = self.others_taken.get(article).copied();
        if known.is_none() && self.others_taken.len() < MOST {
            self.others_taken.insert(article.clone(), false);
        }
        known == Some(true)
    }

    /// The partner took this article.
    pub(super) fn took(&mut self, article: &ArticleUri) {
        self.others_taken.remove(article);
        self.others_taken.values_mut().for_each(|taken| *taken = true);
    }

    /// Whether it is not known yet if the partner denies this article or everything: another finds out.
    pub(super) fn is_unclear(&self, article: &ArticleUri) -> bool {
        self.others_taken.get(article) == Some(&false)
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::{Denied, MOST};

    fn article(number: usize) -> ArticleUri {
        ArticleUri::new(format!("tag:x,2026:article:{number}")).unwrap()
    }

    #[test]
    fn an_article_is_alone_when_it_is_denied_again_after_others_were_taken() {
        let mut denied = Denied::default();
        assert!(!denied.is_alone(&article(1)) && !denied.is_alone(&article(1)));
        assert!(denied.is_unclear(&article(1)));
        denied.took(&article(2));
        assert!(!denied.is_unclear(&article(1)));
        assert!(denied.is_alone(&article(1)) && denied.is_alone(&article(1)));
        denied.took(&article(1));
        assert!(!denied.is_alone(&article(1)));
    }

    #[test]
    fn a_partner_that_takes_nothing_fills_no_memory() {
        let mut denied = Denied::default();
        (0..10 * MOST).for_each(|number| assert!(!denied.is_alone(&article(number))));
        assert_eq!(denied.others_taken.len(), MOST);
    }
}
