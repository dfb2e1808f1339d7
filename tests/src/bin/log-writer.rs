//! A process for the log's crash tests: it appends, copies or waits, and says on its standard output what is durable.
//!
//! `log-writer SETTINGS DIRECTORY append TOPIC NAME`: appends `NAME-0`, `NAME-1` …, prints number and offset of each
//! `log-writer SETTINGS DIRECTORY copy INPUT OUTPUT`: copies as a member, prints the count after each commit
//! `log-writer SETTINGS DIRECTORY hold INPUT OUTPUT`: polls once, waits for a line, then tries to commit

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use lianbo_hub::log::{self, Log, LogError, Member, NewRecord, Polled, Record, Settings, Subscription};

const GROUP: &str = "group";
const WAIT: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [settings, directory, command, first, second] = arguments.as_slice() else {
        return Err("five arguments are needed".into());
    };
    let settings: Settings = serde_json::from_str(settings)?;
    let log = log::open(&settings, Path::new(directory))?;
    match command.as_str() {
        "append" => append(log.as_ref(), first, second).await,
        "copy" => copy(log.as_ref(), first, second).await,
        "hold" => hold(log.as_ref(), first, second).await,
        other => Err(format!("`{other}` is no command").into()),
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

fn record(topic: &str, value: Bytes) -> NewRecord {
    NewRecord { topic: topic.to_owned(), key: Some(Bytes::from_static(b"k")), headers: Vec::new(), value: Some(value) }
}

async fn append(log: &dyn Log, topic: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let mut number = 0;
    loop {
        let places = log.append(vec![record(topic, Bytes::from(format!("{name}-{number}")))]).await;
        let places = match places {
            // A broker may be away; what is said below counts.
            Err(LogError::Unavailable(_)) => continue,
            other => other?,
        };
        for (_, offset) in places {
            say(&format!("{number} {offset}"))?;
            number += 1;
        }
    }
}

/// Polls until there are records; `None` when the assignment was lost.
async fn records(member: &mut dyn Member) -> Result<Vec<Record>, LogError> {
    loop {
        if let Polled::Records(records) = member.poll(WAIT).await? {
            return Ok(records);
        }
    }
}

fn copies(records: Vec<Record>, output: &str) -> Vec<NewRecord> {
    records.into_iter().map(|copied| record(output, copied.value.unwrap_or_default())).collect()
}

async fn copy(log: &dyn Log, input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let mut count = 0;
    loop {
        let mut member = log.join(GROUP, Subscription::Topics(vec![input.to_owned()])).await?;
        say("joined")?;
        let failure = loop {
            let outputs = match records(member.as_mut()).await {
                Ok(records) => copies(records, output),
                Err(error) => break error,
            };
            let copied = outputs.len();
            match member.commit(outputs).await {
                Ok(_) => count += copied,
                Err(error) => break error,
            }
            say(&count.to_string())?;
        };
        // As a stage does: whatever the log said, join again.
        say(&failure.to_string())?;
        tokio::time::sleep(WAIT).await;
    }
}

async fn hold(log: &dyn Log, input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let mut member = log.join(GROUP, Subscription::Topics(vec![input.to_owned()])).await?;
    let outputs = copies(records(member.as_mut()).await?, output);
    say("polled")?;
    tokio::task::spawn_blocking(|| std::io::stdin().lock().read_line(&mut String::new())).await??;
    match member.commit(outputs).await {
        Ok(_) => say("committed")?,
        Err(LogError::Lost(_)) => say("lost")?,
        Err(error) => say(&error.to_string())?,
    }
    Ok(())
}
