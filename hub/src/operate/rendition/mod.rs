//! `GET /v1/renditions`: the templates there are; `POST /v1/articles/{id}/renditions`: an article as one of them, or one
//! that is not stored yet, lays it out, as a partner may have it.

mod page;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jiff::Timestamp;
use lianbo_connectors::partner::Outgoing;
use lianbo_schemas::registry::Form;
use lianbo_schemas::{Article, Content, GrantId, PartnerId, Template, TemplateId, Terms};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use page::serve as page;

use super::{Operate, article};
use crate::admin::read_body;
use crate::deliver::{Envelope, render};
use crate::problem::Problem;
use crate::registry::Snapshot;
use crate::rendition::{TemplateError, all, builtin, find, lay_out_apart};
use crate::route::{Decision, Rules};

/// A template, as JSON, and some.
const LARGEST_WISH: usize = 256 * 1024;
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) async fn list(State(operate): State<Operate>) -> Json<Value> {
    let registry = operate.registry.snapshot();
    let templates = all(&registry).into_iter().map(|template| shown(&registry, &template));
    Json(json!({"templates": templates.collect::<Vec<_>>()}))
}

fn shown(registry: &Snapshot, template: &Template) -> Value {
    let kept = match (registry.templates.contains_key(&template.id), builtin(&template.id).is_some()) {
        (false, _) => "built in",
        (true, false) => "own",
        (true, true) => "own, for the built-in one",
    };
    let mut shown = json!(template);
    shown["kept"] = kept.into();
    shown
}

/// What is to be laid out, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// A stored template.
    template: Option<TemplateId>,
    /// Or the text of one that is not stored.
    text: Option<String>,
    form: Option<Form>,
    /// As this partner may have it.
    partner: Option<PartnerId>,
}

#[derive(Debug, Serialize)]
pub(super) struct Laid {
    form: Form,
    rendition: String,
}

pub(super) async fn serve(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Laid>, Problem> {
    let body = read_body(&headers, body, LARGEST_WISH, PATIENCE).await?;
    let wish: Wish = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(format!("the body does not say what to lay out: {error}")))?;
    let registry = operate.registry.snapshot();
    let template = wanted(&registry, wish.template, wish.text, wish.form)?;
    let article = article(&operate, &id).await?;
    let now = (operate.clock)();
    let outgoing = as_allowed(&operate, &article, wish.partner.as_ref(), now)?;
    let rendition = laid_out(template, outgoing).await?;
    Ok(Json(rendition))
}

fn wanted(
    registry: &Snapshot,
    id: Option<TemplateId>,
    text: Option<String>,
    form: Option<Form>,
) -> Result<Template, Problem> {
    match (id, text) {
        (Some(id), None) => find(registry, &id).ok_or_else(|| {
            Problem::not_found(format!("there is no template `{id}`; `lianbo template list` lists them"))
        }),
        (None, Some(text)) => {
            let id = TemplateId::new("draft").map_err(|error| Problem::bad_request(error.to_string()))?;
            Ok(Template { id, title: String::new(), title_en: None, form: form.unwrap_or(Form::Text), text })
        }
        (Some(_), Some(_)) | (None, None) => {
            Err(Problem::bad_request("name either a stored `template`, or the `text` of one"))
        }
    }
}

/// The article cut to what the partner may have; without a partner all of it, credited to its outlet.
fn as_allowed(
    operate: &Operate,
    article: &Article,
    partner: Option<&PartnerId>,
    now: Timestamp,
) -> Result<Outgoing, Problem> {
    let envelope = Envelope { delivery_id: "preview".to_owned(), traceparent: None };
    let registry = operate.registry.snapshot();
    let Some(id) = partner else { return Ok(render(article, &in_full(&registry, article)?, envelope)) };
    let partner = super::partner(operate, id.as_str())?;
    match Rules::new(registry).about(article).decide(&partner, false, now) {
        Decision::Hold { terms, .. } => Ok(render(article, &terms, envelope)),
        Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => {
            Err(Problem::not_found(format!(
                "the partner `{id}` may not have this article; `lianbo why {} --partner {id}` says why",
                article.uri.short()
            )))
        }
    }
}

fn in_full(registry: &Snapshot, article: &Article) -> Result<Terms, Problem> {
    let name = registry.outlets.get(&article.outlet).map_or(article.outlet.as_str(), |outlet| outlet.name.as_str());
    Ok(Terms {
        grant: GrantId::new("preview").map_err(|error| Problem::bad_request(error.to_string()))?,
        channels: Vec::new(),
        content: Content::Full,
        images: true,
        attribution: format!("来源：{name}"),
    })
}

async fn laid_out(template: Template, outgoing: Outgoing) -> Result<Laid, Problem> {
    let form = template.form;
    let (_, rendition) = lay_out_apart(template, outgoing).await.map_err(refused)?;
    Ok(Laid { form, rendition })
}

fn refused(error: TemplateError) -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "invalid-template",
        "The template cannot be used",
        error.to_string(),
    )
}
