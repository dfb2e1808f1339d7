//! Full text that finds two-character Chinese words.
//!
//! Han text has no spaces, so that it is indexed by overlapping pairs of characters (成都日报 → 成都 都日 日报 报),
//! other text by words. A query's pairs find candidates; each candidate's text is then read, so that a hit holds the
//! words as they were asked for and not just all their pairs.

use hanconv::t2s;
use jiff::Timestamp;
use lianbo_schemas::{Article, ArticleUri, OutletId};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::article_by_id;

/// Candidates read for one question. A question whose pairs are so common finds its newest hits among these.
const MOST_CANDIDATES: usize = 2_000;
/// Characters of a question; more says nothing more.
const LONGEST_QUESTION: usize = 100;
/// Characters of an article that are indexed: a book would only slow the index down.
const LONGEST_TEXT: usize = 50_000;

/// A hit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// Whose it is.
    pub outlet: OutletId,
    /// Its headline.
    pub headline: String,
    /// When the hub first received it.
    pub first_seen: Timestamp,
    /// Whether any channel shows it.
    pub listed: bool,
}

/// Text as it is compared: compatibility forms, case and script folded.
fn fold(text: &str) -> String {
    t2s(text.nfkc().flat_map(char::to_lowercase).collect::<String>())
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// Runs of Han characters and words of others, in order.
fn runs(folded: &str) -> Vec<&str> {
    let kind = |character: char| (character.is_alphanumeric(), is_han(character));
    let mut runs = Vec::new();
    let mut start = 0;
    let mut former: Option<(bool, bool)> = None;
    for (at, character) in folded.char_indices() {
        let now = kind(character);
        if former.is_some_and(|former| former != now) {
            runs.push(&folded[start..at]);
            start = at;
        }
        former = Some(now);
    }
    runs.push(&folded[start..]);
    runs.retain(|run| run.chars().next().is_some_and(char::is_alphanumeric));
    runs
}

/// The tokens of a text, separated by spaces.
fn tokens(text: &str) -> String {
    let folded = fold(text);
    let mut tokens = String::with_capacity(folded.len() * 3);
    for run in runs(&folded) {
        if run.chars().next().is_some_and(is_han) {
            let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
            for at in 0..ends.len() - 1 {
                let end = ends[(at + 2).min(ends.len() - 1)];
                tokens.push_str(&run[ends[at]..end]);
                tokens.push(' ');
            }
        } else {
            tokens.push_str(run);
            tokens.push(' ');
        }
    }
    tokens
}

/// All that is searched of an article.
fn text_of(article: &Article) -> String {
    let news = &article.news;
    let parts = [Some(news.headline()), news.by.as_deref(), news.summary(), news.body("text/plain")];
    let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
    for sighting in &article.sightings {
        text.push('\n');
        text.push_str(&sighting.headline);
    }
    text.chars().take(LONGEST_TEXT).collect()
}

/// Puts the next articles into the index; how many.
pub(in crate::view) fn index_batch(file: &mut Connection, size: u32) -> rusqlite::Result<usize> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ids: Vec<i64> = {
        let mut statement = transaction.prepare_cached("SELECT id FROM articles WHERE indexed = 0 LIMIT ?1")?;
        statement.query_map([size], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for id in &ids {
        transaction.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([id])?;
        if let Some(article) = article_by_id(&transaction, *id)? {
            let row = params![id, tokens(&text_of(&article))];
            transaction.prepare_cached("INSERT INTO search (rowid, tokens) VALUES (?1, ?2)")?.execute(row)?;
        }
        transaction.prepare_cached("UPDATE articles SET indexed = 1 WHERE id = ?1")?.execute([id])?;
    }
    transaction.commit()?;
    Ok(ids.len())
}

/// The full-text question, `None` when there is no word in it.
fn question(wanted: &[&str]) -> Option<String> {
    let mut terms = Vec::new();
    for run in wanted {
        let characters: Vec<char> = run.chars().collect();
        match characters.as_slice() {
            [one] if is_han(*one) => terms.push(format!("\"{one}\"*")),
            [first, ..] if is_han(*first) => {
                terms.extend(characters.windows(2).map(|pair| format!("\"{}{}\"", pair[0], pair[1])));
            }
            _ => terms.push(format!("\"{run}\"*")),
        }
    }
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Articles that hold every run of the question, newest first; withdrawn ones too, which only operators may be shown.
pub(in crate::view) fn search(file: &Connection, text: &str, limit: u32) -> rusqlite::Result<Vec<Found>> {
    let folded = fold(&text.chars().take(LONGEST_QUESTION).collect::<String>());
    let wanted = runs(&folded);
    let Some(question) = question(&wanted) else { return Ok(Vec::new()) };
    let sql = "SELECT s.rowid, EXISTS (SELECT 1 FROM channel_items c WHERE c.article = s.rowid) FROM search s
        WHERE search MATCH ?1 ORDER BY s.rowid DESC";
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query([question])?;
    let (mut found, mut read) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if found.len() >= limit as usize || read >= MOST_CANDIDATES {
            break;
        }
        read += 1;
        let (id, listed): (i64, bool) = (row.get(0)?, row.get(1)?);
        let Some(article) = article_by_id(file, id)? else { continue };
        let text = fold(&text_of(&article));
        if wanted.iter().all(|run| text.contains(run)) {
            found.push(Found {
                headline: article.news.headline().to_owned(),
                uri: article.uri,
                version: article.version,
                outlet: article.outlet,
                first_seen: article.first_seen,
                listed,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{question, runs, tokens};

    #[test]
    fn han_is_indexed_by_pairs_and_other_words_whole() {
        assert_eq!(tokens("成都日報GDP增長5.2%"), "成都 都日 日报 报 gdp 增长 长 5 2 ");
    }

    #[test]
    fn a_question_without_a_word_asks_nothing() {
        assert_eq!(question(&runs(" 。！\"' ")), None);
        assert_eq!(question(&runs("防汛")).as_deref(), Some("\"防汛\""));
        assert_eq!(question(&runs("汛")).as_deref(), Some("\"汛\"*"));
    }
}
