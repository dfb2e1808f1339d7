//! How the session speaks to a lane.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::deliver::ledger::Arrived;

/// The session's side of a lane's bell.
#[derive(Debug, Default)]
pub(in crate::deliver) struct Signal {
    bell: Notify,
    arrived: Mutex<Option<Arrived>>,
    caught_up: AtomicBool,
}

impl Signal {
    /// There is something new.
    pub(in crate::deliver) fn ring(&self, new: Arrived) {
        let mut arrived = self.arrived();
        *arrived = Some(new.after(arrived.take()));
        drop(arrived);
        self.bell.notify_one();
    }

    /// Waits until the bell has rung.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// What has come since this was asked last.
    pub(super) fn take(&self) -> Option<Arrived> {
        self.arrived().take()
    }

    /// The ledger holds all deliveries there were when the lane was assigned.
    pub(in crate::deliver) fn catch_up(&self) {
        if !self.caught_up.swap(true, Ordering::AcqRel) {
            self.bell.notify_one();
        }
    }

    pub(super) async fn wait_until_caught_up(&self) {
        while !self.caught_up.load(Ordering::Acquire) {
            self.bell.notified().await;
        }
    }

    fn arrived(&self) -> MutexGuard<'_, Option<Arrived>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
