//! What the writer does unasked: signs of life, members that gave none, compaction and retention.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::params;

use super::compaction::clean;
use super::group;
use super::presence::is_dead;
use super::shared::Shared;
use super::store::broken;
use super::work::Context;
use super::writer::Writer;
use crate::log::Result;

/// A dead process is noticed within this time, however long the session time-out.
const LOOK_AROUND: Duration = Duration::from_millis(250);

/// When what is due.
pub(super) struct Housekeeping {
    shared: Arc<Shared>,
    looked: Option<Instant>,
    signed: Option<Instant>,
    cleaned: Instant,
    cleaning: bool,
}

impl Housekeeping {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), looked: None, signed: None, cleaned: Instant::now(), cleaning: false }
    }

    /// Does what is due. Whatever fails comes again.
    pub(super) fn run(&mut self, writer: &mut Writer) -> Result<()> {
        let interval = self.shared.settings.heartbeat().min(LOOK_AROUND);
        if self.shared.someone_left() || passed(self.looked, interval) {
            self.looked = Some(Instant::now());
            self.look_around(writer)?;
        }
        let pause = Duration::from_millis(self.shared.settings.compaction_interval_ms.max(1));
        if self.cleaning || self.cleaned.elapsed() >= pause {
            self.cleaned = Instant::now();
            let tombstones = self.shared.settings.tombstone_retention_ms;
            // One piece at a time: appends that wait come in between.
            self.cleaning = writer.do_now(move |context| clean(context, tombstones))?;
        }
        Ok(())
    }

    /// Takes this process's members out of their groups, at the end.
    pub(super) fn leave(&mut self, writer: &mut Writer) -> Result<()> {
        self.look_around(writer)
    }

    fn look_around(&mut self, writer: &mut Writer) -> Result<()> {
        let sign = passed(self.signed, self.shared.settings.heartbeat());
        let shared = Arc::clone(&self.shared);
        writer.do_now(move |context| {
            if sign {
                give_sign(context, &shared)?;
            }
            let gone = gone(context, &shared)?;
            group::remove(context, &gone)
        })?;
        if sign {
            self.signed = Some(Instant::now());
        }
        Ok(())
    }
}

fn passed(since: Option<Instant>, interval: Duration) -> bool {
    since.is_none_or(|since| since.elapsed() >= interval)
}

/// Writes that this process lives, and when its members last polled.
fn give_sign(context: &Context<'_>, shared: &Shared) -> Result<()> {
    let mut statement = context
        .connection
        .prepare_cached("UPDATE members SET seen = ?2, polled = max(polled, ?3) WHERE id = ?1")
        .map_err(broken)?;
    for (member, polled) in shared.members() {
        statement.execute(params![member, context.now, polled]).map_err(broken)?;
    }
    Ok(())
}

/// Members that left, that hang, whose process is silent, or whose process is dead.
fn gone(context: &Context<'_>, shared: &Shared) -> Result<Vec<i64>> {
    let mut statement = context
        .connection
        .prepare_cached("SELECT id, handle, seen + session_ms < ?1, polled + poll_ms < ?1 FROM members")
        .map_err(broken)?;
    let rows = statement
        .query_map([context.now], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?))
        })
        .map_err(broken)?;
    let own: BTreeSet<i64> = shared.members().into_iter().map(|(member, _)| member).collect();
    let mut gone = Vec::new();
    for row in rows {
        let (member, handle, silent, hangs) = row.map_err(broken)?;
        let lost = if handle == shared.presence.name {
            hangs || !own.contains(&member)
        } else {
            silent || is_dead(&shared.presences, &handle)
        };
        if lost {
            gone.push(member);
        }
    }
    Ok(gone)
}
