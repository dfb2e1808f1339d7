//! Data that is not part of the project: real documents and official suites.

use std::path::PathBuf;

/// The folder of them: `LIANBO_SHARED`, or `shared` beside the workspace. Absent, a test says so and passes over.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let found = std::env::var_os("LIANBO_SHARED").map_or(beside, PathBuf::from).join(path);
    if !found.exists() {
        eprintln!("skipped: {} is not here; set LIANBO_SHARED", found.display());
        return None;
    }
    Some(found)
}
