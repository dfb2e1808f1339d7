//! A run: the hub and its receivers are started once, then round after round strikes them.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};

use super::book::Book;
use super::fault::Fault;
use super::hub::System;
use super::options::Options;
use super::receiver::Receiver;
use super::traffic::{Outlet, Spell};
use super::verdict::{Findings, RoundReport, missing, wrong};

/// Once traffic and fault have ended, what partners do not show is lost when nothing has come to any of them for so long:
/// a hub that is slow says so in the time it took, and not here.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may go on at most, as when the same comes again and again.
const LONGEST: Duration = Duration::from_secs(900);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// After everything is shown, so long is watched for what comes once more.
const AFTERMATH: Duration = Duration::from_secs(1);
/// Corrections go so far back: what earlier rounds left is looked at again.
const BACK: u64 = 1_000;

/// Runs all rounds; each is said as soon as it is known.
///
/// # Errors
/// The harness itself does not work: a process cannot be started, a broker is missing.
pub async fn run(options: &Options) -> Result<Vec<RoundReport>, String> {
    let faults = Fault::chosen(options)?;
    let described = |error: std::io::Error| error.to_string();
    let mut receivers = Vec::new();
    for number in 0..options.partners {
        let name = format!("site-{number}");
        receivers.push(Receiver::start(name, options.seed, options.latency).await.map_err(described)?);
    }
    let system = System::start(options).await.map_err(described)?;
    system.found(&receivers).await;
    let outlet = Outlet { hub: Arc::clone(&system.hub), book: Book::default(), seed: options.seed, next: 1 };
    let mut run = Run { options, receivers, system, outlet, random: StdRng::seed_from_u64(options.seed) };
    run.outlet.publish().await.ok_or("the hub takes no first article")?;
    let missing = run.settle(1).await;
    if !missing.is_empty() {
        let mut findings = Findings { lost: missing, ..Findings::default() };
        wrong(&run.receivers, &mut findings);
        return Err(format!("nothing works even before the first fault: {:?}", findings.all()));
    }
    let mut reports = Vec::new();
    for number in 1..=options.rounds {
        let fault = faults[turn(&mut run.random, &options.faults, number, faults.len())];
        let said = run.system.said();
        let report = run.round(number, fault).await.map_err(described)?;
        println!("{}", super::table::line(&report));
        let findings = report.findings.all();
        findings.iter().for_each(|finding| println!("      {finding}"));
        if !findings.is_empty() {
            run.system.complaints(said).iter().for_each(|line| println!("      hub: {line}"));
        }
        reports.push(report);
    }
    // What came too late for its round is there by now; what is not will never be.
    let never = run.settle(0).await;
    never.iter().for_each(|piece| println!("at the end of all rounds: {piece}"));
    if let Some(last) = reports.last_mut() {
        last.findings.lost.extend(never.into_iter().map(|piece| format!("at the end of all rounds: {piece}")));
    }
    Ok(reports)
}

/// Faults that were named come in turn, others by chance.
fn turn(random: &mut StdRng, named: &[String], number: u32, many: usize) -> usize {
    let drawn = random.random_range(0..many);
    if named.is_empty() { drawn } else { (number as usize - 1) % many }
}

struct Run<'a> {
    options: &'a Options,
    receivers: Vec<Receiver>,
    system: System,
    outlet: Outlet,
    random: StdRng,
}

