//! A reader that panics, contained: it costs one document, never the worker, and tells where it happened.
//!
//! Panic messages quote the text at hand; bodies do not belong into log lines. So the hook that prints them is passed
//! over while a document is read, and the place, which is all a developer needs beside the document, is kept.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// A reader panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reader fails at `{place}`")]
pub struct Panicked {
    /// Crate, file and line.
    pub place: String,
}

thread_local! {
    /// Whether this thread reads a document.
    static READING: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic while reading was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a reader. One that overflows the stack or aborts is not held: depth is bounded before.
pub fn contained<T>(read: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| if READING.get() { note(info) } else { before(info) }));
    });
    let outer = READING.replace(true);
    // Whatever the reader was building is dropped with it; nobody sees it half done.
    let outcome = catch_unwind(AssertUnwindSafe(read));
    READING.set(outer);
    outcome.map_err(|_payload| Panicked { place: PLACE.take() })
}

fn note(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|location| format!("{}:{}", of_crate(location.file()), location.line()));
    PLACE.set(place.unwrap_or_default());
}

/// A source file from its crate's folder on: what stands before is the machine that built the hub.
fn of_crate(file: &str) -> &str {
    let inside = file.rfind("/src/").and_then(|at| file[..at].rfind('/'));
    inside.map_or(file, |at| &file[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::of_crate;

    #[test]
    fn a_place_names_no_machine() {
        assert_eq!(of_crate("/home/x/.cargo/registry/src/y/feed-rs-3.0.0/src/a/b.rs"), "feed-rs-3.0.0/src/a/b.rs");
        assert_eq!(of_crate("hub/src/normalise/mod.rs"), "hub/src/normalise/mod.rs");
    }
}
