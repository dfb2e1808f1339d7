//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

/// Which log the hub runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// SQLite, shared by all processes of one machine.
    Embedded,
    /// A real Apache Kafka of the run's own, started by `deploy/dev/kafka.sh`.
    Kafka,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The hub's program and the arguments that make it one.
    pub program: (PathBuf, Vec<String>),
    /// The log.
    pub log: Log,
    /// Rounds, one fault each.
    pub rounds: u32,
    /// Where all random choices come from.
    pub seed: u64,
    /// Articles a second.
    pub rate: u64,
    /// Partners; each gets every article.
    pub partners: usize,
    /// How long a round's traffic lasts.
    pub traffic: Duration,
    /// How long a stopped process stays stopped.
    pub freeze: Duration,
    /// How long a receiver takes to answer.
    pub latency: Duration,
    /// Names of the faults to choose from; empty: all that this log and machine have.
    pub faults: Vec<String>,
    /// Settings of the hub's beside the harness's own, by the ends of their names in the environment.
    pub settings: Vec<(String, String)>,
    /// A file to keep the hub's own lines in; else only those of a round that went wrong are shown.
    pub output: Option<PathBuf>,
}

impl Options {
    /// The long run: 20 partners at 100 articles a second, which is 2,000 deliveries a second.
    pub fn long(program: (PathBuf, Vec<String>)) -> Self {
        Self {
            program,
            log: Log::Embedded,
            rounds: 50,
            seed: 1,
            rate: 100,
            partners: 20,
            traffic: Duration::from_secs(4),
            freeze: Duration::from_secs(90),
            latency: Duration::from_millis(5),
            faults: Vec::new(),
            settings: Vec::new(),
            output: None,
        }
    }

    /// A short run for `cargo test`: few partners, a modest rate, the faults named.
    pub fn short(program: (PathBuf, Vec<String>), faults: &[&str]) -> Self {
        let faults: Vec<String> = faults.iter().map(|&name| name.to_owned()).collect();
        Self {
            rounds: u32::try_from(faults.len()).unwrap_or(1),
            rate: 20,
            partners: 5,
            traffic: Duration::from_secs(3),
            freeze: Duration::from_secs(12),
            faults,
            ..Self::long(program)
        }
    }

    /// Reads `--rounds N --log embedded|kafka --seed N --rate N --partners N --seconds N --freeze N --latency-ms N
    /// --faults a,b --output FILE` over the long run's.
    ///
    /// # Errors
    /// One sentence that names what is wrong.
    pub fn parse(program: (PathBuf, Vec<String>), arguments: &[String]) -> Result<Self, String> {
        let mut options = Self { seed: rand::random_range(0..1_000_000), ..Self::long(program) };
        let mut words = arguments.iter();
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{name}` needs a value"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("`{name} {value}`: that is no number"));
            match name.as_str() {
                "--log" => options.log = log(value)?,
                "--rounds" => options.rounds = u32::try_from(number()?).map_err(|error| error.to_string())?,
                "--seed" => options.seed = number()?,
                "--rate" => options.rate = number()?.max(1),
                "--partners" => options.partners = usize::try_from(number()?.max(1)).unwrap_or(1),
                "--seconds" => options.traffic = Duration::from_secs(number()?.max(1)),
                "--freeze" => options.freeze = Duration::from_secs(number()?),
                "--latency-ms" => options.latency = Duration::from_millis(number()?),
                "--faults" => options.faults = value.split(',').map(str::to_owned).collect(),
                "--output" => options.output = Some(PathBuf::from(value)),
                _ => return Err(format!("`{name}` is no option")),
            }
        }
        Ok(options)
    }
}

fn log(name: &str) -> Result<Log, String> {
    match name {
        "embedded" => Ok(Log::Embedded),
        "kafka" => Ok(Log::Kafka),
        _ => Err(format!("`{name}` is no log: embedded or kafka")),
    }
}
