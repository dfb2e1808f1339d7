//! `template`: how articles are laid out for one medium.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::draft::Draft;
use super::remove;
use crate::cli::output::{list, text};
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with templates.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TemplateCommand {
    /// Add a template, or change one; under the id of a built-in one it takes its place.
    Add(TemplateArguments),
    /// List the templates, the built-in ones too.
    List,
    /// Print one, e.g. to a file to begin one's own with.
    Show {
        /// Its id.
        id: String,
    },
    /// Remove one; a built-in one that it stood for is there again.
    Remove {
        /// Its id.
        id: String,
    },
}

/// A template.
#[derive(Debug, Args)]
pub(in crate::cli) struct TemplateArguments {
    /// Its id.
    id: String,
    /// In Chinese, e.g. 早间口播稿.
    #[arg(long)]
    title: Option<String>,
    /// In English.
    #[arg(long)]
    title_en: Option<String>,
    /// What it makes; text at first.
    #[arg(long)]
    form: Option<Form>,
    /// The file with the template, Jinja; the names it can use stand in README.md.
    #[arg(long)]
    file: Option<PathBuf>,
}

/// What a template makes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum Form {
    /// HTML; what is put in is escaped.
    Html,
    /// Plain text.
    Text,
    /// A JSON object.
    Json,
}

impl Form {
    /// As the registry writes it.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

pub(in crate::cli) async fn template(
    hub: &Hub,
    output: &Output,
    command: TemplateCommand,
) -> Result<ExitCode, CliError> {
    match command {
        TemplateCommand::Add(arguments) => add(hub, output, arguments).await,
        TemplateCommand::List => all(hub, output).await,
        TemplateCommand::Show { id } => show(hub, output, &id).await,
        TemplateCommand::Remove { id } => remove(hub, output, Kind::Template, &id).await,
    }
}

async fn add(hub: &Hub, output: &Output, arguments: TemplateArguments) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Template, &arguments.id).await?;
    draft.set("title", arguments.title);
    draft.need("title", "--title")?;
    draft.set("title_en", arguments.title_en);
    let at_first = draft.is_new().then_some(Form::Text);
    draft.set("form", arguments.form.or(at_first).map(Form::word));
    draft.set("text", arguments.file.as_deref().map(read).transpose()?);
    draft.need("text", "--file")?;
    let written = draft.put(hub).await?;
    if !output.json(&written.entry) {
        output.line(&written.sentence);
        output.line(format!("See an article in it: lianbo render URI --with {}", arguments.id));
    }
    Ok(ExitCode::SUCCESS)
}

/// A template from a file.
pub(in crate::cli) fn read(file: &std::path::Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|cause| CliError::File { file: file.display().to_string(), cause })
}

async fn all(hub: &Hub, output: &Output) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get("/v1/renditions").await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let fields = ["/id", "/title", "/form", "/kept"];
    let rows =
        list(&answer, "/templates").iter().map(|entry| fields.map(|field| text(entry, field)).to_vec()).collect();
    output.table(&["id", "title", "makes", "kept"], rows, "No template.");
    Ok(ExitCode::SUCCESS)
}

async fn show(hub: &Hub, output: &Output, id: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get("/v1/renditions").await?;
    let found = list(&answer, "/templates").iter().find(|entry| text(entry, "/id") == id).cloned();
    let found = found
        .ok_or_else(|| CliError::Failed(format!("there is no template `{id}`; `lianbo template list` lists them")))?;
    if !output.json(&found) {
        output.line(text(&found, "/text").trim_end_matches('\n'));
    }
    Ok(ExitCode::SUCCESS)
}
