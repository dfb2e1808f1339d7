//! Real CMSes as partners, while the part that delivers is killed again and again: afterwards each CMS itself is asked
//! for all it has, and each article must stand there once, in its newest version, or not at all when it was withdrawn.
//!
//! A CMS makes a post of every call that creates one, and remembers no id of ours: that no article stands there twice is
//! the connector's doing, which looks before it creates. It cannot see what a killed process has sent and the CMS is
//! still at work on: such a second post is made, found at the next look and moved to the trash, and counted as mended.

mod site;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use self::site::{Place, Post, Site};
use super::book::{Book, Entry};
use super::fault::Fault;
use super::hub::{Part, System};
use super::options::Options;
use super::piece::{Piece, Said};
use super::traffic::Outlet;
use super::verdict::MOST;

/// Milliseconds between two kills.
const BETWEEN: std::ops::Range<u64> = 1_000..4_000;
/// How long articles on their way to a CMS are waited for before a kill: on Kafka a killed process is missed only when its
/// group's session ends, and none that starts before has anything to deliver.
const WORK: Duration = Duration::from_secs(30);
/// The outlet speaks in turns so long, until the last kill.
const SPELL: Duration = Duration::from_secs(1);
/// How often it is looked for them.
const WORK_LOOK: Duration = Duration::from_millis(10);
/// How long a CMS may take to show everything after the last kill.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often it is asked.
const LOOK: Duration = Duration::from_secs(2);
/// After it shows everything, so long is watched for what comes once more.
const AFTERMATH: Duration = Duration::from_secs(3);

/// What one CMS showed.
#[derive(Debug, Clone)]
pub struct CmsReport {
    /// Which.
    pub site: String,
    /// How often the part that delivers was killed.
    pub kills: u32,
    /// Kills at a moment when articles were on their way to this CMS.
    pub struck: u32,
    /// Articles issued.
    pub articles: usize,
    /// Posts of theirs, drafts and the trash too.
    pub posts: usize,
    /// Articles that stand there more than once, as sentences.
    pub doubled: Vec<String>,
    /// Articles that stood there more than once until the hub moved the second post to the trash.
    pub mended: usize,
    /// Articles that are missing, old or still shown, as sentences.
    pub wrong: Vec<String>,
}

impl CmsReport {
    /// In a line, and what is wrong.
    pub fn print(&self) {
        println!(
            "{}  kills {}, {} with articles on their way  articles {}  posts {}  doubled {}  mended {}  wrong {}",
            self.site,
            self.kills,
            self.struck,
            self.articles,
            self.posts,
            self.doubled.len(),
            self.mended,
            self.wrong.len(),
        );
        self.doubled.iter().chain(&self.wrong).for_each(|finding| println!("      {finding}"));
    }

    /// Whether all is well, and enough of the kills struck something.
    pub fn is_well(&self) -> bool {
        self.doubled.is_empty() && self.wrong.is_empty() && self.struck >= self.kills / 4
    }
}

/// Runs it with as many kills as the options have rounds, on all systems that the environment names; none, none.
///
/// # Errors
/// The harness itself does not work: a process cannot be started, a CMS does not answer at all.
pub async fn cms(options: &Options) -> Result<Vec<CmsReport>, String> {
    let sites = Site::all()?;
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let described = |error: std::io::Error| error.to_string();
    let mut options = options.clone();
    // Uris of its own: what an earlier run left at a CMS is another article.
    let authority = format!("crash-{}-{}.example", options.seed, std::process::id());
    options.settings.push(("AUTHORITY".to_owned(), authority));
    let secrets =
        sites.iter().enumerate().map(|(number, site)| (format!("SECRETS__{}", id(number)), site.secret().to_owned()));
    options.settings.extend(secrets);
    let mut system = System::start(&options).await.map_err(described)?;
    system.found(&[]).await;
    for (number, site) in sites.iter().enumerate() {
        let id = id(number);
        system.partner(&id, site.connector(&id), json!({"window": 4, "timeout_ms": 20_000, "attempts": 1000})).await;
    }
    let mut outlet = Outlet { hub: Arc::clone(&system.hub), book: Book::default(), seed: options.seed, next: 1 };
    let struck = strike(&mut system, &mut outlet, &options, sites.len()).await.map_err(described)?;
    let mut reports = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        let struck = struck.get(&id(number)).copied().unwrap_or(0);
        reports.push(settle(site, &outlet, options.rounds, struck).await?);
    }
    Ok(reports)
}

fn id(number: usize) -> String {
    format!("cms{number}")
}

