//! Real pairs of articles, labelled by hand: duplicates, different articles that share passages, other write-ups of one
//! event, and broadcasts that use the same words about something else. Each pair is clustered alone, in both orders,
//! and once more among thousands of other documents, where other weights and other furniture hold.

use std::collections::HashMap;
use std::io::BufRead;

use lianbo_hub::dedup::cluster;
use lianbo_tests::shared;
use serde::Deserialize;
use serde_json::{Value, json};

/// Documents before the pairs in the large run.
const OTHERS: usize = 2_000;

#[derive(Deserialize)]
struct Piece {
    title: String,
    body: String,
}

#[derive(Deserialize)]
struct Pair {
    label: String,
    a: Piece,
    b: Piece,
}

fn lines(file: &str) -> Option<Vec<String>> {
    let file = std::fs::File::open(shared(file)?).unwrap();
    Some(std::io::BufReader::new(file).lines().map(Result::unwrap).collect())
}

/// The hand-labelled pairs, and the broadcasts under a label of their own.
fn pairs() -> Option<Vec<Pair>> {
    let read = |file: &str| -> Option<Vec<Pair>> {
        Some(lines(file)?.iter().map(|line| serde_json::from_str(line).unwrap()).collect())
    };
    let mut pairs = read("data/natural/inews_pairs.jsonl")?;
    let broadcasts = read("data/natural/xwlb_hard_negatives.jsonl")?;
    pairs.extend(broadcasts.into_iter().map(|pair| Pair { label: "look-alike".to_owned(), ..pair }));
    Some(pairs)
}

/// A line of input. All come later than any other document, and each from an outlet of its own.
fn document(id: &str, piece: &Piece) -> String {
    let document: Value = json!({
        "id": id, "outlet": format!("outlet of {id}"), "published_at": "2026-11-01T08:00:00+08:00",
        "title": piece.title, "body": piece.body,
    });
    document.to_string()
}

/// Document → cluster.
fn clusters(input: &str) -> HashMap<String, String> {
    let mut clusters = HashMap::new();
    let clustered = |line: cluster::Line| {
        clusters.insert(line.id, line.cluster);
        Ok(())
    };
    cluster::run(input.as_bytes(), clustered, |number, why| panic!("line {number}: {why}")).unwrap();
    clusters
}

/// How many pairs of each label became one article, of how many.
#[derive(Default)]
struct Tally(HashMap<String, (usize, usize)>);

impl Tally {
    fn count(&mut self, label: &str, is_one: bool) {
        let (merged, all) = self.0.entry(label.to_owned()).or_default();
        *merged += usize::from(is_one);
        *all += 1;
    }

    fn share(&self, label: &str) -> f64 {
        let (merged, all) = self.0.get(label).copied().unwrap_or_default();
        assert!(all > 0, "no pair is labelled `{label}`");
        merged as f64 / all as f64
    }

    fn holds(&self, what: &str) {
        eprintln!("{what}: merged, of all, by label: {:?}", self.0);
        assert!(self.share("dup") >= 0.94, "{what}: duplicates found: {:?}", self.0);
        assert!(self.share("different") <= 0.06, "{what}: different articles merged: {:?}", self.0);
        assert!(self.share("look-alike") <= 0.02, "{what}: look-alikes merged: {:?}", self.0);
    }
}

#[test]
fn real_duplicates_are_found_and_look_alikes_kept_apart() {
    let Some(pairs) = pairs() else { return };
    let mut tally = Tally::default();
    for pair in &pairs {
        for (first, second) in [(&pair.a, &pair.b), (&pair.b, &pair.a)] {
            let clusters = clusters(&[document("first", first), document("second", second)].join("\n"));
            tally.count(&pair.label, clusters["first"] == clusters["second"]);
        }
    }
    tally.holds("alone");
}

#[test]
fn real_pairs_are_judged_alike_among_thousands_of_others() {
    let (Some(pairs), Some(others)) = (pairs(), lines("data/dedup/dev.jsonl")) else { return };
    let mut input: Vec<String> = others.into_iter().take(OTHERS).collect();
    for (number, pair) in pairs.iter().enumerate() {
        input.push(document(&format!("a{number}"), &pair.a));
        input.push(document(&format!("b{number}"), &pair.b));
    }
    let clusters = clusters(&input.join("\n"));
    let mut tally = Tally::default();
    for (number, pair) in pairs.iter().enumerate() {
        tally.count(&pair.label, clusters[&format!("a{number}")] == clusters[&format!("b{number}")]);
    }
    tally.holds("among others");
}
