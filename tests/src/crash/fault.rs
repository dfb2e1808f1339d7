//! What strikes the hub, for how long, and whether it really struck.

use std::time::Duration;

use tokio::time::sleep;

use super::broker::Broker;
use super::hub::{PARTS, Part, System, WINDOW, clock_library, missing};
use super::options::{Log, Options};
use super::process::Process;
use super::receiver::Receiver;

/// How many members come and go.
const GUESTS: u32 = 4;
/// How often one comes.
const STORM_STEP: Duration = Duration::from_secs(3);
/// How long the disk is full, the broker away, the receivers dying, the clock wrong.
const TROUBLE: Duration = Duration::from_secs(3);
/// Of a hundred posts so many die in mid-answer.
const DYING: u32 = 20;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `kill -9` of a part.
    Kill(Part),
    /// `kill -9` of all parts.
    KillAll,
    /// A part stops for a while and goes on.
    Freeze(Part),
    /// A part stops, another takes its place, and the first goes on beside it.
    Zombie(Part),
    /// Members of a part join and leave.
    Storm(Part),
    /// `kill -9` of the broker.
    Broker,
    /// The broker stops for a while and goes on.
    FreezeBroker,
    /// Receivers die in mid-answer.
    Receivers,
    /// No file can grow.
    Disk,
    /// The machine's clock jumps an hour ahead, and back.
    Clock,
}

impl Fault {
    /// As it is asked for and printed.
    pub(super) fn name(self) -> String {
        match self {
            Self::Kill(part) => format!("kill-{}", part.name()),
            Self::KillAll => "kill-all".to_owned(),
            Self::Freeze(part) => format!("freeze-{}", part.name()),
            Self::Zombie(part) => format!("zombie-{}", part.name()),
            Self::Storm(part) => format!("storm-{}", part.name()),
            Self::Broker => "broker".to_owned(),
            Self::FreezeBroker => "freeze-broker".to_owned(),
            Self::Receivers => "receivers".to_owned(),
            Self::Disk => "disk".to_owned(),
            Self::Clock => "clock".to_owned(),
        }
    }

    /// What this log and machine have, `kill -9` of a part first.
    pub(super) fn all(log: Log) -> Vec<Self> {
        let mut all: Vec<Self> = PARTS.into_iter().map(Self::Kill).collect();
        all.extend([Self::KillAll, Self::Receivers, Self::Disk]);
        all.extend(PARTS.into_iter().map(Self::Freeze));
        // The front has one port: a second one is no successor.
        for part in [Part::Middle, Part::Back] {
            all.extend([Self::Zombie(part), Self::Storm(part)]);
        }
        if log == Log::Kafka {
            all.extend([Self::Broker, Self::FreezeBroker]);
        }
        all.extend(clock_library().is_some().then_some(Self::Clock));
        all
    }

    /// Those asked for; one sentence when one does not exist here.
    pub(super) fn chosen(options: &Options) -> Result<Vec<Self>, String> {
        let all = Self::all(options.log);
        if options.faults.is_empty() {
            return Ok(all);
        }
        let named = options.faults.iter().map(|name| {
            let known = || all.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
            let found = all.iter().find(|fault| fault.name() == *name).copied();
            found.ok_or_else(|| format!("no fault `{name}` here; there are: {}", known()))
        });
        named.collect()
    }

    /// How long it takes, so that traffic goes on meanwhile.
    pub(super) fn lasts(self, options: &Options) -> Duration {
        match self {
            Self::Kill(_) | Self::KillAll => Duration::from_secs(1),
            Self::Freeze(_) | Self::Zombie(_) | Self::FreezeBroker => options.freeze,
            Self::Storm(_) => STORM_STEP * GUESTS,
            Self::Broker | Self::Receivers | Self::Disk => TROUBLE,
            Self::Clock => TROUBLE * 2,
        }
    }

    /// Sends that may be doubled: what was in flight when it struck. One place beyond its window a lane keeps for
    /// withdrawals, and a quarter of it for answers whose receipts are on their way.
    pub(super) fn may_double(self, options: &Options) -> u64 {
        self.windows() * (options.partners * (WINDOW + WINDOW.div_ceil(4) + 1)) as u64
    }

    /// How many windows of each lane may have been in flight.
    fn windows(self) -> u64 {
        match self {
            // No lane is touched, or no answer of a whole success was given.
            Self::Kill(Part::Front | Part::Middle)
            | Self::Freeze(Part::Front | Part::Middle)
            | Self::Zombie(Part::Front | Part::Middle)
            | Self::Storm(Part::Front | Part::Middle)
            | Self::Receivers => 0,
            // One process, once: what it had called, and what was answered and had no durable receipt.
            Self::Kill(Part::Back) | Self::KillAll | Self::Freeze(Part::Back) => 1,
            // What the one had in flight when it was stopped, and what the other had when the one went on.
            Self::Zombie(Part::Back) => 2,
            // Lanes move to each that comes, and away from each that goes.
            Self::Storm(Part::Back) => 2 * u64::from(GUESTS),
            // Receipts wait for the log; the session may end and begin anew meanwhile, once.
            Self::Broker | Self::FreezeBroker | Self::Disk => 1,
            // All processes are stopped once and killed once.
            Self::Clock => 2,
        }
    }

