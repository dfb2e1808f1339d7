//! Runs a template within bounds: its steps and its output are limited, and it can reach nothing but the facts.

use std::sync::{Arc, Mutex, PoisonError};

use lianbo_schemas::registry::Form;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, escape_formatter};
use serde_json::{Map, Value as Json};

use super::credit::escape;
use super::facts::Facts;
use super::words;

/// Steps of the engine at most: a hundred times what laying out a long report takes.
const MOST_STEPS: u64 = 500_000;
/// Bytes a template may make: the largest body any partner takes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a template.
const LONGEST_TEMPLATE: usize = 64 * 1024;

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It is not Jinja, or uses what is not there.
    #[error("line {line}: {cause}")]
    Line {
        /// Where, from 1.
        line: usize,
        /// Why.
        cause: String,
    },
    /// What it says or makes is too much.
    #[error("{0}")]
    TooLarge(String),
    /// It should make a JSON object.
    #[error("what it makes is no JSON object: {0}; use the filter `tojson`")]
    NotJson(String),
    /// The engine broke under it.
    #[error("it cannot be laid out: {0}")]
    Broken(String),
}

/// Templates compiled last: each lays out thousands of articles before it changes.
static COMPILED: Mutex<Vec<Arc<Compiled>>> = Mutex::new(Vec::new());
/// How many; beyond it the oldest is compiled again when it is needed.
const KEPT: usize = 64;
/// The one template of an engine.
const NAME: &str = "template";

/// A template, compiled.
struct Compiled {
    form: Form,
    text: String,
    engine: Environment<'static>,
}

pub(super) fn run(form: Form, text: &str, facts: &Facts) -> Result<String, TemplateError> {
    let compiled = compiled(form, text)?;
    let made = compiled.engine.get_template(NAME).and_then(|template| template.render(context(facts)));
    let made = made.map_err(|error| located(&error))?;
    if made.len() > MOST_BYTES {
        return Err(TemplateError::TooLarge(format!("it makes {} bytes, {MOST_BYTES} are taken", made.len())));
    }
    Ok(made)
}

fn compiled(form: Form, text: &str) -> Result<Arc<Compiled>, TemplateError> {
    let kept = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept().iter().find(|known| known.form == form && known.text == text) {
        return Ok(Arc::clone(known));
    }
    let compiled = Arc::new(Compiled { form, text: text.to_owned(), engine: compile(form, text)? });
    let mut kept = kept();
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    kept.push(Arc::clone(&compiled));
    Ok(compiled)
}

fn compile(form: Form, text: &str) -> Result<Environment<'static>, TemplateError> {
    if text.len() > LONGEST_TEMPLATE {
        return Err(TemplateError::TooLarge(format!("a template has {LONGEST_TEMPLATE} bytes at most")));
    }
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(MOST_STEPS));
    engine.set_syntax(lines_of_their_own()?);
    engine.set_auto_escape_callback(move |_| match form {
        Form::Html => AutoEscape::Html,
        Form::Text | Form::Json => AutoEscape::None,
    });
    engine.set_formatter(format);
    engine.add_filter("characters", |text: &str| words::characters(text));
    engine.add_filter("cut", |text: &str, most: usize| words::cut(text, most));
    engine.add_filter("duration", words::duration);
    engine.add_filter("sentence", |text: &str| words::sentence(text));
    engine.add_filter("spoken", |text: &str| words::spoken(text));
    engine.add_template_owned(NAME, text.to_owned()).map_err(|error| located(&error))?;
    Ok(engine)
}

/// What the article does not have leaves nothing, and text stands in HTML as all other text of ours does.
fn format(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    match (value.as_str(), state.auto_escape()) {
        _ if value.is_none() => Ok(()),
        (Some(text), AutoEscape::Html) if !value.is_safe() => Ok(output.write_str(&escape(text))?),
        _ => escape_formatter(output, state, value),
    }
}

/// A tag on a line of its own leaves no empty line behind.
fn lines_of_their_own() -> Result<SyntaxConfig, TemplateError> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    syntax.map_err(|error| located(&error))
}

/// The facts, their HTML marked as such.
fn context(facts: &Facts) -> Value {
    let html = Value::from_safe_string(facts.html().to_owned());
    minijinja::context! { html, ..Value::from(Serde(facts)) }
}

fn located(error: &minijinja::Error) -> TemplateError {
    let cause = match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, _) => "a name there stands for nothing; README.md has the list of names".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    TemplateError::Line { line: error.line().unwrap_or(1), cause }
}

/// What a JSON object owes: credit, and the label if there is one.
pub(super) fn with_members(made: &str, attribution: &str, label: Option<&str>) -> Result<String, TemplateError> {
    let mut members: Map<String, Json> =
        serde_json::from_str(made).map_err(|error| TemplateError::NotJson(error.to_string()))?;
    members.insert("attribution".to_owned(), attribution.into());
    if let Some(label) = label {
        members.insert("ai".to_owned(), label.into());
    }
    Ok(Json::Object(members).to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lianbo_schemas::registry::Form;

    use super::compiled;

    #[test]
    fn a_template_is_compiled_once_for_each_form() {
        let first = compiled(Form::Html, "{{ headline }}！").unwrap();
        assert!(Arc::ptr_eq(&first, &compiled(Form::Html, "{{ headline }}！").unwrap()));
        assert!(!Arc::ptr_eq(&first, &compiled(Form::Text, "{{ headline }}！").unwrap()));
        assert!(!Arc::ptr_eq(&first, &compiled(Form::Html, "{{ headline }}。").unwrap()));
    }
}