impl Run<'_> {
    async fn round(&mut self, number: u32, fault: Fault) -> std::io::Result<RoundReport> {
        let before = self.counts();
        let first = self.outlet.next.saturating_sub(BACK);
        let (spell, struck) = self.strike(fault).await;
        struck?;
        let ended = Instant::now();
        let mut findings = Findings { lost: self.settle(first).await, ..Findings::default() };
        let settled = ended.elapsed();
        let fresh = self.fresh(&mut findings).await;
        sleep(AFTERMATH).await;
        let doubled = wrong(&self.receivers, &mut findings);
        let after = self.counts();
        findings.other.extend(self.system.ended());
        let report = RoundReport {
            number,
            fault: fault.name(),
            acknowledged: spell.acknowledged,
            refused: spell.refused,
            posts: after.0 - before.0,
            deaths: after.1 - before.1,
            doubled,
            may_double: fault.may_double(self.options),
            settled,
            fresh,
            findings,
        };
        Ok(self.judged(report, fault))
    }

    /// Traffic, and the fault in its midst.
    async fn strike(&mut self, fault: Fault) -> (Spell, std::io::Result<()>) {
        let spell = self.spell(fault);
        let count = self.options.rate * spell.as_secs();
        let moment = self.options.traffic.mul_f64(self.random.random_range(0.2..0.6));
        let mut random = StdRng::seed_from_u64(self.random.random_range(0..u64::MAX));
        let speaking = self.outlet.speak(count, spell, &mut random);
        let striking = async {
            sleep(moment).await;
            fault.strike(&mut self.system, &self.receivers, self.options).await
        };
        tokio::join!(speaking, striking)
    }

    /// How long the outlet speaks: until after the fault, at the same rate.
    fn spell(&self, fault: Fault) -> Duration {
        self.options.traffic.max(fault.lasts(self.options) + Duration::from_secs(3))
    }

    /// Waits until partners show everything from piece `first` on; what they never showed.
    async fn settle(&self, first: u64) -> Vec<String> {
        let begin = Instant::now();
        let (mut posts, mut last) = (self.counts().0, begin);
        loop {
            let missing = missing(&self.outlet.book, &self.receivers, first);
            if missing.is_empty() || last.elapsed() > PATIENCE || begin.elapsed() > LONGEST {
                return missing;
            }
            sleep(LOOK).await;
            let came = self.counts().0;
            if came != posts {
                (posts, last) = (came, Instant::now());
            }
        }
    }

    /// A fresh article flows to every partner.
    async fn fresh(&mut self, findings: &mut Findings) -> Duration {
        let Some(number) = self.outlet.publish().await else {
            findings.other.push("a fresh article is not acknowledged".to_owned());
            return Duration::ZERO;
        };
        let lost = self.settle(number).await;
        let acknowledged = self.outlet.book.entry(number).and_then(|entry| entry.acknowledged);
        let shown = self.receivers.iter().filter_map(|receiver| receiver.shows(number)).map(|shown| shown.at).max();
        if !lost.is_empty() {
            findings.other.push(format!("a fresh article does not flow: {}", lost.join("; ")));
        }
        match (acknowledged, shown) {
            (Some((_, at)), Some(shown)) => shown.saturating_duration_since(at),
            (Some(_) | None, None) | (None, Some(_)) => Duration::ZERO,
        }
    }

    /// Posts and deaths in mid-answer, of all receivers.
    fn counts(&self) -> (u64, u64) {
        let counts = self.receivers.iter().map(Receiver::counts);
        counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// More sends doubled than there may be are a finding, and so is a round that tested nothing.
    fn judged(&self, mut report: RoundReport, fault: Fault) -> RoundReport {
        let planned = self.options.rate * self.spell(fault).as_secs();
        if report.acknowledged * 10 < planned * 9 {
            let text = format!("only {} of {planned} statements were acknowledged", report.acknowledged);
            report.findings.other.push(text);
        }
        let least = report.acknowledged * self.options.partners as u64 / 2;
        if report.posts < least {
            report.findings.other.push(format!("only {} posts, at least {least} should have been made", report.posts));
        }
        if report.doubled > report.may_double {
            let (doubled, most) = (report.doubled, report.may_double);
            report.findings.other.push(format!("{doubled} sends were doubled, at most {most} were in flight"));
        }
        if fault == Fault::Receivers && report.deaths == 0 {
            report.findings.other.push("no receiver died".to_owned());
        }
        report
    }
}
