//! `compare`: an item, or a linked article, beside an article, with what differs marked.

use std::io::IsTerminal;
use std::process::ExitCode;

use serde_json::Value;

use super::ask::segment;
use super::output::{list, moment, text};
use super::show::short;
use super::{CliError, Hub, Output};

/// How what differs is marked.
#[derive(Debug, Clone, Copy)]
enum Marks {
    /// On a terminal.
    Colours,
    /// In a file or a pipe.
    Brackets,
}

impl Marks {
    fn here() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && std::io::stdout().is_terminal() { Self::Colours } else { Self::Brackets }
    }

    /// What differs, within a sentence of one side.
    fn differing(self, text: &str, colour: &str) -> String {
        match self {
            Self::Colours => format!("\x1b[1;{colour};7m{text}\x1b[0m"),
            Self::Brackets => format!("[{text}]"),
        }
    }

    fn whole(self, text: &str, colour: &str) -> String {
        match self {
            Self::Colours => format!("\x1b[{colour}m{text}\x1b[0m"),
            Self::Brackets => text.to_owned(),
        }
    }
}

const RED: &str = "31";
const GREEN: &str = "32";
const GREY: &str = "2";

pub(super) async fn compare(
    hub: &Hub,
    output: &Output,
    uri: &str,
    item: Option<&str>,
    article: Option<&str>,
) -> Result<ExitCode, CliError> {
    let (name, value) = match (item, article) {
        (Some(item), _) => ("item", item),
        (None, Some(article)) => ("article", article),
        (None, None) => return Err(CliError::Usage("name what to compare with: --item or --article".to_owned())),
    };
    let path = format!("/v1/articles/{}/compare?{name}={}", segment(short(uri)), segment(value));
    let answer: Value = hub.get(&path).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let marks = Marks::here();
    for (sign, side) in [("-", "/theirs"), ("+", "/ours")] {
        let (outlet, at) = (text(&answer, &format!("{side}/outlet")), moment(&answer, &format!("{side}/at")));
        output.line(format!("{sign} {outlet}  {at}  {}", text(&answer, &format!("{side}/headline"))));
    }
    output.line("");
    if answer["comparison"].is_null() {
        output.line(format!("{}; this was recorded when it was judged:", text(&answer, "/unavailable")));
        for reason in list(&answer, "/evidence/reasons") {
            output.line(format!("  {}", reason.as_str().unwrap_or_default()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    for passage in list(&answer, "/comparison/passages") {
        print_passage(output, marks, passage);
    }
    print_summary(output, &answer);
    Ok(ExitCode::SUCCESS)
}

fn print_passage(output: &Output, marks: Marks, passage: &Value) {
    match text(passage, "/passage").as_str() {
        "same" => output.line(format!("  {}", marks.whole(&text(passage, "/ours"), GREY))),
        "changed" => {
            output.line(format!("- {}", pieces(marks, passage, "/theirs", RED)));
            output.line(format!("+ {}", pieces(marks, passage, "/ours", GREEN)));
        }
        "only-theirs" => output.line(format!("- {}", marks.whole(&text(passage, "/text"), RED))),
        _ => output.line(format!("+ {}", marks.whole(&text(passage, "/text"), GREEN))),
    }
}

fn pieces(marks: Marks, passage: &Value, side: &str, colour: &str) -> String {
    let piece = |piece: &Value| {
        let said = text(piece, "/text");
        if text(piece, "/differs").is_empty() { said } else { marks.differing(&said, colour) }
    };
    list(passage, side).iter().map(piece).collect()
}

fn print_summary(output: &Output, answer: &Value) {
    let share = answer.pointer("/comparison/same_share").and_then(Value::as_f64).unwrap_or_default();
    output.line(format!("\n{:.0} % of + stands word for word in -", share * 100.0));
    for kind in ["figure", "date", "ordinal", "name"] {
        let changes: Vec<String> = list(answer, "/comparison/changes")
            .iter()
            .filter(|change| text(change, "/kind") == kind)
            .map(|change| format!("{} → {}", or_nothing(text(change, "/theirs")), or_nothing(text(change, "/ours"))))
            .collect();
        if !changes.is_empty() {
            output.line(format!("{kind}s that differ: {}", changes.join(", ")));
        }
    }
    if text(answer, "/comparison/shortened") == "true" {
        output.line("the texts are long; only their beginnings are compared");
    }
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { "∅".to_owned() } else { text }
}
