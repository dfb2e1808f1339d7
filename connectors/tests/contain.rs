//! A panic while reading: one test to a process, because the hook that prints panics is the process's.

use std::panic::{catch_unwind, set_hook};
use std::sync::atomic::{AtomicUsize, Ordering};

use lianbo_connectors::format::contain::contained;

static PRINTED: AtomicUsize = AtomicUsize::new(0);

fn empty() -> Option<u8> {
    None
}

#[test]
fn a_panic_while_reading_is_told_by_its_place_and_not_printed_and_any_other_is() {
    set_hook(Box::new(|_| {
        PRINTED.fetch_add(1, Ordering::SeqCst);
    }));
    let line = line!() + 1;
    let panicked = contained(|| empty().expect("防汛会议")).expect_err("there is no number");
    assert!(panicked.place.ends_with(&format!("tests/contain.rs:{line}")), "{panicked}");
    assert_eq!(PRINTED.load(Ordering::SeqCst), 0);

    // One within another: the inner one is told, and the outer one goes on.
    let outer = contained(|| contained(|| empty().expect("防汛")).is_err());
    assert_eq!(outer, Ok(true));
    assert_eq!(contained(|| 7), Ok(7));
    assert_eq!(PRINTED.load(Ordering::SeqCst), 0);

    assert!(catch_unwind(|| empty().expect("防汛")).is_err());
    assert_eq!(PRINTED.load(Ordering::SeqCst), 1);
}
