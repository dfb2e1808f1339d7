//! `POST /v1/sources/probe`: what stands at an address, and whether user and secret open it. Nothing is changed there.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lianbo_connectors::partner::SettingsError;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::cms::Cms;
use lianbo_connectors::source::ghost::Ghost;
use lianbo_connectors::source::site::{self, FindError, Site};
use lianbo_connectors::source::wordpress::WordPress;
use lianbo_schemas::SecretName;
use serde::{Deserialize, Serialize};

use super::Sources;
use crate::problem::Problem;

/// What is asked. It is never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    url: String,
    user: Option<String>,
    /// The name of a secret this machine has.
    secret: Option<SecretName>,
    /// The secret itself, to be tried before it is stored.
    key: Option<String>,
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
    let site = site::find(&sources.http, &question.url).await.map_err(nothing_found)?;
    let secret = match (&question.secret, question.key) {
        (Some(name), _) => {
            let secret = sources.secrets.resolve(name).map_err(|error| closed(error.to_string()))?;
            Some(secret.expose().to_owned())
        }
        (None, key) => key,
    };
    let (kind, url, cms): (_, _, Box<dyn Cms>) = match site {
        Site::Feed(url) => return Ok(Json(Answer { kind: "feed", url, found: None })),
        Site::WordPress(url) => {
            let (Some(user), Some(secret)) = (question.user, secret) else { return Err(wordpress_needs(&url)) };
            let cms = WordPress::open(&url, &user, Some(secret), sources.http).map_err(unusable)?;
            ("wordpress", url, Box::new(cms))
        }
        Site::Ghost(url) => {
            let Some(secret) = secret else { return Err(ghost_needs(&url)) };
            let cms = Ghost::open(&url, Some(secret), sources.http).map_err(unusable)?;
            ("ghost", url, Box::new(cms))
        }
    };
    let found = cms.check().await.map_err(|error| match error {
        SourceError::Denied { reason } => closed(reason),
        SourceError::Transient { reason, .. } => no_answer(reason),
    })?;
    Ok(Json(Answer { kind, url, found: Some(found) }))
}

fn wordpress_needs(url: &str) -> Problem {
    closed(format!(
        "`{url}` is a WordPress: give --user, the name of a user there with the role Editor, and --secret-stdin, an \
         application password of that user (Users, Profile, Application Passwords); or only its feed, with \
         --feed {url}/feed/"
    ))
}

fn ghost_needs(url: &str) -> Problem {
    closed(format!(
        "`{url}` is a Ghost: give --secret-stdin, the Admin API key of a custom integration there (Settings, \
         Integrations, Add custom integration); or only its feed, with --feed {url}/rss/"
    ))
}

fn nothing_found(error: FindError) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-source", "Nothing to fetch from is there", error.to_string())
}

fn no_answer(reason: String) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, "no-answer", "The site does not answer as it should", reason)
}

fn unusable(error: SettingsError) -> Problem {
    closed(error.to_string())
}

fn closed(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "source-closed", "The site does not let the hub in", detail)
}
