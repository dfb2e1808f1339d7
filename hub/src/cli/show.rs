//! `articles`, `show`, `why`: what the hub knows of its articles.

use std::process::ExitCode;

use serde_json::Value;

use super::output::{list, text};
use super::{CliError, Hub, Output};

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
        let fields = ["/id", "/version", "/status", "/outlet", "/sightings", "/headline", "/first_seen"];
        fields.iter().map(|field| text(article, field)).collect()
    });
    let empty = match search {
        Some(search) => format!("No article holds `{search}`."),
        None => "No article yet; `lianbo publish --outlet ID FILE` sends one.".to_owned(),
    };
    output.table(&["id", "version", "status", "outlet", "seen at", "headline", "first seen"], rows.collect(), &empty);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn show(hub: &Hub, output: &Output, uri: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/articles/{}", segment(uri))).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", text(&answer, "/article/headlines/0/value"));
    println!("{}", text(&answer, "/article/uri"));
    let (version, status) = (text(&answer, "/article/version"), text(&answer, "/article/pubStatus"));
    println!("version {version}, {status}, {}", text(&answer, "/attribution"));
    println!("{}", text(&answer, "/page"));
    print_sightings(list(&answer, "/lineage/sightings"));
    print_links(&answer);
    println!("\nversions");
    for version in list(&answer, "/versions") {
        println!(
            "  {}  {}  {}  {}",
            text(version, "/version"),
            text(version, "/at"),
            text(version, "/change"),
            text(version, "/article/news/headlines/0/value")
        );
    }
    println!("\ndeliveries");
    for delivery in list(&answer, "/deliveries") {
        println!(
            "  {}  {}  version {}  {}  {}",
            text(delivery, "/partner"),
            text(delivery, "/state"),
            text(delivery, "/version"),
            text(delivery, "/at"),
            text(delivery, "/remote/url")
        );
    }
    if list(&answer, "/deliveries").is_empty() {
        println!("  none; `lianbo why {uri} --partner ID` says why");
    }
    Ok(ExitCode::SUCCESS)
}

fn print_sightings(sightings: &[Value]) {
    println!("\nlineage");
    for sighting in sightings {
        let relation = text(sighting, "/relation");
        let withdrawn = if text(sighting, "/withdrawn") == "true" { "  (taken down)" } else { "" };
        println!(
            "  {relation}  {}  {}  {}{withdrawn}",
            text(sighting, "/outlet"),
            text(sighting, "/seen"),
            text(sighting, "/headline")
        );
        for reason in list(sighting, "/evidence/reasons") {
            println!("      {}", reason.as_str().unwrap_or_default());
        }
    }
}

fn print_links(answer: &Value) {
    for (pointer, word) in [("/lineage/links", "of"), ("/lineage/linked_from", "by")] {
        for link in list(answer, pointer) {
            println!("  {} {word} {}  {}", text(link, "/relation"), text(link, "/article"), text(link, "/headline"));
            for reason in list(link, "/evidence/reasons") {
                println!("      {}", reason.as_str().unwrap_or_default());
            }
        }
    }
}

pub(super) async fn why(hub: &Hub, output: &Output, uri: &str, partner: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/articles/{}/why?partner={partner}", segment(uri))).await?;
    if !output.json(&answer) {
        for step in list(&answer, "/steps") {
            println!("{}", step.as_str().unwrap_or_default());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An article uri as one path segment: its short last part does.
fn segment(uri: &str) -> &str {
    uri.rsplit([':', '/']).next().unwrap_or(uri)
}
