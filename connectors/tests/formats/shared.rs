//! Documents that are not part of the project: `LIANBO_SHARED`, or `shared` beside the workspace.

use std::path::{Path, PathBuf};

use lianbo_connectors::format::{self, Piece};

/// A folder or file of the standards; absent, a test says so and passes over.
pub(crate) fn standard(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("LIANBO_SHARED").map_or(beside, PathBuf::from).join("standards");
    let found = Some(folder.join(path)).filter(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {} is not here; set LIANBO_SHARED", folder.join(path).display());
    }
    found
}

/// All files below a folder whose names end so, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            out.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            out.push(path);
        }
    }
    out
}

/// The pieces of a document, none of them refused.
pub(crate) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    format::read(bytes, None, None).unwrap().into_iter().map(Result::unwrap).collect()
}
