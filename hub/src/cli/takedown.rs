//! `takedown`: the closing report of an article that was withdrawn.

use std::process::ExitCode;

use serde_json::Value;

use super::ask::segment;
use super::output::{list, moment, text};
use super::show::short;
use super::{CliError, Hub, Output};

/// Succeeds when the take-down is closed.
pub(super) async fn takedown(hub: &Hub, output: &Output, uri: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/articles/{}/takedown", segment(short(uri)))).await?;
    let is_closed = answer["closed"] == true;
    let code = if is_closed { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if output.json(&answer) {
        return Ok(code);
    }
    output.line(text(&answer, "/headline"));
    output.line(text(&answer, "/article"));
    output.line(format!("version {}, {}", text(&answer, "/version"), text(&answer, "/status")));
    output.line(format!("{}\n", text(&answer, "/note")).trim_start());
    let partners = list(&answer, "/partners");
    for partner in partners {
        print_partner(output, partner);
    }
    let unseen = partners.iter().any(|partner| text(partner, "/state") == "no-address");
    output.line(match (is_closed, partners.is_empty()) {
        _ if answer["behind"] == true => {
            "Not closed: this node does not know all yet. Ask again in a moment; `lianbo topics` shows who is behind."
        }
        (_, true) => "No partner ever held it.",
        (true, false) if unseen => {
            "Closed: all have acknowledged; where no address is known, readers' view was not looked at."
        }
        (true, false) => "Closed: all have acknowledged, and readers find it nowhere.",
        (false, false) => "Not closed.",
    });
    Ok(code)
}

fn print_partner(output: &Output, partner: &Value) {
    output.line(format!("{}  {}", text(partner, "/partner"), text(partner, "/state")));
    let line = |words: &str, said: String| {
        if !said.is_empty() {
            output.line(format!("    {words} {said}"));
        }
    };
    let version = text(partner, "/version");
    line("held from", format!("{}, last in version {version}", moment(partner, "/held_from")));
    line("at", text(partner, "/url"));
    line("withdrawal decided", moment(partner, "/decided"));
    line("because", text(partner, "/note"));
    line("acknowledged", moment(partner, "/acknowledged"));
    let looks = text(partner, "/looks");
    let looked =
        format!("{looks} times, last {}: {}", moment(partner, "/last_look/at"), text(partner, "/last_look/detail"));
    line("looked at", if looks == "0" { String::new() } else { looked });
    line("gone since", moment(partner, "/gone_since"));
    line("looked at again", moment(partner, "/next_look"));
    line("next:", text(partner, "/advice"));
}
