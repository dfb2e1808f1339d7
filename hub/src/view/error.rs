//! Why the view does not answer, named by what comes next.

/// Why the view could not do it.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The file cannot be trusted any more: it is dropped, and rebuilt from the log.
    #[error("the view is damaged and has to be rebuilt: {0}")]
    Damaged(String),
    /// The machine does not let us write or read the file: an operator must act (disk full, no rights).
    #[error("the view's file cannot be used: {0}")]
    Storage(String),
    /// The file was made anew meanwhile: read the log again from where the view is.
    #[error("the view was made anew")]
    Renewed,
    /// More questions at once than the node answers: ask again in a moment.
    #[error("the view has too much to do")]
    Busy,
    /// The node is shutting down.
    #[error("the view is closed")]
    Closed,
}

impl From<rusqlite::Error> for ViewError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, SchemaChanged, Unknown};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase | SchemaChanged) => Self::Damaged(error.to_string()),
            // SQLITE_ERROR stands for a missing table or column: not the schema this program writes.
            Some(Unknown) => Self::Damaged(error.to_string()),
            Some(_) => Self::Storage(error.to_string()),
            None => Self::Damaged(error.to_string()),
        }
    }
}
