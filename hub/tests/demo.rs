//! The demo is the first thing anybody runs: it tells its whole story, and what it tells is true.

// A test may unwrap: that is how it fails.
#![allow(clippy::unwrap_used)]

use std::process::Command;

#[test]
fn the_demo_tells_its_story_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianbo"));
    command.current_dir(folder.path()).args(["demo", "--once", "--listen", "127.0.0.1:0", "--language", "en"]);
    let output = command.output().unwrap();
    let (told, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{complained}");
    for sentence in [
        "The portal shows 3 posts, each with its credit",
        "a GBK page with its menus and footers → reprint",
        "a Traditional mirror full of pinyin noise → reprint",
        "The portal still shows 3 posts",
        "The portal's post now says 390",
        "Is it on the portal before that? No.",
        "It was on the portal, and is gone.",
        "The app is back, and has caught up.",
        "answers 404 Not Found",
        "The take-down is closed",
        "seen at 4 outlets",
    ] {
        assert!(told.contains(sentence), "`{sentence}` is missing:\n{told}\n{complained}");
    }
}
