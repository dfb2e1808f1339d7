//! The usual way: MinHash signatures of character 5-grams, found by locality-sensitive hashing, whatever is linked put
//! together. With the crate `gaoya`.

use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32, calculate_minhash_params};

const PERMUTATIONS: usize = 128;
const THRESHOLD: f64 = 0.7;
const GRAM: usize = 5;

/// Clusters folded texts: for each the name of its cluster, which is the place of the first text in it.
pub(crate) fn run(texts: &[String]) -> Vec<String> {
    let (bands, width) = calculate_minhash_params(THRESHOLD, PERMUTATIONS);
    let hasher = MinHasher32::new(bands * width);
    let mut index = MinHashIndex::new(bands, width, THRESHOLD);
    let mut first: Vec<usize> = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        let signature = hasher.create_signature(grams(text));
        let alike = index.query_owned(&signature);
        index.insert(number, signature);
        first.push(number);
        for other in alike {
            let (one, other) = (root(&first, number), root(&first, other));
            first[one.max(other)] = one.min(other);
        }
    }
    (0..texts.len()).map(|number| root(&first, number).to_string()).collect()
}

fn root(first: &[usize], mut number: usize) -> usize {
    while first[number] != number {
        number = first[number];
    }
    number
}

fn grams(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.char_indices().map(|(at, _)| at);
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(GRAM);
    starts.zip(ends).map(|(from, to)| &text[from..to])
}
