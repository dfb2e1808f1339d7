//! `cluster`: what the hub would make of an archive, document by document, without a hub.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, Output};
use crate::dedup::cluster::{self, ClusterError, Line, Tally};

/// An archive.
#[derive(Debug, Args)]
pub(super) struct ClusterArguments {
    /// One JSON object a line, in the order of time: id, outlet, url, published_at, title, and body or raw_b64 with
    /// content_type. `-` reads standard input.
    file: PathBuf,
}

/// Clusters the file; the work is computing, so it has a thread that may block.
pub(super) async fn cluster(output: Output, arguments: ClusterArguments) -> Result<ExitCode, CliError> {
    let run = tokio::task::spawn_blocking(move || run(&output, &arguments.file));
    run.await.map_err(|error| CliError::Failed(format!("the run ended early: {error}")))?
}

fn run(output: &Output, path: &Path) -> Result<ExitCode, CliError> {
    let file = path.display().to_string();
    let bar = progress_bar(path);
    let input = open(path, &bar).map_err(|cause| CliError::File { file: file.clone(), cause })?;
    let mut printed = BufWriter::new(std::io::stdout().lock());
    let write = |line: Line| print(output, &mut printed, &line);
    let refused = |number: u64, why: &str| {
        bar.suspend(|| eprintln!("{file}:{number}: skipped: {why}"));
    };
    let outcome = cluster::run(input, write, refused).and_then(|tally| {
        printed.flush().map_err(ClusterError::Write)?;
        Ok(tally)
    });
    bar.finish_and_clear();
    match outcome {
        Ok(tally) => Ok(conclude(&tally)),
        // Whoever closes the pipe (`| head`) has read enough.
        Err(ClusterError::Write(cause)) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(ClusterError::Write(cause)) => Err(CliError::Failed(format!("cannot write the output: {cause}"))),
        Err(ClusterError::Read(cause)) => Err(CliError::File { file, cause }),
    }
}

fn open(path: &Path, bar: &ProgressBar) -> std::io::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(bar.wrap_read(std::io::stdin()))));
    }
    Ok(Box::new(BufReader::new(bar.wrap_read(File::open(path)?))))
}

/// Bytes read of bytes there are; a pipe does not say how many.
fn progress_bar(path: &Path) -> ProgressBar {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_template| ProgressStyle::default_bar()))
}

/// A JSON object a line for programs, tab-separated columns for people.
fn print(output: &Output, to: &mut impl Write, line: &Line) -> std::io::Result<()> {
    if output.is_json() {
        serde_json::to_writer(&mut *to, line)?;
        return to.write_all(b"\n");
    }
    let (parent, language) = (line.parent.as_deref().unwrap_or("-"), line.language.as_deref().unwrap_or("-"));
    writeln!(to, "{}\t{}\t{}\t{parent}\t{:.2}\t{language}", line.id, line.cluster, line.verdict, line.score)
}

fn conclude(tally: &Tally) -> ExitCode {
    eprintln!("{} documents are {} articles; {} lines skipped", tally.documents, tally.clusters, tally.skipped);
    // Nothing but broken lines is no archive at all.
    if tally.documents == 0 && tally.skipped > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
