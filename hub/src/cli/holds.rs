//! `holds`: what a partner holds, or held at a moment.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::ask::segment;
use super::output::{list, moment, text};
use super::{CliError, Hub, Output};

/// Which partner, and when.
#[derive(Debug, Args)]
pub(super) struct HoldsArguments {
    /// The partner.
    partner: String,
    /// At this moment (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Articles at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Only articles after this uri, as the page before ended.
    #[arg(long, value_name = "URI", default_value = "")]
    after: String,
}

pub(super) async fn holds(hub: &Hub, output: &Output, arguments: HoldsArguments) -> Result<ExitCode, CliError> {
    let HoldsArguments { partner, at, limit, after } = arguments;
    let query: String = url::form_urlencoded::Serializer::new(format!("limit={limit}"))
        .append_pair("after", &after)
        .extend_pairs(at.as_deref().map(|at| ("at", at)))
        .finish();
    let answer: Value = hub.get(&format!("/v1/partners/{}/holdings?{query}", segment(&partner))).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let row = |held: &Value| {
        let mut row = vec![text(held, "/id"), text(held, "/version"), moment(held, "/since")];
        row.extend([text(held, "/remote/id"), text(held, "/remote/url"), text(held, "/headline")]);
        row
    };
    let rows = list(&answer, "/holdings").iter().map(row).collect();
    let empty = format!("`{partner}` holds nothing; `lianbo why URI --partner {partner}` says why.");
    output.table(&["article", "version", "since", "remote id", "url", "headline"], rows, &empty);
    for unknown in list(&answer, "/unknown") {
        output.line(format!("{}  changed too often since: not known", text(unknown, "/article")));
    }
    let next = text(&answer, "/next");
    if !next.is_empty() {
        let at = at.map(|at| format!(" --at {at}")).unwrap_or_default();
        output.line(format!("more: `lianbo holds {partner}{at} --limit {limit} --after {next}`"));
    }
    Ok(ExitCode::SUCCESS)
}
