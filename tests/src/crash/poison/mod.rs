//! Poison: of a hundred pieces one cannot be read, one is refused by every partner and one is larger than the hub takes,
//! while parts of the hub are killed. The good ones must flow, each bad one must lie among the dead letters once, and
//! after the fix (partners take what they refused, the bound is raised, the outlet sends again what could not be read)
//! one redrive must bring all of them to all partners.

mod letters;
mod outlet;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use lianbo_hub::cli::redrive_all;
use lianbo_schemas::DeadLetter;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use self::letters::{Letter, What, wrong_letters};
use self::outlet::{Kind, Outlet};
use super::fault::Fault;
use super::hub::{Part, System};
use super::options::Options;
use super::receiver::Receiver;
use super::verdict::{Findings, missing, wrong};

/// How often a part is killed while the outlet speaks.
const KILL_EVERY: Duration = Duration::from_secs(3);
/// How long the hub may take to get over it all.
const PATIENCE: Duration = Duration::from_secs(300);
/// After everything is as it should be, so long is watched for what comes once more.
const AFTERMATH: Duration = Duration::from_secs(2);
/// What is killed in turn, unless other faults are named.
const USUAL: [&str; 4] = ["kill-middle", "kill-back", "kill-front", "kill-all"];
/// Bytes an item may have until the fix; a good one has some 5,000, a long one 270,000.
const BOUND: (&str, &str) = ("NORMALISE__MAX_ITEM_BYTES", "100000");

/// What a run with poison showed.
#[derive(Debug, Clone)]
pub struct PoisonReport {
    /// Good pieces.
    pub good: u64,
    /// Pieces that could not be read, that every partner refused, that were too large.
    pub bad: [u64; 3],
    /// How often something was killed.
    pub kills: u64,
    /// Dead letters before the fix: each bad piece once, refused ones once for each partner.
    pub letters: usize,
    /// Letters sent on their way again after it.
    pub redriven: u64,
    /// Posts of a delivery that had been answered with success before, and how many there may be.
    pub doubled: (u64, u64),
    /// From the outlet's last word until good pieces and letters were complete, and from the redrive until all was.
    pub settled: (Duration, Duration),
    /// What went wrong.
    pub findings: Findings,
}

impl PoisonReport {
    /// In a line.
    pub fn print(&self) {
        let (findings, [unreadable, refused, oversize]) = (&self.findings, self.bad);
        println!(
            "good {}  unreadable {unreadable}  refused {refused}  oversize {oversize}  kills {}  letters {}  redriven {}  \
             doubled {} of {}  lost {}  twins {}  disordered {}  altered {}  other {}  settled {:.1} s, {:.1} s",
            self.good,
            self.kills,
            self.letters,
            self.redriven,
            self.doubled.0,
            self.doubled.1,
            findings.lost.len(),
            findings.twins.len(),
            findings.disordered.len(),
            findings.altered.len(),
            findings.other.len(),
            self.settled.0.as_secs_f64(),
            self.settled.1.as_secs_f64(),
        );
        findings.all().iter().for_each(|finding| println!("      {finding}"));
    }
}

/// Runs it: pieces as the options' rate and time of traffic make them.
///
/// # Errors
/// The harness itself does not work: a process cannot be started, a broker is missing.
pub async fn poison(options: &Options) -> Result<PoisonReport, String> {
    let described = |error: std::io::Error| error.to_string();
    let mut options = options.clone();
    if options.faults.is_empty() {
        options.faults = USUAL.map(str::to_owned).to_vec();
    }
    options.settings.push((BOUND.0.to_owned(), BOUND.1.to_owned()));
    let mut receivers = Vec::new();
    for number in 0..options.partners {
        let name = format!("site-{number}");
        let receiver = Receiver::start(name, options.seed, options.latency).await.map_err(described)?;
        receiver.refuse(Some(refused_with));
        receivers.push(receiver);
    }
    let system = System::start(&options).await.map_err(described)?;
    system.found(&receivers).await;
    let log = system.log().map_err(|error| error.to_string())?;
    let outlet = Outlet::new(Arc::clone(&system.hub), log, options.seed);
    let faults = Fault::chosen(&options)?;
    let count = options.rate * options.traffic.as_secs();
    Run { options, receivers, system, outlet, faults, count, kills: 0, may_double: 0 }.whole().await
}

/// What a partner answers to a piece of the kind it refuses.
fn refused_with(number: u64) -> Option<StatusCode> {
    let status =
        if (number / 100).is_multiple_of(2) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::PAYLOAD_TOO_LARGE };
    (Kind::of(number) == Kind::Refused).then_some(status)
}

struct Run {
    options: Options,
    receivers: Vec<Receiver>,
    system: System,
    outlet: Outlet,
    faults: Vec<Fault>,
    /// Pieces, numbered from 1.
    count: u64,
    kills: u64,
    may_double: u64,
}

