//! `POST /v1/sources/probe`: what stands at an address, and whether user and secret open it. Nothing is changed there.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::site::{self, FindError, Site};
use lianbo_schemas::{GhostSource, SecretName, Source, WordPressSource};
use serde::{Deserialize, Serialize};

use super::Sources;
use crate::problem::Problem;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    url: String,
    user: Option<String>,
    /// By name.
    secret: Option<SecretName>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    kind: &'static str,
    url: String,
    /// One sentence about a CMS that let the hub in.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
}

pub(super) async fn probe(
    State(sources): State<Sources>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>, Problem> {
    let site = site::find(&sources.http, &question.url).await.map_err(not_found)?;
    let (kind, url) = match &site {
        Site::Feed(url) => return Ok(Json(Answer { kind: "feed", url: url.clone(), found: None })),
        Site::WordPress(url) => ("wordpress", url.clone()),
        Site::Ghost(url) => ("ghost", url.clone()),
    };
    let cms = (sources.cms)(&source(site, question)?).map_err(unusable)?;
    let found = cms.check().await.map_err(|error| match error {
        SourceError::Denied { reason } => unusable(reason),
        SourceError::Transient { reason, .. } => Problem::new(StatusCode::BAD_GATEWAY, "no-answer", NO_ANSWER, reason),
    })?;
    Ok(Json(Answer { kind, url, found: Some(found) }))
}

const NO_ANSWER: &str = "The site does not answer as it should";

/// The source the site would be; seconds between polls are no matter of a probe.
fn source(site: Site, question: Question) -> Result<Source, Problem> {
    let Question { user, secret, .. } = question;
    match site {
        Site::Feed(_) => Err(unusable("a feed is not opened with a secret".to_owned())),
        Site::WordPress(url) => match (user, secret) {
            (Some(user), Some(secret)) => {
                Ok(Source::WordPress(WordPressSource { url, user, secret, every_seconds: 1 }))
            }
            (None, _) | (_, None) => Err(unusable(format!(
                "`{url}` is a WordPress: give --user, the name of a user there with the role Editor, and --secret-stdin, \
                 an application password of that user (Users, Profile, Application Passwords); or only its feed, with \
                 --feed {url}/feed/"
            ))),
        },
        Site::Ghost(url) => match secret {
            Some(secret) => Ok(Source::Ghost(GhostSource { url, secret, webhook_secret: None, every_seconds: 1 })),
            None => Err(unusable(format!(
                "`{url}` is a Ghost: give --secret-stdin, the Admin API key of a custom integration there (Settings, \
                 Integrations, Add custom integration); or only its feed, with --feed {url}/rss/"
            ))),
        },
    }
}

fn not_found(error: FindError) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-source", "Nothing to fetch from is there", error.to_string())
}

fn unusable(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "source-closed", "The site does not let the hub in", detail)
}
