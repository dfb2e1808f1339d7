//! Channel rules: CEL expressions over the article. <https://cel.dev>

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};
use lianbo_schemas::Article;
use serde::Serialize;

/// A rule of more characters than this is a mistake, and its evaluation would cost every article.
const LONGEST_RULE: usize = 4_000;

/// Why a rule is refused, when it is written down and not when an article meets it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is not CEL.
    #[error("cannot parse the rule `{rule}`: {cause}")]
    Syntax {
        /// The rule.
        rule: String,
        /// Where and why.
        cause: String,
    },
    /// It does not work on an article.
    #[error("the rule `{rule}` does not work: {cause}; it may use {FIELDS}")]
    Unusable {
        /// The rule.
        rule: String,
        /// Why.
        cause: String,
    },
}

const FIELDS: &str = "article.outlet, .outlets, .headline, .text, .language, .subjects, .places, .areas, .byline, \
                      .source, .urgency, .pictures, .published and .url";

/// The language's own functions: to make them anew for every question would take longer than to answer it.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// An article as rules see it, made once for all that are asked about it.
pub struct Subject(Result<Context<'static, 'static>, String>);

impl Subject {
    /// Of an article.
    pub fn of(article: &Article) -> Self {
        Self::from(&Facts::of(article))
    }

    fn from(facts: &Facts<'_>) -> Self {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        Self(context.add_variable("article", facts).map(|()| context).map_err(|error| error.to_string()))
    }
}

/// A rule, compiled.
#[derive(Debug)]
pub struct Rule {
    text: String,
    program: Program,
}

/// What a rule may ask about an article.
#[derive(Debug, Default, Serialize)]
struct Facts<'a> {
    /// The outlet it is credited to.
    outlet: &'a str,
    /// Every outlet that showed it.
    outlets: Vec<&'a str>,
    headline: &'a str,
    text: &'a str,
    language: &'a str,
    /// Names and Media Topics uris.
    subjects: Vec<&'a str>,
    /// Names.
    places: Vec<&'a str>,
    /// GB/T 2260 codes.
    areas: Vec<&'a str>,
    byline: &'a str,
    /// 来源 as stated.
    source: &'a str,
    /// 1 to 9; 0 when not stated.
    urgency: i64,
    /// How many.
    pictures: i64,
    /// RFC 3339, UTC.
    published: String,
    url: &'a str,
}

impl<'a> Facts<'a> {
    fn of(article: &'a Article) -> Self {
        let news = &article.news;
        let original = article.sightings.iter().find(|sighting| sighting.item == article.original);
        let names = |named: &'a [lianbo_schemas::ninjs::Named]| {
            named.iter().flat_map(|one| [one.name.as_deref(), one.uri.as_deref()]).flatten().collect()
        };
        let areas =
            news.places.iter().filter_map(|place| place.literal.as_deref()?.strip_prefix("GB/T2260:")).collect();
        Self {
            outlet: article.outlet.as_str(),
            outlets: article
                .sightings
                .iter()
                .filter(|sighting| !sighting.withdrawn)
                .map(|sighting| sighting.outlet.as_str())
                .collect(),
            headline: news.headline(),
            text: news.body("text/plain").unwrap_or_default(),
            language: news.language.as_deref().unwrap_or_default(),
            subjects: names(&news.subjects),
            places: news.places.iter().filter_map(|place| place.name.as_deref()).collect(),
            areas,
            byline: news.by.as_deref().unwrap_or_default(),
            source: original.and_then(|sighting| sighting.stated_source.as_deref()).unwrap_or_default(),
            urgency: news.urgency.map_or(0, i64::from),
            pictures: i64::try_from(news.pictures().count()).unwrap_or(i64::MAX),
            published: news.first_created.unwrap_or(article.first_seen).to_string(),
            url: original.and_then(|sighting| sighting.url.as_deref()).unwrap_or_default(),
        }
    }
}

impl Rule {
    /// Compiles a rule and tries it on an empty article, so that a wrong name or type is found now.
    pub fn compile(text: &str) -> Result<Self, RuleError> {
        let syntax = |cause: String| RuleError::Syntax { rule: text.chars().take(200).collect(), cause };
        if text.chars().count() > LONGEST_RULE {
            return Err(syntax(format!("it is longer than {LONGEST_RULE} characters")));
        }
        let program = Program::compile(text).map_err(|error| syntax(error.to_string()))?;
        let rule = Self { text: text.to_owned(), program };
        rule.takes(&Subject::from(&Facts::default()))
            .map_err(|cause| RuleError::Unusable { rule: text.to_owned(), cause })?;
        Ok(rule)
    }

    /// The rule as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it takes the article; the error tells why it cannot say.
    pub fn takes(&self, subject: &Subject) -> Result<bool, String> {
        let context = subject.0.as_ref().map_err(String::clone)?;
        match self.program.execute(context) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(_) => Err("it must be true or false".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, RuleError};

    #[test]
    fn a_rule_is_tried_when_it_is_written() {
        for good in [
            "true",
            "article.outlet in ['cdrb', 'dyrb']",
            "article.areas.exists(a, a.startsWith('5101')) || article.headline.contains('成都')",
        ] {
            assert!(Rule::compile(good).is_ok(), "{good}");
        }
        assert!(matches!(Rule::compile("article.outlet =="), Err(RuleError::Syntax { .. })));
        for bad in ["article.headlin == ''", "article.headline", "artikel.outlet == 'a'"] {
            assert!(matches!(Rule::compile(bad), Err(RuleError::Unusable { .. })), "{bad}");
        }
    }
}
