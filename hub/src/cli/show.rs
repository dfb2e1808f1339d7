//! `articles`, `show`, `why`: what the hub knows of its articles.

use std::process::ExitCode;

use serde_json::Value;

use super::ask::segment;
use super::output::{list, moment, text};
use super::{AskError, CliError, Hub, Output};

pub(super) async fn articles(
    hub: &Hub,
    output: &Output,
    limit: u32,
    search: Option<&str>,
) -> Result<ExitCode, CliError> {
    let query: String = url::form_urlencoded::Serializer::new(format!("limit={limit}"))
        .extend_pairs(search.map(|search| ("search", search)))
        .finish();
    let answer: Value = hub.get(&format!("/v1/articles?{query}")).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let rows = list(&answer, "/articles").iter().map(|article| {
        let fields = ["/id", "/version", "/status", "/outlet", "/sightings"];
        let mut row: Vec<String> = fields.iter().map(|field| text(article, field)).collect();
        if text(article, "/released") == "false" && row[2] == "usable" {
            row[2] = "embargoed".to_owned();
        }
        row.extend([moment(article, "/first_seen"), text(article, "/headline")]);
        row
    });
    let empty = match search {
        Some(search) => format!("No article holds `{search}`."),
        None => "No article yet; `lianbo publish --outlet ID FILE` sends one.".to_owned(),
    };
    output.table(&["id", "version", "status", "outlet", "seen at", "first seen", "headline"], rows.collect(), &empty);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn show(hub: &Hub, output: &Output, uri: &str) -> Result<ExitCode, CliError> {
    let path = format!("/v1/articles/{}", segment(short(uri)));
    let answer: Value = hub.get_or_gone(&path).await.map_err(|error| match error {
        AskError::Refused { status: 404, .. } => AskError::Refused {
            status: 404,
            detail: format!("there is no article `{}`; `lianbo articles` lists them", short(uri)),
        },
        other => other.about_admin_key(),
    })?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    print_head(output, &answer);
    print_sightings(output, &answer);
    print_links(output, &answer);
    print_decisions(output, list(&answer, "/decisions"));
    output.line("\nversions");
    for version in list(&answer, "/versions") {
        output.line(format!(
            "  {}  {}  {}  {}",
            text(version, "/version"),
            moment(version, "/at"),
            text(version, "/change"),
            text(version, "/article/news/headlines/0/value")
        ));
    }
    output.line("\ndeliveries");
    for delivery in list(&answer, "/deliveries") {
        output.line(format!(
            "  {}  {}  version {}  {}  {}",
            text(delivery, "/partner"),
            text(delivery, "/state"),
            text(delivery, "/version"),
            moment(delivery, "/at"),
            text(delivery, "/remote/url")
        ));
    }
    if list(&answer, "/deliveries").is_empty() {
        output.line(format!("  none; `lianbo why {uri} --partner ID` says why"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands: the article, or what is left of one that was killed or withheld.
fn print_head(output: &Output, answer: &Value) {
    if answer.get("tombstone").is_some() {
        let versions = list(answer, "/versions").iter().rev();
        let headline = versions.map(|version| text(version, "/article/news/headlines/0/value"));
        output.line(headline.into_iter().find(|headline| !headline.is_empty()).unwrap_or_default());
        output.line(text(answer, "/tombstone/uri"));
        let other = text(answer, "/tombstone/replaced_by/uri");
        if !other.is_empty() {
            output.line(format!("an editor has merged it into {other}"));
            return;
        }
        let word = if text(answer, "/tombstone/status") == "canceled" { "killed" } else { "withheld" };
        let (version, at) = (text(answer, "/tombstone/version"), moment(answer, "/tombstone/at"));
        output.line(format!("version {version}, {word} at {at}: nobody may show it"));
        let note = text(answer, "/tombstone/note");
        if !note.is_empty() {
            output.line(note);
        }
        return;
    }
    output.line(text(answer, "/article/headlines/0/value"));
    output.line(text(answer, "/article/uri"));
    let (version, status) = (text(answer, "/article/version"), text(answer, "/article/pubStatus"));
    let embargo = if text(answer, "/released") == "false" { ", under embargo" } else { "" };
    output.line(format!("version {version}, {status}{embargo}, {}", text(answer, "/attribution")));
    output.line(text(answer, "/page"));
}

/// How deep a tree of reprints is drawn; deeper ones are drawn at this depth.
const DEEPEST: usize = 6;

/// The original, its reprints under it, and theirs under them.
fn print_sightings(output: &Output, answer: &Value) {
    output.line("\nlineage");
    let all = list(answer, "/lineage/sightings");
    let is_known = |item: &str| all.iter().any(|other| text(other, "/item") == item);
    for root in all.iter().filter(|sighting| !is_known(&text(sighting, "/parent"))) {
        print_sighting(output, root, all, 1);
    }
    if all.len() > 1 {
        let uri = text(answer, "/lineage/original");
        let mut others = all.iter().map(|sighting| text(sighting, "/item")).filter(|item| *item != uri);
        let article = short(&text(answer, "/article/uri")).to_owned();
        if let Some(item) = others.next_back().filter(|_| !article.is_empty()) {
            output.line(format!("  `lianbo compare {article} --item {item}` shows more"));
        }
    }
}

fn print_sighting(output: &Output, sighting: &Value, all: &[Value], depth: usize) {
    let indent = "  ".repeat(depth.min(DEEPEST));
    let withdrawn = if text(sighting, "/withdrawn") == "true" { "  (taken down)" } else { "" };
    let source = text(sighting, "/stated_source");
    let source = if source.is_empty() { String::new() } else { format!("  来源：{source}") };
    output.line(format!(
        "{indent}{}  {}  {}  {}{source}{withdrawn}",
        text(sighting, "/relation"),
        text(sighting, "/outlet"),
        moment(sighting, "/seen"),
        text(sighting, "/headline")
    ));
    print_evidence(output, &indent, &sighting["evidence"]);
    let item = text(sighting, "/item");
    for child in all.iter().filter(|other| text(other, "/parent") == item && text(other, "/item") != item) {
        if depth < DEEPEST * 2 {
            print_sighting(output, child, all, depth + 1);
        }
    }
}

/// How alike, what differs, and why.
fn print_evidence(output: &Output, indent: &str, evidence: &Value) {
    let score = evidence.pointer("/score").and_then(Value::as_f64).unwrap_or_default();
    let differing: Vec<String> = list(evidence, "/differing")
        .iter()
        .map(|pair| format!("{} → {}", text(pair, "/0"), text(pair, "/1")))
        .collect();
    if score > 0.0 {
        let differing =
            if differing.is_empty() { "no figure or name differs".to_owned() } else { differing.join(", ") };
        output.line(format!("{indent}    {:.0} % the same when judged; {differing}", score * 100.0));
    }
    for reason in list(evidence, "/reasons") {
        output.line(format!("{indent}    {}", reason.as_str().unwrap_or_default()));
    }
}

fn print_links(output: &Output, answer: &Value) {
    for (pointer, word) in [("/lineage/links", "of"), ("/lineage/linked_from", "by")] {
        for link in list(answer, pointer) {
            output.line(format!(
                "  {} {word} {}  {}",
                text(link, "/relation"),
                text(link, "/article"),
                text(link, "/headline")
            ));
            print_evidence(output, "  ", &link["evidence"]);
        }
    }
}

fn print_decisions(output: &Output, decisions: &[Value]) {
    if decisions.is_empty() {
        return;
    }
    output.line("\ndecisions");
    for decision in decisions {
        let what = match text(decision, "/ruling").as_str() {
            "split" => format!("split {} off as {}", text(decision, "/item"), short(&text(decision, "/result"))),
            "merge" => {
                format!("merged {} into {}", short(&text(decision, "/article")), short(&text(decision, "/result")))
            }
            _ => format!("set {} as the original", text(decision, "/item")),
        };
        output.line(format!("  {}  {} {what}", moment(decision, "/at"), text(decision, "/by")));
        let note = text(decision, "/note");
        if !note.is_empty() {
            output.line(format!("      {note}"));
        }
    }
}

pub(super) async fn why(hub: &Hub, output: &Output, uri: &str, partner: Option<&str>) -> Result<ExitCode, CliError> {
    let partner = partner.map(|partner| format!("?partner={}", segment(partner))).unwrap_or_default();
    let answer: Value = hub.get(&format!("/v1/articles/{}/why{partner}", segment(short(uri)))).await?;
    if !output.json(&answer) {
        for step in list(&answer, "/steps") {
            output.line(step.as_str().unwrap_or_default());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The short last part of an article's uri: it names the article on every hub of the alliance.
pub(super) fn short(uri: &str) -> &str {
    uri.rsplit([':', '/']).next().unwrap_or(uri)
}