/// Kills while the outlet speaks, each time when articles are on their way to the next CMS in turn; for each partner, how
/// many of the kills struck articles on their way to it.
async fn strike(
    system: &mut System,
    outlet: &mut Outlet,
    options: &Options,
    sites: usize,
) -> std::io::Result<BTreeMap<String, u32>> {
    let mut random = StdRng::seed_from_u64(options.seed);
    let waits: Vec<Duration> =
        (0..options.rounds).map(|_| Duration::from_millis(random.random_range(BETWEEN))).collect();
    let is_over = AtomicBool::new(false);
    let speaking = async {
        while !is_over.load(Ordering::Relaxed) {
            outlet.speak(options.rate, SPELL, &mut random).await;
        }
    };
    let killing = async {
        let struck = kill(system, options, &waits, sites).await;
        is_over.store(true, Ordering::Relaxed);
        struck
    };
    tokio::join!(speaking, killing).1
}

async fn kill(
    system: &mut System,
    options: &Options,
    waits: &[Duration],
    sites: usize,
) -> std::io::Result<BTreeMap<String, u32>> {
    let mut struck = BTreeMap::new();
    for (turn, wait) in waits.iter().enumerate() {
        sleep(*wait).await;
        for partner in work(system, &id(turn % sites)).await {
            *struck.entry(partner).or_insert(0) += 1;
        }
        Fault::Kill(Part::Back).strike(system, &[], options).await?;
    }
    Ok(struck)
}

/// Waits a while until articles are on their way to a partner; all partners to which some are then.
async fn work(system: &System, partner: &str) -> Vec<String> {
    let begin = Instant::now();
    loop {
        let found = on_their_way(system).await;
        if found.iter().any(|found| found == partner) || begin.elapsed() > WORK {
            return found;
        }
        sleep(WORK_LOOK).await;
    }
}

/// Partners whose lanes have articles in flight at this moment.
async fn on_their_way(system: &System) -> Vec<String> {
    let Some(operators) = system.operators(Part::Back) else { return Vec::new() };
    let Ok(answer) = operators.get::<Value>("/v1/lanes").await else { return Vec::new() };
    let lanes = answer["lanes"].as_array().cloned().unwrap_or_default();
    let busy = lanes.iter().filter(|lane| lane["in_flight"].as_u64().unwrap_or(0) > 0);
    busy.filter_map(|lane| lane["partner"].as_str().map(str::to_owned)).collect()
}

/// Asks the CMS until it shows what it should, and once more after a while.
async fn settle(site: &Site, outlet: &Outlet, kills: u32, struck: u32) -> Result<CmsReport, String> {
    let begin = Instant::now();
    loop {
        let is_in_time = begin.elapsed() < PATIENCE;
        let report = judged(site, outlet, kills, struck).await;
        match report {
            Ok(report) if report.wrong.is_empty() || !is_in_time => break,
            Err(error) if !is_in_time => return Err(error),
            Ok(_) | Err(_) => sleep(LOOK).await,
        }
    }
    sleep(AFTERMATH).await;
    judged(site, outlet, kills, struck).await
}

async fn judged(site: &Site, outlet: &Outlet, kills: u32, struck: u32) -> Result<CmsReport, String> {
    let mut by_title: BTreeMap<String, Vec<Post>> = BTreeMap::new();
    for post in site.posts().await? {
        by_title.entry(post.title.clone()).or_default().push(post);
    }
    let issued = outlet.book.since(0);
    let mut report = CmsReport {
        site: site.name(),
        kills,
        struck,
        articles: issued.len(),
        posts: 0,
        doubled: Vec::new(),
        mended: 0,
        wrong: Vec::new(),
    };
    for (number, entry) in &issued {
        let piece = Piece { seed: outlet.seed, number: *number };
        let posts = by_title.get(&piece.headline()).map_or(&[][..], Vec::as_slice);
        report.posts += posts.len();
        let standing = posts.iter().filter(|post| post.place != Place::Trash).count();
        if standing > 1 {
            report.doubled.push(format!("piece {number} stands there {standing} times"));
        }
        report.mended += usize::from(standing < posts.len() && posts.len() > 1);
        report.wrong.extend(wrong(piece, entry, posts).filter(|_| report.wrong.len() < MOST));
    }
    Ok(report)
}

/// What is wrong with the posts of a piece, however many there are.
fn wrong(piece: Piece, entry: &Entry, posts: &[Post]) -> Option<String> {
    let number = piece.number;
    let Some((said, _)) = entry.acknowledged else { return Some(format!("piece {number} was never acknowledged")) };
    let public: Vec<&Post> = posts.iter().filter(|post| post.place == Place::Public).collect();
    match said {
        Said::Withdrawn if public.is_empty() => None,
        Said::Withdrawn => Some(format!("piece {number} is withdrawn and shown")),
        Said::Version(version) if public.is_empty() => {
            Some(format!("piece {number} is not shown in version {version}"))
        }
        Said::Version(version) => {
            let is_it = |post: &&Post| {
                let later = (version + 1..9).any(|version| post.html.contains(&format!("此为第{version}版")));
                piece.paragraphs(version).iter().all(|line| post.html.contains(line)) && !later
            };
            (!public.iter().all(is_it)).then(|| format!("piece {number} is shown, and not in version {version}"))
        }
    }
}
