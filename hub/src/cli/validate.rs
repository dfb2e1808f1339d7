//! `validate`: says what is wrong with documents before they are sent, file by file and place by place. It needs no hub.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use lianbo_connectors::format::ninjs::{self, Version};
use lianbo_connectors::format::{self, FormatError};
use serde::Serialize;
use serde_json::Value;

use super::{CliError, Output};

/// Documents an outlet is about to send.
#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// Measure ninjs against this version (1.1 to 3.1), whatever the document states.
    #[arg(long, value_parser = version)]
    ninjs: Option<Version>,
    /// ninjs is measured against its standard; every other format is read as the hub reads it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "is none of the versions 1.1 to 1.6, 2.0 to 2.2, 3.0 and 3.1".to_owned())
}

/// What is found in one file.
#[derive(Debug, Serialize)]
struct Report {
    file: String,
    /// The versions of ninjs its items were measured against; none for other formats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ninjs: Vec<String>,
    /// How many pieces the hub reads in it.
    pieces: usize,
    faults: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    /// A JSON pointer, or the number of an entry; empty for the whole document.
    at: String,
    cause: String,
}

/// Checks the files: exit code 0 when nothing is wrong in any of them.
pub(super) fn validate(output: &Output, arguments: &ValidateArguments) -> Result<ExitCode, CliError> {
    let mut reports = Vec::new();
    for path in &arguments.files {
        let report = report(path, arguments.ninjs)?;
        for fault in &report.faults {
            let at = if fault.at.is_empty() { String::new() } else { format!("{}: ", fault.at) };
            output.line(format!("{}: {at}{}", report.file, fault.cause));
        }
        if report.faults.is_empty() {
            let standard =
                if report.ninjs.is_empty() { String::new() } else { format!(", ninjs {}", report.ninjs.join(", ")) };
            output.line(format!("{}: good, {} to be read{standard}", report.file, report.pieces));
        }
        reports.push(report);
    }
    output.json(&reports);
    let good = reports.iter().all(|report| report.faults.is_empty());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(path: &Path, version: Option<Version>) -> Result<Report, CliError> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|cause| CliError::File { file: file.clone(), cause })?;
    let media_type = super::publish::media_type(&file);
    let mut report = Report { file, ninjs: Vec::new(), pieces: 0, faults: Vec::new() };
    if let Some(document) = ninjs::document(&bytes, media_type) {
        measure(&document, version, &mut report);
    }
    match format::read(&bytes, media_type, None) {
        Ok(read) => {
            report.pieces = read.iter().filter(|piece| piece.is_ok()).count();
            for (error, number) in read.into_iter().zip(1..).filter_map(|(piece, number)| Some((piece.err()?, number)))
            {
                refused(&error, format!("entry {number}"), &mut report);
            }
        }
        Err(error) => refused(&error, String::new(), &mut report),
    }
    Ok(report)
}

fn measure(document: &Value, version: Option<Version>, report: &mut Report) {
    for checked in ninjs::validate(document, version) {
        let stated = checked.version.to_string();
        if !report.ninjs.contains(&stated) {
            report.ninjs.push(stated);
        }
        let places = checked.faults.into_iter().map(|fault| Place {
            at: if fault.pointer.is_empty() { "/".to_owned() } else { fault.pointer },
            cause: format!("{} (ninjs {})", fault.cause, checked.version),
        });
        report.faults.extend(places);
    }
}

/// What the hub would refuse, too; where the standard has said so already, once is enough.
fn refused(error: &FormatError, at: String, report: &mut Report) {
    if report.ninjs.is_empty() || report.faults.is_empty() {
        report.faults.push(Place { at, cause: error.to_string() });
    }
}

#[cfg(test)]
mod tests {
    use super::report;

    fn of(name: &str, text: &str) -> super::Report {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        report(&path, None).unwrap()
    }

    #[test]
    fn a_fault_is_told_by_place_and_cause() {
        let found = of("a.json", r#"{"uri": "a", "headlines": [{"value": "题"}], "pubStatus": "cancelled"}"#);
        assert_eq!((found.ninjs.as_slice(), found.pieces), (["3.1".to_owned()].as_slice(), 1));
        assert_eq!(found.faults[0].at, "/pubStatus");
        assert!(found.faults[0].cause.starts_with("must be one of `usable`"), "{}", found.faults[0].cause);
        let found = of("a.xml", "<newsMessage><itemSet><packageItem/><newsItem guid='a'/></itemSet></newsMessage>");
        assert_eq!((found.pieces, found.faults[0].at.as_str()), (1, "entry 1"));
    }

    #[test]
    fn a_good_document_has_no_fault() {
        let found = of("a.json", r#"{"uri": "a", "headline": "题", "body_text": "正文"}"#);
        assert!(found.faults.is_empty() && found.pieces == 1 && found.ninjs == ["1.6"]);
        assert!(of("a.txt", "题目\n\n正文").faults.is_empty());
    }
}
