//! `render`: an article as a template lays it out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::ask::segment;
use super::output::text;
use super::register::{Form, read_template};
use super::{CliError, Hub, Output};

/// Which article, and how.
#[derive(Debug, Args)]
pub(super) struct RenderArguments {
    /// The article's uri, or the last part of it.
    uri: String,
    /// The template: web, print, radio, crawl, excerpt, card, or one of the alliance's own.
    #[arg(long, value_name = "TEMPLATE", required_unless_present = "file")]
    with: Option<String>,
    /// A template in a file instead, to be tried before it is stored.
    #[arg(long, conflicts_with = "with")]
    file: Option<PathBuf>,
    /// What the template in the file makes.
    #[arg(long, default_value = "text", requires = "file")]
    form: Form,
    /// As this partner may have it; without one all of the article is shown.
    #[arg(long)]
    partner: Option<String>,
}

pub(super) async fn render(hub: &Hub, output: &Output, arguments: RenderArguments) -> Result<ExitCode, CliError> {
    let template = match (&arguments.with, &arguments.file) {
        (Some(id), _) => json!({"template": id}),
        (None, Some(file)) => json!({"text": read_template(file)?, "form": arguments.form.word()}),
        (None, None) => return Err(CliError::Usage("name a template with --with, or a --file".to_owned())),
    };
    let mut wish = template;
    if let (Some(partner), Value::Object(members)) = (arguments.partner, &mut wish) {
        members.insert("partner".to_owned(), partner.into());
    }
    let path = format!("/v1/articles/{}/renditions", segment(&arguments.uri));
    let answer: Value = hub.send(Method::POST, &path, Some(&wish)).await?;
    if !output.json(&answer) {
        output.line(text(&answer, "/rendition").trim_end_matches('\n'));
    }
    Ok(ExitCode::SUCCESS)
}
