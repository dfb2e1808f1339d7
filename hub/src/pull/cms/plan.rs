//! What is to be done about the rows of a CMS's lists. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::source::cms::{Row, Standing};

use super::posts::Posts;

/// What is to be done about a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Readers see it, and it may have changed.
    Fetch(Row),
    /// Readers saw it and do so no longer.
    Withdraw(Row),
    /// Nothing that readers see.
    Note(Row),
}

impl Step {
    /// Whether it withdraws what is deleted for good.
    pub(super) fn is_deletion(&self) -> bool {
        matches!(self, Self::Withdraw(row) if row.standing == Standing::Gone)
    }
}

/// Whether the row is not the one remembered.
pub(super) fn is_news(row: &Row, known: &Posts) -> bool {
    known.get(&row.id).and_then(|known| known.row.as_ref()) != Some(&row.stamp)
}

/// Whether the post's last change is so long ago that another one cannot hide behind the same second. The clocks of hub
/// and site may differ by `overlap`.
pub(super) fn is_settled(row: &Row, now: Timestamp, overlap: SignedDuration) -> bool {
    row.changed.is_none_or(|changed| now.duration_since(changed) > overlap)
}

/// The steps, from the oldest change on. A row that came twice counts as it came last.
pub(super) fn steps(rows: Vec<Row>, known: &Posts, now: Timestamp, overlap: SignedDuration) -> Vec<Step> {
    let latest: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut rows: Vec<Row> = latest.into_values().filter(|row| is_news(row, known)).collect();
    rows.sort_by_key(|row| row.changed);
    let step = |row: Row| {
        let before = known.get(&row.id);
        let was_public = before.is_some_and(|known| known.is_public);
        let was_due = before.is_some_and(|known| known.due.is_some());
        match row.standing {
            Standing::Public => Some(Step::Fetch(row)),
            Standing::Hidden | Standing::Gone if was_public => Some(Step::Withdraw(row)),
            // Else it would be asked for at its former time, for ever.
            Standing::Hidden | Standing::Gone if was_due => Some(Step::Note(row)),
            Standing::Hidden if is_settled(&row, now, overlap) => Some(Step::Note(row)),
            Standing::Hidden | Standing::Gone => None,
        }
    };
    rows.into_iter().filter_map(step).collect()
}

/// Of a site newly joined only the last changed posts are taken in: the rest is its archive, which comes piece by piece
/// when it is edited.
pub(super) fn begin(steps: &mut [Step], most: usize) {
    let fetched = steps.iter_mut().rev().filter(|step| matches!(step, Step::Fetch(_)));
    for step in fetched.skip(most) {
        if let Step::Fetch(row) = step {
            *step = Step::Note(row.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::{SignedDuration, Timestamp};
    use lianbo_connectors::source::cms::{Row, Standing};

    use super::{Step, begin, steps};
    use crate::pull::cms::posts::{Known, Posts};

    const OVERLAP: SignedDuration = SignedDuration::from_secs(120);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn row(id: &str, changed: i64, standing: Standing) -> Row {
        let stamp = format!("{changed} {standing:?}");
        Row { id: id.to_owned(), stamp, changed: Some(at(changed)), due: None, standing, body: Bytes::new() }
    }

    fn known(rows: &[(&Row, bool)]) -> Posts {
        let one = |(row, is_public): &(&Row, bool)| {
            let known = Known {
                own_id: row.id.clone(),
                row: Some(row.stamp.clone()),
                due: row.due,
                is_public: *is_public,
                said: None,
            };
            (row.id.clone(), known)
        };
        rows.iter().map(one).collect()
    }

    fn names(steps: &[Step]) -> Vec<(&str, &'static str)> {
        fn name(step: &Step) -> (&str, &'static str) {
            match step {
                Step::Fetch(row) => (&row.id, "fetch"),
                Step::Withdraw(row) => (&row.id, "withdraw"),
                Step::Note(row) => (&row.id, "note"),
            }
        }
        steps.iter().map(name).collect()
    }

    #[test]
    fn what_is_new_is_fetched_from_the_oldest_change_on() {
        let rows = vec![row("b", 200, Standing::Public), row("a", 100, Standing::Public)];
        let planned = steps(rows.clone(), &Posts::new(), at(1_000), OVERLAP);
        assert_eq!(names(&planned), [("a", "fetch"), ("b", "fetch")]);
        let planned = steps(rows.clone(), &known(&[(&rows[1], true)]), at(1_000), OVERLAP);
        assert_eq!(names(&planned), [("b", "fetch")]);
    }

    #[test]
    fn what_readers_saw_is_withdrawn_and_what_they_never_saw_is_noted() {
        let before = [row("draft", 100, Standing::Public), row("gone", 100, Standing::Public)];
        let shown = known(&[(&before[0], true), (&before[1], true)]);
        let rows = || {
            let gone = Row { changed: None, ..row("gone", 0, Standing::Gone) };
            vec![row("draft", 300, Standing::Hidden), gone, row("other", 300, Standing::Hidden)]
        };
        let planned = steps(rows(), &shown, at(1_000), OVERLAP);
        assert_eq!(names(&planned), [("gone", "withdraw"), ("draft", "withdraw"), ("other", "note")]);
        assert!(planned[0].is_deletion() && !planned[1].is_deletion());
        assert_eq!(names(&steps(rows(), &Posts::new(), at(1_000), OVERLAP)), [("draft", "note"), ("other", "note")]);
    }

    #[test]
    fn of_a_site_newly_joined_the_archive_is_noted() {
        let rows = vec![
            row("old", 100, Standing::Public),
            row("draft", 150, Standing::Hidden),
            row("new", 200, Standing::Public),
            row("newest", 300, Standing::Public),
        ];
        let mut planned = steps(rows, &Posts::new(), at(1_000), OVERLAP);
        begin(&mut planned, 2);
        assert_eq!(names(&planned), [("old", "note"), ("draft", "note"), ("new", "fetch"), ("newest", "fetch")]);
    }

    #[test]
    fn what_was_scheduled_is_noted_however_it_stands_and_fetched_when_it_is_shown() {
        let waiting = Row { due: Some(at(500)), ..row("a", 100, Standing::Hidden) };
        let noted = known(&[(&waiting, false)]);
        assert_eq!(names(&steps(vec![waiting], &noted, at(510), OVERLAP)), []);
        for (row, step) in [
            (row("a", 100, Standing::Public), "fetch"),
            (row("a", 505, Standing::Hidden), "note"),
            (Row { changed: None, ..row("a", 0, Standing::Gone) }, "note"),
        ] {
            assert_eq!(names(&steps(vec![row], &noted, at(510), OVERLAP)), [("a", step)]);
        }
    }

    #[test]
    fn a_row_that_came_twice_counts_as_it_came_last() {
        let rows = vec![row("a", 100, Standing::Public), row("a", 200, Standing::Hidden)];
        assert_eq!(names(&steps(rows, &Posts::new(), at(1_000), OVERLAP)), [("a", "note")]);
    }
}
