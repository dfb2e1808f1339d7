//! So many at a time for each address, or for each host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What somebody asks for or waits for, by name.
#[derive(Debug)]
pub(super) struct Turns {
    at_once: usize,
    open: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once, open: Mutex::default() }
    }

    /// Waits until few enough others have a turn of this name.
    pub(super) async fn of(&self, name: &str) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.places(name).acquire_owned().await.ok()
    }

    fn places(&self, name: &str) -> Arc<Semaphore> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = open.get(name).and_then(Weak::upgrade) {
            return places;
        }
        open.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(self.at_once));
        open.insert(name.to_owned(), Arc::downgrade(&places));
        places
    }
}