    /// Strikes, and undoes what it did.
    pub(super) async fn strike(
        self,
        system: &mut System,
        receivers: &[Receiver],
        options: &Options,
    ) -> std::io::Result<()> {
        match self {
            Self::Kill(part) => kill(system, &[part]).await,
            Self::KillAll => kill(system, &PARTS).await,
            Self::Freeze(part) => freeze(system, part, options.freeze).await,
            Self::Zombie(part) => zombie(system, part, options.freeze).await,
            Self::Storm(part) => storm(system, part).await,
            Self::Broker => kill_broker(broker(system)?).await,
            Self::FreezeBroker => freeze_broker(broker(system)?, options.freeze).await,
            Self::Receivers => {
                receivers.iter().for_each(|receiver| receiver.die(DYING));
                sleep(TROUBLE).await;
                receivers.iter().for_each(|receiver| receiver.die(0));
                Ok(())
            }
            Self::Disk => disk(system).await,
            Self::Clock => clock(system).await,
        }
    }
}

async fn kill(system: &mut System, parts: &[Part]) -> std::io::Result<()> {
    let mut recipes = Vec::new();
    for part in parts {
        recipes.push((*part, system.take(*part).ok_or_else(|| missing(*part))?.kill().await?));
    }
    for (part, recipe) in recipes {
        system.put(part, Process::start(recipe)?);
    }
    Ok(())
}

async fn freeze(system: &mut System, part: Part, time: Duration) -> std::io::Result<()> {
    let process = system.process(part).ok_or_else(|| missing(part))?;
    process.signal("STOP").await?;
    sleep(time).await;
    process.signal("CONT").await
}

async fn zombie(system: &mut System, part: Part, time: Duration) -> std::io::Result<()> {
    let zombie = system.take(part).ok_or_else(|| missing(part))?;
    zombie.signal("STOP").await?;
    let successor = system.another(part)?;
    system.put(part, successor);
    sleep(time).await;
    zombie.signal("CONT").await?;
    sleep(TROUBLE).await;
    zombie.kill().await.map(drop)
}

/// Every other one that comes is killed, the others are asked to stop.
async fn storm(system: &mut System, part: Part) -> std::io::Result<()> {
    let mut guests: Vec<Process> = Vec::new();
    for step in 0..GUESTS {
        guests.push(system.another(part)?);
        sleep(STORM_STEP / 2).await;
        if step % 2 == 1 {
            guests.remove(0).kill().await?;
        }
        sleep(STORM_STEP / 2).await;
    }
    for guest in guests {
        guest.stop().await?;
    }
    Ok(())
}

fn broker(system: &System) -> std::io::Result<&Broker> {
    system.broker.as_ref().ok_or_else(|| std::io::Error::other("there is no broker"))
}

async fn freeze_broker(broker: &Broker, time: Duration) -> std::io::Result<()> {
    broker.freeze().await?;
    sleep(time).await;
    broker.thaw().await
}

async fn kill_broker(broker: &Broker) -> std::io::Result<()> {
    broker.kill().await?;
    sleep(TROUBLE).await;
    broker.start_again().await
}

async fn disk(system: &System) -> std::io::Result<()> {
    let limit = async |bytes: Option<u64>| -> std::io::Result<()> {
        for part in PARTS {
            system.process(part).ok_or_else(|| missing(part))?.limit_files(bytes).await?;
        }
        Ok(())
    };
    limit(Some(1)).await?;
    sleep(TROUBLE).await;
    limit(None).await
}

/// All processes stand on one machine: its clock jumps for all of them at once.
async fn clock(system: &mut System) -> std::io::Result<()> {
    let library = clock_library().ok_or_else(|| std::io::Error::other("`faketime` is not installed"))?;
    let file = system.clock_file();
    std::fs::write(&file, "+0")?;
    let mut plain = Vec::new();
    for part in PARTS {
        let recipe = system.take(part).ok_or_else(|| missing(part))?.stop().await?;
        let mut turned = recipe.clone();
        turned.environment.extend([
            ("LD_PRELOAD".to_owned(), library.clone().into_os_string()),
            ("FAKETIME_TIMESTAMP_FILE".to_owned(), file.clone().into_os_string()),
            ("FAKETIME_NO_CACHE".to_owned(), "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".into()),
        ]);
        system.put(part, Process::start(turned)?);
        plain.push((part, recipe));
    }
    sleep(TROUBLE / 2).await;
    std::fs::write(&file, "+3600")?;
    sleep(TROUBLE).await;
    std::fs::write(&file, "+0")?;
    sleep(TROUBLE / 2).await;
    for (part, recipe) in plain {
        system.take(part).ok_or_else(|| missing(part))?.kill().await?;
        system.put(part, Process::start(recipe)?);
    }
    Ok(())
}
