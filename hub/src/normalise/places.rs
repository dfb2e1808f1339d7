//! Places by name: provinces, cities and counties of GB/T 2260, found in the folded title and lead.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::bits::{Bits, pair};
use super::line::head;

/// A place that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Six digits, e.g. `510100`.
    pub(super) code: &'static str,
    /// The full name: 成都市.
    pub(super) name: &'static str,
    /// Whether the title names it.
    pub(super) in_title: bool,
}

struct Named {
    code: &'static str,
    full: &'static str,
    /// What is looked for: the full name, or the one people say.
    said: &'static str,
}

/// All names by their first two characters, the longer ones of them first.
struct Names {
    /// Of each unified ideograph the place of its names in `groups`, from 1; 0 when no name starts with it.
    starts: Vec<u16>,
    /// Of one first character: the second characters, in order, and their names.
    groups: Vec<Vec<(char, Vec<Named>)>>,
    /// The keys of the two characters that names start with.
    pairs: Bits,
}

static NAMES: LazyLock<Names> = LazyLock::new(index);

/// The first of the unified ideographs, with which all names start.
const FIRST_HAN: usize = 0x4e00;
const TABLE: &str = include_str!("places.tsv");
/// No more than this many places: a text that names more is a list.
const MOST_PLACES: usize = 10;
/// How much of the title and of the lead is looked at, in characters.
const REACH: usize = 400;
/// Endings people leave out, of provinces and cities only: counties without theirs are too often ordinary words.
const ENDINGS: [&str; 9] =
    ["特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市"];

fn index() -> Names {
    let mut names: BTreeMap<char, BTreeMap<char, Vec<Named>>> = BTreeMap::new();
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    for (code, full) in rows {
        let mut add = |said: &'static str| {
            let mut start = said.chars();
            if let (Some(first), Some(second)) = (start.next(), start.next()) {
                names.entry(first).or_default().entry(second).or_default().push(Named { code, full, said });
            }
        };
        add(full);
        let short = ENDINGS.iter().find_map(|ending| full.strip_suffix(ending));
        if let Some(short) = short.filter(|short| code.ends_with("00") && short.chars().count() >= 2) {
            add(short);
        }
    }
    let pairs = names.iter().flat_map(|(first, seconds)| seconds.keys().map(|second| pair(*first, *second)));
    let pairs = pairs.collect();
    let mut index = Names { starts: vec![0; 0x9fff - FIRST_HAN + 1], groups: Vec::new(), pairs };
    for (first, mut seconds) in names {
        for group in seconds.values_mut() {
            group.sort_by_key(|named| std::cmp::Reverse(named.said.len()));
        }
        index.groups.push(seconds.into_iter().collect());
        let place = (first as usize).checked_sub(FIRST_HAN);
        if let Some(start) = place.and_then(|place| index.starts.get_mut(place)) {
            *start = u16::try_from(index.groups.len()).unwrap_or(0);
        }
    }
    index
}

impl Names {
    fn group(&self, first: char, second: char) -> Option<&[Named]> {
        let start = *self.starts.get((first as usize).checked_sub(FIRST_HAN)?)?;
        let seconds = self.groups.get(usize::from(start).checked_sub(1)?)?;
        let place = seconds.binary_search_by_key(&second, |(second, _)| *second).ok()?;
        Some(&seconds[place].1)
    }
}

/// The places of a text. A name that several counties share counts only when its city, its province or the outlet's
/// own area (`home`) tells which one is meant.
pub(super) fn find(title: &str, lead: &str, home: Option<&str>) -> Vec<Place> {
    let mut found: Vec<(&'static Named, bool)> = Vec::new();
    scan(head(title, REACH), true, &mut found);
    scan(head(lead, REACH), false, &mut found);
    let mut places: Vec<Place> = Vec::new();
    for (named, in_title) in &found {
        let Some(named) = resolved(named, &found, home) else { continue };
        if places.len() < MOST_PLACES && !places.iter().any(|place| place.code == named.code) {
            places.push(Place { code: named.code, name: named.full, in_title: *in_title });
        }
    }
    places
}

/// Whether a word is the name of a province, or what people call it.
pub(super) fn is_province(word: &str) -> bool {
    called(word).any(|named| named.code.ends_with("0000"))
}

/// Whether a folded word is the name of a province, city or county of GB/T 2260, or what people call a province or city.
pub fn is_place(word: &str) -> bool {
    called(word).next().is_some()
}

/// The places of a name.
fn called(word: &str) -> impl Iterator<Item = &'static Named> + '_ {
    let mut start = word.chars();
    let group = start.next().zip(start.next()).and_then(|(first, second)| NAMES.group(first, second));
    group.into_iter().flatten().filter(move |named| named.said == word)
}

fn scan(text: &str, in_title: bool, found: &mut Vec<(&'static Named, bool)>) {
    let names = &*NAMES;
    let mut skip_to = 0;
    let mut before = '\0';
    for (next, second) in text.char_indices() {
        let first = std::mem::replace(&mut before, second);
        // Hardly any two characters start a name.
        if !names.pairs.has(pair(first, second)) {
            continue;
        }
        let at = next.checked_sub(first.len_utf8()).filter(|at| *at >= skip_to);
        let (Some(at), Some(group)) = (at, names.group(first, second)) else { continue };
        if let Some(named) = group.iter().find(|named| text[at..].starts_with(named.said)) {
            skip_to = at + named.said.len();
            found.push((named, in_title));
        }
    }
}

/// Which of the places of this name is meant.
fn resolved(named: &'static Named, found: &[(&'static Named, bool)], home: Option<&str>) -> Option<&'static Named> {
    let same: Vec<&'static Named> = called(named.said).collect();
    if same.len() == 1 {
        return Some(named);
    }
    let context = || found.iter().map(|(other, _)| other.code).filter(|code| code.ends_with("00")).chain(home);
    let within = |digits: usize| {
        let near = |candidate: &&&'static Named| {
            context().any(|code| {
                code.get(..digits) == candidate.code.get(..digits)
                    && code.get(2..4).is_some_and(|city| digits == 2 || city != "00")
            })
        };
        same.iter().find(near).copied()
    };
    within(4).or_else(|| within(2))
}

#[cfg(test)]
mod tests {
    use super::find;

    fn codes(title: &str, lead: &str, home: Option<&str>) -> Vec<&'static str> {
        find(title, lead, home).into_iter().map(|place| place.code).collect()
    }

    #[test]
    fn names_give_codes() {
        assert_eq!(codes("四川8市媒体携手建五大平台", "12月11日下午成都平原经济区座谈会", None), ["510000", "510100"]);
        assert_eq!(
            codes("大众日报与临淄区战略合作签约", "12月22日上午淄博市博山区", None),
            ["370305", "370300", "370304"]
        );
    }

    #[test]
    fn a_shared_name_needs_its_city_or_the_outlets_area() {
        assert!(codes("", "鼓楼区举行签约仪式", None).is_empty());
        assert_eq!(codes("", "南京市鼓楼区举行签约仪式", None), ["320100", "320106"]);
        assert_eq!(codes("", "鼓楼区举行签约仪式", Some("350100")), ["350102"]);
    }
}