impl Run {
    async fn whole(mut self) -> Result<PoisonReport, String> {
        let described = |error: std::io::Error| error.to_string();
        let outlet = self.outlet.clone();
        let (spoken, struck) = tokio::join!(outlet.speak(self.count, self.options.traffic), self.strike());
        struck.map_err(described)?;
        spoken?;
        let mut findings = Findings::default();
        let (letters, first) = self.settle_before(&mut findings).await;

        self.receivers.iter().for_each(|receiver| receiver.refuse(None));
        self.options.settings.retain(|(name, _)| *name != BOUND.0);
        self.system.restart_with(self.options.settings.clone()).await.map_err(described)?;
        self.outlet.mend(self.count).await?;
        let redriven = self.redrive(letters, &mut findings).await.map_err(described)?;
        let second = self.settle_after(redriven, &mut findings).await;

        sleep(AFTERMATH).await;
        let doubled = wrong(&self.receivers, &mut findings);
        if doubled > self.may_double {
            findings.other.push(format!("{doubled} sends were doubled, at most {} were in flight", self.may_double));
        }
        let many = |kind| (1..=self.count).filter(|number| Kind::of(*number) == kind).count() as u64;
        Ok(PoisonReport {
            good: many(Kind::Good),
            bad: [Kind::Unreadable, Kind::Refused, Kind::Oversize].map(many),
            kills: self.kills,
            letters,
            redriven,
            doubled: (doubled, self.may_double),
            settled: (first, second),
            findings,
        })
    }

    /// Strikes again and again while the outlet speaks.
    async fn strike(&mut self) -> std::io::Result<()> {
        let times = self.options.traffic.as_secs() / KILL_EVERY.as_secs();
        for turn in 0..times {
            sleep(KILL_EVERY).await;
            let fault = self.faults[usize::try_from(turn).unwrap_or(0) % self.faults.len()];
            self.hit(fault).await?;
        }
        Ok(())
    }

    async fn hit(&mut self, fault: Fault) -> std::io::Result<()> {
        self.kills += 1;
        self.may_double += fault.may_double(&self.options);
        fault.strike(&mut self.system, &self.receivers, &self.options).await
    }

    /// Waits until the good pieces are everywhere and every bad one has its letter; how many letters there are, and how
    /// long it took.
    async fn settle_before(&self, findings: &mut Findings) -> (usize, Duration) {
        let begin = Instant::now();
        loop {
            let lost = missing(&self.outlet.good, &self.receivers, 0);
            let letters = self.letters().await;
            let wrong = wrong_letters(&self.expected(), &letters);
            if (lost.is_empty() && wrong.is_empty()) || begin.elapsed() > PATIENCE {
                findings.lost.extend(lost);
                findings.other.extend(wrong);
                return (letters.len(), begin.elapsed());
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// All open letters at once, and the part that delivers is killed while it does so.
    async fn redrive(&mut self, letters: usize, findings: &mut Findings) -> std::io::Result<u64> {
        let begin = Instant::now();
        while self.letters().await.len() != letters && begin.elapsed() < PATIENCE {
            sleep(Duration::from_millis(100)).await;
        }
        let answer = redrive_all(&self.system.hub, |_| {}).await;
        self.hit(Fault::Kill(Part::Back)).await?;
        let answer = answer.unwrap_or_else(|error| Value::String(error.to_string()));
        let redriven = answer["redriven"].as_u64().unwrap_or(0);
        if redriven != letters as u64 {
            findings.other.push(format!("{redriven} of {letters} letters are redriven: {answer}"));
        }
        Ok(redriven)
    }

    /// Waits until everything is everywhere, and the letters are those of what can never be read.
    async fn settle_after(&self, redriven: u64, findings: &mut Findings) -> Duration {
        let begin = Instant::now();
        loop {
            let mut lost = missing(&self.outlet.good, &self.receivers, 0);
            lost.extend(missing(&self.outlet.mended, &self.receivers, 0));
            let unreadable: Vec<Letter> =
                self.expected().into_iter().filter(|letter| letter.kind == Kind::Unreadable).collect();
            let wrong = wrong_letters(&unreadable, &self.letters().await);
            if (lost.is_empty() && wrong.is_empty() && redriven > 0) || begin.elapsed() > PATIENCE {
                findings.lost.extend(lost);
                findings.other.extend(wrong);
                return begin.elapsed();
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// The open dead letters, as an operator lists them.
    async fn letters(&self) -> Vec<DeadLetter> {
        let Ok(mut answer) = self.system.hub.get::<Value>("/v1/dead").await else { return Vec::new() };
        serde_json::from_value(answer["dead"].take()).unwrap_or_default()
    }

    /// The letters there should be before the fix.
    fn expected(&self) -> Vec<Letter> {
        let mut expected = self.outlet.letters();
        let refused = self.receivers.iter().flat_map(|receiver| receiver.refused());
        let articles: BTreeMap<u64, String> = refused.map(|(article, number)| (number, article)).collect();
        for number in (1..=self.count).filter(|number| Kind::of(*number) == Kind::Refused) {
            // What was never posted has no name, and no letter.
            let article = articles.get(&number).cloned().unwrap_or_default();
            expected.extend(self.receivers.iter().map(|receiver| {
                let what = What::Delivery { partner: receiver.name.clone(), article: article.clone() };
                Letter { number, kind: Kind::Refused, what }
            }));
        }
        expected
    }
}
