//! Subjects by name: what an outlet calls 体育 is IPTC Media Topic 15000000; what has no such name keeps its own.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("topics.tsv");
const SCHEME: &str = "http://cv.iptc.org/newscodes/mediatopic/";
const SHORT: &str = "medtop:";

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

static CODES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    // The first of two topics of one name is the broader one.
    let mut codes = HashMap::new();
    for (code, name) in rows() {
        codes.entry(name).or_insert(code);
    }
    codes
});

static NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| rows().collect());

/// The uri of the Media Topic of this Chinese name.
pub(super) fn uri(name: &str) -> Option<String> {
    CODES.get(name.trim()).map(|code| format!("{SCHEME}{code}"))
}

/// The Chinese name of the Media Topic of this uri, or of its short form `medtop:20000002`.
pub(super) fn name(uri: &str) -> Option<&'static str> {
    let code = uri.strip_prefix(SCHEME).or_else(|| uri.strip_prefix(SHORT))?;
    NAMES.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::{name, uri};

    #[test]
    fn only_a_topics_own_name_gives_its_uri() {
        assert_eq!(uri("体育").as_deref(), Some("http://cv.iptc.org/newscodes/mediatopic/15000000"));
        assert_eq!(uri("本地要闻"), None);
        assert_eq!(name("medtop:15000000"), Some("体育"));
    }
}
