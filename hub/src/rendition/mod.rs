//! Renditions: one article for many media (端、网、微、报、播、台). A template, the alliance's own or a built-in one, lays
//! out what a grant already allows. It may leave words out and add its own; the line that credits the outlet and the
//! label of what a machine made are put back where it forgets them. Pure.
//!
//! # Layout
//! [`facts`] is what a template can use, `words` the filters it has, `engine` compiles it and runs it within bounds,
//! [`builtin`] are the templates that come along, [`label`] is what is said of content made by a machine, [`credit`] puts
//! a line below a text unless it stands there, [`media`] takes media out of an item, `tag` finds the tags of HTML.

mod builtin;
pub(crate) mod credit;
mod engine;
mod facts;
mod label;
pub(crate) mod media;
pub(crate) mod tag;
mod words;

use lianbo_connectors::partner::Outgoing;
use lianbo_schemas::registry::Form;
use lianbo_schemas::{Partner, Template, TemplateId};

pub use builtin::{builtin, builtins};
pub use engine::TemplateError;
pub use label::ai_label;

use crate::registry::Snapshot;

/// The template of this id: the alliance's own before a built-in one.
pub fn find(registry: &Snapshot, id: &TemplateId) -> Option<Template> {
    registry.templates.get(id).map(|own| Template::clone(own)).or_else(|| builtin(id))
}

/// The template that lays a partner's articles out, if its record names one.
pub fn of_partner(registry: &Snapshot, partner: &Partner) -> Option<Template> {
    find(registry, partner.template.as_ref()?)
}

/// All templates there are, by id.
pub fn all(registry: &Snapshot) -> Vec<Template> {
    let own = registry.templates.values().map(|own| Template::clone(own));
    let mut all: Vec<Template> =
        builtins().into_iter().filter(|one| !registry.templates.contains_key(&one.id)).chain(own).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

/// Lays an article out. The article is cut to its grant's terms before: a template sees nothing else.
///
/// # Errors
/// The line of the template and what is wrong there; or what it made is no JSON object although it says so.
pub fn lay_out(template: &Template, article: &Outgoing) -> Result<String, TemplateError> {
    let made = engine::run(template.form, &template.text, &facts::facts(article))?;
    let owed = [Some(article.attribution.as_str()), ai_label(&article.news)];
    let owed = owed.into_iter().flatten().filter(|line| !line.trim().is_empty());
    match template.form {
        Form::Html => Ok(owed.fold(made, with_paragraph)),
        Form::Text => Ok(owed.fold(made, with_line)),
        Form::Json => engine::with_members(&made, &article.attribution, ai_label(&article.news)),
    }
}

/// The same off the runtime, for a template may take all its steps. The article comes back with what was made of it.
///
/// # Errors
/// As [`lay_out`].
pub async fn lay_out_apart(template: Template, article: Outgoing) -> Result<(Outgoing, String), TemplateError> {
    let laying = move || lay_out(&template, &article).map(|made| (article, made));
    let laid = tokio::task::spawn_blocking(laying).await;
    laid.map_err(|error| TemplateError::Broken(error.to_string()))?
}

/// Whether a template can be used, tried on an article that has everything and on one that has next to nothing.
///
/// # Errors
/// The line of the template and what is wrong there.
pub fn check(template: &Template) -> Result<(), TemplateError> {
    for sample in facts::samples() {
        lay_out(template, &sample)?;
    }
    Ok(())
}

fn with_paragraph(html: String, line: &str) -> String {
    if credit::shows(&html, line) {
        return html;
    }
    format!("{}\n<p>{}</p>", html.trim_end(), credit::escape(line))
}

fn with_line(text: String, line: &str) -> String {
    if credit::stands_in(&text, line) { text } else { format!("{}\n{line}\n", text.trim_end()) }
}

#[cfg(test)]
mod tests;
