//! Data and programs that are not part of the project: real documents, official suites, scripts that start real CMSes.

use std::path::PathBuf;

/// The folder of them: `LIANBO_SHARED`, or `shared` beside the workspace. Absent, a test says so and passes over.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("LIANBO_SHARED").map_or(beside, PathBuf::from);
    let found = Some(folder.join(path)).filter(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {} is not here; set LIANBO_SHARED", folder.join(path).display());
    }
    found
}
