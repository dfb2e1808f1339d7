//! A ledger as text.

use std::path::Path;

use rusqlite::Connection;

use super::LedgerError;

/// What a ledger file holds, one line a row in a fixed order: open differences, then what partners hold. For
/// comparing two ledgers and for diagnosis; tries and waits, which are not in the log, are left out.
pub fn dump(path: &Path) -> Result<Vec<String>, LedgerError> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let connection = Connection::open(path)?;
        let mut statement = connection.prepare(
            "SELECT 'desired ' || p.name || ' ' || article || ' ' || offset || ' ' || delivery
             FROM desired JOIN partners AS p ON p.id = partner
             UNION ALL
             SELECT 'held ' || p.name || ' ' || article || ' ' || offset || ' ' || version || ' ' || state || ' '
                || ifnull(answers, '-') || ' ' || ifnull(remote, '-') || ' ' || ifnull(rendering, '-') || ' '
                || ifnull(redelivery, '-')
             FROM held JOIN partners AS p ON p.id = partner ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    read().map_err(|cause| LedgerError::Sqlite { path: path.to_owned(), cause })
}
