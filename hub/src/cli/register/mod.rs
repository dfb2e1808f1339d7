//! `outlet`, `channel`, `partner`, `grant`, `template`: add, list, show, remove. Adding again under the same id changes what is
//! given and leaves the rest as it stands.

mod channel;
mod draft;
mod grant;
mod outlet;
mod partner;
mod secret;
mod source;
mod template;

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

pub(super) use channel::{ChannelCommand, channel};
pub(super) use grant::{GrantCommand, grant};
pub(super) use outlet::{OutletCommand, outlet};
pub(super) use partner::{PartnerCommand, partner};
pub(super) use template::{Form, TemplateCommand, read as read_template, template};

use super::ask::segment;
use super::output::{list, text};
use super::{CliError, Hub, Output};
use crate::registry::Kind;

/// The address of one entry.
fn address(kind: Kind, id: &str) -> String {
    format!("/v1/{}/{}", kind.plural(), segment(id))
}

async fn remove(hub: &Hub, output: &Output, kind: Kind, id: &str) -> Result<ExitCode, CliError> {
    let _empty: Value = hub.send(Method::DELETE, &address(kind, id), None::<&Value>).await?;
    if !output.json(&json!({"removed": id, "kind": kind.word()})) {
        output.line(format!("{} `{id}` is removed.", kind.word()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn one(hub: &Hub, output: &Output, kind: Kind, id: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&address(kind, id)).await?;
    output.document(&answer);
    Ok(ExitCode::SUCCESS)
}

async fn all(hub: &Hub, output: &Output, kind: Kind) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/{}", kind.plural())).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let (header, fields): (&[&str], &[&str]) = match kind {
        Kind::Outlet => {
            (&["id", "name", "area", "source", "url"], &["/id", "/name", "/area", "/source/kind", "/source/url"])
        }
        Kind::Channel => (&["id", "title", "rule"], &["/id", "/title", "/rule"]),
        Kind::Partner => (
            &["id", "name", "kind", "url", "channels", "paused"],
            &["/id", "/name", "/connector/kind", "/connector/url", "/channels", "/paused"],
        ),
        Kind::Grant => (
            &["id", "outlet", "channels", "partners", "content", "until"],
            &["/id", "/outlet", "/channels", "/partners", "/content", "/until"],
        ),
        Kind::Template => (&["id", "title", "makes"], &["/id", "/title", "/form"]),
    };
    let entries = list(&answer, &format!("/{}", kind.plural()));
    let rows = entries.iter().map(|entry| fields.iter().map(|field| text(entry, field)).collect()).collect();
    output.table(
        header,
        rows,
        &format!("No {} yet; `lianbo {} add --help` tells how to add one.", kind.word(), kind.word()),
    );
    Ok(ExitCode::SUCCESS)
}
